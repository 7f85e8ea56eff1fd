"""A day's tickets as the measures take them: from the rows of tickets and legs, and from the journal's marks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select

from server.domain.calendar import local_clock
from server.domain.measures import LegRow as MeasuredLeg
from server.domain.measures import TicketRow as Measured
from server.domain.ticket import State
from server.store import tables as t
from server.store.facts import Fact, Kind
from server.store.journal import to_fact
from server.store.queries import LegRow, TicketRow, tickets_of
from server.store.store import Reading

TO_LINE = frozenset({Kind.ISSUED, Kind.SENT_ON, Kind.RETURNED, Kind.REQUEUED, Kind.RELEASED, Kind.TRANSFERRED})
FROM_LINE = frozenset({Kind.CALLED, Kind.CANCELLED, Kind.EXPIRED})
VOID = "void"
_UNSERVED = (State.CANCELLED, State.NO_SHOW, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class Samples:
    """The waiting count of all services whenever it changed: (queue time, people), and the span they cover."""

    counts: tuple[tuple[int, int], ...]
    from_ms: int
    to_ms: int


def day_rows(reading: Reading, day: str) -> list[Measured]:
    """All tickets of a day with their legs, in order of issue."""
    legs = _legs(reading, day)
    waited, sent = _waiting_ms(reading, day), _transfers(reading, day)
    rated = ratings_of(reading, day)
    return [
        replace(
            _measured(reading, row, legs.get(row.id, []), waited.get(row.id, 0), sent.get(row.id, 0)),
            rating=rated.get(row.id),
        )
        for row in tickets_of(reading.connection, day)
    ]


def ratings_of(reading: Reading, day: str) -> Mapping[str, str]:
    """Per ticket of a day, how it was rated."""
    c = t.rating.c
    return {row.ticket: row.level for row in reading.connection.execute(select(c.ticket, c.level).where(c.day == day))}


def _transfers(reading: Reading, day: str) -> Mapping[str, int]:
    """Per ticket, how often it was transferred: the facts, because a transfer out of held ends no leg."""
    c = t.journal.c
    query = (
        select(c.ticket, func.count()).where(_of_tickets_on(day), c.kind == Kind.TRANSFERRED.value).group_by(c.ticket)
    )
    return {ticket: int(count) for ticket, count in reading.connection.execute(query)}


def _of_tickets_on(day: str) -> ColumnElement[bool]:
    """Facts of the tickets of a day; those that went over into it have facts of the day before."""
    return t.journal.c.ticket.in_(select(t.ticket.c.id).where(t.ticket.c.day == day))


def _measured(reading: Reading, row: TicketRow, legs: list[LegRow], waiting_ms: int, transfers: int) -> Measured:
    hour, minute = local_clock(row.issued_at_ms, reading.office.zone).split(":")
    return Measured(
        number=row.number,
        service=legs[0].service if legs else row.service,
        state=row.state,
        minute=int(hour) * 60 + int(minute),
        issued_ms=row.issued_ms,
        first_called_ms=row.called_ms,
        ended_ms=row.changed_ms if row.state in _UNSERVED else None,
        legs=tuple(_leg(leg) for leg in legs),
        transfers=transfers,
        waiting_ms=waiting_ms,
        uncalled_ms=reading.queue_ms - row.issued_ms if row.state is State.WAITING and row.called_ms is None else None,
        void=row.state is State.CANCELLED and row.reason == VOID,
    )


def _leg(leg: LegRow) -> MeasuredLeg:
    return MeasuredLeg(
        service=leg.service,
        procedure=leg.procedure,
        counter=leg.counter,
        called_ms=leg.called_ms,
        started_ms=leg.started_ms,
        finished_ms=leg.finished_ms,
        outcome=leg.outcome,
    )


def _legs(reading: Reading, day: str) -> Mapping[str, list[LegRow]]:
    found: dict[str, list[LegRow]] = {}
    query = select(t.leg).join(t.ticket, t.ticket.c.id == t.leg.c.ticket).where(t.ticket.c.day == day)
    for row in reading.connection.execute(query.order_by(t.leg.c.ticket, t.leg.c.n)):
        found.setdefault(row.ticket, []).append(LegRow(**row._mapping))
    return found


def _marks(reading: Reading, day: str) -> Iterator[tuple[str, Kind, int]]:
    """(ticket, kind, queue time) of the facts that bring tickets into the line or out of it."""
    c = t.journal.c
    kinds = [kind.value for kind in TO_LINE | FROM_LINE]
    query = select(c.ticket, c.kind, c.queue_ms).where(_of_tickets_on(day), c.kind.in_(kinds)).order_by(c.seq)
    for row in reading.connection.execute(query):
        yield row.ticket, Kind(row.kind), row.queue_ms


def _waiting_ms(reading: Reading, day: str) -> Mapping[str, int]:
    """Per ticket, all its time in the state waiting, until now for those that still wait."""
    since: dict[str, int] = {}
    total: dict[str, int] = {}
    for ticket, kind, at_ms in _marks(reading, day):
        if kind in TO_LINE:
            since.setdefault(ticket, at_ms)
        elif ticket in since:
            total[ticket] = total.get(ticket, 0) + at_ms - since.pop(ticket)
    for ticket, at_ms in since.items():
        total[ticket] = total.get(ticket, 0) + max(0, reading.queue_ms - at_ms)
    return total


def waiting_samples(reading: Reading, day: str) -> Samples:
    """How many waited, at every change of the day: what the self-test of Little's law takes."""
    waiting: set[str] = set()
    counts: list[tuple[int, int]] = []
    for ticket, kind, at_ms in _marks(reading, day):
        if kind in TO_LINE:
            waiting.add(ticket)
        else:
            waiting.discard(ticket)
        if counts and counts[-1][0] == at_ms:
            counts.pop()
        counts.append((at_ms, len(waiting)))
    first = counts[0][0] if counts else reading.queue_ms
    last = reading.queue_ms if reading.head.day == day else (counts[-1][0] if counts else first)
    return Samples(tuple(counts), first, last)


