"""Events that every station receives: pictures, heartbeats, the connection, and time."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from server.wire.messages import Board, Office, Read, ServerBeat

Picture_co = TypeVar("Picture_co", bound=Board | Office, covariant=True)


@dataclass(frozen=True, slots=True)
class BrokerConnectionChanged:
    """The connection to the broker was made or lost."""

    connected: bool


@dataclass(frozen=True, slots=True)
class HeartbeatReceived:
    """The server's heartbeat or its will (``online`` False).

    ``retained``: the broker had it from before we were connected, so it may be old.
    """

    heartbeat: ServerBeat
    retained: bool = False


@dataclass(frozen=True, slots=True)
class PictureReceived(Generic[Picture_co]):
    """A picture (a whole state, as a retained message) was received over MQTT."""

    picture: Picture_co


@dataclass(frozen=True, slots=True)
class PicturesFetched(Generic[Picture_co]):
    """The server's answer over HTTP to the ``Fetch`` of ``requested_at_s``. A picture without an answer is missing."""

    pictures: tuple[Picture_co, ...]
    requested_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LogoFetched:
    """The office's logo as a PNG, by the name of its content."""

    name: str
    png: bytes


@dataclass(frozen=True, slots=True)
class DeviceTestRequested:
    """Somebody wants to see or hear that a device works.

    ``test``: the id of this test; ``is_over``: the test was judged, and ends.
    """

    device: str
    test: str
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed: the moment is due at which the station asked to be woken."""


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A readable message on ``topic``. ``retained``: the broker had it from before we were connected."""

    topic: str
    content: Read
    retained: bool = False


def common_event(message: ReceivedMessage) -> PictureReceived[Board | Office] | HeartbeatReceived | None:
    """Return the event of a picture or heartbeat; None for any other message."""
    match message.content:
        case Board() | Office() as picture:
            return PictureReceived(picture)
        case ServerBeat() as heartbeat:
            return HeartbeatReceived(heartbeat, message.retained)
        case _:
            return None
