"""Issue a ticket: check service and hours, take the next number, record one fact."""

from collections.abc import Collection
from dataclasses import replace

from config.clock import Now
from server.commands.calling import call_ready_counters
from server.commands.common import (
    CommandResult,
    IdFactory,
    check_procedure,
    idempotent,
    require_handled_here,
    require_open_day,
    require_served_service,
    require_service,
)
from server.commands.day_schedule import open_when_due
from server.commands.jobs import make_job, require_printer
from server.commands.kept import stopped_now
from server.commands.numbers import next_number
from server.commands.repeats import refuse_second_number
from server.domain.actor import Actor, require_permission
from server.domain.calendar import Opening
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import TicketIssued
from server.domain.moves import Move
from server.domain.queue.choice import sort_key_at
from server.store import Tx
from server.store.personal import store_visitor_token
from server.store.queries import issued_count, visitor_token_of
from server.wire.messages import IssueTicket


def issue(
    tx: Tx, actor: Actor, now: Now, request: IssueTicket, ids: IdFactory, printers: Collection[str] | None = None
) -> CommandResult:
    """Issue a ticket. A ready counter may call it at once.

    ``print_at`` in the request creates a print job for that station, which must be one of ``printers`` (None: any).
    Raises ``unknown_service``, ``day_closed``, ``no_counter``, ``service_closed``, ``full``, ``bad_request``,
    and ``not_allowed`` for a second number of one touch sequence.
    """
    actor = require_permission(actor, Move.ISSUE)
    result = idempotent(tx, actor, now, request, "", lambda: _issue(tx, actor, now, request, ids, printers))
    if result.repeated and result.ticket is not None:
        return replace(result, visitor_token=visitor_token_of(tx.connection, result.ticket))
    return result


def _issue(
    tx: Tx, actor: Actor, now: Now, request: IssueTicket, ids: IdFactory, printers: Collection[str] | None
) -> CommandResult:
    service = require_service(tx, request.service)
    procedure = check_procedure(tx, request.procedure, service.id)
    if request.print_at is not None:
        require_printer(printers, request.print_at, Need.PRINT_AT)
    refuse_second_number(tx, actor, now, request)
    open_when_due(tx, now)
    day = require_open_day(tx)
    half_day = _require_capacity(tx, now, service.id)
    head_start_ms = tx.office.head_start_ms(request.ticket_class)
    seq, number = next_number(tx, now, day, service)
    ticket, visitor_token = ids.ticket(), ids.visitor_token()
    issued = TicketIssued(
        ticket=ticket,
        service=service.id,
        number=number,
        office=tx.office.id,
        prefix=service.prefix,
        seq=seq,
        procedure=procedure,
        ticket_class=request.ticket_class.value,
        head_start_ms=head_start_ms,
        key=sort_key_at(tx.queue_ms(now), head_start_ms),
        half=half_day,
        station=request.station,
        slip=request.slip,  # whether the station prints one
    )
    tx.record(issued, actor, now, is_command_result=True)
    store_visitor_token(tx.connection, visitor_token, ticket, day)
    print_job = None
    if request.print_at is not None:
        station = request.print_at
        print_job = make_job(tx, actor, now, station, "slip", ticket=ticket, origin="staff", is_command_result=False)
    call_ready_counters(tx, now)
    return CommandResult(ticket, None, print_job, visitor_token)


def _require_capacity(tx: Tx, now: Now, service: str) -> str:
    """Return the half-day to which the number counts, am or pm. Raises a refusal when none is issued now."""
    require_handled_here(tx, service)
    require_served_service(tx, service)
    status = tx.opening_status(now, service)
    error_values = {"service": service, "when_ms": status.next_open_ms}
    definition = tx.office.services[service]
    if definition.closed:
        raise Refused(Refusal.SERVICE_CLOSED, values={"service": service, "when_ms": None})
    stop = stopped_now(tx).get(service)
    if stop is not None:
        opens_ms = tx.office.reopens_ms(stop, is_date_unknown=tx.head.doubt is not None)
        raise Refused(Refusal.SERVICE_CLOSED, values={"service": service, "when_ms": opens_ms})
    if status.opening is not Opening.OPEN:
        raise Refused(Refusal.SERVICE_CLOSED, values=error_values)
    capacity = definition.capacity
    if capacity is not None and issued_count(tx.connection, tx.day, service, status.half_day) >= capacity:
        raise Refused(Refusal.FULL, values=error_values | {"when_ms": reopens_ms(tx, now, service)})
    return status.half_day


def reopens_ms(tx: Tx, now: Now, service: str) -> int | None:
    """Return when a full service issues numbers again, UTC ms; None if unknown."""
    status = tx.opening_status(now, service)
    if status.next_change_ms is None:
        return None
    return tx.office.opening_status(status.next_change_ms, service).next_open_ms
