"""What a station reports of itself and of its devices, as messages."""

import socket
from collections.abc import Iterable
from importlib.metadata import version
from typing import Literal, Protocol

from config.clock import Now
from server.wire.messages import DeviceState, DeviceStatus, StationStatus, to_time


def client_id(station: str, boot: str) -> str:
    """Return the MQTT client id of one start: two stations with one name must not throw each other out."""
    return f"{station}-{boot}"


def itself(
    station: str,
    kind: Literal["kiosk", "counter", "display", "sign"],
    boot: str,
    now: Now,
    devices: Iterable[str] = (),
) -> tuple[bytes, bytes]:
    """What a station says of itself: that it is there, and its will. ``devices``: those it is set up with, so that
    one that never reports is missed."""
    there = StationStatus(
        station=station,
        kind=kind,
        online=True,
        boot=boot,
        at=to_time(now.wall_ms),
        version=version("luot"),
        devices=sorted(devices),
        machine=socket.gethostname()[:100],
    )
    gone = there.model_copy(update={"online": False, "at": None})
    return there.model_dump_json().encode(), gone.model_dump_json().encode()


class Condition(Protocol):
    """A device's health, as ``hardware.ports.Health`` has it; the wire does not know hardware."""

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


def device_status(station: str, device: str, of: Condition, at: str, *, since: str | None = None) -> DeviceStatus:
    """The report of one device at ``at``. Where nobody knows since when it is so, it came to be so at ``at``."""
    return DeviceStatus(
        station=station,
        device=device,
        state=DeviceState(of.state),
        code=of.code,
        since=(None if of.since_ms is None else to_time(of.since_ms)) or since or at,
        at=at,
        left_slips=of.left_slips,
        detail=of.detail or None,
        last_code=of.last_code,
        last_at=None if of.last_ms is None else to_time(of.last_ms),
    )
