"""Endpoints of tickets and ratings."""

from pydantic import Field

from config.clock import Now
from server import commands, views
from server.commands import CommandResult, IdFactory
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.web.api.endpoint import ApiRequest, NoBody
from server.web.api.requests import (
    actor_of,
    may_see_dossiers,
    presence_unless_forbidden,
    run_command,
    ticket_after,
    ticket_of,
)
from server.web.shared.callers import current_caller
from server.web.shared.context import printing_stations
from server.web.shared.errors import Rejected
from server.web.shared.identity import new_visitor_token
from server.wire.messages import (
    Ask,
    Date,
    IssueTicket,
    MoveTicket,
    Printed,
    ProblemCode,
    Rate,
    Ticket,
    Tickets,
    UndoMove,
)


class TicketQuery(Ask):
    """``day``: a date, None for the open day.

    ``after``: the field ``next`` of the previous page. ``state`` None: any state; ``limit``: at most so many tickets on
    a page.
    """

    day: Date | None = None
    state: TicketState | None = None
    after: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$")
    limit: int = Field(default=100, ge=1, le=1000)


def issue(request: ApiRequest[IssueTicket]) -> Ticket:
    actor, ids = actor_of(request), IdFactory(request.context.new_ticket_id, new_visitor_token)
    printers = printing_stations(request.context)
    device, with_dossier = current_caller().device, may_see_dossiers()
    if device is not None and request.body.print_at not in (None, device.id):
        raise Rejected(ProblemCode.FORBIDDEN, errors=["print_at: not the caller's printer"])

    def work(tx: Tx, now: Now) -> Ticket:
        result = commands.issue(tx, actor, now, request.body, ids, printers)
        # A new ticket has no dossier; that of an earlier request may have one.
        return ticket_of(
            request.context.store.snapshot_of(tx, now), result, with_dossier=result.repeated and with_dossier
        )

    return run_command(request, work)


def get_ticket(request: ApiRequest[NoBody]) -> Ticket:
    with request.context.store.read() as snapshot:
        return ticket_of(snapshot, CommandResult(ticket=request.ids["id"]), with_dossier=may_see_dossiers())


def list_tickets(request: ApiRequest[NoBody]) -> Tickets:
    query: TicketQuery = request.query
    after = int(query.after or 0)
    with request.context.store.read() as snapshot:
        items, next_after = views.tickets_page(
            snapshot, query.day, query.state, after=after, limit=query.limit, with_dossiers=may_see_dossiers()
        )
    return Tickets(items=items, next=next_after)


def move_ticket(request: ApiRequest[MoveTicket]) -> Ticket:
    actor, ticket = actor_of(request, request.body.counter), request.ids["id"]
    with_dossier = may_see_dossiers()
    with presence_unless_forbidden(request, request.body.counter):
        return ticket_after(
            request,
            lambda tx, now: commands.move_ticket(tx, actor, now, ticket, request.body),
            with_dossier=with_dossier,
        )


def undo_move(request: ApiRequest[UndoMove]) -> Ticket:
    actor, ticket = actor_of(request, request.body.counter), request.ids["id"]
    with_dossier = may_see_dossiers()
    with presence_unless_forbidden(request, request.body.counter):
        return ticket_after(
            request,
            lambda tx, now: commands.undo_move(tx, actor, now, ticket, request.body),
            with_dossier=with_dossier,
        )


def report_print(request: ApiRequest[Printed]) -> Ticket:
    actor, ticket = actor_of(request), request.ids["id"]

    def report(tx: Tx, now: Now) -> CommandResult:
        commands.report_print(tx, actor, now, ticket, request.body)
        return CommandResult(ticket=ticket)

    return ticket_after(request, report, with_dossier=may_see_dossiers())


def rate(request: ApiRequest[Rate]) -> None:
    actor = actor_of(request)
    run_command(request, lambda tx, now: commands.rate(tx, actor, now, request.body))
