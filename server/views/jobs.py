"""The jobs of stations, and slips that are not proved to be printed."""

from dataclasses import dataclass

from server.commands.jobs import PRINTER_JOB_ORIGINS
from server.domain.errors import Refusal, Refused
from server.domain.queue.ticket import TicketState
from server.store import Snapshot, queries
from server.store.queries import (
    DeviceTrialRow,
    find_job,
    find_ticket,
    newest_jobs,
    open_job_rows,
    unconfirmed_slip_rows,
    visitor_token_of,
)
from server.views.tickets import ticket
from server.wire.messages import Job

UNCONFIRMED_STATES = frozenset({"held", "failed", "unknown"})
"""Print states of a slip, and results of a job, that are no proof of print. "held": the printer will print it later."""

IN_PROGRESS_STATES = frozenset({"pending", "printing"})
"""Print states of a slip whose station has not reported a result yet."""

MAX_IN_PROGRESS_MS = 60_000
"""A slip is printed within seconds. A station that has not reported for a minute may have stopped before or while it
printed the slip. Real time; where a demonstration's clock runs faster, the limit is longer in its time."""

UNSUCCESSFUL_LISTED_MS = 12 * 3_600_000
"""Unsuccessful jobs are listed for this long. A time, not the open day, because a test slip needs no open day."""
MAX_JOBS = 200
"""Only so many of the newest jobs are searched for unsuccessful ones."""

# The states of tickets whose visitors still need the slip.
STATES_WITH_SLIP = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD, TicketState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class UnconfirmedSlip:
    """A slip that is not proved to be printed (see docs/GLOSSARY.md).

    ``ticket``: the id of its ticket; ``state``: the ticket's print state. ``since_at_ms``: when its station last
    reported on it, or when the ticket was issued if it has not (UTC); ``job``: the id of an open reprint job, None
    without one.
    """

    ticket: str
    number: str
    service: str
    state: str
    station: str
    since_at_ms: int
    job: str | None


@dataclass(frozen=True, slots=True)
class StationJob:
    """A job of a station. ``number``: that of its ticket, None for a job without one.

    ``since_at_ms``: the UTC time of its creation while it is open, else of its reported result. ``kind``, ``state``:
    ``server.store.schema.jobs`` explains them.
    """

    id: str
    kind: str
    station: str
    number: str | None
    since_at_ms: int
    state: str = "open"


def unconfirmed_slips(snapshot: Snapshot) -> list[UnconfirmedSlip]:
    """Return today's slips that are not proved to be printed, in order of issue.

    Slips that staff have dismissed are left out.
    """
    slips = []
    states = UNCONFIRMED_STATES | IN_PROGRESS_STATES
    for row in unconfirmed_slip_rows(snapshot.connection, snapshot.head.day, STATES_WITH_SLIP, states):
        since_at_ms, since_queue_ms = row.reported_at_ms or row.issued_at_ms, row.reported_ms or row.issued_ms
        max_in_progress_ms = MAX_IN_PROGRESS_MS * max(1.0, snapshot.speed)
        if row.print_state in UNCONFIRMED_STATES or snapshot.queue_ms - since_queue_ms > max_in_progress_ms:
            station, state = row.print_station, row.print_state
            slips.append(UnconfirmedSlip(row.id, row.number, row.service, state, station, since_at_ms, row.reprint))
    return slips


def device_trials(snapshot: Snapshot) -> list[DeviceTrialRow]:
    """Return the last trial of each device that was ever tried."""
    return queries.device_trials(snapshot.connection)


def unsuccessful_jobs(snapshot: Snapshot) -> list[StationJob]:
    """Return the printers' jobs that failed, are held, or have an unknown result, oldest first.

    Of each kind at each station only the newest job counts: a later success replaces a failure. Jobs for the slip of a
    ticket are left out; ``unconfirmed_slips`` has them.
    """
    newest = newest_jobs(snapshot.connection, MAX_JOBS)
    newest_of_kind = {(row.station, row.kind): row for row in reversed(newest) if row.kind in PRINTER_JOB_ORIGINS}
    unsuccessful = sorted(
        (row for row in newest_of_kind.values() if row.state in UNCONFIRMED_STATES), key=lambda row: row.seq
    )
    return [
        StationJob(row.id, row.kind, row.station, None, row.done_at_ms, row.state)
        for row in unsuccessful
        if row.done_at_ms is not None and snapshot.now.wall_ms - row.done_at_ms < UNSUCCESSFUL_LISTED_MS
    ]


def open_jobs(snapshot: Snapshot) -> list[StationJob]:
    """Return the open jobs of all stations, oldest first."""
    jobs = open_job_rows(snapshot.connection)
    return [StationJob(row.id, row.kind, row.station, number, row.made_at_ms) for row, number in jobs]


def job(snapshot: Snapshot, job_id: str) -> Job:
    """Return a job with its ticket, for the station that does it. Raises ``not_found``.

    The ticket has the token of the visitor's page, which the slip shows as a QR code.
    """
    row = find_job(snapshot.connection, job_id)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"job": job_id})
    ticket_row = None if row.ticket is None else find_ticket(snapshot.connection, row.ticket)
    job_ticket = None
    if ticket_row is not None:
        job_ticket = ticket(
            snapshot, ticket_row, visitor_token=visitor_token_of(snapshot.connection, ticket_row.id), with_dossier=False
        )
    return Job(id=row.id, kind=row.kind, station=row.station, ticket=job_ticket, mark=row.mark, open=row.is_open)
