"""Moves that send a ticket to another service.

Maybe to a certain counter or person, and maybe back again afterwards.
"""

from collections.abc import Mapping
from typing import Any

from config.clock import Now
from server.commands.common import (
    bad_request,
    check_procedure,
    require_counter_in_use,
    ticket_fields,
)
from server.commands.notes import note_text
from server.commands.refused_moves import at_other_counter
from server.domain.actor import Actor
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import TicketFinished, TicketReturned, TicketSentOn, TicketTransferred
from server.domain.queue.choice import sort_key_at
from server.domain.queue.counter import CounterState
from server.domain.queue.stops import Stop, Stops, lasting_pin, pin_at_stop, stops_after, stops_data, stops_of
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.personal import NoteKind, store_note
from server.store.queries import CounterRow, TicketRow, counter_of_clerk, counter_row, counter_rows
from server.wire.messages import MoveTicket


def finish(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    """Finish the ticket here.

    A ticket that a colleague sent here "and back" goes back to that colleague.
    """
    record_finish(tx, actor, now, row, outcome_of(tx, row, request), is_command_result=True)


def record_finish(
    tx: Tx, actor: Actor, now: Now, row: TicketRow, outcome: str, *, is_command_result: bool = False
) -> None:
    """Record the end of service with its outcome.

    A ticket with a way back waits again where it was sent from.
    ``is_command_result`` as in ``Tx.record``.
    """
    stops = stops_of(row.stops)
    if not stops or not tx.office.counters_of(stops[-1].service):
        finished = TicketFinished(**ticket_fields(row), outcome=outcome)
        tx.record(finished, actor, now, is_command_result=is_command_result)
        return
    stop = stops[-1]
    pin, pin_clerk = _pin_at(tx, stop)
    sent_back = TicketSentOn(
        **ticket_fields(row, service=stop.service),
        outcome=outcome,
        procedure=stop.procedure,
        pin=pin,
        pin_clerk=pin_clerk,
        stops=stops_data(stops[:-1]),
        sender=_sender(tx, row.counter),
    )
    tx.record(sent_back, actor, now, is_command_result=is_command_result)
    store_note(tx.connection, row.id, NoteKind.HANDOVER, None)


def _pin_at(tx: Tx, stop: Stop) -> tuple[str | None, str | None]:
    counters = counter_rows(tx.connection)
    serving = [row.counter for row in counters.values() if may_serve_now(tx, row, stop.service)]
    place = None if stop.clerk is None else counter_of_clerk(tx.connection, stop.clerk)
    return pin_at_stop(stop, None if place is None else place.counter, counters[stop.counter].state, serving)


def record_return(tx: Tx, actor: Actor, now: Now, row: TicketRow, *, is_command_result: bool = False) -> None:
    """Record that a missed ticket waits again.

    It waits for the counter or clerk to whom it was sent. ``is_command_result`` as in ``Tx.record``.
    """
    pin, pin_clerk = pins_that_last(tx, row)
    key = sort_key_at(tx.queue_ms(now), row.head_start_ms)
    returned = TicketReturned(**ticket_fields(row), key=key, pin=pin, pin_clerk=pin_clerk)
    tx.record(returned, actor, now, is_command_result=is_command_result)


def pins_that_last(tx: Tx, row: TicketRow) -> tuple[str | None, str | None]:
    """Return the ticket's pin as far as that counter or clerk can still call it."""
    able = [
        counter
        for counter, place in counter_rows(tx.connection).items()
        if place.state is not CounterState.CLOSED and may_serve_now(tx, place, row.service)
    ]
    place = None if row.pin_clerk is None else counter_of_clerk(tx.connection, row.pin_clerk)
    return lasting_pin((row.pin, row.pin_clerk), None if place is None else place.counter, able)


def may_serve_now(tx: Tx, counter: CounterRow, service: str) -> bool:
    """Return whether the counter serves ``service`` with the clerk who is there."""
    return not tx.office.counters[counter.counter].closed and service in tx.office.serves(
        counter.counter, counter.clerk
    )


def outcome_of(tx: Tx, row: TicketRow, request: MoveTicket) -> str:
    """Return the requested outcome, else the service's default.

    A keypad has only one key for "finish", without an outcome.
    """
    return tx.office.services[row.service].outcome if request.outcome is None else request.outcome.value


def finish_next(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    """Finish the ticket here, and let it wait for another service."""
    assert request.service is not None
    _check_pins(tx, request, request.service)
    procedure = check_procedure(tx, request.procedure, request.service)
    sent_on = TicketSentOn(
        **ticket_fields(row, service=request.service),
        outcome=outcome_of(tx, row, request),
        procedure=procedure,
        pin=request.pin,
        pin_clerk=request.pin_clerk,
        stops=stops_data(stops_after(stops_of(row.stops), request.service)),
        sender=_sender(tx, row.counter),
    )
    tx.record(sent_on, actor, now, is_command_result=True)
    store_note(tx.connection, row.id, NoteKind.HANDOVER, note_text(request.note))


def transfer(tx: Tx, actor: Actor, now: Now, row: TicketRow, request: MoveTicket) -> None:
    """Let the ticket wait for another service, counter or clerk, and maybe come back afterwards."""
    assert request.service is not None
    at_counter = row.state in (TicketState.CALLED, TicketState.SERVING)
    if at_counter and request.counter != row.counter:
        raise bad_request(Need.COUNTER) if request.counter is None else at_other_counter(tx, row)
    _check_pins(tx, request, request.service)
    kept_procedure = row.procedure if request.service == row.service else None
    procedure = kept_procedure if request.procedure is None else check_procedure(tx, request.procedure, request.service)
    transferred = TicketTransferred(
        **ticket_fields(row, service=request.service),
        source=row.state,
        procedure=procedure,
        pin=request.pin,
        reason=request.reason or None,
        pin_clerk=request.pin_clerk,
        stops=stops_data(_stops_of_transfer(tx, row, request)),
        sender=_sender(tx, request.counter or row.counter),
    )
    tx.record(transferred, actor, now, is_command_result=True)
    store_note(tx.connection, row.id, NoteKind.HANDOVER, note_text(request.note))


def _stops_of_transfer(tx: Tx, row: TicketRow, request: MoveTicket) -> Stops:
    """Return the stops of a transferred ticket.

    Raises ``bad_request`` for a way back from nowhere, to a counter that does not serve the ticket, or from the same
    line.
    """
    assert request.service is not None
    stops = stops_of(row.stops)
    if not request.back:
        return stops_after(stops, request.service)
    here = request.counter
    if here is None or row.service not in tx.office.services_of(here):
        raise bad_request(Need.BACK)
    clerk = counter_row(tx.connection, here).clerk
    other = request.pin not in (None, here) or request.pin_clerk not in (None, clerk)
    if request.service == row.service and not other:
        raise bad_request(Need.BACK)
    return (*stops, Stop(row.service, row.procedure, here, clerk))


def _sender(tx: Tx, counter: str | None) -> Mapping[str, Any] | None:
    """Return the counter, and the clerk there, who send a ticket; None without a counter."""
    return None if counter is None else {"counter": counter, "clerk": counter_row(tx.connection, counter).clerk}


def _check_pins(tx: Tx, request: MoveTicket, service: str) -> None:
    """Raise ``bad_request`` for a counter without ``service``, and for a clerk who cannot call it.

    Raises ``not_found`` for a counter that is unknown or no longer used: nobody would ever call the ticket there. One
    ticket has one pin.
    """
    if request.pin is not None:
        require_counter_in_use(tx, request.pin)
        if service not in tx.office.services_of(request.pin):
            raise Refused(Refusal.BAD_REQUEST, need=Need.PIN, values={"detail": f"pin {request.pin}"})
    if request.pin_clerk is not None:
        place = counter_of_clerk(tx.connection, request.pin_clerk)
        if request.pin is not None or place is None or not may_serve_now(tx, place, service):
            raise Refused(Refusal.BAD_REQUEST, need=Need.PIN_CLERK, values={"detail": f"clerk {request.pin_clerk}"})


def clerk_pin_lasts(tx: Tx, row: TicketRow) -> bool:
    """Return whether the ticket's only clerk is at a counter that serves it."""
    assert row.pin_clerk is not None
    place = counter_of_clerk(tx.connection, row.pin_clerk)
    return place is not None and may_serve_now(tx, place, row.service)
