"""Commands of counters: call the next ticket, set the state, sign in, make ready."""

from config.clock import Now
from server.commands.calling import (
    call_next_ticket,
    call_number,
    call_ready_counters,
    require_free_counter,
    require_open_counter,
)
from server.commands.common import (
    CommandResult,
    idempotent,
    require_counter,
    require_counter_in_use,
    require_open_day,
    ticket_fields,
)
from server.commands.own_counter import require_direction, require_own_counter, require_own_sign_in
from server.commands.sending import clerk_pin_lasts, record_finish
from server.domain.actor import SYSTEM, Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import (
    CounterClerkChanged,
    CounterReady,
    CounterStateChanged,
    CounterUnready,
    TicketReleased,
    TicketUnpinned,
)
from server.domain.office_roster import usual_clerk
from server.domain.permissions import Action, Role
from server.domain.queue.counter import CounterState
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import (
    CounterRow,
    TicketRow,
    counter_row,
    counter_rows,
    open_ticket,
    tickets_of,
    tickets_pinned_to,
    tickets_pinned_to_clerks,
)
from server.wire.messages import CallNext, SetCounterState, SetReady, SignIn, from_time

AWAY = "away"
"""The recorded reason when the clerk has left: page and keypad give no sign of life, or the clerk signed out."""

MAX_PAUSE_MS = 31 * 24 * 3_600_000
"""A pause may be announced for at most this long; a later end is a mistake in the date."""
MAX_PAST_END_MS = 24 * 3_600_000
"""The announced end may have passed, by at most this long: the clerk page sends a time of day of the current date.

The end is only shown; a counter stays paused until somebody opens it.
"""

ANNOUNCEMENTS = {
    (CounterState.OPEN, CounterState.PAUSED): "pause",
    (CounterState.PAUSED, CounterState.OPEN): "resume",
}
"""The announcement on the hall's screens, by the old and the new state of a counter."""


def call_next(tx: Tx, actor: Actor, now: Now, counter: str, request: CallNext) -> CommandResult:
    """Call the next ticket to a counter, or make the counter ready.

    It becomes ready when no ticket waits for it. A request with a number calls that ticket, out of order. A keypad's
    request first opens a counter that is closed or paused, with its default clerk if nobody is signed in; another
    caller gets ``counter_closed``. Raises ``open_ticket``, ``day_closed``, and ``not_found`` for a number that does not
    wait for this counter.
    """
    require_counter(tx, counter)
    actor = require_permission(actor, Action.CALL_NEXT)
    return idempotent(tx, actor, now, request, counter, lambda: _call_next(tx, actor, now, counter, request.number))


def _call_next(tx: Tx, actor: Actor, now: Now, counter: str, number: str | None) -> CommandResult:
    require_own_counter(tx, actor, counter)
    require_open_day(tx)
    row = counter_row(tx.connection, counter)
    if row.state is not CounterState.OPEN and actor.role is Role.STATION:
        open_counter(tx, actor, now, row)
        row = counter_row(tx.connection, counter)
    if tx.office.rules.next_finishes:
        _finish_if_serving(tx, actor, now, counter)
    require_free_counter(tx, counter)
    require_open_counter(tx, row)
    if number is not None:
        ticket: str | None = call_number(tx, actor, now, row, number)
    else:
        ticket = call_next_ticket(tx, actor, now, row, is_command_result=True)
    if ticket is None and tx.office.rules.ready and row.ready_ms is None:
        tx.record(CounterReady(counter=counter), actor, now, is_command_result=True)
    call_ready_counters(tx, now)
    return CommandResult(ticket, counter)


def _finish_if_serving(tx: Tx, actor: Actor, now: Now, counter: str) -> None:
    """Finish the ticket in service, if there is one, with its service's default outcome."""
    current = open_ticket(tx.connection, counter)
    if current is not None and current.state is TicketState.SERVING:
        record_finish(tx, actor, now, current, tx.office.services[current.service].outcome)


