"""The waiting tickets, and the open tickets of counters."""

from collections.abc import Collection
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    and_,
    bindparam,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from server.domain.queue.choice import Waiting, places_ahead
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.queries.next_ticket import WAITING
from server.store.queries.ticket_rows import TicketRow, tickets_of
from server.store.statement import Statement

_DAY: BindParameter[str | None] = bindparam("day")
_SEQ: BindParameter[int] = bindparam("seq")
_SERVICES: BindParameter[Collection[str]] = bindparam("services", expanding=True)
_ticket = t.ticket.c


@dataclass(frozen=True, slots=True)
class PlaceOrLine:
    """A counter with its state, or a service with its line.

    ``waiting``: the length of the line; -1 for a counter.
    """

    id: str
    state: str | None
    clerk: str | None
    waiting: int


def waiting_rows(connection: Connection, day: str | None, services: Collection[str] | None = None) -> list[TicketRow]:
    """Return the waiting tickets of some services, or of all, in the rule's order."""
    rows = tickets_of(connection, day, (TicketState.WAITING,), services=services)
    return sorted(rows, key=attrgetter("rank_key"))


def waiting_tickets(connection: Connection, day: str | None, services: Collection[str]) -> list[Waiting]:
    """Return all waiting tickets of some services, in order of issue."""
    return _WAITING_OF_SERVICES.all(connection, day=day, services=list(services))


def waiting_with_seq(connection: Connection, office: str, day: str | None, seq: int) -> list[Waiting]:
    """Return the waiting tickets with this sequence, of any series."""
    return _WITH_SEQ.all(connection, office=office, day=day, number=seq)


def waiting_with_number(connection: Connection, day: str | None, value: int) -> list[Waiting]:
    """Return the waiting tickets of any series with this running number."""
    return _WITH_NUMBER.all(connection, day=day, digits=str(value))


def next_behind(connection: Connection, ticket: TicketRow, places: int) -> list[Waiting]:
    """Return the next ``places`` waiting tickets behind a ticket in its service."""
    place = {"day": ticket.day, "service": ticket.service, "rank_key": ticket.rank_key, "seq": ticket.issue_seq}
    return _NEXT_BEHIND.all(connection, **place, places=places)


def count_ahead(connection: Connection, ticket: TicketRow, queue_ms: int) -> int:
    """Count the people ahead of a ticket, as ``count_ahead_by_rule`` does. ``queue_ms``: now.

    Those before it are counted in an index alone; of these, the few restricted ones are looked at one by one.
    """
    place = {"day": ticket.day, "service": ticket.service}
    rows = _BEFORE.all(connection, **place, rank_key=ticket.rank_key, seq=ticket.issue_seq)
    before: int = rows[0][0]
    put_off = 0
    for _, rank_key, issue_seq, callable_from_ms, behind_next in rows:
        is_before = rank_key is not None and (rank_key, issue_seq) < (ticket.rank_key, ticket.issue_seq)
        if is_before and (behind_next or callable_from_ms > queue_ms):
            before -= 1
            put_off += callable_from_ms <= queue_ms
    in_order = ticket.behind_next and _OTHER_IN_ORDER.value(connection, **place, queue_ms=queue_ms) is not None
    return places_ahead(before, put_off, behind_next=ticket.behind_next, others_in_order=in_order)


def next_put_off_ms(connection: Connection, day: str | None, queue_ms: int) -> int | None:
    """Return the next queue time at which a put-off ticket can be called.

    ``queue_ms``: now. None while no put-off ticket is waiting for its time.
    """
    next_ms: int | None = _NEXT_PUT_OFF.value(connection, day=day, queue_ms=queue_ms)
    return next_ms


def tickets_pinned_to(connection: Connection, day: str | None, counter: str) -> list[TicketRow]:
    """Return the waiting tickets that only this counter may call."""
    return _PINNED.all(connection, day=day, counter=counter)


def tickets_pinned_to_clerks(connection: Connection, day: str | None) -> list[TicketRow]:
    """Return the waiting tickets that only one clerk may call."""
    return _PINNED_TO_CLERKS.all(connection, day=day)


def open_ticket(connection: Connection, counter: str) -> TicketRow | None:
    """Return the ticket called to a counter or being served there; None without one."""
    return _OPEN.first(connection, counter=counter)


def open_tickets(connection: Connection) -> dict[str, TicketRow]:
    """Return every ticket that is called or being served, by the id of its counter."""
    return {row.counter: row for row in _ALL_OPEN.all(connection) if row.counter is not None}


def waiting_by_service(connection: Connection, day: str | None) -> dict[str, int]:
    """Count the waiting tickets of each service; services without any are missing."""
    return dict(_WAITING_BY_SERVICE.all(connection, day=day))


def count_by_state(connection: Connection, day: str | None) -> dict[str, int]:
    """Count the tickets of a day in each state; states without any are missing."""
    return dict(_BY_STATE.all(connection, day=day))


def services_of_open_tickets(connection: Connection, day: str | None) -> set[str]:
    """Return the services that have a ticket which has not ended yet."""
    return {row[0] for row in _OPEN_SERVICES.all(connection, day=day)}


# --- statements ---

_UNENDED = (TicketState.WAITING.value, TicketState.CALLED.value, TicketState.SERVING.value, TicketState.HELD.value)
_OPEN_SERVICES = Statement(select(_ticket.service).where(_ticket.day == _DAY, _ticket.state.in_(_UNENDED)).distinct())

