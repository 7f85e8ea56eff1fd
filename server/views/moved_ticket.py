"""A ticket after a clerk's move, for the sentence that confirms the move."""

from dataclasses import dataclass

from server.domain.office import CounterDefinition, ServiceDefinition
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import find_ticket
from server.views.queue_entries import callable_again_ms, colleague, comes_back_to


@dataclass(frozen=True, slots=True)
class MovedTicket:
    """A ticket after a move.

    ``state`` may be a later one than that of the move: a ready counter may have called the ticket at once, and is its
    ``counter`` then. ``pin`` and ``pin_clerk``: the counter, or the name of the clerk, that alone may call it.
    ``comes_back_to``: the counter to which it returns from where it waits. ``callable_at_ms``: from when it can be
    called again (UTC), None for at once. ``due_at_ms``: when a ticket that is set aside comes back (UTC), else None.
    """

    number: str
    state: TicketState
    service: ServiceDefinition
    priority: bool
    counter: CounterDefinition | None
    pin: CounterDefinition | None
    pin_clerk: str | None
    comes_back_to: CounterDefinition | None
    callable_at_ms: int | None
    due_at_ms: int | None


def moved_ticket(snapshot: Snapshot, ticket: str) -> MovedTicket:
    """Return the ticket as it is after a move."""
    row, office = find_ticket(snapshot.connection, ticket), snapshot.office
    assert row is not None, "a ticket that was moved has a row"
    back_to = comes_back_to(snapshot, row)
    return MovedTicket(
        number=row.number,
        state=row.state,
        service=office.services[row.service],
        priority=row.ticket_class == "priority",
        counter=office.counters.get(row.counter or ""),
        pin=office.counters.get(row.pin or ""),
        pin_clerk=None if row.pin_clerk is None else colleague(snapshot, None, row.pin_clerk).clerk,
        comes_back_to=None if back_to is None else back_to.counter,
        callable_at_ms=callable_again_ms(snapshot, row),
        due_at_ms=row.due_at_ms,
    )
