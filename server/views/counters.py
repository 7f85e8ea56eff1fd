"""Counters as messages of the API and of the pictures."""

from server.domain.errors import Refusal, Refused
from server.store import Snapshot
from server.store.queries import CounterRow, TicketRow, counter_row, counter_rows, open_ticket, open_tickets
from server.views.tickets import ticket, ticket_by_id
from server.wire.messages import Called, Counter, CounterStateName, CounterTicket, to_time


def counter(snapshot: Snapshot, counter_id: str) -> Counter:
    """Return a counter with its open ticket. Raises ``not_found``."""
    if counter_id not in snapshot.office.counters:
        raise Refused(Refusal.NOT_FOUND, values={"counter": counter_id})
    row = counter_row(snapshot.connection, counter_id)
    return counter_message(snapshot, row, open_ticket(snapshot.connection, counter_id))


def called(snapshot: Snapshot, counter_id: str, ticket_id: str | None, *, repeated: bool) -> Called:
    """Return the answer to a call: the called ticket and the counter.

    ``ticket_id`` None: no ticket waited. ``repeated``: the answer is for a repeated request, so the counter may have
    another ticket by now.
    """
    row, current = counter_row(snapshot.connection, counter_id), open_ticket(snapshot.connection, counter_id)
    if ticket_id is None:
        message = None
    elif current is not None and current.id == ticket_id:
        message = ticket(snapshot, current, repeated=repeated)
    else:
        message = ticket_by_id(snapshot, ticket_id, repeated=repeated)
    return Called(ticket=message, counter=counter_message(snapshot, row, current))


def counters(snapshot: Snapshot) -> list[Counter]:
    """Return all counters in the office's order."""
    rows, current = counter_rows(snapshot.connection), open_tickets(snapshot.connection)
    return [
        counter_message(snapshot, rows[counter], current.get(counter)) for counter in snapshot.office.counters_in_use
    ]


def counter_message(snapshot: Snapshot, row: CounterRow, current: TicketRow | None) -> Counter:
    """Return the message of a counter. ``current``: its open ticket, None without one."""
    counter_ticket = None
    if current is not None:
        state_and_class = {"state": current.state.value, "ticket_class": current.ticket_class}
        counter_ticket = CounterTicket(id=current.id, number=current.number, **state_and_class)
    return Counter(
        id=row.counter,
        label=snapshot.office.counters[row.counter].label,
        state=CounterStateName(row.state),
        ready=row.ready_ms is not None,
        reason=row.reason,
        until=None if row.until_at_ms is None else to_time(row.until_at_ms),
        clerk=row.clerk,
        ticket=counter_ticket,
    )
