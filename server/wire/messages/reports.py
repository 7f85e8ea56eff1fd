"""The stations' reports on MQTT about themselves and their devices."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from server.wire.messages.basics import Id, Read, Time

MAX_DEVICES = 400


class StationStatus(Read):
    """The status of a station, mainly whether it is online.

    ``boot``: a new id at each start of its program; ``machine``: its computer's name. ``at``: when it was reported;
    None in the will. ``devices``: the names of the devices in the station's settings.
    """

    v: Literal[1] = 1
    station: Id
    kind: Literal["kiosk", "counter", "display", "sign"]
    online: bool
    boot: str
    at: Time | None = None
    version: str = ""
    devices: list[Id] = Field(default=[], max_length=MAX_DEVICES)
    machine: str = Field(default="", max_length=100)


class DeviceState(StrEnum):
    """The state of a device, which decides how urgent its trouble is."""

    READY = "ready"
    WARNING = "warning"
    FAULT = "fault"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class DeviceStatus(Read):
    """The health of a device. ``since``: when this state and code began; ``detail``: the driver's text.

    ``code``: a code word such as paper_out; None: nothing to report. ``at``: when it was reported. ``left_slips``: how
    many slips the roll in a printer is still enough for; None: unknown, or no printer. ``last_code`` and ``last_at``:
    code and time of the newest fault, also after it has ended.
    """

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
