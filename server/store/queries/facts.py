"""Facts of the journal that commands and views look up."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, RowMapping, bindparam, select

from server.domain.facts import FactKind
from server.store import schema as t
from server.store.journal import select_entries
from server.store.statement import Statement

_CLERK_PAGE_KINDS = (FactKind.CALLED, FactKind.CALL_SEEN, FactKind.RETURNED, FactKind.DEFERRED)


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A recorded fact of a ticket, by its id.

    ``at_ms``: when by the wall clock (UTC ms), ``queue_ms``: in queue time. ``kind``: the value of a ``FactKind``;
    ``data``: the JSON object of the journal's row.
    """

    ticket: str
    kind: str
    at_ms: int
    queue_ms: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BootMoment:
    """A time since boot: the boot of the machine, and the ms since it."""

    boot_id: str
    boot_ms: int


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """The closing of a day.

    ``boot_id``: the boot of the machine in which it was closed; ``actor_role``: the role of who closed it, ``system``
    for a close by the clock.
    """

    boot_id: str
    actor_role: str


def facts_of_service_day(day: str | BindParameter[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that select the facts of a day.

    All of them come after the day's opening in the journal, so SQLite reads no earlier day.
    """
    c = t.journal.c
    opening_seq = select(t.day.c.seq).where(t.day.c.id == day).scalar_subquery()
    return c.day == day, c.seq > opening_seq


def boot_moment(connection: Connection, seq: int) -> BootMoment | None:
    """Return when, in boot time, the fact with this sequence was recorded."""
    return _BOOT_MOMENT.first(connection, seq=seq)


_BOOT_MOMENT = Statement(
    select(t.journal.c.boot_id, t.journal.c.boot_ms).where(t.journal.c.seq == bindparam("seq")), BootMoment
)


def last_closing(connection: Connection, day: str) -> ClosingRow | None:
    """Return the newest closing of a day; a day that was reopened may have several. None without one."""
    return _LAST_CLOSING.first(connection, day=day)


_LAST_CLOSING = Statement(
    select(t.journal.c.boot_id, t.journal.c.actor_role)
    .where(*facts_of_service_day(bindparam("day")), t.journal.c.kind == FactKind.DAY_CLOSED)
    .order_by(t.journal.c.seq.desc())
    .limit(1),
    ClosingRow,
)


def boot_of_last_ticket(connection: Connection, day: str) -> str | None:
    """Return the boot in which the day's newest fact of a ticket was recorded.

    It is the id of the boot; None without such a fact.
    """
    boot_id: str | None = _LAST_TICKET_BOOT.value(connection, day=day)
    return boot_id


_LAST_TICKET_BOOT = Statement(
    select(t.journal.c.boot_id)
    .where(*facts_of_service_day(bindparam("day")), t.journal.c.ticket.is_not(None))
    .order_by(t.journal.c.seq.desc())
    .limit(1)
)


def facts_for_clerk_page(connection: Connection, tickets: Collection[str]) -> Mapping[str, list[RecordedFact]]:
    """Return facts of calls, calls shown, returns and deferrals by ticket, oldest first.

    Tickets without any are missing.
    """
    facts: dict[str, list[RecordedFact]] = {}
    for fact in _FOR_CLERK_PAGE.all(connection, tickets=tickets):
        facts.setdefault(fact.ticket, []).append(fact)
    return facts


_FOR_CLERK_PAGE = Statement(
    select(t.journal.c.ticket, t.journal.c.kind, t.journal.c.at_ms, t.journal.c.queue_ms, t.journal.c.data)
    .where(
        t.journal.c.ticket.in_(bindparam("tickets", expanding=True)),
        t.journal.c.kind.in_(_CLERK_PAGE_KINDS),
    )
    .order_by(t.journal.c.seq),
    RecordedFact,
    convert={"data": json.loads},
)


def journal_page(connection: Connection, after: int, limit: int) -> Sequence[RowMapping]:
    """Return the journal's entries with a sequence above ``after``, oldest first; ``data`` is their text."""
    query = select_entries().where(t.journal.c.seq > after).order_by(t.journal.c.seq).limit(limit)
    return connection.execute(query).mappings().all()
