"""Changes by time: ``tick`` carries out those that are due."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.clock import Now
from server.commands.calling import call_ready_counters
from server.commands.common import ticket_fields
from server.commands.counters import AWAY, change_state, end_ready, unpin, unpin_from_clerk
from server.commands.dates import update_dates
from server.commands.day_schedule import close_when_due, open_when_due
from server.commands.days import resume_due_services
from server.commands.kept import counters_ready_now
from server.commands.office import apply_due_changes, next_planned_ms
from server.commands.presence import Presence
from server.commands.sending import clerk_pin_lasts
from server.commands.setup import record_boot
from server.domain.actor import SYSTEM
from server.domain.calendar import Opening
from server.domain.clock_doubt import doubt_after_step
from server.domain.facts import ClockStepped, HoursChanged, TicketReleased, TicketRequeued
from server.domain.queue.counter import CounterState
from server.domain.queue.due import (
    absent_from_s,
    next_nightly_close_ms,
    pin_after_hold,
    pins_end_ms,
    readiness_ends_ms,
    split_due,
    take_back_at_s,
)
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import (
    CounterRow,
    TicketRow,
    counter_row,
    counter_rows,
    last_hours,
    newest_call,
    next_put_off_ms,
    open_tickets,
    tickets_of,
    tickets_pinned_to,
    tickets_pinned_to_clerks,
)

MIN_STEP_MS = 2000
"""A smaller difference between wall clock and boot time is drift, not a step."""

NO_ANSWER = "no_answer"
"""The recorded reason when nobody acknowledged an automatic call."""


@dataclass(frozen=True, slots=True)
class Wake:
    """When ``tick`` must run next, on two clocks.

    It runs at the wall time (UTC ms) or the real time (s since boot), whichever comes first. None: no change is due by
    that clock.
    """

    wall_ms: int | None
    mono_s: float | None

    def remaining_s(self, now: Now, *, speed: float = 1.0, at_most_s: float = 1.0) -> float:
        """Return the real seconds from ``now`` until ``tick`` must run, at most ``at_most_s``.

        ``speed``: how many times as fast as real time a demonstration's wall clock runs; 0: it stands still.
        """
        waits = [at_most_s]
        if self.wall_ms is not None and speed > 0:
            waits.append((self.wall_ms - now.wall_ms) / 1000 / speed)
        if self.mono_s is not None:
            waits.append(self.mono_s - now.mono_s)
        return max(0.0, min(waits))


def tick(tx: Tx, now: Now, presence: Presence, *, synchronised: bool | None = None) -> Wake:
    """Carry out all changes that are due, and return when the next one is.

    An early call changes nothing; a late one only delays the changes. ``synchronised``: whether the kernel reports that
    a time server sets the wall clock; None if unknown.
    """
    _record_step(tx, now)
    record_boot(tx, now)
    update_dates(tx, now, synchronised=synchronised)
    close_when_due(tx, now)
    apply_due_changes(tx, now)
    open_when_due(tx, now)
    _record_hours(tx, now)
    resumed_at_ms = resume_due_services(tx, now)
    queue_ms = tx.queue_ms(now)
    # The due times of later changes: in queue time, in real time, and by the wall clock.
    queue_due_times = [
        *_release_due(tx, now, queue_ms),
        *_end_pins(tx, now, queue_ms),
        *_end_pins_to_clerks(tx, now, queue_ms),
        *_end_long_ready(tx, now, queue_ms),
    ]
    put_off_ms = next_put_off_ms(tx.connection, tx.day, queue_ms)
    if put_off_ms is not None:
        queue_due_times.append(put_off_ms)
    mono_due_times = [*_end_ready_of_absent(tx, now, presence), *_take_back_unanswered(tx, now, presence)]
    call_ready_counters(tx, now)
    wall_due_times = [
        *_calendar_due_times(tx, now),
        *resumed_at_ms,
        *(now.wall_ms + due - queue_ms for due in queue_due_times),
    ]
    return Wake(min(wall_due_times, default=None), min(mono_due_times, default=None))


def _record_step(tx: Tx, now: Now) -> None:
    """Record that the wall clock was set, if it advanced differently from boot time."""
    head = tx.head
    if head.seq == 0 or head.last_boot_id != tx.boot_id:
        return
    step_ms = (now.wall_ms - head.at_ms) - (now.boot_ms - head.last_boot_ms)
    if abs(step_ms) > MIN_STEP_MS:
        doubt = doubt_after_step(now.wall_ms)
        sure_ms = None if doubt is None else (head.sure_ms if head.doubt is not None else head.at_ms)
        tx.record(ClockStepped(step_ms=step_ms, doubt=doubt, sure_ms=sure_ms), SYSTEM, now)


def _record_hours(tx: Tx, now: Now) -> None:
    """Record the opening state when it has changed, so that the published state changes."""
    office = tx.office
    opening = tx.calendar_status(now).opening
    services = {service: tx.calendar_status(now, service).opening.value for service in office.own_hours}
    last = last_hours(tx.connection)
    if last is not None and (last.opening, last.services) == (opening.value, services):
        return
    announce = None if last is None else _announcement(last.opening, opening)
    changed = HoursChanged(office=office.id, opening=opening.value, services=services, announce=announce)
    tx.record(changed, SYSTEM, now)


def _announcement(previous_opening: str, opening: Opening) -> str | None:
    if opening is Opening.OPEN and previous_opening == Opening.CLOSED:
        return "opening"
    return "closing" if opening is Opening.CLOSED and previous_opening == Opening.OPEN else None


def _release_due(tx: Tx, now: Now, queue_ms: int) -> list[int]:
    """Put held tickets that are due back into the queue. Return the due times of the others (queue time)."""
    held = tickets_of(tx.connection, tx.day, (TicketState.HELD,))
    due, later = split_due(((row.due_ms or 0, row) for row in held), queue_ms)
    for row in due:
        assert row.counter is not None, "a held ticket has a counter"
        pin = pin_after_hold(row.counter, counter_row(tx.connection, row.counter).state)
        if row.service not in tx.office.services_of(row.counter):
            pin = None  # it was taken from the counter for today, which could never call the ticket
        tx.record(TicketReleased(**ticket_fields(row), pin=pin, reason="due"), SYSTEM, now)
    return later


def _end_pins(tx: Tx, now: Now, queue_ms: int) -> list[int]:
    """End the pins to counters that have been paused or closed for too long.

    Return the due times of the others (queue time).
    """
    pin_ends = [(_pins_end_ms(tx, row), row.counter) for row in counter_rows(tx.connection).values()]
    due, later = split_due(((end_ms, counter) for end_ms, counter in pin_ends if end_ms is not None), queue_ms)
    for counter in due:
        unpin(tx, now, counter)
    return later


def _pins_end_ms(tx: Tx, row: CounterRow) -> int | None:
    pinned_tickets = [] if row.state is CounterState.OPEN else tickets_pinned_to(tx.connection, tx.day, row.counter)
    pinned_since_ms = [ticket.changed_ms for ticket in pinned_tickets]
    return pins_end_ms(row.state, row.since_ms, pinned_since_ms, tx.office.rules.pin_pause_min)


def _end_pins_to_clerks(tx: Tx, now: Now, queue_ms: int) -> list[int]:
    """End the pins to clerks who left.

    Or whose counter has been paused or closed for too long. Return the due times of the others (queue time).
    """
    tickets = tickets_pinned_to_clerks(tx.connection, tx.day)
    if not tickets:
        return []
    counters = counter_rows(tx.connection)
    pin_ends = [(_clerk_pin_ends_ms(tx, ticket, counters, queue_ms), ticket) for ticket in tickets]
    due, later = split_due(((end_ms, ticket) for end_ms, ticket in pin_ends if end_ms is not None), queue_ms)
    for ticket in due:
        unpin_from_clerk(tx, now, ticket)
    return later


def _clerk_pin_ends_ms(tx: Tx, ticket: TicketRow, counters: Mapping[str, CounterRow], queue_ms: int) -> int | None:
    """Return when a pin to a clerk ends; None while the clerk's counter is open."""
    place = next((row for row in counters.values() if row.clerk == ticket.pin_clerk), None)
    if place is None or not clerk_pin_lasts(tx, ticket):
        return queue_ms
    # A clerk who changes counter closes the old one; from then on there is time to open the new one.
    closed_ms = [row.since_ms for row in counters.values() if row.state is CounterState.CLOSED]
    pinned_since_ms = max([ticket.changed_ms, *closed_ms])
    return pins_end_ms(place.state, place.since_ms, [pinned_since_ms], tx.office.rules.pin_pause_min)


