"""The tickets of a day for reports, and rows of the journal."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from server.domain.calendar import local_clock
from server.domain.queue.ticket import TicketState
from server.domain.reports.measured import LEFT_STATES, MeasuredLeg, MeasuredTicket
from server.domain.reports.queue_times import (
    ENTERS_QUEUE,
    LEAVES_QUEUE,
    QueueChange,
    QueueSamples,
    open_durations_ms,
    queue_samples,
    waiting_times_ms,
)
from server.store import Snapshot
from server.store.queries import (
    LegRow,
    TicketRow,
    counter_changes,
    facts_of_day,
    journal_page,
    legs_of_day,
    ratings_of,
    tickets_of,
    transfers_of_day,
)
from server.wire.messages import JournalRow

VOID = "void"
"""The recorded reason of a cancelled test ticket; reports leave such tickets out ("void")."""


@dataclass(frozen=True, slots=True)
class DayTicket:
    """A ticket of a day: its measures, and the other columns of the CSV file. ``*_at_ms`` is UTC.

    ``procedure``: its code, or None. ``outcome``: a code, None unless the ticket was served. ``reason``: why the ticket
    is absent or cancelled, a text or the code ``VOID``; None where no reason was recorded, and in all other states.
    ``called_at_ms``: of the first call, None before it.
    """

    measured: MeasuredTicket
    procedure: str | None
    ticket_class: str
    outcome: str | None
    reason: str | None
    issued_at_ms: int
    called_at_ms: int | None


def day_tickets(snapshot: Snapshot, day: str) -> list[DayTicket]:
    """Return all tickets of a day with their legs, in order of issue. ``day`` is its id."""
    connection = snapshot.connection
    legs, transfers = legs_of_day(connection, day), transfers_of_day(connection, day)
    ratings = ratings_of(connection, day)
    waiting_ms = waiting_times_ms(_queue_changes(snapshot, day), snapshot.queue_ms)
    tickets = []
    for row in tickets_of(connection, day):
        measured = _measured(snapshot, row, legs.get(row.id, []), waiting_ms.get(row.id, 0), transfers.get(row.id, 0))
        tickets.append(
            DayTicket(
                measured=replace(measured, rating=ratings.get(row.id)),
                procedure=row.procedure,
                ticket_class=row.ticket_class,
                outcome=row.outcome,
                reason=row.reason,
                issued_at_ms=row.issued_at_ms,
                called_at_ms=row.called_at_ms,
            )
        )
    return tickets


def measured_tickets(snapshot: Snapshot, day: str) -> list[MeasuredTicket]:
    """Return the measured tickets of a day, in order of issue."""
    return [ticket.measured for ticket in day_tickets(snapshot, day)]


def _measured(
    snapshot: Snapshot, row: TicketRow, legs: list[LegRow], total_waiting_ms: int, transfers: int
) -> MeasuredTicket:
    hour, minute = local_clock(row.issued_at_ms, snapshot.office.zone).split(":")
    return MeasuredTicket(
        number=row.number,
        service=legs[0].service if legs else row.service,
        state=row.state,
        minute=int(hour) * 60 + int(minute),
        issued_ms=row.issued_ms,
        first_called_ms=row.called_ms,
        ended_ms=row.changed_ms if row.state in LEFT_STATES else None,
        legs=tuple(_leg(leg) for leg in legs),
        transfers=transfers,
        total_waiting_ms=total_waiting_ms,
        uncalled_ms=snapshot.queue_ms - row.issued_ms
        if row.state is TicketState.WAITING and row.called_ms is None
        else None,
        void=row.state is TicketState.CANCELLED and row.reason == VOID,
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


def waiting_samples(snapshot: Snapshot, day: str) -> QueueSamples:
    """Return the number of waiting tickets after every change of the day."""
    return queue_samples(_queue_changes(snapshot, day), snapshot.queue_ms, is_open=snapshot.head.day == day)


def _queue_changes(snapshot: Snapshot, day: str) -> Iterator[QueueChange]:
    return facts_of_day(snapshot.connection, day, ENTERS_QUEUE | LEAVES_QUEUE)


def counter_open_ms(snapshot: Snapshot, day: str) -> Mapping[str, int]:
    """Return how long each counter was open that day, in ms, without pauses.

    Open counters count until now.
    """
    changes, closed_ms = counter_changes(snapshot.connection, day)
    end_ms = snapshot.queue_ms if closed_ms is None else closed_ms
    return open_durations_ms(changes, snapshot.office.counters, end_ms)


def journal_rows(snapshot: Snapshot, after: int, limit: int) -> list[JournalRow]:
    """Return the journal's rows with a sequence above ``after``, oldest first."""
    rows = journal_page(snapshot.connection, after, limit)
    return [JournalRow.model_validate({**row, "data": json.loads(row["data"])}) for row in rows]
