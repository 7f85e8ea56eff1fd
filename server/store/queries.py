"""Questions about rows that commands and views share. All look things up by index."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from server.domain.choice import Waiting, places_ahead
from server.domain.ticket import State
from server.store import tables as t
from server.store.facts import Kind


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as its table has it; ``*_ms`` is queue time, ``*_at_ms`` the wall clock."""

    id: str
    office: str
    day: str
    prefix: str
    seq: int
    number: str
    rev: int
    state: State
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

    @property
    def waiting(self) -> Waiting:
        """The ticket as the rule of the queue sees it."""
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
        )


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A counter's state now."""

    counter: str
    state: str
    reason: str | None
    until_at_ms: int | None
    since_at_ms: int
    since_ms: int
    clerk: str | None
    ready_ms: int | None
    ready_ended: str | None


@dataclass(frozen=True, slots=True)
class LegRow:
    """One counter's part of a ticket."""

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


_STATE = [column.name for column in t.ticket.columns].index("state")


def _tickets(connection: Connection, query: Select[Any]) -> list[TicketRow]:
    """Rows of the whole table; :class:`TicketRow` has the table's columns in the table's order."""
    rows: list[list[Any]] = [list(row) for row in connection.execute(query).all()]
    for row in rows:
        row[_STATE] = State(row[_STATE])
    return [TicketRow(*row) for row in rows]


def find_ticket(connection: Connection, ticket: str) -> TicketRow | None:
    """The ticket with this id."""
    return next(iter(_tickets(connection, select(t.ticket).where(t.ticket.c.id == ticket))), None)


def find_number(connection: Connection, day: str, number: str) -> TicketRow | None:
    """The ticket of ``day`` that is called by this number."""
    query = select(t.ticket).where(t.ticket.c.day == day, t.ticket.c.number == number)
    return next(iter(_tickets(connection, query)), None)


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
    """Tickets of a day, or of several, by journal sequence of their issue; ``after`` is such a sequence."""
    c = t.ticket.c
    of_day = c.day == day if day is None or isinstance(day, str) else c.day.in_(day)
    query = select(t.ticket).where(of_day, c.issue_seq > after)
    if states:
        query = query.where(c.state.in_(list(states)))
    if services is not None:
        query = query.where(c.service.in_(list(services)))
    if counter is not None:
        query = query.where(c.counter == counter)
    order = c.changed_ms.desc() if newest_first else c.issue_seq
    return _tickets(connection, query.order_by(order, c.issue_seq).limit(limit))


def line(connection: Connection, day: str | None, services: Collection[str] | None = None) -> list[TicketRow]:
    """The waiting tickets in the order of the rule, of some services or of all."""
    c = t.ticket.c
    query = select(t.ticket).where(c.day == day, c.state == State.WAITING)
    if services is not None:
        query = query.where(c.service.in_(list(services)))
    return _tickets(connection, query.order_by(c.rank_key, c.issue_seq))


def waiting(
    connection: Connection,
    day: str | None,
    *,
    services: Collection[str] | None = None,
    other_than: Collection[str] | None = None,
    issued_before_ms: int | None = None,
    limit: int | None = None,
) -> list[Waiting]:
    """Waiting tickets for the rule, by sequence. ``other_than``: of no such service."""
    c = t.ticket.c
    columns = (c.id, c.number, c.issue_seq, c.service, c.rank_key, c.issued_ms, c.ticket_class, c.pin)
    query = select(*columns, c.callable_from_ms, c.behind_next).where(c.day == day, c.state == State.WAITING)
    if services is not None:
        query = query.where(c.service.in_(list(services)))
    if other_than is not None:
        query = query.where(c.service.not_in(list(other_than)))
    if issued_before_ms is not None:
        query = query.where(c.issued_ms < issued_before_ms)
    rows: list[Any] = list(connection.execute(query.order_by(c.issue_seq).limit(limit)))
    return [Waiting(*row) for row in rows]


def count_ahead(connection: Connection, ticket: TicketRow, queue_ms: int) -> int:
    """People ahead: waiting, callable, same service, and called before this one by the rule (``ahead_of``)."""
    c = t.ticket.c
    earlier = or_(c.rank_key < ticket.rank_key, and_(c.rank_key == ticket.rank_key, c.issue_seq < ticket.issue_seq))
    same = (c.day == ticket.day, c.state == State.WAITING, c.service == ticket.service, c.id != ticket.id)
    in_order = case((c.behind_next, 0), else_=1)
    counts = (
        func.coalesce(func.sum(case((earlier, in_order), else_=0)), 0),
        func.coalesce(func.sum(case((earlier, 1 - in_order), else_=0)), 0),
        func.coalesce(func.sum(in_order), 0),
    )
    query = select(*counts).select_from(t.ticket).where(*same, c.callable_from_ms <= queue_ms)
    before, put_off, all_in_order = connection.execute(query).one()
    return places_ahead(before, put_off, behind_next=ticket.behind_next, somebody=all_in_order > 0)


def open_ticket(connection: Connection, counter: str) -> TicketRow | None:
    """The ticket called to or being served at a counter; there is one at most."""
    c = t.ticket.c
    query = select(t.ticket).where(c.counter == counter, t.OPEN)
    return next(iter(_tickets(connection, query)), None)


