"""Refusals of moves that the table of moves allows."""

from server.domain.errors import Need, Refusal, Refused
from server.domain.queue.ticket import legal_moves
from server.store import Tx
from server.store.queries import TicketRow


def not_allowed(row: TicketRow, *, need: Need, **values: object) -> Refused:
    """Return a ``not_allowed`` for a move that the table of moves allows. ``need`` names the obstacle."""
    allowed = tuple(move.value for move in legal_moves(row.state))
    common_values = {"number": row.number, "state": row.state.value, "moves": ", ".join(allowed)}
    return Refused(Refusal.NOT_ALLOWED, need=need, values=common_values | values, allowed=allowed)


def at_other_counter(tx: Tx, row: TicketRow) -> Refused:
    """Return the refusal of a move at another counter than the ticket's own."""
    label = tx.office.counters[row.counter].label if row.counter else ""
    return not_allowed(row, need=Need.COUNTER, counter=label)