def set_state(tx: Tx, actor: Actor, now: Now, counter: str, request: SetCounterState) -> CommandResult:
    """Open, pause or close a counter.

    Pausing keeps the open ticket; closing is refused while there is one (``open_ticket``).
    """
    require_counter(tx, counter)
    actor = require_permission(actor, Action.SET_COUNTER_STATE)
    until_at_ms = None if request.until is None else _pause_end_at_ms(now, request.until)

    def run() -> CommandResult:
        acting = require_direction(tx, actor, counter)
        row = counter_row(tx.connection, counter)
        new_state = CounterState(request.state)
        if new_state is CounterState.OPEN:
            open_counter(tx, acting, now, row)
        elif new_state is CounterState.CLOSED:
            close_counter(tx, acting, now, row)
            _unpin_from_clerk_of(tx, now, row)
        elif (row.state, row.reason, row.until_at_ms) != (CounterState.PAUSED, request.reason, until_at_ms):
            change_state(tx, acting, now, row, CounterState.PAUSED, reason=request.reason, until_at_ms=until_at_ms)
        call_ready_counters(tx, now)
        return CommandResult(counter=counter)

    return idempotent(tx, actor, now, request, counter, run)


def _pause_end_at_ms(now: Now, until: str) -> int:
    """Return the announced end of a pause (``until``, an RFC 3339 time) in UTC ms.

    Raises ``bad_request`` for an end that is too far ahead, or passed too long ago.
    """
    until_at_ms = from_time(until)
    if not now.wall_ms - MAX_PAST_END_MS <= until_at_ms <= now.wall_ms + MAX_PAUSE_MS:
        raise Refused(Refusal.BAD_REQUEST, need=Need.UNTIL, values={"detail": until})
    return until_at_ms


def open_counter(tx: Tx, actor: Actor, now: Now, row: CounterRow) -> None:
    """Open a counter, with its usual clerk where nobody is signed in.

    That is the one of the roster, else the default clerk. A clerk who is at another counter stays there. Raises
    ``forbidden`` for a clerk who would sign in somebody else, and ``not_found`` for a counter that is no longer used.
    """
    require_counter_in_use(tx, row.counter)
    clerk = None if row.clerk is not None else usual_clerk(tx.office, row.counter, now.wall_ms)
    if clerk is not None and _counter_of_clerk(tx, clerk) is None:
        require_own_sign_in(tx, actor, row.counter, clerk)
        tx.record(CounterClerkChanged(counter=row.counter, clerk=clerk), actor, now)
    if row.state is not CounterState.OPEN:
        change_state(tx, actor, now, row, CounterState.OPEN)


def close_counter(tx: Tx, actor: Actor, now: Now, row: CounterRow) -> None:
    """Close a counter: release its held tickets and end the pins to it."""
    require_free_counter(tx, row.counter)
    if row.state is not CounterState.CLOSED:
        change_state(tx, actor, now, row, CounterState.CLOSED)
    for held in tickets_of(tx.connection, tx.day, (TicketState.HELD,), counter=row.counter):
        tx.record(TicketReleased(**ticket_fields(held, row.counter), pin=None, reason="closed"), SYSTEM, now)
    unpin(tx, now, row.counter)


def unpin(tx: Tx, now: Now, counter: str) -> None:
    """End all pins to a counter."""
    for ticket in tickets_pinned_to(tx.connection, tx.day, counter):
        tx.record(TicketUnpinned(ticket=ticket.id, counter=counter), SYSTEM, now)


def unpin_from_absent_clerks(tx: Tx, now: Now) -> None:
    """End the pins to clerks who are where they cannot call the ticket.

    A clerk who changes to another counter of the service keeps them.
    """
    for ticket in tickets_pinned_to_clerks(tx.connection, tx.day):
        if not clerk_pin_lasts(tx, ticket):
            unpin_from_clerk(tx, now, ticket)


def _unpin_from_clerk_of(tx: Tx, now: Now, row: CounterRow) -> None:
    """End the pins to the clerk of a counter that was closed."""
    for ticket in tickets_pinned_to_clerks(tx.connection, tx.day):
        if ticket.pin_clerk == row.clerk:
            unpin_from_clerk(tx, now, ticket)


def unpin_from_clerk(tx: Tx, now: Now, ticket: TicketRow) -> None:
    """End the pin of a ticket to a clerk."""
    tx.record(TicketUnpinned(ticket=ticket.id, counter=None, clerk=ticket.pin_clerk), SYSTEM, now)


