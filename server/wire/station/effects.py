"""Effects that all stations have, and the calls that carry them out."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from server.wire.client import ServerClient, ServerError, ServerRefused, ServerUnreachable
from server.wire.messages import Ask, Board, DeviceStatus, Office, Read
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics

log = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=Read)
Forged_co = TypeVar("Forged_co", bound=Board | Office, covariant=True)

RETRY_DELAYS_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # before the second and the further tries of ``post_with_retries``


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read the station's pictures over HTTP; ends in ``PicturesFetched`` with the same ``requested_at_s``.

    ``requested_at_s``: when the request was sent (monotonic seconds).
    """

    requested_at_s: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class FetchLogo:
    """Read the office's logo.

    Ends in ``LogoFetched`` with the same ``name``; without an answer in nothing.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """Publish the state of a device."""

    status: DeviceStatus


@dataclass(frozen=True, slots=True)
class LogForgedPicture(Generic[Forged_co]):
    """Log a picture that was received over MQTT and that the server does not know.

    Another program has sent it.
    """

    picture: Forged_co


def publish_status(mqtt: MqttConnection, topics: Topics, status: DeviceStatus) -> None:
    """Publish a device's state for the server's health page."""
    mqtt.publish(topics.device(status.station, status.device), status.model_dump_json().encode(), retain=True)


def fetch_logo(server: ServerClient, effect: FetchLogo) -> bytes | None:
    """Return the picture of the office's logo; None if it cannot be had now.

    It is fetched again after the next picture of the office.
    """
    try:
        return server.logo(effect.name)
    except (ServerError, ValueError) as error:
        log.warning("the office's logo could not be fetched: %s", error)
        return None


def post_with_retries(server: ServerClient, path: str, body: Ask, wait_for_stop: Callable[[float], bool]) -> bool:
    """Post ``body``; repeat it a few times while the server is busy or unreachable.

    Return whether the server answered; a refusal is an answer, and is logged. ``wait_for_stop`` waits
    the given number of seconds, and returns True when the station stops meanwhile.
    """
    try:
        post_until_answered(server, path, body, Read, wait_for_stop, RETRY_DELAYS_S)
    except ServerRefused as refused:
        log.warning("%s: %s", path, refused)
    except ServerUnreachable as error:
        log.warning("%s was not delivered: %s", path, error)
        return False
    return True


def post_until_answered(
    server: ServerClient,
    path: str,
    body: Ask,
    answer: type[Answer],
    wait_for_stop: Callable[[float], bool],
    delays_s: Sequence[float],
) -> Answer:
    """Post ``body``; repeat it after ``delays_s`` while the server is busy or unreachable.

    ``wait_for_stop`` as in ``post_with_retries``. Raises ``ServerRefused``, and the last ``ServerUnreachable``.
    """
    for delay_s in delays_s:
        try:
            return server.request("POST", path, body, answer)
        except ServerUnreachable:
            if wait_for_stop(delay_s):
                raise
    return server.request("POST", path, body, answer)
