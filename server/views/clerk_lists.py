"""The lists of a clerk page: the waiting line, and tickets served last."""

from collections.abc import Mapping, Sequence

from server.domain.queue.choice import CallingCounter, callable_now, place
from server.domain.queue.counter import CounterState
from server.domain.queue.due import is_within
from server.store import Snapshot
from server.store.queries import NO_NOTES, CounterRow, PageTickets, TicketHistory, TicketRow, earlier_in_order
from server.views.queue_entries import QueueEntry, ServedTicket, queue_entry, served_ticket
from server.views.why_called import Sentence, explain_next


def newest_first(rows: Sequence[TicketRow]) -> list[TicketRow]:
    """Return tickets by their last change."""
    return sorted(rows, key=lambda row: (-row.changed_ms, row.issue_seq))


def waiting_line(snapshot: Snapshot, tickets: PageTickets, counter: CallingCounter, most: int) -> list[QueueEntry]:
    """Return the first ``most`` waiting tickets in the order of the calling rule.

    Tickets that the counter may not call yet come last.
    """
    waiting, notes = tickets.waiting, tickets.notes
    callable_ids = {ticket.id for ticket in callable_now([row.waiting for row in waiting], counter, snapshot.queue_ms)}
    rows = sorted(waiting, key=lambda row: (row.id not in callable_ids, place(row.waiting, counter, snapshot.queue_ms)))
    return [
        queue_entry(snapshot, row, notes.get(row.id, NO_NOTES), may_call=row.id in callable_ids) for row in rows[:most]
    ]


def why_next(
    snapshot: Snapshot, tickets: PageTickets, line: Sequence[QueueEntry], counter: CallingCounter
) -> tuple[Sentence, ...]:
    """Return why the first ticket of the line is next; empty where none is callable."""
    if not line or not line[0].callable:
        return ()
    chosen = next(row for row in tickets.waiting if row.id == line[0].id)
    compared = {row.id: row.waiting for row in tickets.waiting}
    # Mostly no ticket was issued earlier. The tickets of the page have every other one that a sentence may name.
    searched = [service for service, seq in tickets.first_issued.items() if seq < chosen.issue_seq]
    if searched:
        earlier = earlier_in_order(snapshot.connection, snapshot.head.day, chosen.waiting, searched)
        compared |= {ticket.id: ticket for ticket in earlier}
    return explain_next(snapshot, chosen, list(compared.values()), counter)


def reopenable_ids(snapshot: Snapshot, row: CounterRow, tickets: PageTickets) -> frozenset[str]:
    """Return the tickets served here that their clerk may still reopen.

    They may be reopened within ``reopen_min`` minutes.
    """
    if tickets.open is not None or row.state is CounterState.CLOSED:
        return frozenset()
    reopen_min, queue_ms = snapshot.office.rules.reopen_min, snapshot.queue_ms
    return frozenset(ticket.id for ticket in tickets.served if is_within(ticket.changed_ms, reopen_min, queue_ms))


def recent_tickets(
    snapshot: Snapshot, row: CounterRow, tickets: PageTickets, histories: Mapping[str, TicketHistory]
) -> list[ServedTicket]:
    """Return the tickets served here last, and whether each may be reopened.

    Only the clerk who served a ticket may reopen it.
    """
    within_time = reopenable_ids(snapshot, row, tickets)
    own_ids = {ticket for ticket in within_time if histories[ticket].legs[-1].clerk == row.clerk}
    return [served_ticket(snapshot, ticket, may_reopen=ticket.id in own_ids) for ticket in newest_first(tickets.served)]
