"""HTTP clients of the control ports of screens and simulated devices.

The hall uses no other way to read or operate them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from urllib3.exceptions import HTTPError

from config.http import ConnectionPool
from config.settings import Settings
from hardware.control_port import TOKEN_HEADER

RESPONSE_S = 3.0


class ControlError(Exception):
    """A control port refused a request, or did not respond (``status`` None)."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ControlResponse:
    """The response of a control port."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """Return the body read as JSON. Raises :class:`ControlError`."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ControlError(f"not JSON: {error}") from error


class ControlClient:
    """The client of one control port. Thread-safe."""

    def __init__(self, address: str, token: str = "") -> None:
        self._base = f"http://{address}"
        self._headers = {TOKEN_HEADER: token} if token else {}
        self._pool = ConnectionPool(retries=False, maxsize=8)

    def get(self, path: str, *, wait_s: float = 0.0) -> ControlResponse:
        """Send ``GET path``; the port may respond after ``wait_s`` only. Raises ``ControlError``."""
        return self._request("GET", path, None, RESPONSE_S + wait_s)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> ControlResponse:
        """Send ``POST path`` with a JSON body. Raises :class:`ControlError`."""
        return self._request("POST", path, dict(body or {}), RESPONSE_S)

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.clear()

    def _request(self, method: str, path: str, body: dict[str, Any] | None, timeout_s: float) -> ControlResponse:
        try:
            response = self._pool.request(
                method, self._base + path, json=body, headers=self._headers, timeout=timeout_s
            )
        except (HTTPError, OSError) as error:
            raise ControlError(f"{method} {path}: {error}") from error
        if response.status >= 400:
            raise ControlError(f"{method} {path}: {response.status} {response.data[:200]!r}", response.status)
        return ControlResponse(response.status, response.data, response.headers)


@dataclass(frozen=True, slots=True)
class ControlClients:
    """The clients of the control ports that this hall has."""

    kiosk: ControlClient | None
    tv: ControlClient | None
    devices: ControlClient | None

    def close(self) -> None:
        """Close the kept connections of all clients."""
        for client in (self.kiosk, self.tv, self.devices):
            if client is not None:
                client.close()


def control_clients(settings: Settings) -> ControlClients:
    """Return clients of the control ports named in ``settings``."""

    def client(section: Any) -> ControlClient | None:
        if section is None or section.control is None:
            return None
        return ControlClient(section.control, settings.machine.control_token)

    return ControlClients(client(settings.kiosk), client(settings.display), client(settings.simulated))
