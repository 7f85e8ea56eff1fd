"""Changes of the office: made, planned and withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from server.domain.facts import FactKind
from server.store import schema as t
from server.store.queries.facts import facts_of_service_day
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class OfficeChangeRow:
    """A change of the office; ``server.store.schema.office`` explains the columns."""

    id: str
    seq: int
    at_ms: int
    by_role: str
    by: str
    date: str | None
    state: str
    done_seq: int | None
    edits: Sequence[Mapping[str, Any]]
    undoes: str | None


def _changes() -> Select[Any]:
    c = t.office_change.c
    return select(c.id, c.seq, c.at_ms, c.by_role, c.by, c.date, c.state, c.done_seq, c.edits, c.undoes)


def find_office_change(connection: Connection, change: str) -> OfficeChangeRow | None:
    """Return the change with this id."""
    return _FIND.first(connection, change=change)


_FIND = Statement(_changes().where(t.office_change.c.id == bindparam("change")), OfficeChangeRow)


def planned_office_changes(connection: Connection) -> Sequence[OfficeChangeRow]:
    """Return the planned changes in the order in which they take effect."""
    return _PLANNED.all(connection)


_PLANNED = Statement(
    _changes().where(t.office_change.c.state == "planned").order_by(t.office_change.c.date, t.office_change.c.seq),
    OfficeChangeRow,
)


def services_added_since(connection: Connection, date: str, at_ms: int) -> frozenset[str]:
    """Return the services that were added since a date, which began at ``at_ms`` (UTC ms)."""
    rows = _DONE_SINCE.all(connection, date=date, at_ms=at_ms)
    edits = (edit for (edits,) in rows for edit in edits)
    return frozenset(edit["id"] for edit in edits if edit["part"] == "service" and edit["before"] is None)


_DONE_SINCE = Statement(
    select(t.office_change.c.edits).where(
        t.office_change.c.state == "done",
        or_(t.office_change.c.date >= bindparam("date"), t.office_change.c.at_ms >= bindparam("at_ms")),
    )
)


def newest_office_changes(connection: Connection, before_seq: int, rows: int) -> Sequence[OfficeChangeRow]:
    """Return at most ``rows`` changes older than the one with the sequence ``before_seq``, newest first."""
    return _NEWEST.all(connection, before_seq=before_seq, rows=rows)


_NEWEST = Statement(
    _changes()
    .where(t.office_change.c.seq < bindparam("before_seq"))
    .order_by(t.office_change.c.seq.desc())
    .limit(bindparam("rows")),
    OfficeChangeRow,
)


def office_changes_done_after(connection: Connection, seq: int) -> Sequence[OfficeChangeRow]:
    """Return the changes that took effect after the fact ``seq``, newest first."""
    return _DONE_AFTER.all(connection, seq=seq)


_DONE_AFTER = Statement(
    _changes().where(t.office_change.c.done_seq > bindparam("seq")).order_by(t.office_change.c.done_seq.desc()),
    OfficeChangeRow,
)


def undoing_change(connection: Connection, change: str) -> str | None:
    """Return the change that took ``change`` back, or is planned to; None without one."""
    undoing: str | None = _UNDOING.value(connection, change=change)
    return undoing


_UNDOING = Statement(
    select(t.office_change.c.id)
    .where(t.office_change.c.undoes == bindparam("change"), t.office_change.c.state.in_(("planned", "done")))
    .limit(1)
)


def last_closing_seq(connection: Connection, day: str) -> int | None:
    """Return the sequence of the newest closing of a day; None while it is open."""
    seq: int | None = _CLOSING_SEQ.value(connection, day=day)
    return seq


_CLOSING_SEQ = Statement(
    select(func.max(t.journal.c.seq)).where(
        *facts_of_service_day(bindparam("day")), t.journal.c.kind == FactKind.DAY_CLOSED
    )
)
