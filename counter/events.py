"""What can happen to a counter station, and what it can want done: the vocabulary of ``counter.flow``."""

from dataclasses import dataclass, field

from hardware.ports import Health, Key, SignFace
from server.wire.messages import Ask, Board, DeviceStatus, Rate, Scan, Scanned, Ticket, UnreadScan
from server.wire.station import Beaten as Beaten
from server.wire.station import Linked as Linked

# --- what happens -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key, and the digits before it; ``request_id`` was made for it once and stays through all retries."""

    counter: str
    key: Key
    request_id: str
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Keyed:
    """Digits wait on the pad for their key; empty: none do."""

    counter: str
    digits: str


@dataclass(frozen=True, slots=True)
class Rated:
    """A visitor pressed a level (1 is best); ``request_id`` as for a key."""

    counter: str
    level: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Read:
    """A scanner read something, which may be personal: it must not be shown or logged. None: it is no text."""

    counter: str
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pictured:
    """A board came over MQTT."""

    board: Board


@dataclass(frozen=True, slots=True)
class Looked:
    """A board was read over HTTP, for a counter's key or for all; None: the server did not answer.
    ``asked_s``: when it was asked (monotonic seconds)."""

    counter: str | None
    board: Board | None
    asked_s: float = 0.0


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
class HeldSeen:
    """The tickets that are set aside at the counter; None: the server did not answer."""

    counter: str
    tickets: tuple[Ticket, ...] | None


@dataclass(frozen=True, slots=True)
class ScanAnswered:
    """What the scanned code means, or the code word of a refusal, or neither: the server did not answer."""

    counter: str
    means: Scanned | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class RatingAnswered:
    """The rating counts (no ``code``), or was refused."""

    counter: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class RatingLost:
    """Nobody knows whether the rating counts: tell it again, with the same ``request_id``."""

    counter: str


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    device: str
    health: Health


@dataclass(frozen=True, slots=True)
class Tick:
    """Time that ``due`` asked for has come."""


What = (
    Pressed
    | Keyed
    | Rated
    | Read
    | Pictured
    | Looked
    | HeldSeen
    | Beaten
    | Linked
    | Answered
    | TurnedDown
    | Lost
    | ScanAnswered
    | RatingAnswered
    | RatingLost
    | DeviceChanged
    | Tick
)

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
    """Read the board; it comes back as ``Looked`` with the same ``asked_s``."""

    counter: str | None
    asked_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class LookHeld:
    """Read the tickets set aside at the counter; they come back as ``HeldSeen``."""

    counter: str


@dataclass(frozen=True, slots=True)
class AskScan:
    """Ask what was scanned; the answer comes back as ``ScanAnswered``."""

    counter: str
    body: Scan = field(repr=False)


@dataclass(frozen=True, slots=True)
class TellUnread:
    """Tell the server, for the clerk's page, of a scan that it is not asked about. Nobody waits."""

    counter: str
    body: UnreadScan


@dataclass(frozen=True, slots=True)
class TellRating:
    """Tell a rating; the answer comes back as ``RatingAnswered`` or ``RatingLost``."""

    counter: str
    body: Rate


@dataclass(frozen=True, slots=True)
class Light:
    """Light the lamp of a device ("keypad-c1", "pad-c1") for a moment, where it has one."""

    device: str


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


@dataclass(frozen=True, slots=True)
class Forged:
    """For the log: a board came over MQTT that the server does not know."""

    board: Board


Effect = Show | Forged | Post | Look | LookHeld | AskScan | TellUnread | TellRating | Light | SayHere | Report | Note
