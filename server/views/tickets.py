"""Tickets as messages of the API, and single facts about a ticket for pages."""

from dataclasses import dataclass

from server.domain.moves import Move
from server.domain.permissions import Role
from server.domain.queue.choice import count_ahead_of_each
from server.domain.queue.ticket import TicketState, moves_for
from server.store import Snapshot
from server.store.queries import (
    TicketRow,
    count_ahead,
    counter_of_clerk,
    day_row,
    days_on,
    dossier_code_of,
    dossier_codes_of,
    find_ticket,
    open_ticket,
    tickets_of,
    visitor_token_of,
    waiting_tickets,
)
from server.wire.messages import (
    Ticket,
    to_time,
)

_SYSTEM_MOVES = (Move.EXPIRE, Move.ISSUE)
"""Moves that have commands of their own, so that nobody can choose them for a ticket."""


def ticket(
    snapshot: Snapshot,
    row: TicketRow,
    *,
    visitor_token: str | None = None,
    repeated: bool = False,
    with_dossier: bool = True,
) -> Ticket:
    """Return the ticket of a row as a message of the API.

    ``wait_min`` (minutes) stays None until there are forecasts. ``visitor_token``: the secret of the visitor's page,
    None to leave it out. ``repeated``: the message answers a repeated request. ``with_dossier`` False: without the
    dossier's code, for devices in front of visitors.
    """
    is_waiting = row.state is TicketState.WAITING
    return _message(
        snapshot,
        row,
        date=date_of_day(snapshot, row.day),
        ahead=count_ahead(snapshot.connection, row, snapshot.queue_ms) if is_waiting else None,
        dossier=dossier_code_of(snapshot.connection, row.id) if with_dossier else None,
        visitor_token=visitor_token,
        repeated=repeated,
    )


def _message(
    snapshot: Snapshot,
    row: TicketRow,
    *,
    date: str | None,
    ahead: int | None,
    dossier: str | None,
    visitor_token: str | None = None,
    repeated: bool = False,
) -> Ticket:
    """Return the message of a row; read nothing from the database."""
    pinned = counters_pinned_to(snapshot, row)
    return Ticket(
        id=row.id,
        rev=row.rev,
        number=row.number,
        day=date,
        service=row.service,
        procedure=row.procedure,
        state=row.state.value,
        issued_at=to_time(row.issued_at_ms),
        queue_ms=row.issued_ms,
        counter=row.counter,
        calls=row.calls,
        leg=row.leg,
        outcome=row.outcome,
        ahead=ahead,
        counters=pinned or snapshot.office.counters_of(row.service),
        wait_min=None,
        moves=allowed_moves(row) if row.day == snapshot.head.day else [],
        link=visitor_token,
        repeated=repeated,
        print=row.print_state,
        dossier=dossier,
        **{"class": row.ticket_class},
    )


def counters_pinned_to(snapshot: Snapshot, row: TicketRow) -> list[str]:
    """Return the only counter that may call the ticket; empty where any may.

    A ticket for a clerk is for the counter where the clerk is.
    """
    if row.pin is not None:
        return [row.pin]
    place = None if row.pin_clerk is None else counter_of_clerk(snapshot.connection, row.pin_clerk)
    return [] if place is None else [place.counter]


def allowed_moves(row: TicketRow, role: Role = Role.CLERK) -> list[str]:
    """Return the moves that the ticket's state and ``role`` allow; further conditions are not checked."""
    return [move.value for move in moves_for(role, row.state) if move not in _SYSTEM_MOVES]


def date_of_day(snapshot: Snapshot, day: str) -> str | None:
    """Return the date of the service day with this id; None while it is unknown."""
    if day == snapshot.head.day:
        return snapshot.head.date
    row = day_row(snapshot.connection, day)
    return None if row is None else row.date


def ticket_number(snapshot: Snapshot, ticket_id: str) -> str:
    """Return the number of a ticket by its id; empty for an unknown one."""
    row = find_ticket(snapshot.connection, ticket_id)
    return "" if row is None else row.number


