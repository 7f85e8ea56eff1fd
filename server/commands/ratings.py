"""Ratings: one for each ticket, without a person's name."""

from config.clock import Now
from server.commands.common import CommandResult, idempotent, require_counter, ticket_fields
from server.commands.own_counter import require_own_counter
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import TicketRated
from server.domain.permissions import Action
from server.domain.queue.due import is_within
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import TicketRow, is_rated, open_ticket, tickets_of
from server.wire.messages import Rate


def rate(tx: Tx, actor: Actor, now: Now, request: Rate) -> CommandResult:
    """Rate the ticket that was finished last at the counter, within ``rating_min``.

    Raises ``not_allowed`` when no ticket was served there yet, when a ticket is in service (its visitor may have
    pressed the key, but the rating would go to the ticket before), when the ticket has a rating, and when it is too
    late. Raises ``not_found`` for an unknown counter.
    """
    require_counter(tx, request.counter)
    actor = require_permission(actor, Action.RATE)
    require_own_counter(tx, actor, request.counter)
    return idempotent(tx, actor, now, request, request.counter, lambda: _rate(tx, actor, now, request))


def _rate(tx: Tx, actor: Actor, now: Now, request: Rate) -> CommandResult:
    row = _last_served(tx, request.counter)
    current = open_ticket(tx.connection, request.counter)
    if row is None or (current is not None and current.state is TicketState.SERVING):
        raise _not_allowed(Need.RATE_EARLY)
    if is_rated(tx.connection, row.id):
        raise _not_allowed(Need.RATE_ONCE, row)
    if not is_within(row.changed_ms, tx.office.rules.rating_min, tx.queue_ms(now)):
        raise _not_allowed(Need.RATE_OVER, row)
    tx.record(
        TicketRated(**ticket_fields(row, request.counter), level=request.level.value),
        actor,
        now,
        is_command_result=True,
    )
    return CommandResult(row.id, request.counter)


def _last_served(tx: Tx, counter: str) -> TicketRow | None:
    served = tickets_of(tx.connection, tx.day, (TicketState.SERVED,), counter=counter, limit=1, newest_first=True)
    return next(iter(served), None)


def _not_allowed(need: Need, row: TicketRow | None = None) -> Refused:
    error_values = {} if row is None else {"number": row.number, "state": row.state.value}
    return Refused(Refusal.NOT_ALLOWED, need=need, values=error_values | {"moves": ""})
