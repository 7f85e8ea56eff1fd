"""Models of the manager's pages: the hall now, the current day, the list of days."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.calendar import Opening, local_date
from server.domain.clock_doubt import Doubt
from server.domain.queue.counter import CounterState
from server.domain.queue.due import opens_by_schedule
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import (
    NumberedDayRow,
    TicketRow,
    count_by_state,
    counter_rows,
    find_numbered_day,
    last_day,
    last_leg,
    neighbours_of_day,
    newest_numbered_days,
    open_tickets,
    stopped_services,
    tickets_of,
    waiting_rows,
)
from server.views.clerk import HelpCall, help_calls
from server.views.counters import counter_message
from server.views.pictures import day as day_picture
from server.views.services import services
from server.wire.messages import Counter, Day, Service

MAX_LISTED_DAYS = 60
"""The most days that the day's page lists, some three months; the page opens any other day by its date."""


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """One service now.

    ``waiting``: how many wait. ``longest_wait_ms`` and ``longest_wait_number``: of the waiting tickets, the one that
    was issued first, and the time since then; None when nobody waits. ``open_counters``: the ids of the open counters
    that have it in the settings, even where their clerk may not serve it. ``stopped``: staff have stopped issuing
    numbers of it today, at ``stopped_at_ms`` (UTC; None while it is not).
    """

    service: Service
    waiting: int
    longest_wait_ms: int | None
    longest_wait_number: str | None
    open_counters: tuple[str, ...]
    stopped: bool
    stopped_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CounterNow:
    """One counter now.

    ``clerk_name``: None if nobody is signed in. ``state_lasted_ms``: how long its open ticket has been served, or else
    is called; without one, how long the counter has been in its state. ``since_at_ms``: since when (UTC).
    """

    counter: Counter
    clerk_name: str | None
    state_lasted_ms: int
    since_at_ms: int


@dataclass(frozen=True, slots=True)
class ManagerNow:
    """The hall now; ``issued`` and ``counts`` (tickets by state) are of the open day.

    ``issued``: all its tickets, cancelled ones too. ``longest_wait_*``: as in ``ServiceNow``, of all services.
    ``target_min``: the waiting time in minutes within which a ticket should be called.
    """

    day: Day
    issued: int
    counts: Mapping[str, int]
    longest_wait_ms: int | None
    longest_wait_number: str | None
    services: tuple[ServiceNow, ...]
    counters: tuple[CounterNow, ...]
    help_calls: tuple[HelpCall, ...]
    target_min: int


@dataclass(frozen=True, slots=True)
class DayInfo:
    """A service day from the database.

    ``date`` None: it is not known. ``part``: 2 for the second service day of one date, and so on; 1 for an unknown
    date. ``seq``: the journal's sequence of its opening. ``state``: open or closed; ``opened_at_ms`` and
    ``closed_at_ms`` are UTC. Numbers of tickets, None until the day is closed: ``served`` on the whole day,
    ``unrecorded`` (of them: the close ended their service), ``expired`` (by the close).
    """

    id: str
    date: str | None
    part: int
    seq: int
    state: str
    opened_at_ms: int
    closed_at_ms: int | None
    served: int | None
    expired: int | None
    unrecorded: int | None


@dataclass(frozen=True, slots=True)
class CurrentDay:
    """The open day (``id`` None: no day is open), and the choices to open one.

    ``date``: of the open day, None also if it is unknown. ``doubt``: why the wall clock's date is not trusted, None
    while it is; ``clock_date``: the date of that clock, right or wrong. ``last_date``: the date of the day that was
    opened last, be it open or closed; None if it is unknown, and before the first day. ``closed_today``: no day is
    open, and that day is of ``clock_date`` or, in doubt, of any date, so that staff may reopen it; ``may_open``: staff
    may open a new day. ``has_older_tickets``: unfinished tickets are older than the open day, which took them over from
    the day that it continues. ``is_practice``: the open day is a practice, which ends when a real day is opened;
    ``may_practise``: a practice of the whole hall may begin.
    """

    id: str | None
    date: str | None
    doubt: Doubt | None
    clock_date: str
    last_date: str | None
    closed_today: bool
    may_open: bool
    has_older_tickets: bool
    is_practice: bool
    may_practise: bool


def current_day(snapshot: Snapshot) -> CurrentDay:
    """Return the open day, and the choices to open one."""
    head, last = snapshot.head, last_day(snapshot.connection)
    clock_date, is_doubted = local_date(snapshot.now.wall_ms, snapshot.office.zone), head.doubt is not None
    has_no_real_day = head.day is None or head.practice
    closed_today = has_no_real_day and last is not None and (is_doubted or last.date == clock_date)
    last_date = None if last is None else last.date
    is_due = any(opens_by_schedule(opening, clock_date, last_date) for opening in _openings(snapshot))
    return CurrentDay(
        id=head.day,
        date=head.date,
        doubt=head.doubt,
        clock_date=clock_date,
        last_date=None if last is None else last.date,
        closed_today=closed_today,
        may_open=has_no_real_day and (is_doubted or not closed_today),
        has_older_tickets=_has_older_tickets(snapshot),
        is_practice=head.practice,
        may_practise=head.day is None and not is_doubted and not is_due,
    )