def people_ahead(snapshot: Snapshot, ticket_id: str) -> int | None:
    """Return how many people wait before a ticket; None unless it waits."""
    row = find_ticket(snapshot.connection, ticket_id)
    if row is None or row.state is not TicketState.WAITING:
        return None
    return count_ahead(snapshot.connection, row, snapshot.queue_ms)


@dataclass(frozen=True, slots=True)
class DeskNumber:
    """A number that was issued at a desk without a slip.

    ``ahead``: how many people wait before it, None unless it waits. ``visitor_token``: the secret of the visitor's
    page, None for a ticket with a slip, which has the link itself.
    """

    ahead: int | None
    visitor_token: str | None


def desk_number(snapshot: Snapshot, ticket_id: str) -> DeskNumber | None:
    """Return the page model of a new number; None for an unknown one."""
    row = find_ticket(snapshot.connection, ticket_id)
    if row is None:
        return None
    is_waiting = row.state is TicketState.WAITING
    return DeskNumber(
        ahead=count_ahead(snapshot.connection, row, snapshot.queue_ms) if is_waiting else None,
        visitor_token=visitor_token_of(snapshot.connection, row.id) if row.print_state is None else None,
    )


@dataclass(frozen=True, slots=True)
class TicketProgress:
    """How far a ticket has come.

    ``ticket``: its id. ``steps`` is a tuple to compare: it changes with the moves of clerks, not with reports of
    printers.
    """

    ticket: str
    steps: tuple[object, ...]


def progress_of(snapshot: Snapshot, ticket_id: str) -> TicketProgress | None:
    """Return how far a ticket has come; None for an unknown one."""
    row = find_ticket(snapshot.connection, ticket_id)
    return None if row is None else ticket_progress(row)


def ticket_progress(row: TicketRow) -> TicketProgress:
    """Return how far the ticket of a row has come."""
    steps = (row.state, row.leg, row.counter, row.pin, row.pin_clerk, row.calls, row.rank_key, row.ticket_class)
    return TicketProgress(row.id, steps)


def open_ticket_at(snapshot: Snapshot, counter: str) -> str | None:
    """Return the id of the ticket that is open at a counter; None without one."""
    row = open_ticket(snapshot.connection, counter)
    return None if row is None else row.id


def ticket_by_id(
    snapshot: Snapshot,
    ticket_id: str,
    *,
    visitor_token: str | None = None,
    repeated: bool = False,
    with_dossier: bool = True,
) -> Ticket | None:
    """Return a ticket by its id as a message; None for an unknown id. The flags are those of ``ticket``."""
    row = find_ticket(snapshot.connection, ticket_id)
    return (
        None
        if row is None
        else ticket(snapshot, row, visitor_token=visitor_token, repeated=repeated, with_dossier=with_dossier)
    )


def tickets_page(
    snapshot: Snapshot,
    date: str | None,
    state: TicketState | None,
    *,
    after: int,
    limit: int,
    with_dossiers: bool = True,
) -> tuple[list[Ticket], str | None]:
    """Return a page of the tickets of ``date``, and the ``after`` of the next page.

    ``date`` None is the open day. The tickets are in order of issue, from the first sequence number above ``after`` on.
    The second value is None on the last page.
    """
    days = snapshot.head.day if date is None else days_on(snapshot.connection, date)
    states = () if state is None else (state,)
    rows = tickets_of(snapshot.connection, days, states, after=after, limit=limit + 1)
    page = rows[:limit]
    services = {row.service for row in page if row.state is TicketState.WAITING}
    waiting = waiting_tickets(snapshot.connection, snapshot.head.day, services) if services else []
    ahead = count_ahead_of_each(waiting, snapshot.queue_ms)
    dossiers = dossier_codes_of(snapshot.connection, [row.id for row in page] if with_dossiers else [])
    shown_date = snapshot.head.date if date is None else date
    messages = [
        _message(snapshot, row, date=shown_date, ahead=ahead.get(row.id), dossier=dossiers.get(row.id)) for row in page
    ]
    return messages, str(page[-1].issue_seq) if len(rows) > len(page) else None
