"""Opens ``access.db`` and runs its short transactions, one at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select

from server.access import schema as t
from server.store.backends.backend import CannotOpen
from server.store.backends.sqlite_engine import open_engines

FILE_NAME = "access.db"
MAX_LOG_ROWS = 20_000
"""The access log's most rows: an attacker who makes events must not fill the disk."""


class AccessEvent(StrEnum):
    """The kinds of rows of the access log."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_CHANGED = "password_changed"
    PERSON_CREATED = "person_created"
    PERSON_CHANGED = "person_changed"
    LOCK_LIFTED = "lock_lifted"
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
        self._lock = threading.RLock()
        with self.transaction() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version > t.SCHEMA_VERSION:
                raise CannotOpen(f"{path}: made by a newer release; install that release again")
            t.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version={t.SCHEMA_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a transaction; commit at the end, roll back on an exception. Keep it short: others wait."""
        with self._lock, self._engines.write.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections."""
        self._engines.close()


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
