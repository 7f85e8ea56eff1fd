"""Send requests to the server over HTTP, from stations and tools.

Two errors have two consequences. ``ServerRefused``: the server understood the request and refuses it; show why.
``ServerUnreachable``: the request may or may not have been carried out; repeat it later with the same ``request_id``,
which is harmless.
"""

from http import HTTPStatus
from typing import TypeVar

import urllib3
from pydantic import ValidationError

from config.http import ConnectionPool
from server.wire.messages import Ask, Problem, Read

API = "/api/v1"

Answer = TypeVar("Answer", bound=Read)
"""The model of an answer."""


class ServerError(Exception):
    """Base: the request has no usable answer."""


class ServerRefused(ServerError):
    """The server refused the request. ``problem``: a code word for programs and a sentence for people."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


class ServerUnreachable(ServerError):
    """There was no readable answer; the request may or may not have been carried out."""


class ServerBusy(ServerUnreachable):
    """The server is too busy for the request; the same request may succeed soon."""


class ServerClient:
    """A client of the server at ``base_url`` ("http://127.0.0.1:8470"); threads may share it.

    ``timeout_s``: for connecting, and for each wait for bytes. ``language``: of the sentences of refusals.
    """

    def __init__(self, base_url: str, timeout_s: float = 3.0, *, language: str = "vi") -> None:
        self._api_url = base_url.rstrip("/") + API
        self._pool = ConnectionPool(
            maxsize=8,
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s),
            retries=False,
            headers={
                "Accept": "application/json",
                "Accept-Language": language,
                "Content-Type": "application/json",
            },
        )

    def request(self, method: str, path: str, body: Ask | None, answer: type[Answer]) -> Answer:
        """Send one request and return its answer, for example ``request("GET", "/board", None, Board)``.

        ``path`` is relative to ``/api/v1``. ``answer`` is the model of the answer.

        An answer without content is read as an empty object, so ``Read`` is the model of such answers.
        Raises ``ServerRefused``, ``ServerBusy`` and ``ServerUnreachable``.
        """
        data = None if body is None else body.model_dump_json(by_alias=True, exclude_none=True).encode()
        response = self._send(method, self._api_url + path, data)
        content = response.data
        if 200 <= response.status < 300:
            return _read(content or b"{}", answer, response.status)
        if 400 <= response.status < 500:
            raise ServerRefused(_read(content, Problem, response.status))
        kind = ServerBusy if response.status == HTTPStatus.SERVICE_UNAVAILABLE else ServerUnreachable
        raise kind(f"{method} {path}: status {response.status}")

    def close(self) -> None:
        """Close the keep-alive connections."""
        self._pool.clear()

    def _send(self, method: str, url: str, data: bytes | None) -> urllib3.BaseHTTPResponse:
        """Send a request; once more, if the kept connection turns out to be closed."""
        try:
            try:
                return self._pool.request(method, url, body=data, redirect=False)
            except urllib3.exceptions.ProtocolError:
                # The server has just closed this keep-alive connection. Every request may be repeated.
                return self._pool.request(method, url, body=data, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise ServerUnreachable(f"{method} {url}: {error}") from error


def _read(content: bytes, model: type[Answer], status: int) -> Answer:
    """Return the body of an answer as its model. Raises ``ServerUnreachable`` for an unreadable one."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise ServerUnreachable(f"status {status}, not a {model.__name__}: {error.error_count()} wrong") from error
