"""Bring a database to the newest schema, at every start.

Alembic is imported only for a database that must change: it takes a tenth of a second and 10 MB until the server ends.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from server.store.backends import CannotOpen, MigrationCancelled, never
from server.store.backends.sqlite_engine import STEPS_BETWEEN_QUESTIONS


def migrate(engine: Engine, is_cancelled: Callable[[], bool] = never) -> None:
    """Bring the database to the newest schema, in one transaction.

    Raises ``CannotOpen`` for an even newer one and when the database reports an error, such as a full disk, and
    ``MigrationCancelled`` after ``is_cancelled()``, which is called often; then the database is as it was.
    """
    try:
        is_changed = _upgrade(engine, is_cancelled)
    except DBAPIError as error:
        raise CannotOpen(
            f"{engine.url.database}: could not be brought to the new schema ({error.orig}); it is as it was"
        ) from error
    if is_changed:
        _write_log_into_database(engine)


def _upgrade(engine: Engine, is_cancelled: Callable[[], bool]) -> bool:
    """Migrate in one transaction; return whether the schema has changed."""
    with engine.begin() as connection, _interruptible(connection, is_cancelled):
        if _revision(connection) == newest_revision():
            return False
        from server.store.migrations.scripts import run_scripts

        run_scripts(connection)
        return True


@contextmanager
def _interruptible(connection: Connection, is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Ask ``is_cancelled`` during SQLite's statements, which no signal ends. Raises ``MigrationCancelled``."""
    driver_connection: Any = connection.connection.driver_connection
    driver_connection.set_progress_handler(is_cancelled, STEPS_BETWEEN_QUESTIONS)
    try:
        yield
        if is_cancelled():
            raise MigrationCancelled("the migration was cancelled")
    except DBAPIError as error:
        if is_cancelled():
            raise MigrationCancelled("the migration was cancelled") from error
        raise
    finally:
        driver_connection.set_progress_handler(None, 0)


def _write_log_into_database(engine: Engine) -> None:
    """Write SQLite's write-ahead log into the database file.

    So a full disk is noticed now; SQLite itself ignores this failure later. Raises ``CannotOpen``.
    """
    with closing(engine.raw_connection()) as connection:
        driver_connection: Any = connection.driver_connection
        try:
            driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except engine.dialect.loaded_dbapi.Error as error:
            raise CannotOpen(
                f"{engine.url.database}: its change to the new schema could not be written to the disk ({error}); free"
                " disk space, then start again"
            ) from error


def _revision(connection: Connection) -> str | None:
    """Return the revision of the database's schema, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@cache
def newest_revision() -> str:
    """Return the revision of the newest schema.

    The names of the scripts begin with their revisions.
    """
    return max(script.name.partition("_")[0] for script in (Path(__file__).parent / "versions").glob("*_*.py"))
