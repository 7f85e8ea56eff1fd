"""The health of everything, and the worst of it in a word."""

from collections.abc import Iterable, Sequence

from server.web.parts import Parts
from server.wire.messages import DeviceState, DeviceStatus, Health, StationHealth, to_time
from server.wire.reports import device_status

ITSELF = "server"
WORST_FIRST: Sequence[DeviceState] = (
    DeviceState.OFFLINE,
    DeviceState.FAULT,
    DeviceState.WARNING,
    DeviceState.UNKNOWN,
    DeviceState.READY,
)


def health_now(here: Parts) -> Health:
    """What stations, devices and the server's own parts reported; out of memory, so a monitor may ask often."""
    stations, own = list(here.reports.stations()), own_parts(here)
    return Health(
        state=worst([*(one.state for one in own), *_states(stations)]),
        epoch=here.epoch,
        version=here.version,
        broker=here.reports.linked,
        server=own,
        stations=stations,
    )


def own_parts(here: Parts) -> list[DeviceStatus]:
    """The server's own parts as devices."""
    at = to_time(here.now().wall_ms)
    return [device_status(ITSELF, name, health, at) for name, health in here.condition.parts().items()]


def worst(states: Iterable[DeviceState]) -> DeviceState:
    """The state that wants somebody first; of nothing: nobody knows."""
    return min(states, key=WORST_FIRST.index, default=DeviceState.UNKNOWN)


def _states(stations: Iterable[StationHealth]) -> Iterable[DeviceState]:
    for station in stations:
        yield DeviceState.READY if station.online else DeviceState.OFFLINE
        yield from (one.state for one in station.devices)
