"""The access log: who signed in, what was refused, who changed people, devices and programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, log_event

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class LogRow:
    """One event. ``kind`` is a value of ``AccessEvent``, or that of a newer release."""

    id: int
    at_ms: int
    kind: str
    actor: str
    subject: str
    address: str
    detail: Mapping[str, Any]


class AccessLog:
    """The rows of the access log; ``MAX_LOG_ROWS`` are kept."""

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database

    def add(self, kind: AccessEvent, *, actor: str, subject: str = "", address: str = "", **detail: object) -> None:
        """Add an event in a transaction of its own."""
        with self._database.transaction(quiet=True) as connection:
            now_ms = self._database.wall_ms()
            log_event(connection, now_ms, kind, actor=actor, subject=subject, address=address, **detail)

    def page(self, before: int | None = None, *, rows: int = PAGE_ROWS, subject: str | None = None) -> Sequence[LogRow]:
        """Return events, the newest first; only those older than the event ``before``.

        ``subject``: only the events that this person or device did or that were done to it.
        """
        table = t.access_log
        query = select(table).order_by(table.c.id.desc()).limit(rows)
        if before is not None:
            query = query.where(table.c.id < before)
        if subject is not None:
            query = query.where((table.c.subject == subject) | (table.c.actor == subject))
        with self._database.transaction(quiet=True) as connection:
            return [LogRow(**row._mapping) for row in connection.execute(query)]
