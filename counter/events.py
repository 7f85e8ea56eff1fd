"""What can happen to a counter station, and what it can want done: the vocabulary of ``counter.flow``."""

from dataclasses import dataclass

from hardware.ports import Health, Key, SignFace
from server.wire.messages import Ask, Board, DeviceStatus, ServerBeat

# --- what happens -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key; ``request_id`` was made for it once and stays through all retries."""

    counter: str
    key: Key
    request_id: str


@dataclass(frozen=True, slots=True)
class Pictured:
    """A board came over MQTT."""

    board: Board


@dataclass(frozen=True, slots=True)
class Looked:
    """A board was read over HTTP, for a counter's key or for all; None: the server did not answer."""

    counter: str | None
    board: Board | None


@dataclass(frozen=True, slots=True)
class Beaten:
    beat: ServerBeat


@dataclass(frozen=True, slots=True)
class Linked:
    up: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The server did what a counter's key asked."""

    counter: str


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """The server refused it; ``code`` is the problem's code word."""

    counter: str
    code: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody knows whether the server did it: ask again, with the same ``request_id``."""

    counter: str


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    device: str
    health: Health


@dataclass(frozen=True, slots=True)
class Tick:
    """Time that ``due`` asked for has come."""


What = Pressed | Pictured | Looked | Beaten | Linked | Answered | TurnedDown | Lost | DeviceChanged | Tick

# --- what is to be done -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Show:
    counter: str
    face: SignFace


@dataclass(frozen=True, slots=True)
class Post:
    """Ask the server; the answer comes back as ``Answered``, ``TurnedDown`` or ``Lost``."""

    counter: str
    path: str
    body: Ask


@dataclass(frozen=True, slots=True)
class Look:
    """Read the board; it comes back as ``Looked``."""

    counter: str | None


@dataclass(frozen=True, slots=True)
class SayHere:
    """Tell the server that the keypad is there; with ``key`` that somebody pressed something. Nobody waits."""

    counter: str
    key: bool


@dataclass(frozen=True, slots=True)
class Report:
    status: DeviceStatus


@dataclass(frozen=True, slots=True)
class Note:
    """For the log: something broke (``well`` False) or healed."""

    text: str
    well: bool


Effect = Show | Post | Look | SayHere | Report | Note
