"""Events of a counter station. ``counter`` is the id of one of its counters."""

from dataclasses import dataclass, field

from hardware.ports import DeviceHealth, Key
from server.wire.messages import Board, DeviceTest, Scanned, ServerBeat, Ticket
from server.wire.station.events import (
    BrokerConnectionChanged,
    DeviceTestRequested,
    HeartbeatReceived,
    PictureReceived,
    PicturesFetched,
    ReceivedMessage,
    Tick,
)


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key was pressed, after ``digits`` (empty: none). ``request_id``: the same for all tries of its request."""

    counter: str
    key: Key
    request_id: str
    digits: str = ""


@dataclass(frozen=True, slots=True)
class DigitsKeyed:
    """Digits were keyed and wait for a key. ``digits`` empty: they were cleared."""

    counter: str
    digits: str


@dataclass(frozen=True, slots=True)
class Rated:
    """A visitor pressed a key of the rating pad. ``level``: 1 is best. ``request_id``: as in ``KeyPressed``."""

    counter: str
    level: int
    request_id: str


@dataclass(frozen=True, slots=True)
class CodeScanned:
    """A scanner read a code. ``text`` None: the bytes were unreadable.

    The text may be personal data: it must not be shown or logged.
    """

    counter: str
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class BoardChecked:
    """The answer to ``CheckBoard``. ``board`` None: the server did not answer, or with ``is_busy`` was busy."""

    counter: str
    board: Board | None
    requested_at_s: float = 0.0
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """The server carried out the request of a counter's key."""

    counter: str


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """The server refused the request of a counter's key. ``code``: a ``ProblemCode``."""

    counter: str
    code: str


@dataclass(frozen=True, slots=True)
class RequestLost:
    """The server did not answer, or with ``is_busy`` was busy.

    The request may or may not have been carried out.
    """

    counter: str
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class HeldTicketsFetched:
    """The tickets that are on hold at the counter.

    ``tickets`` None: the server did not answer, or with ``is_busy`` was busy.
    """

    counter: str
    tickets: tuple[Ticket, ...] | None
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class ScanAnswered:
    """The meaning of the scanned code, or the ``problem`` (a ``ProblemCode``) of a refusal.

    Both None: the server did not answer.
    """

    counter: str
    meaning: Scanned | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmAnswered:
    """The server has the staff alarm (``code`` None), or refused it (``code``: a ``ProblemCode``)."""

    counter: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmLost:
    """The server did not answer the alarm, or was busy.

    The alarm may or may not have been raised.
    """

    counter: str


@dataclass(frozen=True, slots=True)
class RatingAnswered:
    """The server stored the rating (``code`` None), or refused it (``code``: a ``ProblemCode``)."""

    counter: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class RatingLost:
    """The server did not answer, so the rating may or may not have been stored."""

    counter: str


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """The health of a device ("keypad-c1") changed, or was read for the first time."""

    device: str
    health: DeviceHealth


Event = (
    KeyPressed
    | DigitsKeyed
    | Rated
    | CodeScanned
    | PictureReceived[Board]
    | PicturesFetched[Board]
    | BoardChecked
    | HeldTicketsFetched
    | HeartbeatReceived
    | BrokerConnectionChanged
    | RequestAnswered
    | RequestRefused
    | RequestLost
    | ScanAnswered
    | AlarmAnswered
    | AlarmLost
    | RatingAnswered
    | RatingLost
    | DeviceChanged
    | DeviceTestRequested
    | Tick
)


def event_of(message: ReceivedMessage) -> Event | None:
    """Return the event of a received message; None for a message without one."""
    match message.content:
        case Board() as board:
            return PictureReceived(board)
        case ServerBeat() as heartbeat:
            return HeartbeatReceived(heartbeat, message.retained)
        case DeviceTest() as test if not message.retained:
            return DeviceTestRequested(test.device, test.test, test.over)
        case _:
            return None
