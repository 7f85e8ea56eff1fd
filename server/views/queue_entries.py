"""Entries of the clerk page's lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.commands import ticket_version
from server.domain.calendar import MINUTE_MS
from server.domain.office import CounterDefinition, ProcedureDefinition, ServiceDefinition
from server.domain.queue.stops import stops_of
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import NO_NOTES, TicketNotes, TicketRow
from server.views.tickets import allowed_moves


@dataclass(frozen=True, slots=True)
class Colleague:
    """A counter and the clerk there, for a sentence.

    ``counter`` None: not at a certain counter. ``clerk``: the name, or the id of somebody without a name; None: nobody
    is named.
    """

    counter: CounterDefinition | None
    clerk: str | None


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A ticket in a list. ``*_at_ms`` is UTC; ``remarks``: of a waiting ticket, the codes requeued, deferred, returned.

    ``priority``: of the class priority. ``waited_ms``: from issue to the first call; until now for a ticket that waits
    (again), or was never called. ``reason``: why it is held, else why it is absent or cancelled: a clerk's text, or the
    code void; None without one. ``effective_issue_at_ms``: the time of issue by which the rule orders it, None where
    that is ``issued_at_ms``. ``moves``: those that its state allows to clerks; ``counter``: the id of the counter where
    it is called, served or held, or was at its end, None while it waits. ``pin``: the id of the only counter that may
    call it, else None; ``pin_clerk``: the only clerk. ``sender``: who sent it here; ``comes_back_to``: to whom it goes
    back afterwards; each None without one. ``notes``: clerks' notes about it. ``due_at_ms``: when its hold ends at the
    latest, None unless it is held. ``callable``: the counter of the list may call it now without an exception: no pin
    to others, no "call later" that still runs; False unless it waits. ``callable_at_ms``: the end of a clerk's "call
    later", None without one. ``dossier``: the code of the visitor's dossier, read for the open ticket and for one that
    was looked up, else None. Forms send ``page_version`` back (field ``drawn``), and are refused when the ticket has
    changed since.
    """

    id: str
    number: str
    state: str
    service: ServiceDefinition
    procedure: ProcedureDefinition | None
    priority: bool
    issued_at_ms: int
    waited_ms: int
    effective_issue_at_ms: int | None
    remarks: Sequence[str]
    pin: str | None
    pin_clerk: "Colleague | None"
    sender: "Colleague | None"
    comes_back_to: "Colleague | None"
    notes: TicketNotes
    due_at_ms: int | None
    reason: str | None
    moves: Sequence[str]
    counter: str | None
    callable: bool
    callable_at_ms: int | None
    dossier: str | None
    page_version: str


@dataclass(frozen=True, slots=True)
class ServedTicket:
    """A ticket that the counter finished. ``finished_at_ms`` is UTC.

    ``outcome``: a code such as ``received``, empty if unknown; ``may_reopen``: the clerk of the page may reopen it now.
    ``page_version`` as in ``QueueEntry``.
    """

    id: str
    number: str
    service: ServiceDefinition
    procedure: ProcedureDefinition | None
    outcome: str
    finished_at_ms: int
    may_reopen: bool
    page_version: str


def queue_entry(
    snapshot: Snapshot,
    row: TicketRow,
    notes: TicketNotes = NO_NOTES,
    *,
    may_call: bool = False,
    dossier: str | None = None,
) -> QueueEntry:
    """Return a ticket as an entry of a list. ``may_call``: the counter of the list may call it now."""
    office, is_waiting = snapshot.office, row.state is TicketState.WAITING
    waited_until_ms = row.called_ms if row.called_ms is not None and not is_waiting else snapshot.queue_ms
    effective_issue_at_ms = row.issued_at_ms + row.rank_key - row.issued_ms
    remarks = {"requeued": row.requeued, "deferred": row.deferred, "returned": row.returned}
    return QueueEntry(
        id=row.id,
        number=row.number,
        state=row.state.value,
        service=office.services[row.service],
        procedure=office.procedures.get(row.procedure or ""),
        priority=row.ticket_class == "priority",
        issued_at_ms=row.issued_at_ms,
        waited_ms=waited_until_ms - row.issued_ms,
        effective_issue_at_ms=None if effective_issue_at_ms == row.issued_at_ms else effective_issue_at_ms,
        remarks=[name for name, is_set in remarks.items() if is_set and is_waiting],
        pin=row.pin,
        pin_clerk=None if row.pin_clerk is None else colleague(snapshot, None, row.pin_clerk),
        sender=None if row.sender is None else colleague(snapshot, row.sender["counter"], row.sender["clerk"]),
        comes_back_to=comes_back_to(snapshot, row),
        notes=notes,
        due_at_ms=row.due_at_ms,
        reason=row.hold_reason or row.reason,
        moves=allowed_moves(row),
        counter=row.counter,
        callable=may_call,
        callable_at_ms=callable_again_ms(snapshot, row),
        dossier=dossier,
        page_version=ticket_version(row),
    )


def comes_back_to(snapshot: Snapshot, row: TicketRow) -> Colleague | None:
    """Return to whom a ticket goes back after this service; None: to nobody."""
    stops = stops_of(row.stops)
    return colleague(snapshot, stops[-1].counter, stops[-1].clerk) if stops else None


def colleague(snapshot: Snapshot, counter: str | None, clerk: str | None) -> Colleague:
    """Return a counter and a clerk by their ids."""
    office = snapshot.office
    person = None if clerk is None else office.clerks.get(clerk)
    return Colleague(office.counters.get(counter or ""), clerk if person is None else person.name)


def callable_again_ms(snapshot: Snapshot, row: TicketRow) -> int | None:
    """Return the end of a waiting ticket's "call later"; None for other tickets.

    UTC ms, rounded up to a whole minute.
    """
    remaining_ms = row.callable_from_ms - snapshot.queue_ms
    if row.state is not TicketState.WAITING or remaining_ms <= 0:
        return None
    return -(-(snapshot.now.wall_ms + remaining_ms) // MINUTE_MS) * MINUTE_MS


def served_ticket(snapshot: Snapshot, row: TicketRow, *, may_reopen: bool) -> ServedTicket:
    """Return a served ticket as an entry of a list."""
    office = snapshot.office
    return ServedTicket(
        id=row.id,
        number=row.number,
        service=office.services[row.service],
        procedure=office.procedures.get(row.procedure or ""),
        outcome=row.outcome or "",
        finished_at_ms=row.changed_at_ms,
        may_reopen=may_reopen,
        page_version=ticket_version(row),
    )
