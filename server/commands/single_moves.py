"""One function per move: raises its own refusals and records its fact."""

from collections.abc import Callable, Mapping

from config.clock import Now
from server.commands import sending
from server.commands.calling import call_ticket, recall, remaining_call_gap_ms, whole_seconds
from server.commands.common import bad_request, check_procedure, ticket_fields
from server.commands.refused_moves import not_allowed
from server.domain.actor import Actor
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import (
    TicketCancelled,
    TicketDeferred,
    TicketHeld,
    TicketMissed,
    TicketProcedureChanged,
    TicketReclassified,
    TicketRejoined,
    TicketReleased,
    TicketReopened,
    TicketRequeued,
    TicketResumed,
    TicketStarted,
)
from server.domain.moves import Move
from server.domain.queue.choice import key_after_reclassification, key_behind
from server.domain.queue.counter import CounterState
from server.domain.queue.due import hold_duration_ms, is_within, put_off_until_ms
from server.store import Tx
from server.store.queries import TicketRow, counter_row, last_leg, next_behind
from server.wire.messages import MoveTicket

MoveHandler = Callable[[Tx, Actor, Now, TicketRow, MoveTicket], None]
"""Carries out one move of a ticket (fourth argument), whose requirements the request (last argument) meets."""


def _call(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    assert request.counter is not None
    call_ticket(tx, actor, now, row, request.counter, None)


def _call_chosen(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    assert request.counter is not None
    call_ticket(tx, actor, now, row, request.counter, request.reason)


def _recall(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    recall(tx, actor, now, row)


def _start(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    tx.record(TicketStarted(**ticket_fields(row)), actor, now, is_command_result=True)


def _no_show(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    max_calls = tx.office.rules.calls
    if row.calls < max_calls and not request.reason:
        raise not_allowed(row, need=Need.CALLS, n=max_calls)
    if (remaining_ms := remaining_call_gap_ms(tx, now, row)) > 0:
        raise not_allowed(row, need=Need.ABSENT_SOON, seconds=whole_seconds(remaining_ms))
    reason = request.reason or None
    missed = TicketMissed(**ticket_fields(row), reason=reason, pin=row.pin, pin_clerk=row.pin_clerk)
    tx.record(missed, actor, now, is_command_result=True)


def _return(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    sending.record_return(tx, actor, now, row, is_command_result=True)


def _requeue(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    callable_from_ms = put_off_until_ms(tx.queue_ms(now), tx.office.rules.call_later_min)
    requeued = TicketRequeued(**ticket_fields(row), reason=request.reason or None, callable_from_ms=callable_from_ms)
    tx.record(requeued, actor, now, is_command_result=True)


def _hold(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    hold_ms = hold_duration_ms(request.due_min, tx.office.rules.hold_min)
    due_ms, due_at_ms = tx.queue_ms(now) + hold_ms, now.wall_ms + hold_ms
    held = TicketHeld(**ticket_fields(row), reason=request.reason, due_ms=due_ms, due_at_ms=due_at_ms)
    tx.record(held, actor, now, is_command_result=True)


def _resume(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    tx.record(
        TicketResumed(**ticket_fields(row), clerk=_require_same_clerk(tx, row)), actor, now, is_command_result=True
    )


def _require_same_clerk(tx: Tx, row: TicketRow) -> str | None:
    """Return the clerk at the ticket's counter. Raises a refusal unless that clerk served the ticket."""
    assert row.counter is not None
    counter = counter_row(tx.connection, row.counter)
    if counter.state is CounterState.CLOSED:
        values = {"counter": tx.office.counters[row.counter].label, "state": counter.state.value}
        raise Refused(Refusal.COUNTER_CLOSED, values=values, allowed=(CounterState.OPEN.value,))
    if counter.clerk != last_leg(tx.connection, row.id).clerk:
        raise not_allowed(row, need=Need.CLERK)
    return counter.clerk


def _release(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    tx.record(
        TicketReleased(**ticket_fields(row), pin=None, reason=request.reason or None),
        actor,
        now,
        is_command_result=True,
    )


def _defer(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    if row.deferred:
        raise not_allowed(row, need=Need.ONCE)
    places = tx.office.rules.defer_behind
    key = key_behind(row.waiting, next_behind(tx.connection, row, places), places)
    tx.record(TicketDeferred(**ticket_fields(row), key=key), actor, now, is_command_result=True)


def _reclassify(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    assert request.ticket_class is not None
    if request.ticket_class == row.ticket_class:
        raise bad_request(Need.TICKET_CLASS)
    head_start_ms = tx.office.head_start_ms(request.ticket_class)
    reclassified = TicketReclassified(
        **ticket_fields(row),
        ticket_class=request.ticket_class.value,
        head_start_ms=head_start_ms,
        key=key_after_reclassification(row.rank_key, row.head_start_ms, head_start_ms),
        reason=request.reason,
    )
    tx.record(reclassified, actor, now, is_command_result=True)


def _correct(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    procedure = check_procedure(tx, request.procedure, row.service)
    assert procedure is not None
    if procedure == row.procedure:
        raise bad_request(Need.PROCEDURE)
    changed = TicketProcedureChanged(**ticket_fields(row), procedure=procedure, before=row.procedure)
    tx.record(changed, actor, now, is_command_result=True)


def _reopen(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    minutes = tx.office.rules.reopen_min
    if not is_within(row.changed_ms, minutes, tx.queue_ms(now)):
        raise not_allowed(row, need=Need.SOON, minutes=minutes)
    _require_same_clerk(tx, row)
    tx.record(TicketReopened(**ticket_fields(row)), actor, now, is_command_result=True)


def _rejoin(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    tx.record(TicketRejoined(**ticket_fields(row)), actor, now, is_command_result=True)


def _cancel(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    tx.record(
        TicketCancelled(**ticket_fields(row), source=row.state, reason=request.reason or None),
        actor,
        now,
        is_command_result=True,
    )


MOVE_HANDLERS: Mapping[Move, MoveHandler] = {
    Move.CALL: _call,
    Move.CALL_CHOSEN: _call_chosen,
    Move.RECALL: _recall,
    Move.START: _start,
    Move.FINISH: sending.finish,
    Move.FINISH_NEXT: sending.finish_next,
    Move.NO_SHOW: _no_show,
    Move.RETURN: _return,
    Move.REQUEUE: _requeue,
    Move.HOLD: _hold,
    Move.RESUME: _resume,
    Move.RELEASE: _release,
    Move.TRANSFER: sending.transfer,
    Move.DEFER: _defer,
    Move.RECLASSIFY: _reclassify,
    Move.CORRECT: _correct,
    Move.REOPEN: _reopen,
    Move.REJOIN: _rejoin,
    Move.CANCEL: _cancel,
}
"""The function of each move. ``ISSUE`` and ``EXPIRE`` have none: nobody can request them for a ticket."""
