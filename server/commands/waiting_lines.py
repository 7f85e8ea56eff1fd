"""People who wait for a service that loses its last counter."""

from collections.abc import Mapping

from config.clock import Now
from server.commands.common import bad_request, ticket_fields
from server.domain.actor import Actor
from server.domain.errors import Need
from server.domain.facts import TicketTransferred
from server.domain.office import OfficeDefinition
from server.domain.queue.stops import stops_after, stops_data, stops_of
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import TicketRow, tickets_of

LineMoves = Mapping[str, str]
"""By service: the service to which its waiting people are transferred."""

MOVED_STATES = (TicketState.WAITING, TicketState.HELD)
"""People in these states are moved; those at a counter are served there."""


def unserved_lines(tx: Tx, before: OfficeDefinition, after: OfficeDefinition) -> Mapping[str, int]:
    """Return how many people wait for each service that loses its last counter."""
    lost = [service for service in before.services if before.counters_of(service) and not after.counters_of(service)]
    lines = {service: len(_line(tx, service)) for service in lost}
    return {service: waiting for service, waiting in lines.items() if waiting}


def move_lines(tx: Tx, actor: Actor, now: Now, moves: LineMoves) -> None:
    """Transfer all who wait for each service, with their places kept.

    Raises ``bad_request`` for a service without a counter, and for one that is itself moved.
    """
    for service, target in moves.items():
        if target in moves or target not in tx.office.services or not tx.office.counters_of(target):
            raise bad_request(Need.SERVICE)
        for row in _line(tx, service):
            _transfer(tx, actor, now, row, target)


def _line(tx: Tx, service: str) -> list[TicketRow]:
    return tickets_of(tx.connection, tx.day, MOVED_STATES, services=(service,))


def _transfer(tx: Tx, actor: Actor, now: Now, row: TicketRow, service: str) -> None:
    transferred = TicketTransferred(
        **ticket_fields(row, service=service),
        source=row.state,
        procedure=None,
        pin=None,
        reason=None,
        stops=stops_data(stops_after(stops_of(row.stops), service)),
    )
    tx.record(transferred, actor, now)