def _openings(snapshot: Snapshot) -> list[Opening]:
    """Return the opening of the office, and of services with own hours."""
    own = [service for service in snapshot.office.own_hours if not snapshot.office.services[service].closed]
    return [snapshot.opening_status(service).opening for service in (None, *own)]


def _has_older_tickets(snapshot: Snapshot) -> bool:
    """Return whether tickets that wait, are called or held are older than the open day."""
    if snapshot.head.day is None:
        return False
    oldest = tickets_of(
        snapshot.connection, snapshot.head.day, (TicketState.WAITING, TicketState.CALLED, TicketState.HELD), limit=1
    )
    return bool(oldest) and oldest[0].issue_seq < snapshot.head.day_seq


def manager_now(snapshot: Snapshot) -> ManagerNow:
    """Return the hall at this moment."""
    counts = count_by_state(snapshot.connection, snapshot.head.day)
    waiting = waiting_rows(snapshot.connection, snapshot.head.day)
    longest = min(waiting, key=lambda row: (row.issued_ms, row.issue_seq), default=None)
    return ManagerNow(
        day=day_picture(snapshot),
        issued=sum(counts.values()),
        counts={state.value: counts.get(state.value, 0) for state in TicketState},
        longest_wait_ms=None if longest is None else snapshot.queue_ms - longest.issued_ms,
        longest_wait_number=None if longest is None else longest.number,
        services=_services(snapshot, waiting),
        counters=_counters(snapshot),
        help_calls=help_calls(snapshot),
        target_min=snapshot.office.rules.target_min,
    )


def _services(snapshot: Snapshot, waiting: list[TicketRow]) -> tuple[ServiceNow, ...]:
    states = counter_rows(snapshot.connection)
    stopped = stopped_services(snapshot.connection, snapshot.head.day)
    services_now = []
    for service in services(snapshot):
        rows = [row for row in waiting if row.service == service.id]
        oldest = min(rows, key=lambda row: (row.issued_ms, row.issue_seq), default=None)
        open_counters = tuple(counter for counter in service.counters if states[counter].state is CounterState.OPEN)
        services_now.append(
            ServiceNow(
                service=service,
                waiting=len(rows),
                longest_wait_ms=None if oldest is None else snapshot.queue_ms - oldest.issued_ms,
                longest_wait_number=None if oldest is None else oldest.number,
                open_counters=open_counters,
                stopped=service.id in stopped,
                stopped_at_ms=stopped[service.id].at_ms if service.id in stopped else None,
            )
        )
    return tuple(services_now)


def _counters(snapshot: Snapshot) -> tuple[CounterNow, ...]:
    rows, current = counter_rows(snapshot.connection), open_tickets(snapshot.connection)
    counters_now = []
    for counter in snapshot.office.counters_in_use:
        row, ticket = rows[counter], current.get(counter)
        since_ms, since_at_ms = row.since_ms, row.since_at_ms
        if ticket is not None:
            leg = last_leg(snapshot.connection, ticket.id)
            since_ms = leg.started_ms or leg.called_ms or ticket.changed_ms
            since_at_ms = leg.started_at_ms or leg.called_at_ms or ticket.changed_at_ms
        clerk = snapshot.office.clerks.get(row.clerk or "")
        name = None if clerk is None else clerk.name
        message = counter_message(snapshot, row, ticket)
        counters_now.append(CounterNow(message, name, snapshot.queue_ms - since_ms, since_at_ms))
    return tuple(counters_now)


def days(snapshot: Snapshot) -> list[DayInfo]:
    """Return the service days that were opened last, newest first."""
    return [_day(row) for row in newest_numbered_days(snapshot.connection, MAX_LISTED_DAYS)]


def service_day(snapshot: Snapshot, day: str) -> DayInfo | None:
    """Return the service day with this id, else the last one on this date (``YYYY-MM-DD``)."""
    row = find_numbered_day(snapshot.connection, day)
    return None if row is None else _day(row)


def neighbours(snapshot: Snapshot, day: DayInfo) -> tuple[str | None, str | None]:
    """Return the ids of the service days before and after a day."""
    return neighbours_of_day(snapshot.connection, day.seq)


def _day(row: NumberedDayRow) -> DayInfo:
    counts, part = (row.served, row.expired, row.unrecorded), max(1, row.part)
    return DayInfo(row.id, row.date, part, row.seq, row.state, row.opened_at_ms, row.closed_at_ms, *counts)
