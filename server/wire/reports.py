"""Build the messages in which a station reports itself and its devices."""

import socket
from collections.abc import Iterable
from importlib.metadata import version
from typing import Literal, Protocol

from config.clock import Now
from server.wire.messages import DeviceState, DeviceStatus, StationStatus, to_time

StationKind = Literal["kiosk", "counter", "display", "sign"]


def client_id(station: str, boot: str) -> str:
    """Return the MQTT client id of one run (``boot``) of a station.

    The broker disconnects the older of two clients with the same id, so stations with the same name need different ids.
    """
    return f"{station}-{boot}"


def presence(station: str, kind: StationKind, boot: str, now: Now, devices: Iterable[str] = ()) -> tuple[bytes, bytes]:
    """Return the message that the station is online, and its will.

    ``boot``: a new id per run. ``devices``: the names of those in its settings, so that the server notices a device
    that never reports.
    """
    online = StationStatus(
        station=station,
        kind=kind,
        online=True,
        boot=boot,
        at=to_time(now.wall_ms),
        version=version("luot"),
        devices=sorted(devices),
        machine=socket.gethostname()[:100],
    )
    offline = online.model_copy(update={"online": False, "at": None})
    return online.model_dump_json().encode(), offline.model_dump_json().encode()


class ReportableHealth(Protocol):
    """A device's health, implemented by ``hardware.ports.DeviceHealth``; the wire does not import hardware."""

    @property
    def state(self) -> str: ...

    @property
    def code(self) -> str | None: ...

    @property
    def detail(self) -> str: ...

    @property
    def left_slips(self) -> int | None: ...

    @property
    def since_ms(self) -> int | None: ...

    @property
    def last_code(self) -> str | None: ...

    @property
    def last_ms(self) -> int | None: ...


def device_status(
    station: str, device: str, health: ReportableHealth, at: str, *, since: str | None = None
) -> DeviceStatus:
    """Return the report of one device, made at ``at``.

    The report's ``since`` is the health's own ``since_ms``, else ``since``, else ``at``.
    """
    return DeviceStatus(
        station=station,
        device=device,
        state=DeviceState(health.state),
        code=health.code,
        since=(None if health.since_ms is None else to_time(health.since_ms)) or since or at,
        at=at,
        left_slips=health.left_slips,
        detail=health.detail or None,
        last_code=health.last_code,
        last_at=None if health.last_ms is None else to_time(health.last_ms),
    )
