"""The jobs of stations, unconfirmed slips, and calls for help."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Integer, Select, bindparam, func, or_, select

from server.domain.facts import FactKind
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.statement import Statement

JobKind = Literal["slip", "reprint", "test", "roll", "clear", "seen"]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A station's job; ``server.store.schema.jobs`` explains kinds and states.

    ``mark``: printed on the paper (staff, reprint, test); ``proof``: how its result is known (process_id, fence, none).
    ``made_at_ms``: when it was recorded for the station; ``done_at_ms``: when its result was reported, or the job
    dropped (both UTC ms). ``mark``, ``proof``, ``done_at_ms``: None where there is none (yet); ``ticket``: None for a
    job that is about no ticket.
    """

    id: str
    seq: int
    day: str | None
    station: str
    kind: JobKind
    ticket: str | None
    mark: str | None
    state: str
    proof: str | None
    made_at_ms: int
    done_at_ms: int | None

    @property
    def is_open(self) -> bool:
        """True until the station has reported the job's result."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class UnconfirmedSlipRow:
    """A ticket whose slip may not have been printed.

    ``id``: of the ticket. ``print_state``, ``print_station``: the last report on the slip, or the state pending until
    the first. ``reported_at_ms`` (UTC ms) and ``reported_ms`` (queue time): when it was made, None if the station has
    not reported. ``reprint``: the id of the newest open reprint job, else None.
    """

    id: str
    number: str
    service: str
    print_state: str
    print_station: str
    issued_at_ms: int
    issued_ms: int
    reported_at_ms: int | None
    reported_ms: int | None
    reprint: str | None


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A visitor's call for a person at a kiosk. ``taken_at_ms``: when staff took it; None: not yet. Both UTC ms."""

    id: str
    station: str
    at_ms: int
    taken_at_ms: int | None


def find_job(connection: Connection, job: str) -> JobRow | None:
    """Return the job with this id."""
    return _JOB.first(connection, job=job)


_JOB = Statement(select(t.job).where(t.job.c.id == bindparam("job")), JobRow)


def open_job_ids(connection: Connection, station: str, kind: str | None = None) -> list[str]:
    """Return the ids of a station's open jobs, oldest first. ``kind`` None: of any kind."""
    jobs = _OPEN_OF_STATION.all(connection, station=station)
    return [job for job, job_kind in jobs if kind in (None, job_kind)]


_OPEN_OF_STATION = Statement(
    select(t.job.c.id, t.job.c.kind).where(t.job.c.station == bindparam("station"), t.JOB_IS_OPEN).order_by(t.job.c.seq)
)


@dataclass(frozen=True, slots=True)
class _NumberedJobRow(JobRow):
    """A job with its ticket's number."""

    number: str | None


def open_job_rows(connection: Connection) -> list[tuple[JobRow, str | None]]:
    """Return the open jobs of all stations, oldest first, each with its ticket's number.

    The number is None for a job that is about no ticket.
    """
    return [(row, row.number) for row in _ALL_OPEN.all(connection)]


_NUMBER = select(t.ticket.c.number).where(t.ticket.c.id == t.job.c.ticket).scalar_subquery().label("number")
_ALL_OPEN = Statement(select(t.job, _NUMBER).where(t.JOB_IS_OPEN).order_by(t.job.c.seq), _NumberedJobRow)


def newest_jobs(connection: Connection, limit: int) -> list[JobRow]:
    """Return the jobs that were made last, newest first."""
    return _NEWEST.all(connection, limit=limit)


_NEWEST = Statement(select(t.job).order_by(t.job.c.seq.desc()).limit(bindparam("limit", type_=Integer)), JobRow)


def stations_with_jobs(connection: Connection, day: str | None) -> list[str]:
    """Return the stations that had a job on ``day`` or have an open one."""
    return [station for (station,) in _STATIONS.all(connection, day=day)]


_STATIONS = Statement(
    select(t.job.c.station).where(or_(t.job.c.day.is_not_distinct_from(bindparam("day")), t.JOB_IS_OPEN)).distinct()
)


