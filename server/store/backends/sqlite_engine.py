"""Opens SQLite so that a power cut loses no acknowledged ticket.

WAL needs SQLite 3.51.3 or newer (a corruption bug before it), which pysqlite3 has; else the machine's own SQLite is
used with a truncated rollback journal. Both use ``synchronous=FULL``. Every pragma is read back, and the server refuses
to open the database when one differs, because a file system can refuse WAL silently.
"""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from server.store.backends.backend import AlreadyRunning, CannotOpen, Engines, never
from server.store.backends.sqlite_health import find_damage
from server.store.chain import canonical
from server.store.errors import StoreError
from server.store.statement import run_text

log = logging.getLogger(__name__)

MIN_WAL_VERSION = (3, 51, 3)
"""The first SQLite with which WAL is safe."""
APPLICATION_ID = 0x4C756F74
""""Luot" in ASCII: marks a database file as ours (``PRAGMA application_id``)."""

STEPS_BETWEEN_QUESTIONS = 20_000
"""The steps of SQLite between two calls of ``is_cancelled``: some hundred calls a second."""

_SYNCHRONOUS_FULL = 2  # SQLite reports the number, not the word


@dataclass(frozen=True, slots=True)
class SqliteVersion:
    """One SQLite library; ``journal_mode``, ``wal`` or ``truncate``, is safe with it."""

    module: ModuleType
    version: str
    journal_mode: str


def newest_sqlite() -> SqliteVersion:
    """Return the newest available SQLite, with the journal mode that is safe with it."""
    try:
        import pysqlite3 as newest
    except ImportError:
        newest = sqlite3
    version: tuple[int, ...] = newest.sqlite_version_info
    return SqliteVersion(newest, newest.sqlite_version, "wal" if version >= MIN_WAL_VERSION else "truncate")


def open_engines(
    path: Path,
    sqlite: SqliteVersion | None = None,
    *,
    check: bool = False,
    is_cancelled: Callable[[], bool] = never,
) -> Engines:
    """Open (or create) the database at ``path``; with ``check``, read all of it first.

    Raises :class:`CannotOpen`, and ``CheckCancelled``.
    """
    sqlite = sqlite or newest_sqlite()
    path.parent.mkdir(parents=True, exist_ok=True)
    _make_private(path)
    engines = Engines(_engine(path, sqlite, _write_pragmas(sqlite), "BEGIN IMMEDIATE"), _read_engine(path, sqlite))
    try:
        with engines.write.connect() as connection:
            _check_program(connection)
        if check:
            _refuse_damage(find_damage(sqlite.module, path, is_cancelled))
        path.chmod(0o600)
    except DBAPIError as error:
        engines.close()
        raise _cannot_open(path, error.orig) from error
    except OSError as error:
        engines.close()
        raise _cannot_open(path, error.strerror) from error
    except StoreError:
        engines.close()
        raise
    log.info("database %s: SQLite %s, journal %s, synchronous FULL", path, sqlite.version, sqlite.journal_mode)
    return engines


def lock(path: Path) -> int:
    """Lock the database at ``path``; return the file descriptor that holds the lock.

    Raises :class:`AlreadyRunning`, and :class:`CannotOpen` when there can be no lock. The kernel releases the lock when
    the process ends in any way.
    """
    lock_file = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_fd = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _cannot_lock(lock_file, error) from error
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock_fd)
        raise AlreadyRunning(f"{path}: another server is already running on this database; stop it first") from error
    except OSError as error:
        os.close(lock_fd)
        raise _cannot_lock(lock_file, error) from error
    return lock_fd


def _make_private(path: Path) -> None:
    """Create the file readable by this user only, because it will hold visitors' tokens.

    SQLite gives its other files the same mode.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise _cannot_open(path, error.strerror) from error


def _cannot_lock(lock_file: Path, error: OSError) -> CannotOpen:
    return CannotOpen(f"{lock_file}: cannot be locked ({error.strerror}); check the file, its folder and their rights")


def _cannot_open(path: Path, reason: object) -> CannotOpen:
    return CannotOpen(f"{path}: cannot be opened as a database ({reason}); check the file and its rights")


def append_only_statements(table: str) -> Sequence[str]:
    """Return the statements that make ``table`` refuse every UPDATE and DELETE."""
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    )


def _write_pragmas(sqlite: SqliteVersion) -> Mapping[str, str | int]:
    return {
        "journal_mode": sqlite.journal_mode,
        "synchronous": _SYNCHRONOUS_FULL,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 400,
        "journal_size_limit": 2 << 20,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
    }


_READ_PRAGMAS: Mapping[str, str | int] = {
    "query_only": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
}


def _read_engine(path: Path, sqlite: SqliteVersion) -> Engine:
    return _engine(path, sqlite, _READ_PRAGMAS, "BEGIN", pool_size=16, max_overflow=48, pool_timeout=5)


def _engine(path: Path, sqlite: SqliteVersion, pragmas: Mapping[str, str | int], begin: str, **pool: Any) -> Engine:
    """Return an engine whose connections have ``pragmas``.

    ``begin``: the statement that begins a transaction; ``pool``: arguments of SQLAlchemy's connection pool.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        module=sqlite.module,
        json_serializer=canonical,
        hide_parameters=True,  # errors are logged, and parameters may be a visitor's secret
        connect_args={"check_same_thread": False},
        **pool,
    )

    @event.listens_for(engine, "connect")
    def _prepare(driver_connection: Any, _record: object) -> None:
        driver_connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = driver_connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name}={value}")
        for name, value in pragmas.items():
            row = cursor.execute(f"PRAGMA {name}").fetchone()
            if row is None or row[0] != value:
                raise CannotOpen(f"{path}: SQLite refused {name}={value} (it reports {row}); move it to a local disk")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        run_text(connection, begin)

    return engine


def _check_program(connection: Connection) -> None:
    """Mark an empty database as ours. Raises :class:`CannotOpen` for another program's."""
    application_id = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    is_empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
    if application_id == 0 and is_empty:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    elif application_id != APPLICATION_ID:
        raise CannotOpen("this file is a database of another program; set another path")
    connection.commit()


def _refuse_damage(damage: str | None) -> None:
    if damage is not None:
        raise CannotOpen(f"the database is damaged: {damage}; restore the last copy")
