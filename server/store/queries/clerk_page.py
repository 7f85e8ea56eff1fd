"""The tickets of a clerk's page.

The numbers of statements and of rows are bounded, however many people wait.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, func, select, union_all

from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.queries.calls import CallRow, calls_of
from server.store.queries.facts import RecordedFact, facts_for_clerk_page
from server.store.queries.next_ticket import LINE_START
from server.store.queries.ticket_rows import LegRow, TicketRow, legs_of
from server.store.statement import Statement

MAX_SERVED_LISTED = 8
"""The page lists at most so many of the tickets that were served last."""
WHOLE_LISTS = 1_000_000
"""More tickets than ever wait."""


@dataclass(frozen=True, slots=True)
class PageTickets:
    """The tickets of one counter's page, unsorted.

    ``open``: the ticket that is called to the counter or being served there, None without one. ``waiting``, and
    ``missed`` (visitors who did not come to the call): tickets of the counter's services, of any counter: at least the
    first ones that the page lists. ``waiting_count`` and ``missed_count``: how many there are; ``first_issued``: the
    smallest issue sequence of the waiting tickets, by service. ``held``: held by this counter; ``served``: the
    ``MAX_SERVED_LISTED`` that it served last. ``looked_up``: the tickets of the day that were asked for by id, at any
    counter. ``dossiers``: the codes of dossiers by the id of the ticket, of the tickets that have one. ``notes``:
    clerks' notes by the id of the ticket, of the tickets that have any.
    """

    open: TicketRow | None
    waiting: list[TicketRow]
    held: list[TicketRow]
    missed: list[TicketRow]
    served: list[TicketRow]
    looked_up: list[TicketRow]
    dossiers: Mapping[str, str]
    notes: Mapping[str, "TicketNotes"]
    waiting_count: int
    missed_count: int
    first_issued: Mapping[str, int]


def page_tickets(
    connection: Connection,
    day: str | None,
    counter: str,
    services: Collection[str],
    looked_up: Collection[str] = (),
    most: int = WHOLE_LISTS,
    *,
    also: Collection[str] = (),
) -> PageTickets:
    """Return the tickets that the page of ``counter`` shows.

    ``services``: those that the counter serves; ``looked_up``: ids of further tickets; ``most``: how many waiting and
    how many missed tickets the page lists at most, at least 2. ``also``: those of ``services`` whose tickets may be
    behind the others; the first ones of these and of the others are read apart.
    """
    of_services = {"day": day, "services": list(services)}
    lines = {"main": [service for service in services if service not in also], "also": list(also)}
    listed = _LISTED.all(connection, **of_services, **lines, counter=counter, most=most)
    asked_for = _LOOKED_UP.all(connection, day=day, looked_up=looked_up) if looked_up else []
    counts = _COUNTS.all(connection, **of_services)
    by_state: dict[TicketState, list[TicketRow]] = {state: [] for state in TicketState}
    for ticket in listed:
        by_state[ticket.state].append(ticket)
    return PageTickets(
        open=next(iter([*by_state[TicketState.CALLED], *by_state[TicketState.SERVING]]), None),
        waiting=by_state[TicketState.WAITING],
        held=by_state[TicketState.HELD],
        missed=by_state[TicketState.NO_SHOW],
        served=by_state[TicketState.SERVED],
        looked_up=list(asked_for),
        dossiers={row.id: row.dossier for row in [*listed, *asked_for] if row.dossier is not None},
        notes={row.id: notes for row in [*listed, *asked_for] if (notes := TicketNotes(row.note, row.handover)).exist},
        waiting_count=sum(count for state, _, count, _ in counts if state == TicketState.WAITING),
        missed_count=sum(count for state, _, count, _ in counts if state == TicketState.NO_SHOW),
        first_issued={service: seq for state, service, _, seq in counts if state == TicketState.WAITING},
    )


@dataclass(frozen=True, slots=True)
class TicketNotes:
    """Clerks' notes about a ticket, None without one.

    ``note``: with the ticket; ``handover``: for the colleague to whom it was sent.
    """

    note: str | None = None
    handover: str | None = None

    @property
    def exist(self) -> bool:
        """True when there is at least one."""
        return self.note is not None or self.handover is not None


NO_NOTES = TicketNotes()


@dataclass(frozen=True, slots=True)
class _PageRow(TicketRow):
    """A ticket of the page. ``dossier``: the code of its dossier, None without one; the others as ``TicketNotes``."""

    dossier: str | None
    note: str | None
    handover: str | None


_c = t.ticket.c
_ON_DAY, _AT_COUNTER = _c.day == bindparam("day"), _c.counter == bindparam("counter")
_OF_SERVICES = _c.service.in_(bindparam("services", expanding=True))
_DOSSIER = select(t.dossier.c.code).where(t.dossier.c.ticket == _c.id).scalar_subquery()


def _note_of(kind: str) -> ColumnElement[str]:
    """Select the note of a kind, of the ticket of the row."""
    of_ticket = (t.ticket_note.c.ticket == _c.id, t.ticket_note.c.kind == kind)
    return select(t.ticket_note.c.text).where(*of_ticket).scalar_subquery().label(kind)


_ROWS = select(t.ticket, _DOSSIER.label("dossier"), _note_of("note"), _note_of("handover"))


def _listed_ids() -> Sequence[Select[Any]]:
    """Select the ids of the open ticket and of those in the page's lists."""
    ids, newest_first = select(_c.id), (_c.changed_ms.desc(), _c.issue_seq)
    missed = ids.where(_ON_DAY, _c.state == TicketState.NO_SHOW, _OF_SERVICES).order_by(*newest_first)
    served = ids.where(_ON_DAY, _AT_COUNTER, _c.state == TicketState.SERVED).order_by(*newest_first)
    return (
        *LINE_START,
        ids.where(_AT_COUNTER, t.TICKET_IS_OPEN),
        ids.where(_ON_DAY, _AT_COUNTER, _c.state == TicketState.HELD),
        select(missed.limit(bindparam("most", type_=Integer)).subquery().c.id),
        select(served.limit(MAX_SERVED_LISTED).subquery().c.id),
    )


_LISTED = Statement(_ROWS.where(_c.id.in_(union_all(*_listed_ids()))), _PageRow)
_LOOKED_UP = Statement(_ROWS.where(_ON_DAY, _c.id.in_(bindparam("looked_up", expanding=True))), _PageRow)
_COUNTS = Statement(
    select(_c.state, _c.service, func.count(), func.min(_c.issue_seq))
    .where(_ON_DAY, _c.state.in_([TicketState.WAITING, TicketState.NO_SHOW]), _OF_SERVICES)
    .group_by(_c.state, _c.service)
)


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """The past of a ticket that its clerk's page shows, oldest first.

    ``facts``: of calls, calls shown, returns and deferrals.
    """

    calls: Sequence[CallRow] = ()
    legs: Sequence[LegRow] = ()
    facts: Sequence[RecordedFact] = ()


def ticket_histories(
    connection: Connection, tickets: Collection[str], legs_only: Collection[str] = ()
) -> Mapping[str, TicketHistory]:
    """Return the histories of ``tickets``, and those of ``legs_only`` without calls and facts.

    Runs at most three statements, and none without ids.
    """
    with_legs = {*tickets, *legs_only}
    calls = calls_of(connection, tickets) if tickets else {}
    legs = legs_of(connection, with_legs) if with_legs else {}
    facts = facts_for_clerk_page(connection, tickets) if tickets else {}
    return {
        ticket: TicketHistory(calls.get(ticket, ()), legs.get(ticket, ()), facts.get(ticket, ()))
        for ticket in with_legs
    }
