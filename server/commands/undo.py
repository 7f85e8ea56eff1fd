"""Taking back the own last move of a ticket, by a fact of its own."""

from config.clock import Now
from server.commands.calling import call_ready_counters, require_free_counter
from server.commands.common import (
    CommandResult,
    idempotent,
    require_counter,
    require_open_day,
    require_served_service,
    require_ticket,
)
from server.commands.own_counter import require_own_counter
from server.commands.refused_moves import not_allowed
from server.commands.sending import pins_that_last
from server.domain.actor import SYSTEM, Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import TicketMoveUndone, TicketUnpinned
from server.domain.permissions import Action, Role
from server.domain.queue.counter import CounterState
from server.domain.queue.due import is_within
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import LastMove, TicketRow, counter_row, last_move
from server.wire.messages import UndoMove


def undo_move(tx: Tx, actor: Actor, now: Now, ticket: str, request: UndoMove) -> CommandResult:
    """Take back the caller's last move of the ticket, within ``undo_min`` minutes.

    Raises ``not_allowed`` when it is too late, when somebody else has moved the ticket since, or for a ticket of
    another day; ``open_ticket`` and ``counter_closed`` when its counter cannot have it back.
    """
    row = require_ticket(tx, ticket)
    actor = require_permission(actor, Action.UNDO_MOVE)

    def run() -> CommandResult:
        day = require_open_day(tx)
        if request.counter is not None:
            require_counter(tx, request.counter)
            require_own_counter(tx, actor, request.counter)
        move, is_visitor = last_move(tx.connection, row.id), actor.role is Role.VISITOR
        if row.day != day:
            raise not_allowed(row, need=Need.TODAY)
        is_meant = move is not None and request.seq in (None, move.seq)
        if move is None or not is_meant or not is_maker(move, actor.id, request.counter, is_visitor=is_visitor):
            raise not_allowed(row, need=Need.UNDO_NOTHING)
        minutes = tx.office.rules.undo_min
        if not is_within(move.queue_ms, minutes, tx.queue_ms(now)):
            raise not_allowed(row, need=Need.UNDO_LATE, minutes=minutes)
        _record(tx, actor, now, row, move)
        call_ready_counters(tx, now)
        return CommandResult(row.id, request.counter)

    return idempotent(tx, actor, now, request, ticket, run)


def is_maker(move: LastMove, actor: str, counter: str | None, *, is_visitor: bool = False) -> bool:
    """Return whether ``actor``, or the keypad of ``counter``, made the move."""
    if move.actor_id == actor and is_visitor == (move.actor_role == Role.VISITOR):
        return True
    return move.actor_role == Role.STATION and counter is not None and move.counter == counter


def _record(tx: Tx, actor: Actor, now: Now, row: TicketRow, move: LastMove) -> None:
    counter, state = move.before["counter"], TicketState(str(move.before["state"]))
    assert counter is None or isinstance(counter, str)
    if counter is not None and state in (TicketState.CALLED, TicketState.SERVING, TicketState.HELD):
        _require_place(tx, actor, row, counter, state)
    service = str(move.before["service"])
    if state is TicketState.WAITING:
        require_served_service(tx, service)
    undone = TicketMoveUndone(
        ticket=row.id,
        counter=counter,
        service=service,
        number=row.number,
        undone=move.seq,
        move=move.kind,
    )
    tx.record(undone, actor, now, is_command_result=True)
    if state is TicketState.WAITING:
        _end_old_pins(tx, now, require_ticket(tx, row.id))


def _end_old_pins(tx: Tx, now: Now, row: TicketRow) -> None:
    """End renewed pins to a counter or clerk who cannot call the ticket."""
    if pins_that_last(tx, row) != (row.pin, row.pin_clerk):
        tx.record(TicketUnpinned(ticket=row.id, counter=row.pin, clerk=row.pin_clerk), SYSTEM, now)


def _require_place(tx: Tx, actor: Actor, row: TicketRow, counter: str, state: TicketState) -> None:
    """Raise a refusal when ``counter`` cannot have the ticket back as called, served or held."""
    counter_now = counter_row(tx.connection, counter)
    if counter_now.state is CounterState.CLOSED:
        values = {"counter": tx.office.counters[counter].label, "state": counter_now.state.value}
        raise Refused(Refusal.COUNTER_CLOSED, values=values, allowed=(CounterState.OPEN.value,))
    is_open_there = row.counter == counter and row.state in (TicketState.CALLED, TicketState.SERVING)
    if not is_open_there and state is not TicketState.HELD:
        require_free_counter(tx, counter)
    require_own_counter(tx, actor, counter)
