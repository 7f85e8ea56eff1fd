"""Events of a hall display."""

from dataclasses import dataclass

from hardware.ports import DeviceHealth
from server.wire.messages import Board, Office
from server.wire.station.events import (
    BrokerConnectionChanged,
    DeviceTestRequested,
    HeartbeatReceived,
    LogoFetched,
    PictureReceived,
    PicturesFetched,
    Tick,
)


@dataclass(frozen=True, slots=True)
class Played:
    """The speaker ended a reading of a call. ``call``: its id. ``reading``: which one, from 1."""

    call: str
    reading: int
    to_its_end: bool


@dataclass(frozen=True, slots=True)
class SpeakerChanged:
    """The health of the speaker changed, or was read for the first time."""

    health: DeviceHealth


@dataclass(frozen=True, slots=True)
class SpeedChanged:
    """The clock of a demonstration now runs ``speed`` times as fast as real time."""

    speed: float


Event = (
    PictureReceived[Board | Office]
    | PicturesFetched[Board | Office]
    | HeartbeatReceived
    | BrokerConnectionChanged
    | Played
    | SpeakerChanged
    | SpeedChanged
    | DeviceTestRequested
    | LogoFetched
    | Tick
)
