"""Tickets and their legs as their tables have them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, select

from server.domain.queue.choice import Waiting
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as its table has it; ``*_ms`` is queue time, ``*_at_ms`` the wall clock.

    ``server.store.schema.tickets`` explains the columns.
    """

    id: str
    office: str
    day: str
    prefix: str
    seq: int
    number: str
    rev: int
    state: TicketState
    service: str
    procedure: str | None
    ticket_class: str
    head_start_ms: int
    rank_key: int
    issue_seq: int
    station: str | None
    issued_at_ms: int
    issued_ms: int
    callable_from_ms: int
    boot_id: str
    counter: str | None
    calls: int
    leg: int
    pin: str | None
    due_ms: int | None
    due_at_ms: int | None
    hold_reason: str | None
    deferred: bool
    requeued: bool
    returned: bool
    outcome: str | None
    reason: str | None
    called_at_ms: int | None
    called_ms: int | None
    changed_at_ms: int
    changed_ms: int
    print_state: str | None
    print_proof: str | None
    print_station: str | None
    print_seen_at_ms: int | None
    behind_next: bool
    pin_clerk: str | None
    stops: Sequence[Mapping[str, Any]] | None
    sender: Mapping[str, Any] | None

    @property
    def waiting(self) -> Waiting:
        """The ticket as the rule of the queue needs it."""
        return Waiting(
            id=self.id,
            number=self.number,
            seq=self.issue_seq,
            service=self.service,
            key=self.rank_key,
            issued_ms=self.issued_ms,
            ticket_class=self.ticket_class,
            pin=self.pin,
            callable_from_ms=self.callable_from_ms,
            behind_next=self.behind_next,
            pin_clerk=self.pin_clerk,
        )


def find_ticket(connection: Connection, ticket: str) -> TicketRow | None:
    """Return the ticket with this id."""
    return _TICKET.first(connection, ticket=ticket)


_TICKET = Statement(select(t.ticket).where(t.ticket.c.id == bindparam("ticket")), TicketRow)


def find_number(connection: Connection, day: str, number: str) -> TicketRow | None:
    """Return the ticket of ``day`` with this number."""
    return _NUMBER.first(connection, day=day, number=number)


_NUMBER = Statement(
    select(t.ticket).where(t.ticket.c.day == bindparam("day"), t.ticket.c.number == bindparam("number")), TicketRow
)


def tickets_of(
    connection: Connection,
    day: str | Sequence[str] | None,
    states: Collection[str] = (),
    *,
    services: Collection[str] | None = None,
    counter: str | None = None,
    after: int = 0,
    limit: int | None = None,
    newest_first: bool = False,
) -> list[TicketRow]:
    """Return tickets of a day, or of several, in order of issue.

    ``day``: an id, or several; None (no day is open): no tickets. ``states`` empty: in any state; ``services``,
    ``counter`` None: of any. ``after``: only tickets issued after that sequence of the journal; ``limit``: at most so
    many, the first of the order. ``newest_first``: order by the last change of state instead, the newest first.
    """
    if day is None:
        return []
    days = {"day": day} if isinstance(day, str) else {"days": day}
    given = {"states": states or None, "services": services, "counter": counter, "limit": limit}
    filters = {**days, "after": after, **{name: value for name, value in given.items() if value is not None}}
    return _tickets(frozenset(filters), newest_first=newest_first).all(connection, **filters)


@cache
def _tickets(filters: frozenset[str], *, newest_first: bool) -> Statement[TicketRow]:
    """Return the statement for tickets that ``filters`` choose: names of the conditions below, and ``limit``."""
    c = t.ticket.c
    conditions = {
        "day": c.day == bindparam("day"),
        "days": c.day.in_(bindparam("days", expanding=True)),
        "after": c.issue_seq > bindparam("after"),
        "states": c.state.in_(bindparam("states", expanding=True)),
        "services": c.service.in_(bindparam("services", expanding=True)),
        "counter": c.counter == bindparam("counter"),
    }
    query = select(t.ticket).where(*(condition for name, condition in conditions.items() if name in filters))
    order = c.changed_ms.desc() if newest_first else c.issue_seq
    query = query.order_by(order, c.issue_seq)
    return Statement(query.limit(bindparam("limit", type_=Integer)) if "limit" in filters else query, TicketRow)


@dataclass(frozen=True, slots=True)
class LegRow:
    """One counter's part of a ticket; ``server.store.schema.tickets`` explains the columns."""

    ticket: str
    n: int
    service: str
    procedure: str | None
    began_ms: int
    counter: str | None
    clerk: str | None
    called_at_ms: int | None
    called_ms: int | None
    started_at_ms: int | None
    started_ms: int | None
    finished_at_ms: int | None
    finished_ms: int | None
    ended_ms: int | None
    ended: str | None
    outcome: str | None
    boot_id: str
    across_boots: bool


def legs_of(connection: Connection, tickets: Collection[str]) -> Mapping[str, list[LegRow]]:
    """Return the legs of some tickets by ticket, oldest first."""
    return legs_by_ticket(_LEGS.all(connection, tickets=tickets))


def legs_by_ticket(rows: Iterable[LegRow]) -> Mapping[str, list[LegRow]]:
    """Return legs by ticket, in their order."""
    legs: dict[str, list[LegRow]] = {}
    for row in rows:
        legs.setdefault(row.ticket, []).append(row)
    return legs


def last_leg(connection: Connection, ticket: str) -> LegRow:
    """Return the newest leg of a ticket."""
    leg = _LAST_LEG.first(connection, ticket=ticket)
    assert leg is not None, "a ticket has a leg"
    return leg


_LEGS = Statement(
    select(t.leg).where(t.leg.c.ticket.in_(bindparam("tickets", expanding=True))).order_by(t.leg.c.ticket, t.leg.c.n),
    LegRow,
)
_LAST_LEG = Statement(
    select(t.leg).where(t.leg.c.ticket == bindparam("ticket")).order_by(t.leg.c.n.desc()).limit(1), LegRow
)
