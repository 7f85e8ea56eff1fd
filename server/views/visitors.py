"""A visitor's own ticket, found by the secret token in the link on the slip."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.commands import is_maker, ticket_version
from server.domain.office import ServiceDefinition
from server.domain.permissions import Role
from server.domain.queue.due import is_within
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import (
    TicketRow,
    find_ticket,
    last_move,
    newest_call,
    next_behind,
    ticket_histories,
    ticket_of_visitor_token,
)
from server.views.queue_entries import comes_back_to
from server.views.tickets import allowed_moves, ticket
from server.views.why_called import Sentence, explain_call
from server.wire.messages import Ticket


@dataclass(frozen=True, slots=True)
class VisitorTicket:
    """The page model of a visitor's ticket.

    ``*_at_ms`` is UTC; ``last_call``: (how often it was called, when last in UTC ms), None unless it is called now.
    ``counter`` is the label of the counter where it is called, served or held, empty while it waits; ``counters`` are
    the labels where it may be called; ``comes_back_to``: that of the counter to which the visitor goes back afterwards,
    None for nowhere. ``moves``: those that its state allows to the visitor; ``due_at_ms``: when its
    hold ends at the latest, None unless it is held. ``undo_seq``: the visitor's own last move, by its sequence in the
    journal, while it can be taken back; ``undo_min``: for how many minutes it can. ``is_deferred``: the visitor let
    others go first, which is possible once. ``overtaking_count``: how many tickets would go first if it were deferred
    now. Forms send ``page_version`` back (field ``drawn``), and are refused when the ticket has changed since. ``why``:
    why it was called, empty before its first call; ``head_start_min``: of priority tickets.
    """

    ticket: Ticket
    state: TicketState
    service: ServiceDefinition
    counter: str
    counters: Sequence[str]
    comes_back_to: str | None
    issued_at_ms: int
    due_at_ms: int | None
    last_call: tuple[int, int] | None
    moves: Sequence[str]
    undo_seq: int | None
    undo_min: int
    is_deferred: bool
    overtaking_count: int
    page_version: str
    why: Sequence[Sentence]
    head_start_min: int


def visitor_ticket(snapshot: Snapshot, visitor_token: str) -> VisitorTicket | None:
    """Return the ticket of a link's token; None for a wrong or an expired one."""
    ticket_id = ticket_of_visitor_token(snapshot.connection, visitor_token)
    row = None if ticket_id is None else find_ticket(snapshot.connection, ticket_id)
    if row is None:
        return None
    office, message = snapshot.office, ticket(snapshot, row)
    behind = next_behind(snapshot.connection, row, office.rules.defer_behind)
    back = comes_back_to(snapshot, row)
    call = newest_call(snapshot.connection, row.id) if row.state is TicketState.CALLED else None
    return VisitorTicket(
        ticket=message,
        state=row.state,
        service=office.services[row.service],
        counter="" if row.counter is None else office.counters[row.counter].label,
        counters=[office.counters[counter].label for counter in message.counters],
        comes_back_to=None if back is None or back.counter is None else back.counter.label,
        issued_at_ms=row.issued_at_ms,
        due_at_ms=row.due_at_ms,
        last_call=None if call is None else (call.times, call.at_ms),
        moves=allowed_moves(row, Role.VISITOR),
        undo_seq=_undo_seq(snapshot, row),
        undo_min=office.rules.undo_min,
        is_deferred=row.deferred,
        overtaking_count=len(behind),
        page_version=ticket_version(row),
        why=_why(snapshot, row),
        head_start_min=office.rules.head_start_min,
    )


def _why(snapshot: Snapshot, row: TicketRow) -> Sequence[Sentence]:
    """Return why the ticket was called last, as the clerk's page explains it."""
    if row.state not in (TicketState.CALLED, TicketState.SERVING, TicketState.SERVED):
        return ()
    explanation = explain_call(snapshot, row, ticket_histories(snapshot.connection, [row.id])[row.id])
    return () if explanation is None else explanation.sentences


def _undo_seq(snapshot: Snapshot, row: TicketRow) -> int | None:
    """Return the visitor's own last move, while it can be taken back."""
    move = last_move(snapshot.connection, row.id)
    if move is None or row.day != snapshot.head.day or not is_maker(move, row.id, None, is_visitor=True):
        return None
    return move.seq if is_within(move.queue_ms, snapshot.office.rules.undo_min, snapshot.queue_ms) else None
