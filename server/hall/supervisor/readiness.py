"""Readiness checks of the hall's programs.

Each call makes one attempt of at most a second, and never raises.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from urllib3.exceptions import HTTPError

from config.http import ConnectionPool
from server.wire.mqtt_probe import connack_code

ATTEMPT_TIMEOUT_S = 1.0

Check = Callable[[], bool]
Headers = Callable[[], Mapping[str, str]]


def http_check(url: str, headers: Headers, accept: Callable[[Any], bool] = lambda _: True) -> Check:
    """Return a check that ``GET url`` replies 200 with JSON that ``accept`` accepts.

    ``headers`` is called at each attempt: a server makes a new token at each start.
    """

    def attempt() -> bool:
        try:
            # Each attempt has its own connection, so that none stays open to a child that has ended.
            with ConnectionPool(timeout=ATTEMPT_TIMEOUT_S, retries=False) as pool:
                response = pool.request("GET", url, headers=headers())
            return response.status == 200 and accept(json.loads(response.data))
        except (HTTPError, OSError, ValueError, RecursionError):
            return False

    return attempt


def mqtt_check(host: str, port: int) -> Check:
    """Return a check that a broker replies to CONNECT, with any return code."""
    return lambda: connack_code(host, port) is not None


def all_checks(*checks: Check) -> Check:
    """Return a check that succeeds when all ``checks`` succeed."""
    return lambda: all(check() for check in checks)