def open_ms(reading: Reading, day: str) -> Mapping[str, int]:
    """Per counter, how long it was open that day, pauses left out; until now for those that are open."""
    states: dict[str, tuple[str, int]] = {}
    total: dict[str, int] = dict.fromkeys(reading.office.counters, 0)
    end_ms = reading.queue_ms
    for fact in _counter_facts(reading, day):
        if fact.kind is Kind.DAY_CLOSED:
            end_ms = fact.queue_ms
            break
        assert fact.counter is not None
        _close_span(states, total, fact.counter, fact.queue_ms)
        states[fact.counter] = (fact.data["state"], fact.queue_ms)
    for counter in list(states):
        _close_span(states, total, counter, end_ms)
    return total


def _close_span(states: dict[str, tuple[str, int]], total: dict[str, int], counter: str, at_ms: int) -> None:
    state, since_ms = states.pop(counter, ("closed", at_ms))
    if state == "open":
        total[counter] = total.get(counter, 0) + at_ms - since_ms


def _counter_facts(reading: Reading, day: str) -> Iterator[Fact]:
    """Changes of counters since the day before was closed, up to the day's own close."""
    c = t.journal.c
    first = reading.connection.execute(select(func.min(c.seq)).where(c.day == day)).scalar_one_or_none() or 0
    closed = select(c.seq).where(c.kind == Kind.DAY_CLOSED.value, c.seq < first).order_by(c.seq.desc()).limit(1)
    after = reading.connection.execute(closed).scalar_one_or_none() or 0
    kinds = [Kind.COUNTER_STATE.value, Kind.DAY_CLOSED.value]
    query = select(t.journal).where(c.seq > after, c.kind.in_(kinds)).order_by(c.seq)
    for row in reading.connection.execute(query):
        yield to_fact(row)
