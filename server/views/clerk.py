"""The page model of a clerk page: tickets of one counter, and its buttons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from server.commands import counter_of_row, counter_version
from server.domain.office import Clerk, CounterDefinition, ProcedureDefinition, ServiceDefinition, ServiceGroup
from server.domain.queue.choice import CallingCounter
from server.domain.queue.counter import CounterState
from server.domain.rules import Rules
from server.store import Snapshot
from server.store.queries import (
    NO_NOTES,
    WHOLE_LISTS,
    CounterRow,
    PageTickets,
    TicketHistory,
    TicketRow,
    counter_row,
    open_help_calls,
    page_tickets,
    ticket_histories,
)
from server.views.clerk_buttons import ClerkButton, buttons
from server.views.clerk_lists import newest_first, recent_tickets, reopenable_ids, waiting_line, why_next
from server.views.jobs import unconfirmed_slips
from server.views.looked_up import LookedUpTicket, looked_up_ticket
from server.views.open_ticket import OpenTicket, open_ticket
from server.views.queue_entries import QueueEntry, ServedTicket, queue_entry
from server.views.undo import UndoOffer, undo_offer
from server.views.why_called import Sentence


@dataclass(frozen=True, slots=True)
class HelpCall:
    """A visitor's call for a member of staff, which nobody has taken yet.

    ``station``: the kiosk; ``at_ms``: when the visitor asked (UTC).
    """

    id: str
    station: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ClerkPage:
    """The page of one counter.

    ``clerk``: the person of ``clerk_id``, None if nobody is signed in. ``reason`` (a clerk's text, or the code away or
    no_answer) and ``until_at_ms``: why it is paused, and the announced end of the pause (UTC), None where not given.
    ``ready_ended``: why its readiness ended without a call: asked (by the clerk), time (it was ready for too long),
    away (the clerk has left); else None. ``services``: those that the counter may serve with this clerk, ``also``: the
    ids of those of them that the clerk serves only beside the others; ``open``: the
    ticket that is called or being served here; ``waiting``: tickets that wait for one of the services, the next one
    first, those that this counter may not call yet last; ``held``: tickets held by this counter; ``missed``: tickets of
    the services whose visitors did not come to the call and may come back, the newest first. Of ``waiting`` and
    ``missed`` the page may have the first ones only: ``waiting_count``, ``missed_count`` are the numbers of all.
    ``undo``: the clerk's last move, while it can be taken back.
    ``recent``: the tickets served here last, newest first; ``buttons``: by name (see ``buttons``);
    ``unconfirmed_slips``: the numbers of these services whose slip is not proved to be printed; ``why``: why
    ``main_ticket`` was called or is next. ``looked_up``: by id, the tickets of the open day that were asked for, at any
    counter. For names and choices: ``rules``, ``all_services``, ``groups``, ``counters`` and ``procedures`` of the
    office. ``day``: the id of the open day, None while none is open; ``now_ms``: the moment of the content (UTC).
    Forms send ``page_version`` back (field ``drawn``), and are refused when the counter has changed since.
    """

    counter: CounterDefinition
    clerk_id: str | None
    clerk: Clerk | None
    state: CounterState
    reason: str | None
    until_at_ms: int | None
    ready: bool
    ready_ended: str | None
    services: Sequence[ServiceDefinition]
    also: Collection[str]
    open: OpenTicket | None
    waiting: Sequence[QueueEntry]
    held: Sequence[QueueEntry]
    missed: Sequence[QueueEntry]
    waiting_count: int
    missed_count: int
    recent: Sequence[ServedTicket]
    undo: UndoOffer | None
    buttons: Mapping[str, ClerkButton]
    help_calls: Sequence[HelpCall]
    unconfirmed_slips: Sequence[str]
    why: Sequence[Sentence]
    looked_up: Mapping[str, LookedUpTicket]
    rules: Rules
    all_services: Mapping[str, ServiceDefinition]
    groups: Mapping[str, ServiceGroup]
    counters: Mapping[str, CounterDefinition]
    procedures: Mapping[str, ProcedureDefinition]
    day: str | None
    now_ms: int
    page_version: str

    @property
    def next(self) -> QueueEntry | None:
        """The ticket that the counter calls next; None while it may call none."""
        return self.waiting[0] if self.waiting and self.waiting[0].callable else None

    @property
    def main_ticket(self) -> QueueEntry | None:
        """The ticket in large: the open one, else the next, else None."""
        return self.open.entry if self.open else self.next

    @property
    def main_procedure(self) -> ProcedureDefinition | None:
        """The procedure of the main ticket, whose documents, fee and time limit are shown."""
        return self.main_ticket.procedure if self.main_ticket else None


def clerk_at(snapshot: Snapshot, counter: str) -> str | None:
    """Return the id of the clerk who is signed in at ``counter``, or None."""
    return counter_row(snapshot.connection, counter).clerk


def clerk_page(
    snapshot: Snapshot, counter_id: str, looked_up: Collection[str] = (), *, most: int = WHOLE_LISTS
) -> ClerkPage | None:
    """Return a counter's page, with tickets ``looked_up`` by id; None for an unknown counter.

    ``most``: how many waiting and how many missed tickets it has at most.
    """
    if counter_id not in snapshot.office.counters:
        return None
    return _page_of(snapshot, counter_row(snapshot.connection, counter_id), looked_up, most)


def _page_of(snapshot: Snapshot, row: CounterRow, looked_up: Collection[str], most: int) -> ClerkPage:
    """Return the page of the counter of ``row``; the other parameters as in ``clerk_page``."""
    office = snapshot.office
    counter = counter_of_row(office, row)
    tickets, histories = _read_tickets(snapshot, row, counter, looked_up, most)
    open_model = _open_ticket(snapshot, tickets, histories)
    line = waiting_line(snapshot, tickets, counter, most)
    return ClerkPage(
        counter=office.counters[row.counter],
        clerk_id=row.clerk,
        clerk=office.clerks.get(row.clerk or ""),
        state=row.state,
        reason=row.reason,
        until_at_ms=row.until_at_ms,
        ready=row.ready_ms is not None,
        ready_ended=row.ready_ended,
        services=[service for service in office.services.values() if service.id in counter.serves],
        also=counter.also.keys(),
        open=open_model,
        waiting=line,
        held=_entries(snapshot, tickets, tickets.held),
        missed=_entries(snapshot, tickets, tickets.missed),
        waiting_count=tickets.waiting_count,
        missed_count=tickets.missed_count,
        recent=recent_tickets(snapshot, row, tickets, histories),
        undo=undo_offer(snapshot, row, tickets.open),
        buttons=buttons(snapshot, row, tickets.open, 0 if open_model is None else open_model.recall_wait_ms),
        help_calls=help_calls(snapshot),
        unconfirmed_slips=[slip.number for slip in unconfirmed_slips(snapshot) if slip.service in counter.serves],
        why=why_next(snapshot, tickets, line, counter) if open_model is None else open_model.why,
        looked_up=_looked_up(snapshot, tickets, histories),
        rules=office.rules,
        all_services=office.services,
        groups=office.groups,
        counters=office.counters,
        procedures=office.procedures,
        day=snapshot.head.day,
        now_ms=snapshot.now.wall_ms,
        page_version=counter_version(row, tickets.open),
    )


def _read_tickets(
    snapshot: Snapshot, row: CounterRow, counter: CallingCounter, looked_up: Collection[str], most: int
) -> tuple[PageTickets, Mapping[str, TicketHistory]]:
    """Return the tickets of a counter's page, and the histories that it shows.

    The histories of the open ticket and of the tickets ``looked_up``; of tickets that may be reopened the legs only.
    """
    tickets = page_tickets(
        snapshot.connection, snapshot.head.day, row.counter, counter.serves, looked_up, most, also=counter.also
    )
    open_id = [] if tickets.open is None else [tickets.open.id]
    shown_ids = [*open_id, *(ticket.id for ticket in tickets.looked_up)]
    legs_only = reopenable_ids(snapshot, row, tickets)
    return tickets, ticket_histories(snapshot.connection, shown_ids, legs_only)


def _open_ticket(snapshot: Snapshot, tickets: PageTickets, histories: Mapping[str, TicketHistory]) -> OpenTicket | None:
    ticket = tickets.open
    if ticket is None:
        return None
    notes, dossier = tickets.notes.get(ticket.id, NO_NOTES), tickets.dossiers.get(ticket.id)
    return open_ticket(snapshot, ticket, histories[ticket.id], notes, dossier)


def _entries(snapshot: Snapshot, tickets: PageTickets, rows: Sequence[TicketRow]) -> list[QueueEntry]:
    """Return tickets as entries of a list, by their last change."""
    return [queue_entry(snapshot, row, tickets.notes.get(row.id, NO_NOTES)) for row in newest_first(rows)]


def _looked_up(
    snapshot: Snapshot, tickets: PageTickets, histories: Mapping[str, TicketHistory]
) -> Mapping[str, LookedUpTicket]:
    return {
        ticket.id: looked_up_ticket(
            snapshot,
            ticket,
            histories[ticket.id],
            tickets.notes.get(ticket.id, NO_NOTES),
            tickets.dossiers.get(ticket.id),
        )
        for ticket in tickets.looked_up
    }


def help_calls(snapshot: Snapshot) -> tuple[HelpCall, ...]:
    """Return the calls for help that no clerk has taken yet, oldest first."""
    return tuple(
        HelpCall(row.id, row.station, row.at_ms) for row in open_help_calls(snapshot.connection, snapshot.head.day)
    )
