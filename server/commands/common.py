"""Helper functions that several commands use: results, repeated requests, and lookups that raise refusals."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from config.clock import Now
from server.domain.actor import Actor
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import RequestRecorded, TicketFields
from server.domain.office import CounterDefinition, ServiceDefinition
from server.store.chain import canonical
from server.store.queries import RequestRow, TicketRow, find_request, find_ticket
from server.store.transaction import Request, Tx
from server.wire.messages import Ask


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The ids of the ticket, counter and job that a request was about.

    An id is None where the request was about no such thing. Views turn the ids into messages and pages.

    ``visitor_token``: the secret at the end of the address on the slip, which opens the visitor's page; only ``issue``
    returns it. ``repeated``: the request had been carried out before, and this is its earlier result.
    """

    ticket: str | None = None
    counter: str | None = None
    job: str | None = None
    visitor_token: str | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class IdFactory:
    """Functions that return new ids.

    ``ticket`` returns an id such as ``t-9f2c…``, ``visitor_token`` a secret of 128 random bits.
    """

    ticket: Callable[[], str]
    visitor_token: Callable[[], str]


def idempotent(
    tx: Tx, actor: Actor, now: Now, request: Ask, subject: str, run: Callable[[], CommandResult]
) -> CommandResult:
    """Call ``run`` once per request; return the earlier result to a repeated request.

    ``subject`` is the id in the address of the request, such as a counter's; empty if there is none. The same
    ``request_id`` with another body or another ``subject`` raises ``request_reused``.
    """
    body = request.model_dump(mode="json", by_alias=True)
    if body.get("earlier", "") is None:  # a newer field: without it, a request has the hash of earlier releases
        del body["earlier"]
    request_id: str = body["request_id"]
    digest = hashlib.sha256(canonical([type(request).__name__, subject, body]).encode()).hexdigest()
    earlier = earlier_request(tx, actor, request_id)
    if earlier is not None:
        if earlier.hash != digest:
            raise Refused(Refusal.REQUEST_REUSED)
        return CommandResult(earlier.ticket, earlier.counter, earlier.job, repeated=True)
    tx.pending_request = Request(actor.caller, request_id, digest)
    result = run()
    if tx.pending_request is not None:  # no fact of this command was recorded as its result
        recorded = RequestRecorded(ticket=result.ticket, counter=result.counter, job=result.job)
        tx.record(recorded, actor, now, is_command_result=True)
    return replace(result, repeated=False)


def was_carried_out(tx: Tx, actor: Actor, request_id: str | None) -> bool:
    """Return whether this caller's request was carried out before."""
    return request_id is not None and earlier_request(tx, actor, request_id) is not None


def earlier_request(tx: Tx, actor: Actor, request_id: str) -> RequestRow | None:
    """Return the request if this caller sent it before, in whichever of the roles."""
    requests = (find_request(tx.connection, caller, request_id) for caller in actor.callers)
    return next((request for request in requests if request is not None), None)


def bad_request(need: Need) -> Refused:
    """Return the refusal ``bad_request``; ``need`` names the field that is missing or wrong."""
    return Refused(Refusal.BAD_REQUEST, need=need, values={"detail": need.value})


def ticket_fields(row: TicketRow, counter: str | None = None, service: str | None = None) -> TicketFields:
    """Return the fields that most facts of a ticket begin with.

    Counter and service are the ticket's own unless others are given.
    """
    return {
        "ticket": row.id,
        "counter": counter or row.counter,
        "service": service or row.service,
        "number": row.number,
    }


def require_ticket(tx: Tx, ticket: str) -> TicketRow:
    """Return the ticket. Raises ``not_found``."""
    row = find_ticket(tx.connection, ticket)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"ticket": ticket})
    return row


def require_counter(tx: Tx, counter: str) -> CounterDefinition:
    """Return the counter of the office. Raises ``not_found``."""
    row = tx.office.counters.get(counter)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"counter": counter})
    return row


def require_counter_in_use(tx: Tx, counter: str) -> None:
    """Raise ``not_found`` for a counter that is unknown or no longer used."""
    if require_counter(tx, counter).closed:
        raise Refused(Refusal.NOT_FOUND, values={"counter": counter})


def require_service(tx: Tx, service: str) -> ServiceDefinition:
    """Return the service of the office. Raises ``unknown_service``."""
    row = tx.office.services.get(service)
    if row is None:
        raise Refused(Refusal.UNKNOWN_SERVICE, values={"service": service}, allowed=tuple(tx.office.services))
    return row


def require_served_service(tx: Tx, service: str) -> None:
    """Raise ``no_counter`` for a service that no counter, open or closed, has in the settings."""
    if not tx.office.counters_of(service):
        raise Refused(Refusal.NO_COUNTER, values={"service": service})


def require_handled_here(tx: Tx, service: str) -> None:
    """Raise ``service_closed`` for a service that is handled elsewhere, with the place."""
    place = tx.office.services[service].place
    if place is not None:
        values = {"service": service, "when_ms": None, "place": place}
        raise Refused(Refusal.SERVICE_CLOSED, need=Need.ELSEWHERE, values=values)


def require_open_day(tx: Tx) -> str:
    """Return the id of the open day. Raises ``day_closed``."""
    if tx.day is None:
        raise Refused(Refusal.DAY_CLOSED)
    return tx.day


def check_procedure(tx: Tx, procedure: str | None, service: str) -> str | None:
    """Return the id of the procedure, which must belong to the service. Raises ``bad_request``.

    None, where no procedure was chosen, is returned as it is.
    """
    if procedure is None:
        return None
    row = tx.office.procedures.get(procedure)
    if row is None or row.service != service:
        raise Refused(Refusal.BAD_REQUEST, need=Need.PROCEDURE, values={"detail": f"procedure {procedure}"})
    return procedure
