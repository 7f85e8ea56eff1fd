"""Moves of a ticket by name, with the checks that all moves share."""

from collections.abc import Mapping

from config.clock import Now
from server.commands.calling import call_ready_counters, require_free_counter
from server.commands.common import (
    CommandResult,
    bad_request,
    idempotent,
    require_counter,
    require_handled_here,
    require_open_day,
    require_served_service,
    require_service,
    require_ticket,
)
from server.commands.own_counter import in_role_at, is_at_other_counter, require_any_counter, require_own_counter
from server.commands.refused_moves import at_other_counter, not_allowed
from server.commands.single_moves import MOVE_HANDLERS
from server.domain.actor import Actor
from server.domain.errors import Need, Refusal, Refused
from server.domain.moves import Move
from server.domain.permissions import COUNTER_WORK, Role
from server.domain.queue.ticket import MoveRequirement, MoveRule, legal_rule, move_named
from server.store import Tx
from server.store.queries import TicketRow
from server.wire.messages import MoveTicket


def move_ticket(tx: Tx, actor: Actor, now: Now, ticket: str, request: MoveTicket) -> CommandResult:
    """Move a ticket as the table of moves allows.

    Raises ``unknown_move``, ``not_allowed`` with the possible moves, ``forbidden``, ``bad_request`` when an argument is
    missing or wrong, and the refusals of each move.
    """
    move = move_named(request.move)
    row = require_ticket(tx, ticket)
    actor = actor.acting_for(move)

    def run() -> CommandResult:
        require_open_day(tx)
        rule = legal_rule(move, row.state, actor, number=row.number)
        if row.day != tx.day:
            raise not_allowed(row, need=Need.TODAY)
        acting = _in_role_for(tx, actor, move, row, request.counter)
        complete_request = _with_service(tx, row, request) if move is Move.TRANSFER else request
        _check_requirements(tx, acting, row, complete_request, rule)
        if is_at_other_counter(tx, acting, row):
            raise at_other_counter(tx, row)
        MOVE_HANDLERS[move](tx, acting, now, row, complete_request)
        call_ready_counters(tx, now)
        return CommandResult(row.id, request.counter)

    # The hash of the request is stored, and a short note could be guessed from it.
    return idempotent(tx, actor, now, request.model_copy(update={"note": None}), ticket, run)


def _in_role_for(tx: Tx, actor: Actor, move: Move, row: TicketRow, counter: str | None) -> Actor:
    """Return the actor in the role that may make the move.

    It may at ``counter``, and where the ticket is. Raises ``forbidden`` for a clerk who is not at ``counter``.
    """
    if counter is not None:
        require_counter(tx, counter)
        actor = in_role_at(tx, actor, move, counter)
        require_own_counter(tx, actor, counter)
    elif move in COUNTER_WORK:
        require_any_counter(tx, actor)
    if row.counter is not None and is_at_other_counter(tx, actor, row):
        return in_role_at(tx, actor, move, row.counter)
    return actor


def _with_service(tx: Tx, row: TicketRow, request: MoveTicket) -> MoveTicket:
    """Return a transfer to a counter with its service, which a keypad leaves out.

    It is the ticket's own service if that counter serves it, else the first service of the counter.
    """
    if request.service is not None or request.pin is None:
        return request
    serves = tx.office.services_of(require_counter(tx, request.pin).id)
    if not serves:
        raise Refused(Refusal.BAD_REQUEST, need=Need.PIN, values={"detail": f"pin {request.pin}"})
    return request.model_copy(update={"service": row.service if row.service in serves else serves[0]})


def _check_requirements(tx: Tx, actor: Actor, row: TicketRow, request: MoveTicket, rule: MoveRule) -> None:
    """Raise the refusal of the first requirement that is not met."""
    for requirement in sorted(rule.needs, key=list(MoveRequirement).index):
        if requirement is MoveRequirement.REASON and actor.role is Role.VISITOR:
            continue
        if requirement is MoveRequirement.OUTCOME and actor.role is Role.STATION:
            continue
        if _is_absent(requirement, request):
            raise bad_request(_REQUIRED_FIELDS[requirement])
    if MoveRequirement.COUNTER_OWN in rule.needs and request.counter != row.counter:
        raise at_other_counter(tx, row)
    if MoveRequirement.COUNTER_FREE in rule.needs and request.counter is not None:
        require_free_counter(tx, request.counter)
    if request.service is not None:
        service = require_service(tx, request.service)
        if service.closed and service.id != row.service:
            raise Refused(Refusal.SERVICE_CLOSED, values={"service": service.id, "when_ms": None})
        if service.id != row.service:
            require_handled_here(tx, service.id)
        require_served_service(tx, request.service)


_REQUIRED_FIELDS: Mapping[MoveRequirement, Need] = {
    MoveRequirement.COUNTER: Need.COUNTER,
    MoveRequirement.COUNTER_OWN: Need.COUNTER,
    MoveRequirement.COUNTER_FREE: Need.COUNTER,
    MoveRequirement.OUTCOME: Need.OUTCOME,
    MoveRequirement.REASON: Need.REASON,
    MoveRequirement.SERVICE: Need.SERVICE,
    MoveRequirement.CLASS: Need.TICKET_CLASS,
    MoveRequirement.PROCEDURE: Need.PROCEDURE,
}
"""The field of the request that meets a requirement; its name is the value of the need."""


def _is_absent(requirement: MoveRequirement, request: MoveTicket) -> bool:
    value = getattr(request, _REQUIRED_FIELDS[requirement])
    return value is None or value == ""
