"""What all stations do alike on the wire: report their devices, understand what they hear, tell until heard."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from server.wire.client import Refused, Server, Unreachable
from server.wire.feed import Feed
from server.wire.messages import Ask, DeviceStatus, Read, ServerBeat
from server.wire.topics import Topics

log = logging.getLogger(__name__)

TELL_AGAIN_S = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Beaten:
    """The server's heartbeat came, or its will. ``kept``: the broker had it from before we were connected."""

    beat: ServerBeat
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """The connection to the broker came up, or went."""

    up: bool


def report(feed: Feed, topics: Topics, status: DeviceStatus) -> None:
    """Publish a device's state for the server's health page."""
    feed.publish(topics.device(status.station, status.device), status.model_dump_json().encode(), retain=True)


def understood(topic: str, payload: bytes, kinds: Mapping[str, type[Read]]) -> Read | None:
    """A message as the model of its topic; None for one that nobody waits for or that cannot be read."""
    kind = kinds.get(topic)
    if kind is None:
        return None
    try:
        return kind.model_validate_json(payload)
    except ValidationError as error:
        log.warning("unreadable message on %s ignored: %d mistakes", topic, error.error_count())
        return None


def tell(server: Server, path: str, body: Ask, stopped: Callable[[float], bool]) -> bool:
    """Tell the server; again a few times, because nobody else will. False when it never answered.

    ``stopped`` waits so many seconds and is True when the station ends meanwhile.
    """
    for wait_s in (*TELL_AGAIN_S, None):
        try:
            server.ask("POST", path, body, Read)
        except Refused as refused:
            log.warning("%s: %s", path, refused)
            return True
        except Unreachable as error:
            if wait_s is None or stopped(wait_s):
                log.warning("%s was not told: %s", path, error)
                return False
        else:
            return True
    return False
