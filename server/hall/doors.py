"""The hall's own doors: the control ports of screens and simulated devices, and nothing else of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from config.settings import Settings
from hardware.control_port import TOKEN_HEADER

ANSWER_S = 3.0


class DoorError(Exception):
    """A control port did not answer, or refused. ``status`` is its own, None when there was no answer."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body read as JSON. Raises :class:`DoorError`."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise DoorError(f"not JSON: {error}") from error


class Door:
    """One control port. Thread-safe."""

    def __init__(self, address: str, token: str = "") -> None:
        self._base = f"http://{address}"
        self._headers = {TOKEN_HEADER: token} if token else {}
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)

    def get(self, path: str, *, wait_s: float = 0.0) -> Answer:
        """``GET path``; ``wait_s`` is how long the port itself may hold the answer back. Raises ``DoorError``."""
        return self._ask("GET", path, None, ANSWER_S + wait_s)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """``POST path`` with a JSON body. Raises :class:`DoorError`."""
        return self._ask("POST", path, dict(body or {}), ANSWER_S)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, timeout_s: float) -> Answer:
        try:
            got = self._pool.request(method, self._base + path, json=body, headers=self._headers, timeout=timeout_s)
        except (HTTPError, OSError) as error:
            raise DoorError(f"{method} {path}: {error}") from error
        if got.status >= 400:
            raise DoorError(f"{method} {path}: {got.status} {got.data[:200]!r}", got.status)
        return Answer(got.status, got.data, got.headers)


@dataclass(frozen=True, slots=True)
class Doors:
    """The control ports this hall has."""

    kiosk: Door | None
    tv: Door | None
    devices: Door | None


def doors(settings: Settings) -> Doors:
    """The doors named in ``settings``."""

    def door(section: Any) -> Door | None:
        if section is None or section.control is None:
            return None
        return Door(section.control, settings.machine.control_token)

    return Doors(door(settings.kiosk), door(settings.display), door(settings.simulated))
