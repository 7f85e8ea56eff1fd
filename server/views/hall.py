"""What the manager's pages show: the hall now, and the rows of a day for the measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from server.domain.ticket import State
from server.store import tables as t
from server.store.queries import (
    TicketRow,
    counter_rows,
    last_leg,
    line,
    open_tickets,
    stopped_services,
)
from server.store.store import Reading
from server.views.desk import HelpCall, help_calls
from server.views.pictures import day as day_picture
from server.views.tickets import draw_counter, services
from server.wire.messages import Counter, Day, Service


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """One service now. ``longest_ms`` and ``longest_number``: who has waited longest, None when nobody waits."""

    service: Service
    waiting: int
    longest_ms: int | None
    longest_number: str | None
    open_counters: tuple[str, ...]
    stopped: bool


@dataclass(frozen=True, slots=True)
class CounterNow:
    """One counter now. ``since_ms``: how long the counter's state, or its open ticket's, has lasted."""

    counter: Counter
    clerk_name: str | None
    since_ms: int
    since_at_ms: int


@dataclass(frozen=True, slots=True)
class ManagerNow:
    """The hall now; counts are of the open day."""

    day: Day
    issued: int
    counts: Mapping[str, int]
    longest_ms: int | None
    longest_number: str | None
    services: tuple[ServiceNow, ...]
    counters: tuple[CounterNow, ...]
    help_calls: tuple[HelpCall, ...]
    target_min: int


@dataclass(frozen=True, slots=True)
class DayInfo:
    """A service day as its row has it. ``date`` None: it is not known. ``part``: the second, third… of its date."""

    id: str
    date: str | None
    part: int
    state: str
    opened_at_ms: int
    closed_at_ms: int | None
    served: int | None
    expired: int | None
    unrecorded: int | None


def manager_now(reading: Reading) -> ManagerNow:
    """The hall at this moment."""
    c = t.ticket.c
    query = select(c.state, func.count()).where(c.day == reading.head.day).group_by(c.state)
    counts: dict[str, int] = {row[0]: row[1] for row in reading.connection.execute(query)}
    waiting = line(reading.connection, reading.head.day)
    longest = min(waiting, key=lambda row: (row.issued_ms, row.issue_seq), default=None)
    return ManagerNow(
        day=day_picture(reading),
        issued=sum(counts.values()),
        counts={state.value: counts.get(state.value, 0) for state in State},
        longest_ms=None if longest is None else reading.queue_ms - longest.issued_ms,
        longest_number=None if longest is None else longest.number,
        services=_services(reading, waiting),
        counters=_counters(reading),
        help_calls=help_calls(reading),
        target_min=reading.office.rules.target_min,
    )


def _services(reading: Reading, waiting: list[TicketRow]) -> tuple[ServiceNow, ...]:
    states = counter_rows(reading.connection)
    stopped = stopped_services(reading.connection, reading.head.day)
    found = []
    for one in services(reading):
        rows = [row for row in waiting if row.service == one.id]
        oldest = min(rows, key=lambda row: (row.issued_ms, row.issue_seq), default=None)
        at = tuple(counter for counter in one.counters if states[counter].state == "open")
        found.append(
            ServiceNow(
                service=one,
                waiting=len(rows),
                longest_ms=None if oldest is None else reading.queue_ms - oldest.issued_ms,
                longest_number=None if oldest is None else oldest.number,
                open_counters=at,
                stopped=one.id in stopped,
            )
        )
    return tuple(found)


def _counters(reading: Reading) -> tuple[CounterNow, ...]:
    rows, taken = counter_rows(reading.connection), open_tickets(reading.connection)
    found = []
    for one in reading.office.counters:
        row, ticket = rows[one], taken.get(one)
        since_ms, since_at_ms = row.since_ms, row.since_at_ms
        if ticket is not None:
            leg = last_leg(reading.connection, ticket.id)
            since_ms = leg.started_ms or leg.called_ms or ticket.changed_ms
            since_at_ms = leg.started_at_ms or leg.called_at_ms or ticket.changed_at_ms
        clerk = reading.office.clerks.get(row.clerk or "")
        name = None if clerk is None else clerk.name
        shown = draw_counter(reading, row, ticket)
        found.append(CounterNow(shown, name, reading.queue_ms - since_ms, since_at_ms))
    return tuple(found)


def days(reading: Reading, limit: int = 400) -> list[DayInfo]:
    """The service days, newest first."""
    rows = reading.connection.execute(select(t.day).order_by(t.day.c.seq.desc()).limit(limit)).all()
    parts: dict[str | None, int] = {}
    found = []
    for row in reversed(rows):
        parts[row.date] = parts.get(row.date, 0) + 1
        found.append(_day(row, 1 if row.date is None else parts[row.date]))
    return found[::-1]


def _day(row: Any, part: int) -> DayInfo:
    return DayInfo(
        row.id, row.date, part, row.state, row.opened_at_ms, row.closed_at_ms, row.served, row.expired, row.unrecorded
    )
