"""Effects of a counter station. ``counter`` is the id of one of its counters."""

from dataclasses import dataclass, field

from hardware.ports import SignFace
from server.wire.messages import Ask, Board, RaiseAlarm, Rate, Scan, UnreadScan
from server.wire.station.effects import Fetch, LogForgedPicture, Report


@dataclass(frozen=True, slots=True)
class ShowFace:
    """Show ``face`` on the sign of a counter."""

    counter: str
    face: SignFace


@dataclass(frozen=True, slots=True)
class PostRequest:
    """Send a key's request; ends in ``RequestAnswered``, ``RequestRefused`` or ``RequestLost``."""

    counter: str
    path: str
    body: Ask


@dataclass(frozen=True, slots=True)
class CheckBoard:
    """Read the board before a key is decided; ends in ``BoardChecked``.

    That event has the same ``requested_at_s``.
    """

    counter: str
    requested_at_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class FetchHeldTickets:
    """Read the tickets that are on hold at the counter; ends in ``HeldTicketsFetched``."""

    counter: str


@dataclass(frozen=True, slots=True)
class PostScan:
    """Send a scanned code, to get its meaning from the server; ends in ``ScanAnswered``."""

    counter: str
    body: Scan = field(repr=False)


@dataclass(frozen=True, slots=True)
class PostUnreadScan:
    """Report a scan whose text this station does not send, for the clerk page. There is no answer event."""

    counter: str
    body: UnreadScan


@dataclass(frozen=True, slots=True)
class PostRating:
    """Send a rating; ends in ``RatingAnswered`` or ``RatingLost``."""

    counter: str
    body: Rate


@dataclass(frozen=True, slots=True)
class PostAlarm:
    """Raise the staff alarm of the counter; ends in ``AlarmAnswered`` or ``AlarmLost``."""

    counter: str
    body: RaiseAlarm


@dataclass(frozen=True, slots=True)
class FlashLamp:
    """Light the lamp of a device ("keypad-c1", "pad-c1") for a moment, if it has one.

    ``silently``: not if the lamp is a beeper.
    """

    device: str
    silently: bool = False


@dataclass(frozen=True, slots=True)
class PostPresence:
    """Report a sign of life of the counter. There is no answer event.

    ``key``: a key was pressed or a code was scanned; False: the regular report that the keypad works.
    """

    counter: str
    key: bool


@dataclass(frozen=True, slots=True)
class LogMessage:
    """Log ``text``: as a warning, or as information."""

    text: str
    warning: bool


Effect = (
    ShowFace
    | LogForgedPicture[Board]
    | PostRequest
    | Fetch
    | CheckBoard
    | FetchHeldTickets
    | PostScan
    | PostUnreadScan
    | PostRating
    | PostAlarm
    | FlashLamp
    | PostPresence
    | Report
    | LogMessage
)
Effects = tuple[Effect, ...]
