"""Asking the server over HTTP: the one way in which a station, a tool or a page gets an answer.

Two things can go wrong, with two consequences. ``Refused``: the server understood and says no; show why.
``Unreachable``: nobody knows whether it happened; try again later with the same ``request_id``, which can do
no harm.
"""

from typing import TypeVar

import urllib3
from pydantic import ValidationError

from server.wire.messages import Ask, Problem, Read

API = "/api/v1"

Answer = TypeVar("Answer", bound=Read)


class Refused(Exception):
    """The server said no; ``problem.code`` is for programs, ``problem.detail`` a sentence for people."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


class Unreachable(Exception):
    """No answer that can be understood; the request may or may not have been carried out."""


class Server:
    """The server at ``base_url`` ("http://127.0.0.1:8470"); may be shared by threads.

    ``timeout_s`` holds for connecting and for each wait for bytes. ``language`` is the language of the
    refusals' sentences.
    """

    def __init__(self, base_url: str, timeout_s: float = 3.0, *, language: str = "vi") -> None:
        self._base = base_url.rstrip("/") + API
        self._pool = urllib3.PoolManager(
            maxsize=8,
            timeout=urllib3.Timeout(connect=timeout_s, read=timeout_s),
            retries=False,
            headers={
                "Accept": "application/json",
                "Accept-Language": language,
                "Content-Type": "application/json",
            },
        )

    def ask(self, method: str, path: str, body: Ask | None, answer: type[Answer]) -> Answer:
        """The answer to one call; ``path`` counts from ``/api/v1``: ``ask("GET", "/board", None, Board)``.

        An answer without content reads as an empty object, so ``Read`` itself is the answer of calls that
        have none. Raises ``Refused`` and ``Unreachable``.
        """
        data = None if body is None else body.model_dump_json(by_alias=True, exclude_none=True).encode()
        response = self._send(method, self._base + path, data)
        content = response.data
        if 200 <= response.status < 300:
            return _read(content or b"{}", answer, response.status)
        if 400 <= response.status < 500:
            raise Refused(_read(content, Problem, response.status))
        raise Unreachable(f"{method} {path}: status {response.status}")

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.clear()

    def _send(self, method: str, url: str, data: bytes | None) -> urllib3.BaseHTTPResponse:
        try:
            try:
                return self._pool.request(method, url, body=data, redirect=False)
            except urllib3.exceptions.ProtocolError:
                # A kept connection that the server closed just now. Every call may be repeated.
                return self._pool.request(method, url, body=data, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{method} {url}: {error}") from error


def _read(content: bytes, model: type[Answer], status: int) -> Answer:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise Unreachable(f"status {status}, not a {model.__name__}: {error.error_count()} wrong") from error
