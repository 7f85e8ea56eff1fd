"""Where a ticket can be sent: services with their counters and clerks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.domain.office import CounterDefinition, ServiceDefinition
from server.domain.queue.counter import CounterState
from server.store import Snapshot
from server.store.queries import places_and_lines
from server.store.queries.queue import PlaceOrLine


@dataclass(frozen=True, slots=True)
class DestinationCounter:
    """A counter that serves a service now. ``clerk``: the one there, None: nobody; ``clerk_name``: for people."""

    counter: CounterDefinition
    state: CounterState
    clerk: str | None
    clerk_name: str | None


@dataclass(frozen=True, slots=True)
class Destination:
    """A service to which a ticket can be sent. ``waiting``: how many people wait for it."""

    service: ServiceDefinition
    waiting: int
    counters: Sequence[DestinationCounter]

    @property
    def open_count(self) -> int:
        """The number of its counters that are open."""
        return sum(place.state is CounterState.OPEN for place in self.counters)


def destinations(snapshot: Snapshot) -> Sequence[Destination]:
    """Return the services of a counter in the office's order, closed ones too."""
    office, rows = snapshot.office, places_and_lines(snapshot.connection, snapshot.head.day)
    counters = {row.id: row for row in rows if row.state is not None}
    waiting = {row.id: row.waiting for row in rows if row.state is None}
    return [
        Destination(service, waiting.get(service.id, 0), _places(snapshot, service.id, counters))
        for service in office.services.values()
        if office.counters_of(service.id)
    ]


def _places(snapshot: Snapshot, service: str, counters: Mapping[str, PlaceOrLine]) -> Sequence[DestinationCounter]:
    office = snapshot.office
    places = []
    for counter in office.counters_of(service):
        row = counters[counter]
        clerk = row.clerk if row.clerk is not None and service in office.serves(counter, row.clerk) else None
        name = None if clerk is None else office.clerks[clerk].name
        places.append(
            DestinationCounter(office.counters[counter], CounterState(row.state or CounterState.CLOSED), clerk, name)
        )
    return places
