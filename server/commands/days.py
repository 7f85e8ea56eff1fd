"""The service day: opened, closed and reopened.

``dates`` determines its date, ``day_schedule`` opens and closes it by the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from config.clock import Now
from server.commands.common import bad_request, require_open_day, require_service, ticket_fields
from server.commands.demand import demand_at_opening
from server.commands.kept import stopped_now
from server.commands.office import apply_due_changes
from server.domain.actor import SYSTEM, Actor, require_permission
from server.domain.calendar import local_date
from server.domain.clock_doubt import Doubt
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import (
    CounterClerkChanged,
    CounterStateChanged,
    DayClosed,
    DayOpened,
    DayReopened,
    ServiceResumed,
    ServiceStopped,
    TicketExpired,
    TicketFinished,
)
from server.domain.permissions import Action
from server.domain.practice import PRACTICE_DAY
from server.domain.queue.counter import CounterState
from server.domain.queue.due import split_due
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.personal import erase_messages, erase_visitor_data
from server.store.queries import (
    ClosingRow,
    TicketRow,
    counter_rows,
    day_row,
    last_closing,
    last_day,
    served_count,
    tickets_of,
)
from server.wire.messages import Outcome

OPEN_STATES = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD)
"""The states of tickets that the close of the day ends."""

MAX_STOP_MS = 24 * 3_600_000
"""A service may be stopped for at most this long; the stop ends with the day in any case."""


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """The result of closing a day, in numbers of tickets.

    ``served``: of the whole day, with the ``unrecorded`` ones, which were in service and got no recorded outcome.
    ``expired``: by the close. ``date`` is None if it is not known.
    """

    date: str | None
    served: int
    expired: int
    unrecorded: int


def open_day(tx: Tx, actor: Actor, now: Now) -> str | None:
    """Open the day of the wall clock's date; return that date.

    It is None while the clock is in doubt. A practice ends first. Raises ``not_allowed`` when a day is open, and
    ``day_closed`` when the day of that date was closed already: ``reopen_day`` opens that one again.
    """
    actor = require_permission(actor, Action.OPEN_DAY)
    end_practice(tx, actor, now)
    if tx.day is not None:
        raise Refused(Refusal.NOT_ALLOWED, need=Need.CLOSE_DAY, values={"day": tx.head.date}, allowed=("close_day",))
    if tx.head.doubt is not None:
        record_opening(tx, actor, now, None)
        return None
    date = local_date(now.wall_ms, tx.office.zone)
    last = last_day(tx.connection)
    if last is not None and last.date == date:
        raise Refused(Refusal.DAY_CLOSED, need=Need.AGAIN, values={"day": last.date}, allowed=("reopen_day",))
    record_opening(tx, actor, now, date)
    return date


def record_opening(
    tx: Tx, actor: Actor, now: Now, date: str | None, *, goes_on: str | None = None, is_practice: bool = False
) -> None:
    """Record that a day opens, with its own series of numbers.

    ``date`` None: it is not known. ``goes_on``: the id of the day that has just ended, whose series and unfinished
    tickets the new day takes over; None for a day that begins with no tickets. ``is_practice``: a practice day.
    """
    if goes_on is None:  # else counters work on, and the change waits until they have closed
        apply_due_changes(tx, now, entered_date=date if tx.head.doubt is Doubt.ENTERED else None)
    queue_ms = tx.queue_ms(now)
    if goes_on is None and tx.head.doubt is None:
        queue_ms = max(queue_ms, now.wall_ms)
    is_date_a_free_id = date is not None and not is_practice and day_row(tx.connection, date) is None
    day = date if is_date_a_free_id else f"{PRACTICE_DAY if is_practice else 'd'}{tx.head.seq + 1}"
    opened = DayOpened(
        day=day,
        date=date,
        office=tx.office.id,
        queue_ms=queue_ms,
        goes_on=goes_on,
        practice=is_practice or None,
        demand=demand_at_opening(tx, date, goes_on),
    )
    tx.record(opened, actor, now)


def end_practice(tx: Tx, actor: Actor, now: Now) -> None:
    """Close the practice day if one is open; a real day stays open."""
    if tx.head.practice:
        close_day(tx, actor, now)


def reopen_day(tx: Tx, actor: Actor, now: Now, reason: str) -> str | None:
    """Open the last day again because it was closed by mistake; return its date.

    The last day is the one that was opened last. Its date is None if it is not known. Its numbers continue, and expired
    tickets stay expired. A practice ends first. Raises ``not_allowed`` when a day is open or another date has begun,
    ``day_closed`` before the first day, ``bad_request`` without a reason.
    """
    actor = require_permission(actor, Action.REOPEN_DAY)
    if not reason.strip():
        raise bad_request(Need.REASON)
    end_practice(tx, actor, now)
    if tx.day is not None:
        raise Refused(Refusal.NOT_ALLOWED, need=Need.CLOSE_DAY, values={"day": tx.head.date}, allowed=("close_day",))
    last = last_day(tx.connection)
    if last is None:
        raise Refused(Refusal.DAY_CLOSED)
    if tx.head.doubt is None and last.date != local_date(now.wall_ms, tx.office.zone):
        raise Refused(Refusal.NOT_ALLOWED, need=Need.DAY_OVER, values={"day": last.date}, allowed=("open_day",))
    if tx.head.doubt is not None and closing_of_this_boot(tx, last.id) is None:
        raise Refused(Refusal.NOT_ALLOWED, need=Need.DAY_OVER, values={"day": last.date}, allowed=("open_day",))
    tx.record(DayReopened(day=last.id, date=last.date, reason=reason.strip()), actor, now)
    return last.date


def closing_of_this_boot(tx: Tx, day: str) -> ClosingRow | None:
    """Return the closing of a day if it was in this boot, else None."""
    closing = last_closing(tx.connection, day)
    return closing if closing is not None and closing.boot_id == tx.boot_id else None


def close_day(tx: Tx, actor: Actor, now: Now) -> ClosedDay:
    """Close the open day. Raises ``day_closed``.

    Tickets that wait, are called or held expire; tickets in service count as served without a recorded outcome;
    counters close; visitors' tokens, the codes of their dossiers and messages of staff are erased.
    """
    actor = require_permission(actor, Action.CLOSE_DAY)
    day = require_open_day(tx)
    rows = tickets_of(tx.connection, day, OPEN_STATES)
    end_tickets(tx, now, rows)
    _close_counters(tx, now)
    in_service = [row for row in rows if row.state is TicketState.SERVING]
    closed = ClosedDay(
        tx.head.date, served_count(tx.connection, day), expired=len(rows) - len(in_service), unrecorded=len(in_service)
    )
    _record_closing(tx, actor, now, closed, carried=False)
    erase_visitor_data(tx.connection)
    erase_messages(tx.connection)
    return closed


def end_continued_day(tx: Tx, actor: Actor, now: Now) -> None:
    """End the open day, which another day continues at once.

    No ticket expires and no counter closes.
    """
    _record_closing(
        tx, actor, now, ClosedDay(tx.head.date, served_count(tx.connection, require_open_day(tx)), 0, 0), carried=True
    )


def _record_closing(tx: Tx, actor: Actor, now: Now, closed: ClosedDay, *, carried: bool) -> None:
    """Record the close of the open day. ``carried``: another day continues with its tickets at once."""
    fact = DayClosed(
        day=tx.day,
        date=closed.date,
        carried=carried,
        served=closed.served,
        expired=closed.expired,
        unrecorded=closed.unrecorded,
    )
    tx.record(fact, actor, now)


def stop_issuing(
    tx: Tx,
    actor: Actor,
    now: Now,
    service: str,
    reason: str | None = None,
    *,
    until_at_ms: int | None = None,
    ask: str | None = None,
) -> None:
    """Stop issuing numbers of a service; waiting tickets are still served.

    A stop with other texts or another end replaces the earlier one; the same stop changes nothing. ``reason``, ``ask``:
    the texts for visitors, why and whom to ask, None or empty without; the manager's page limits their length.
    ``until_at_ms``: numbers are issued again from then on (UTC ms), None: not today. Raises ``unknown_service``,
    ``day_closed``, and ``bad_request`` for an end that is not ahead or too far away.
    """
    actor = require_permission(actor, Action.STOP_ISSUING)
    require_service(tx, service)
    require_open_day(tx)
    if until_at_ms is not None and not now.wall_ms < until_at_ms <= now.wall_ms + MAX_STOP_MS:
        raise bad_request(Need.UNTIL)
    stop = ServiceStopped(service=service, reason=reason or None, until_at_ms=until_at_ms, ask=ask or None)
    before = stopped_now(tx).get(service)
    if before is None or (before.reason, before.until_at_ms, before.ask) != (stop.reason, until_at_ms, stop.ask):
        tx.record(stop, actor, now)


def resume_issuing(tx: Tx, actor: Actor, now: Now, service: str) -> None:
    """Resume issuing numbers of a service. Raises ``unknown_service``, ``day_closed``."""
    actor = require_permission(actor, Action.RESUME_ISSUING)
    require_service(tx, service)
    require_open_day(tx)
    if service in stopped_now(tx):
        tx.record(ServiceResumed(service=service), actor, now)


def resume_due_services(tx: Tx, now: Now) -> list[int]:
    """Resume the stopped services whose end has come. Return the ends of the others (UTC ms)."""
    if tx.day is None:
        return []
    stops = [(stop.until_at_ms, stop) for stop in stopped_now(tx).values() if stop.until_at_ms is not None]
    due, later = split_due(stops, now.wall_ms)
    for stop in due:
        tx.record(ServiceResumed(service=stop.service), SYSTEM, now)
    return later


def end_tickets(tx: Tx, now: Now, rows: Sequence[TicketRow]) -> None:
    """Let these tickets expire.

    Tickets in service count as served without a recorded outcome.
    """
    for row in rows:
        if row.state is TicketState.SERVING:
            tx.record(TicketFinished(**ticket_fields(row), outcome=Outcome.UNRECORDED.value), SYSTEM, now)
    expiring = [row for row in rows if row.state is not TicketState.SERVING]
    tx.record_all([TicketExpired(**ticket_fields(row), source=row.state) for row in expiring], SYSTEM, now)


def _close_counters(tx: Tx, now: Now) -> None:
    for counter, row in counter_rows(tx.connection).items():
        if row.state is not CounterState.CLOSED:
            closed = CounterStateChanged(
                counter=counter, state=CounterState.CLOSED, reason=None, until_at_ms=None, announce=None
            )
            tx.record(closed, SYSTEM, now)
        if row.clerk is not None:
            tx.record(CounterClerkChanged(counter=counter, clerk=None), SYSTEM, now)