_WAITING_OF_SERVICES = Statement(
    WAITING.where(_ticket.day == _DAY, t.TICKET_IS_WAITING, _ticket.service.in_(_SERVICES)).order_by(_ticket.issue_seq),
    Waiting,
)
_NEXT_BEHIND = Statement(
    WAITING.where(
        _ticket.day == _DAY,
        t.TICKET_IS_WAITING,
        _ticket.service == bindparam("service"),
        tuple_(_ticket.rank_key, _ticket.issue_seq) > tuple_(bindparam("rank_key"), _SEQ),
    )
    .order_by(_ticket.rank_key, _ticket.issue_seq)
    .limit(bindparam("places")),
    Waiting,
)


def _with_seq_statement() -> Statement[Waiting]:
    c, series = t.ticket.c, t.series.c
    number = bindparam("number", type_=Integer)
    is_in_series = and_(c.office == series.office, c.day == series.day, c.prefix == series.prefix, c.seq == number)
    # An outer join, so that SQLite begins with the series and not with the tickets.
    ids = select(c.id).outerjoin_from(t.series, t.ticket, is_in_series)
    ids = ids.where(series.office == bindparam("office"), series.day == _DAY)
    return Statement(WAITING.where(c.id.in_(ids), t.TICKET_IS_WAITING), Waiting)


_WITH_SEQ = _with_seq_statement()
_DIGITS = func.ltrim(func.substr(_ticket.number, func.length(_ticket.prefix) + 1), "0")
_WITH_NUMBER = Statement(
    WAITING.where(_ticket.day == _DAY, t.TICKET_IS_WAITING, bindparam("digits") == _DIGITS), Waiting
)
_IS_WAITING = (_ticket.day == _DAY, t.TICKET_IS_WAITING)
_IS_RESTRICTED = (_ticket.day == _DAY, t.TICKET_IS_RESTRICTED)
_OF_SERVICE = _ticket.service == bindparam("service")


def _before_statement() -> Statement[Any]:
    """Return the statement that counts a service's tickets before a place in its line.

    Its columns: the count, and rank, time and mark of one restricted ticket of the service. It has a row for each of
    these, and one row without them when there are none.
    """
    rank_key = bindparam("rank_key", type_=_ticket.rank_key.type)
    # The first condition bounds the range of the index that is read.
    is_before = and_(_ticket.rank_key <= rank_key, or_(_ticket.rank_key < rank_key, _ticket.issue_seq < _SEQ))
    # The state is a bound value, which hides the index of waiting tickets by issue: that of the line has all columns.
    in_line = (_ticket.day == _DAY, _ticket.state == TicketState.WAITING, _OF_SERVICE)
    count = select(func.count().label("before")).select_from(t.ticket).where(*in_line, is_before).subquery()
    columns = (_ticket.rank_key, _ticket.issue_seq, _ticket.callable_from_ms, _ticket.behind_next)
    restricted = and_(*_IS_RESTRICTED, _OF_SERVICE)
    return Statement(select(count.c.before, *columns).select_from(count.outerjoin(t.ticket, restricted)))


_BEFORE = _before_statement()
# A ticket that was put off is not in order itself.
_OTHER_IN_ORDER = Statement(
    select(_ticket.id)
    .where(*_IS_WAITING, _OF_SERVICE, _ticket.callable_from_ms <= bindparam("queue_ms"), ~_ticket.behind_next)
    .limit(1)
)


_NEXT_PUT_OFF = Statement(
    select(func.min(t.ticket.c.callable_from_ms)).where(
        *_IS_RESTRICTED, t.ticket.c.callable_from_ms > bindparam("queue_ms")
    )
)


_PINNED = Statement(
    select(t.ticket).where(*_IS_RESTRICTED, t.ticket.c.pin == bindparam("counter")).order_by(t.ticket.c.issue_seq),
    TicketRow,
)


def places_and_lines(connection: Connection, day: str | None) -> list[PlaceOrLine]:
    """Return each counter's state and each service's line, in one statement."""
    return _PLACES_AND_LINES.all(connection, day=day)


_PLACES_AND_LINES = Statement(
    union_all(
        select(
            t.counter_state.c.counter.label("id"),
            t.counter_state.c.state.label("state"),
            t.counter_state.c.clerk.label("clerk"),
            literal_column("-1").label("waiting"),
        ),
        select(t.ticket.c.service, null(), null(), func.count()).where(*_IS_WAITING).group_by(t.ticket.c.service),
    ),
    PlaceOrLine,
)


_PINNED_TO_CLERKS = Statement(
    select(t.ticket).where(*_IS_RESTRICTED, t.ticket.c.pin_clerk.is_not(None)).order_by(t.ticket.c.issue_seq),
    TicketRow,
)


_OPEN = Statement(select(t.ticket).where(t.ticket.c.counter == bindparam("counter"), t.TICKET_IS_OPEN), TicketRow)


_ALL_OPEN = Statement(select(t.ticket).where(t.TICKET_IS_OPEN), TicketRow)


_WAITING_BY_SERVICE = Statement(
    select(t.ticket.c.service, func.count()).where(*_IS_WAITING).group_by(t.ticket.c.service)
)


_BY_STATE = Statement(
    select(t.ticket.c.state, func.count()).where(t.ticket.c.day == bindparam("day")).group_by(t.ticket.c.state)
)
