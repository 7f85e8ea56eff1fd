"""A ticket that a clerk looked up, or whose slip was scanned."""

from dataclasses import dataclass

from server.store import Snapshot
from server.store.queries import TicketHistory, TicketNotes, TicketRow
from server.views.queue_entries import QueueEntry, queue_entry
from server.views.tickets import TicketProgress, ticket_progress
from server.views.why_called import CallExplanation, explain_call


@dataclass(frozen=True, slots=True)
class LookedUpTicket:
    """A ticket of the open day, at whichever counter. ``why``: why it was called, None before its first call."""

    entry: QueueEntry
    progress: TicketProgress
    why: CallExplanation | None


def looked_up_ticket(
    snapshot: Snapshot, row: TicketRow, history: TicketHistory, notes: TicketNotes, dossier: str | None
) -> LookedUpTicket:
    """Return a ticket as the panel shows it."""
    return LookedUpTicket(
        entry=queue_entry(snapshot, row, notes, dossier=dossier),
        progress=ticket_progress(row),
        why=explain_call(snapshot, row, history),
    )