def _end_long_ready(tx: Tx, now: Now, queue_ms: int) -> list[int]:
    """End readiness after its longest time. Return the due times of the others (queue time)."""
    ready_min = tx.office.rules.ready_min
    ready = counters_ready_now(tx)
    due, later = split_due(((readiness_ends_ms(row.ready_ms or 0, ready_min), row.counter) for row in ready), queue_ms)
    for counter in due:
        end_ready(tx, SYSTEM, now, counter, "time")
    return later


def _end_ready_of_absent(tx: Tx, now: Now, presence: Presence) -> list[float]:
    """End the readiness of counters whose page and keypad give no sign of life.

    Return the due times of the others (real seconds since boot).
    """
    grace_s = tx.office.rules.grace_s
    ready = [row.counter for row in counters_ready_now(tx)]
    due, later = split_due(
        ((absent_from_s(presence.last_sign_of_life_s(counter), grace_s), counter) for counter in ready), now.mono_s
    )
    for counter in due:
        end_ready(tx, SYSTEM, now, counter, AWAY)
    return later


def _take_back_unanswered(tx: Tx, now: Now, presence: Presence) -> list[float]:
    """Take back automatic calls that nobody acknowledged, and pause their counters.

    Return the due times of the others (real seconds since boot).
    """
    unanswered = [(_taken_back_at_s(tx, row, presence), row) for row in open_tickets(tx.connection).values()]
    due, later = split_due(((due_s, row) for due_s, row in unanswered if due_s is not None), now.mono_s)
    for row in due:
        assert row.counter is not None, "a called ticket has a counter"
        tx.record(TicketRequeued(**ticket_fields(row), reason=NO_ANSWER), SYSTEM, now)
        counter = counter_row(tx.connection, row.counter)
        change_state(tx, SYSTEM, now, counter, CounterState.PAUSED, reason=NO_ANSWER)
    return later


def _taken_back_at_s(tx: Tx, row: TicketRow, presence: Presence) -> float | None:
    """Return when the ticket's automatic call is taken back, in real seconds since boot.

    None if no call must be acknowledged.
    """
    call = newest_call(tx.connection, row.id) if row.state is TicketState.CALLED else None
    if call is None or not call.auto or call.acknowledged:
        return None
    called_ms = call.mono_ms if call.boot_id == tx.boot_id else None
    return take_back_at_s(called_ms, presence.started_s, tx.office.rules.acknowledge_s)


def _calendar_due_times(tx: Tx, now: Now) -> list[int]:
    """Return when the opening hours change next, and when the day closes by schedule.

    Both are UTC ms; the schedule closes at night (``Rules.close_at``), not at the end of the opening hours.
    """
    office = tx.office
    statuses = [tx.calendar_status(now), *(tx.calendar_status(now, service) for service in office.own_hours)]
    changes = [status.next_change_ms for status in statuses if status.next_change_ms is not None]
    planned_ms = next_planned_ms(tx, now)
    if planned_ms is not None:
        changes.append(planned_ms)
    return [*changes, next_nightly_close_ms(now.wall_ms, office.rules.close_at, office.zone)]
