"""The health of the server's parts, the stations and their devices, with the worst state."""

from collections.abc import Iterable, Sequence

from server.web.shared.context import AppContext
from server.wire.messages import DeviceState, DeviceStatus, Health, StationHealth, to_time
from server.wire.reports import device_status

SERVER_STATION = "server"
"""The station under which the server's own parts are reported."""
WORST_FIRST: Sequence[DeviceState] = (
    DeviceState.OFFLINE,
    DeviceState.FAULT,
    DeviceState.WARNING,
    DeviceState.UNKNOWN,
    DeviceState.READY,
)


def health_now(context: AppContext) -> Health:
    """Return the health of stations, devices and the server's own parts, as reported last.

    All reports are in memory, so a monitor may call this often.
    """
    stations, server = list(context.reports.stations()), server_parts(context)
    return Health(
        state=worst([*(device.state for device in server), *_states(stations)]),
        epoch=context.epoch,
        version=context.version,
        broker=context.reports.connected,
        server=server,
        stations=stations,
    )


def server_parts(context: AppContext) -> list[DeviceStatus]:
    """Return the server's own parts as devices of the station ``server``."""
    reported_at = to_time(context.now().wall_ms)
    return [
        device_status(SERVER_STATION, name, health, reported_at)
        for name, health in context.server_health.parts().items()
    ]


def worst(states: Iterable[DeviceState]) -> DeviceState:
    """Return the worst of the states; unknown for no states."""
    return min(states, key=WORST_FIRST.index, default=DeviceState.UNKNOWN)


def _states(stations: Iterable[StationHealth]) -> Iterable[DeviceState]:
    for station in stations:
        yield DeviceState.READY if station.online else DeviceState.OFFLINE
        yield from (device.state for device in station.devices)
