"""The data of a day's figures: its legs, and facts of its tickets and counters."""

import json
from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from server.domain.facts import FactKind
from server.domain.queue.counter import CounterState
from server.domain.reports.queue_times import CounterChange, QueueChange
from server.store import schema as t
from server.store.queries.ticket_rows import LegRow, legs_by_ticket
from server.store.statement import Statement


def legs_of_day(connection: Connection, day: str) -> Mapping[str, list[LegRow]]:
    """Return the legs of a day's tickets by ticket, oldest first."""
    return legs_by_ticket(_LEGS.all(connection, day=day))


_LEGS = Statement(
    select(t.leg)
    .join(t.ticket, t.ticket.c.id == t.leg.c.ticket)
    .where(t.ticket.c.day == bindparam("day"))
    .order_by(t.leg.c.ticket, t.leg.c.n),
    LegRow,
)


def transfers_of_day(connection: Connection, day: str) -> Mapping[str, int]:
    """Count the transfers of each ticket of a day.

    The facts are counted, not the legs, because the transfer of a held ticket ends no leg.
    """
    c = t.journal.c
    query = select(c.ticket, func.count()).where(_of_tickets_on(day), c.kind == FactKind.TRANSFERRED.value)
    return {ticket: int(count) for ticket, count in connection.execute(query.group_by(c.ticket))}


def facts_of_day(connection: Connection, day: str, kinds: Collection[FactKind]) -> Iterator[QueueChange]:
    """Yield the facts of a day's tickets that have one of ``kinds``, in order."""
    c = t.journal.c
    kind_names = [kind.value for kind in kinds]
    query = select(c.ticket, c.kind, c.queue_ms).where(_of_tickets_on(day), c.kind.in_(kind_names)).order_by(c.seq)
    for row in connection.execute(query):
        yield row.ticket, FactKind(row.kind), row.queue_ms


def _of_tickets_on(day: str) -> ColumnElement[bool]:
    """Select the facts of the tickets of a day.

    Tickets that it took over from the day before have facts of that day.
    """
    return t.journal.c.ticket.in_(select(t.ticket.c.id).where(t.ticket.c.day == day))


def counter_changes(connection: Connection, day: str) -> tuple[list[CounterChange], int | None]:
    """Return the counters' changes until the day's close, and the queue time of the close.

    They begin after the close of the day before. None: the day is still open.
    """
    c = t.journal.c
    opening_seq = select(t.day.c.seq).where(t.day.c.id == day).scalar_subquery()
    closes_before = select(c.seq).where(c.kind == FactKind.DAY_CLOSED.value, c.seq < opening_seq)
    last_close_seq = connection.execute(closes_before.order_by(c.seq.desc()).limit(1)).scalar_one_or_none() or 0
    kinds = [FactKind.COUNTER_STATE.value, FactKind.DAY_CLOSED.value]
    facts = select(c.kind, c.counter, c.queue_ms, c.data).where(c.seq > last_close_seq, c.kind.in_(kinds))
    changes: list[CounterChange] = []
    for kind, counter, queue_ms, data in connection.execute(facts.order_by(c.seq)):
        if kind == FactKind.DAY_CLOSED:
            return changes, queue_ms
        changes.append(CounterChange(counter, CounterState(json.loads(data)["state"]), queue_ms))
    return changes, None
