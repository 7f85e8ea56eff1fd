"""What can happen to a hall display, and what it can want done: the vocabulary of ``display.board``."""

from dataclasses import dataclass, field

from display.announcer import Hush, Keep, Outcome, Say
from hardware.ports import Health
from server.wire.messages import Board, DeviceStatus, Office
from server.wire.station import Beaten as Beaten
from server.wire.station import Linked as Linked

# --- what happens -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture came over MQTT."""

    picture: Board | Office


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the server answered to the ``Fetch`` of ``asked_s``; None: no answer."""

    pictures: tuple[Board, Office] | None
    asked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Played:
    """The speaker is done with the ``n``-th reading of a call."""

    call: str
    n: int
    to_its_end: bool


@dataclass(frozen=True, slots=True)
class SpeakerChanged:
    health: Health


@dataclass(frozen=True, slots=True)
class Paced:
    """A demonstration runs this many times as fast as real time."""

    speed: float


@dataclass(frozen=True, slots=True)
class Tick:
    """Time that ``due`` asked for has come."""


What = Pictured | Fetched | Beaten | Linked | Played | SpeakerChanged | Paced | Tick

# --- what is to be done -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read board and office over HTTP; they come back as ``Fetched`` with the same ``asked_s``."""

    asked_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell the server that a call was shown, and once it is known what became of its voice."""

    call: str
    shown_ms: int
    spoken: Outcome | None


@dataclass(frozen=True, slots=True)
class Report:
    """Publish a device's state."""

    status: DeviceStatus


@dataclass(frozen=True, slots=True)
class Forged:
    """For the log: a picture came over MQTT that the server does not know."""

    picture: Board | Office


@dataclass(frozen=True, slots=True)
class Lacks:
    """For the log: the voice pack has no clip for these words, which this hall will need."""

    clips: tuple[str, ...]


Effect = Fetch | Forged | Acknowledge | Report | Lacks | Say | Hush | Keep
