"""What stations say on MQTT of themselves and of their devices."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from server.wire.messages.basics import Id, Read, Time

MOST_DEVICES = 400


class StationStatus(Read):
    """``devices``: the names of those that it is set up with. ``boot``: new at each start. ``machine``: the name
    of its computer."""

    v: Literal[1] = 1
    station: Id
    kind: Literal["kiosk", "counter", "display", "sign"]
    online: bool
    boot: str
    at: Time | None = None
    version: str = ""
    devices: list[Id] = Field(default=[], max_length=MOST_DEVICES)
    machine: str = Field(default="", max_length=100)


class DeviceState(StrEnum):
    READY = "ready"
    WARNING = "warning"
    FAULT = "fault"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class DeviceStatus(Read):
    """``since``: in this state and code; ``detail``: the driver's own words for it; ``last_code`` and ``last_at``: the
    last trouble, which stays when it has healed."""

    v: Literal[1] = 1
    station: Id
    device: Id
    state: DeviceState
    code: str | None = None
    since: Time
    at: Time
    left_slips: int | None = None
    detail: str | None = None
    last_code: str | None = None
    last_at: Time | None = None
