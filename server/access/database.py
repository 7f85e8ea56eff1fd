"""Opens ``access.db`` and runs its short transactions, one at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from sqlalchemy import Connection, delete, func, insert, select

from server.access import schema as t
from server.store.backends.backend import CannotOpen
from server.store.backends.sqlite_engine import open_engines

FILE_NAME = "access.db"
CHECK_OUTSIDE_EVERY_MS = 1000
"""How often the server looks for changes by another process, such as ``luot-server --reset-password``."""
MAX_LOG_ROWS = 20_000
"""The access log's most rows: an attacker who makes events must not fill the disk."""


Rows = TypeVar("Rows")


class AccessEvent(StrEnum):
    """The kinds of rows of the access log."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"
    PIN_CHANGED = "pin_changed"
    PIN_REMOVED = "pin_removed"
    PERSON_CREATED = "person_created"
    PERSON_CHANGED = "person_changed"
    LOCK_LIFTED = "lock_lifted"
    ROLE_CREATED = "role_created"
    ROLE_CHANGED = "role_changed"
    ROLE_REMOVED = "role_removed"
    SETUP_REFUSED = "setup_refused"
    SETUP_FINISHED = "setup_finished"
    ACTION_REFUSED = "action_refused"
    DEVICE_ENROLLED = "device_enrolled"
    DEVICE_CHANGED = "device_changed"
    DEVICE_REMOVED = "device_removed"
    ENROLMENT_REFUSED = "enrolment_refused"
    TOKEN_CREATED = "token_created"
    TOKEN_REMOVED = "token_removed"
    WEB_HOOK_CREATED = "web_hook_created"
    WEB_HOOK_REMOVED = "web_hook_removed"


class AccessDatabase:
    """The database of people, devices and programs; threads may share it.

    ``wall_ms`` returns the time, UTC ms. Raises ``CannotOpen``.
    """

    def __init__(self, path: Path, wall_ms: Callable[[], int]) -> None:
        self._engines = open_engines(path)
        self.wall_ms = wall_ms
        self._lock = threading.Lock()
        self._generation = 0
        self._outside_version: int | None = None  # SQLite's; changes with each transaction of another connection
        self._checked_ms = 0
        with self.transaction() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version > t.SCHEMA_VERSION:
                raise CannotOpen(f"{path}: made by a newer release; install that release again")
            t.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={t.SCHEMA_VERSION}")

    @contextmanager
    def transaction(self, *, quiet: bool = False) -> Iterator[Connection]:
        """Run a transaction; commit at the end, roll back on an exception.

        Keep it short, because others wait; do not nest it, nor ask a ``CachedRows`` inside. After a change every
        ``CachedRows`` is read again, except after a ``quiet`` one, which changes no cached row.
        """
        with self._lock:
            with self._engines.write.begin() as connection:
                before = _total_changes(connection)
                yield connection
                has_changed = _total_changes(connection) != before
            if has_changed and not quiet:
                self._generation += 1

    def generation(self) -> int:
        """Return a number that differs after each change.

        A change by another process counts within a second.
        """
        now_ms = self.wall_ms()
        if abs(now_ms - self._checked_ms) >= CHECK_OUTSIDE_EVERY_MS and self._lock.acquire(blocking=False):
            try:
                self._checked_ms = now_ms
                with self._engines.write.connect() as connection:
                    version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
                if version != self._outside_version:
                    self._outside_version = version
                    self._generation += 1
            finally:
                self._lock.release()
        return self._generation

    def close(self) -> None:
        """Close the connections."""
        self._engines.close()


class CachedRows(Generic[Rows]):
    """The result of ``read``, which is called again only after a change."""

    def __init__(self, database: AccessDatabase, read: Callable[[Connection], Rows]) -> None:
        self._database = database
        self._read = read
        self._kept: tuple[int, Rows] | None = None

    def get(self) -> Rows:
        """Return the present rows. Not inside a transaction."""
        generation = self._database.generation()
        kept = self._kept
        if kept is None or kept[0] != generation:
            with self._database.transaction(quiet=True) as connection:
                kept = (generation, self._read(connection))
            self._kept = kept
        return kept[1]


def _total_changes(connection: Connection) -> int:
    """Return the number of rows that this connection has changed since it was opened."""
    changes: int = connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
    return changes


def log_event(
    connection: Connection,
    at_ms: int,
    kind: AccessEvent,
    *,
    actor: str,
    subject: str = "",
    address: str = "",
    **detail: object,
) -> None:
    """Add a row to the access log, and erase the oldest beyond ``MAX_LOG_ROWS``."""
    connection.execute(
        insert(t.access_log).values(
            at_ms=at_ms, kind=kind.value, actor=actor, subject=subject, address=address, detail=detail
        )
    )
    newest = connection.execute(select(func.max(t.access_log.c.id))).scalar_one()
    connection.execute(delete(t.access_log).where(t.access_log.c.id <= newest - MAX_LOG_ROWS))