def open_tickets(connection: Connection) -> dict[str, TicketRow]:
    """By counter, every ticket called or being served."""
    query = select(t.ticket).where(t.OPEN)
    return {row.counter: row for row in _tickets(connection, query) if row.counter is not None}


def counter_rows(connection: Connection) -> dict[str, CounterRow]:
    """By id, the state of every counter."""
    rows = connection.execute(select(t.counter_state))
    return {row.counter: CounterRow(**row._mapping) for row in rows}


def counter_row(connection: Connection, counter: str) -> CounterRow:
    """One counter's state."""
    row = connection.execute(select(t.counter_state).where(t.counter_state.c.counter == counter)).one()
    return CounterRow(**row._mapping)


def legs_of(connection: Connection, ticket: str) -> list[LegRow]:
    """The legs of a ticket, first first."""
    rows = connection.execute(select(t.leg).where(t.leg.c.ticket == ticket).order_by(t.leg.c.n))
    return [LegRow(**row._mapping) for row in rows]


def last_leg(connection: Connection, ticket: str) -> LegRow:
    """The newest leg of a ticket."""
    query = select(t.leg).where(t.leg.c.ticket == ticket).order_by(t.leg.c.n.desc()).limit(1)
    return LegRow(**connection.execute(query).one()._mapping)


def link_of(connection: Connection, ticket: str) -> str | None:
    """The visitor's link, while its day lives."""
    query = select(t.visitor_link.c.link).where(t.visitor_link.c.ticket == ticket)
    return connection.execute(query).scalar_one_or_none()


def ticket_of_link(connection: Connection, link: str) -> str | None:
    """The ticket that a visitor's link opens."""
    query = select(t.visitor_link.c.ticket).where(t.visitor_link.c.link == link)
    return connection.execute(query).scalar_one_or_none()


def dossier_of(connection: Connection, ticket: str) -> str | None:
    """The code of the visitor's dossier, while the ticket's day lives."""
    return connection.execute(select(t.dossier.c.code).where(t.dossier.c.ticket == ticket)).scalar_one_or_none()


def issued_count(connection: Connection, day: str | None, service: str, half: str) -> int:
    """How many numbers of a service were issued in a half-day."""
    c = t.issued.c
    query = select(c["count"]).where(c.day == day, c.service == service, c.half == half)
    return connection.execute(query).scalar_one_or_none() or 0


def stopped_services(connection: Connection, day: str | None) -> Mapping[str, str | None]:
    """Services whose issuing was stopped by staff today, with the reason where one was given."""
    c = t.day_service.c
    rows = connection.execute(select(c.service, c.reason).where(c.day == day, c.stopped))
    return {row.service: row.reason for row in rows}


def last_number(connection: Connection, office: str, day: str, prefix: str) -> int:
    """The last number given in a series; 0 before the first."""
    c = t.series.c
    query = select(c.last).where(c.office == office, c.day == day, c.prefix == prefix)
    return connection.execute(query).scalar_one_or_none() or 0


def last_call(connection: Connection, ticket: str, *, kinds: Collection[str] = ("call", "recall", "last")) -> Any:
    """The newest call row of a ticket, or None."""
    c = t.call.c
    query = select(t.call).where(c.ticket == ticket, c.kind.in_(list(kinds)))
    return connection.execute(query.order_by(c.seq.desc()).limit(1)).first()


def heard(connection: Connection, call: Any) -> tuple[int | None, int | None]:
    """When the hall first reported a row of ``call`` as shown, and as spoken: queue time in ms, or None."""
    c = t.journal.c
    facts = select(c.queue_ms, c.data).where(c.ticket == call.ticket, c.kind == Kind.CALL_SEEN, c.seq > call.seq)
    shown_ms = spoken_ms = None
    for queue_ms, data in connection.execute(facts.order_by(c.seq)):
        report = json.loads(data)
        if report["call"] != call.id:
            continue
        shown_ms = queue_ms if shown_ms is None else shown_ms
        if report["spoken"] == "yes" and spoken_ms is None:
            spoken_ms = queue_ms
    return shown_ms, spoken_ms


def next_put_off_ms(connection: Connection, day: str | None, queue_ms: int) -> int | None:
    """The next queue time at which a waiting ticket can be called that cannot be at ``queue_ms``."""
    c = t.ticket.c
    query = select(func.min(c.callable_from_ms)).where(c.day == day, c.state == State.WAITING)
    return connection.execute(query.where(c.callable_from_ms > queue_ms)).scalar_one_or_none()


def pinned(connection: Connection, day: str | None, counter: str) -> list[TicketRow]:
    """The waiting tickets that only this counter may call."""
    c = t.ticket.c
    query = select(t.ticket).where(c.day == day, c.pin == counter, c.state == State.WAITING)
    return _tickets(connection, query.order_by(c.issue_seq))


def last_day(connection: Connection) -> Any:
    """The row of the day that was opened last, or None. Not the one with the latest date: that may be a wrong one."""
    return connection.execute(select(t.day).order_by(t.day.c.seq.desc()).limit(1)).first()


def day_row(connection: Connection, day: str) -> Any:
    """The row of a day by its id, or None."""
    return connection.execute(select(t.day).where(t.day.c.id == day)).first()


def days_on(connection: Connection, date: str) -> list[str]:
    """The ids of the days of a date, in the order in which they were opened."""
    return list(connection.execute(select(t.day.c.id).where(t.day.c.date == date).order_by(t.day.c.seq)).scalars())
