"""The move that a clerk may take back now, for the clerk page."""

from dataclasses import dataclass

from server.domain.calendar import MINUTE_MS
from server.domain.queue.counter import CounterState
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import CounterRow, LastMove, TicketRow, last_move_at


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """A move that can be taken back.

    ``ticket``: its id; ``seq``: the move's sequence in the journal; ``kind``: of its fact; ``at_ms``: when (UTC).
    """

    ticket: str
    number: str
    seq: int
    kind: str
    at_ms: int


def undo_offer(snapshot: Snapshot, row: CounterRow, open_ticket: TicketRow | None) -> UndoOffer | None:
    """Return the last move of the counter's clerk, if it can be taken back now.

    ``open_ticket``: the one that is called or served at the counter.
    """
    since_ms = snapshot.queue_ms - snapshot.office.rules.undo_min * MINUTE_MS
    move = last_move_at(snapshot.connection, row.counter, row.clerk or row.counter, since_ms)
    if move is None or not _has_place(row, move, open_ticket):
        return None
    return UndoOffer(move.ticket, move.number, move.seq, move.kind, move.at_ms)


def _has_place(row: CounterRow, move: LastMove, open_ticket: TicketRow | None) -> bool:
    """Return whether the counter can have the ticket back in its state before the move."""
    if move.before["state"] not in (TicketState.CALLED, TicketState.SERVING, TicketState.HELD):
        return True
    if move.before["counter"] != row.counter or row.state is CounterState.CLOSED:
        return False
    return move.before["state"] == TicketState.HELD or open_ticket is None or open_ticket.id == move.ticket