def unconfirmed_slip_rows(
    connection: Connection, day: str | None, states: Collection[TicketState], print_states: Collection[str]
) -> list[UnconfirmedSlipRow]:
    """Return the tickets whose slip is in one of ``print_states``, in order of issue.

    The tickets are in one of ``states``, and staff have not dismissed their slips.
    """
    return _UNCONFIRMED.all(connection, day=day, states=states, print_states=print_states)


def _last_report() -> Select[Any]:
    """Select the sequence of the last report on a ticket's slip."""
    c = t.journal.c
    query = select(c.seq).where(c.ticket == t.ticket.c.id, c.kind == FactKind.PRINTED.value)
    return query.order_by(c.seq.desc()).limit(1).correlate(t.ticket)


def _waiting_reprint() -> Select[Any]:
    """Select the newest open reprint of a ticket."""
    c = t.job.c
    query = select(c.id).where(c.ticket == t.ticket.c.id, c.kind == "reprint", t.JOB_IS_OPEN)
    return query.order_by(c.seq.desc()).limit(1).correlate(t.ticket)


def _unconfirmed_slips_statement() -> Statement[UnconfirmedSlipRow]:
    c, of_journal = t.ticket.c, t.journal.c
    columns = (c.id, c.number, c.service, c.print_state, c.print_station, c.issued_at_ms, c.issued_ms)
    query = (
        select(
            *columns,
            of_journal.at_ms.label("reported_at_ms"),
            of_journal.queue_ms.label("reported_ms"),
            _waiting_reprint().scalar_subquery().label("reprint"),
        )
        .select_from(t.ticket.outerjoin(t.journal, of_journal.seq == _last_report().scalar_subquery()))
        .where(
            c.day == bindparam("day"),
            c.state.in_(bindparam("states", expanding=True)),
            c.print_state.in_(bindparam("print_states", expanding=True)),
            c.print_seen_at_ms.is_(None),
        )
    )
    return Statement(query.order_by(c.issue_seq), UnconfirmedSlipRow)


_UNCONFIRMED = _unconfirmed_slips_statement()


def find_help_call(connection: Connection, help_call: str) -> HelpRow | None:
    """Return the call for help with this id."""
    return _HELP_CALL.first(connection, help_call=help_call)


_HELP = select(t.help_call.c.id, t.help_call.c.station, t.help_call.c.at_ms, t.help_call.c.taken_at_ms)
_HELP_CALL = Statement(_HELP.where(t.help_call.c.id == bindparam("help_call")), HelpRow)


@dataclass(frozen=True, slots=True)
class HelpAnswerRow:
    """The answer to a visitor's call for help. ``taken_at_ms``: None: nobody goes there yet.

    ``ended_at_ms``: when a colleague who was sent there and went was done; None: nobody was.
    """

    id: str
    station: str
    taken_at_ms: int | None
    ended_at_ms: int | None


def newest_help_answers(connection: Connection, day: str | None) -> dict[str, HelpAnswerRow]:
    """Return the newest call for help of each station on a day, by the station."""
    return {row.station: row for row in _ANSWERS.all(connection, day=day)}


_WENT = (t.dispatch.c.call == t.help_call.c.id, t.dispatch.c.going_at_ms.is_not(None))
_WENT_UNTIL = select(func.max(t.dispatch.c.ended_at_ms)).where(*_WENT).scalar_subquery().label("ended_at_ms")
_ANSWERS = Statement(
    select(t.help_call.c.id, t.help_call.c.station, t.help_call.c.taken_at_ms, _WENT_UNTIL)
    .where(t.help_call.c.day.is_not_distinct_from(bindparam("day")))
    .order_by(t.help_call.c.at_ms),
    HelpAnswerRow,
)


def open_help_calls(connection: Connection, day: str | None, station: str | None = None) -> list[HelpRow]:
    """Return the calls for help that nobody took yet, oldest first.

    ``station`` None: of all stations.
    """
    return [row for row in _OPEN_HELP.all(connection, day=day) if station in (None, row.station)]


_OPEN_HELP = Statement(
    _HELP.where(t.help_call.c.day.is_not_distinct_from(bindparam("day")), t.help_call.c.taken_at_ms.is_(None)).order_by(
        t.help_call.c.at_ms
    ),
    HelpRow,
)
