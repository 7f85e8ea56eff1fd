"""Is a child ready? One attempt each, bounded by itself; never a sleep."""

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

ATTEMPT_S = 1.0

Attempt = Callable[[], bool]

# MQTT 3.1.1 CONNECT: clean session, keep-alive 5 s, client id "ready"; and the first byte of any CONNACK.
_CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05ready"
_CONNACK = 0x20
_DISCONNECT = b"\xe0\x00"


def http(url: str, good: Callable[[Any], bool] = lambda _: True, headers: Mapping[str, str] | None = None) -> Attempt:
    """Answers 200 with JSON that ``good`` accepts; ``headers`` go with each request."""
    pool = urllib3.PoolManager(timeout=ATTEMPT_S, retries=False)

    def attempt() -> bool:
        try:
            answer = pool.request("GET", url, headers=headers)
            return answer.status == 200 and good(json.loads(answer.data))
        except (HTTPError, OSError, ValueError, RecursionError):
            return False

    return attempt


def mqtt(host: str, port: int) -> Attempt:
    """A broker that answers CONNECT, with whatever verdict."""

    def attempt() -> bool:
        try:
            with socket.create_connection((host, port), timeout=ATTEMPT_S) as connection:
                connection.sendall(_CONNECT)
                answer = connection.recv(4)
                connection.sendall(_DISCONNECT)
        except OSError:
            return False
        return bool(answer) and answer[0] == _CONNACK

    return attempt


def every(*attempts: Attempt) -> Attempt:
    """All of them at once."""
    return lambda: all(attempt() for attempt in attempts)