def change_state(
    tx: Tx,
    actor: Actor,
    now: Now,
    row: CounterRow,
    state: CounterState,
    *,
    reason: str | None = None,
    until_at_ms: int | None = None,
) -> None:
    """Record a counter's new state. Screens announce a pause and its end.

    Closing or pausing a ready counter also ends its readiness, when the fact is applied (``server.store.apply``).
    ``reason``: why it is paused, a clerk's text or the code ``AWAY`` or ``no_answer``; ``until_at_ms``: the announced
    end of the pause.
    """
    announce = ANNOUNCEMENTS.get((row.state, state))
    changed = CounterStateChanged(
        counter=row.counter, state=state, reason=reason, until_at_ms=until_at_ms, announce=announce
    )
    tx.record(changed, actor, now)


def sign_in(tx: Tx, actor: Actor, now: Now, counter: str, request: SignIn) -> CommandResult:
    """Sign a clerk in at a counter, or out of it (``clerk`` None).

    A clerk who changes counter leaves the old one. Raises ``open_ticket`` while a ticket is open at a counter that is
    left or taken over.
    """
    require_counter(tx, counter)
    actor = require_permission(actor, Action.SIGN_IN)
    if request.clerk is not None and request.clerk not in tx.office.clerks:
        raise Refused(Refusal.NOT_FOUND, values={"clerk": request.clerk})

    def run() -> CommandResult:
        acting = require_own_sign_in(tx, actor, counter, request.clerk)
        if request.clerk is not None:
            require_counter_in_use(tx, counter)
        row = counter_row(tx.connection, counter)
        if row.clerk != request.clerk:
            require_free_counter(tx, counter)
            previous_counter = None if request.clerk is None else _counter_of_clerk(tx, request.clerk)
            if previous_counter is not None:
                _sign_out(tx, acting, now, previous_counter)
            if request.clerk is None:
                _sign_out(tx, acting, now, row)
            else:
                changed = CounterClerkChanged(counter=counter, clerk=request.clerk)
                tx.record(changed, acting, now, is_command_result=True)
            unpin_from_absent_clerks(tx, now)
            call_ready_counters(tx, now)
        return CommandResult(counter=counter)

    return idempotent(tx, actor, now, request, counter, run)


def _sign_out(tx: Tx, actor: Actor, now: Now, row: CounterRow) -> None:
    """Sign the clerk out: close the counter, or pause it if it holds tickets."""
    require_free_counter(tx, row.counter)
    if row.state is CounterState.OPEN and tickets_of(tx.connection, tx.day, (TicketState.HELD,), counter=row.counter):
        change_state(tx, actor, now, row, CounterState.PAUSED, reason=AWAY)
    elif row.state is CounterState.OPEN:
        close_counter(tx, actor, now, row)
    tx.record(CounterClerkChanged(counter=row.counter, clerk=None), actor, now)


def set_ready(tx: Tx, actor: Actor, now: Now, counter: str, request: SetReady) -> CommandResult:
    """Make a counter ready for automatic calls, or end its readiness.

    Raises ``counter_closed``, ``open_ticket``, ``not_allowed``.
    """
    require_counter(tx, counter)
    actor = require_permission(actor, Action.SET_READY)

    def run() -> CommandResult:
        require_own_counter(tx, actor, counter)
        row = counter_row(tx.connection, counter)
        if request.ready and row.ready_ms is None:
            require_open_day(tx)
            if not tx.office.rules.ready:
                raise Refused(Refusal.NOT_ALLOWED, need=Need.READY_OFF)
            require_free_counter(tx, counter)
            require_open_counter(tx, row)
            tx.record(CounterReady(counter=counter), actor, now, is_command_result=True)
            call_ready_counters(tx, now)
        elif not request.ready and row.ready_ms is not None:
            end_ready(tx, actor, now, counter, "asked", is_command_result=True)
        return CommandResult(counter=counter)

    return idempotent(tx, actor, now, request, counter, run)


def end_ready(tx: Tx, actor: Actor, now: Now, counter: str, reason: str, *, is_command_result: bool = False) -> None:
    """End a counter's readiness.

    ``reason``: asked (by the clerk), time (it was ready for too long) or away (the clerk has left).
    ``is_command_result`` as in ``Tx.record``: True if a request asked for it, False if the server ends it by the clock.
    """
    tx.record(CounterUnready(counter=counter, reason=reason), actor, now, is_command_result=is_command_result)


def _counter_of_clerk(tx: Tx, clerk: str) -> CounterRow | None:
    return next((row for row in counter_rows(tx.connection).values() if row.clerk == clerk), None)
