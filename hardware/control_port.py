"""A control port: a little HTTP server through which the virtual hall and tests see a screen or a simulated device and
act on it. What it can do is a table of :class:`Route` rows."""

import hmac
import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

log = logging.getLogger(__name__)

Body = Mapping[str, Any]

TOKEN_HEADER = "X-Luot-Token"
FORM_TYPES = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
"""What a page of another site can send without asking first."""
LONGEST_BODY = 65_536
IDLE_CONNECTION_S = 60.0
LOOK_UP_S = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route says: a status, a content type and bytes, and further headers."""

    status: int = HTTPStatus.NO_CONTENT
    kind: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


DONE = Answer()


def as_json(value: object, status: int = HTTPStatus.OK) -> Answer:
    """``value`` as JSON."""
    return Answer(status, "application/json", json.dumps(value, ensure_ascii=False).encode())


def as_png(picture: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """200 with a PNG."""
    return Answer(HTTPStatus.OK, "image/png", picture, headers or {})


class Refused(Exception):
    """The request cannot be followed; ``status`` is the HTTP status, the text says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked: ``path`` is a regular expression for the whole path, its groups are handed to
    ``call`` with the JSON body, for GET with the query's values as strings. ``call`` may raise :class:`Refused`."""

    method: str
    path: str
    call: Callable[[Sequence[str], Body], Answer]


def wanted(body: Body, name: str, kind: type) -> Any:
    """``body[name]``, which must be a ``kind``. Raises :class:`Refused`."""
    value = body.get(name)
    if not isinstance(value, kind):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name!r} is missing or not a {kind.__name__}")
    return value


class ControlPort:
    """Serves from construction to ``close``. ``address`` is what it is bound to."""

    def __init__(self, host: str, port: int, routes: Iterable[Route], token: str = "") -> None:
        """``token``: every request must carry it in ``TOKEN_HEADER``. Raises ``OSError`` when the port is taken."""
        self._routes, self._token = tuple(routes), token
        try:
            self._server = _Server((host, port), self)
        except OSError as error:
            raise OSError(error.errno, f"control port {host}:{port}: {error.strerror}") from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(LOOK_UP_S,), name="control", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Stop listening. Any number of times."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def check_sender(self, headers: Message) -> None:
        """Refuse a page of another site in a browser of this machine, and a program without this run's token."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        if not _is_this_machine(host):
            raise Refused(HTTPStatus.FORBIDDEN, f"Host {host!r} is not this machine")
        if origin is not None and origin != f"http://{host}":
            raise Refused(HTTPStatus.FORBIDDEN, f"sent by a page of {origin}")
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() in FORM_TYPES:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token.encode()) and self._token:
            raise Refused(HTTPStatus.FORBIDDEN, f"{TOKEN_HEADER} is missing or not that of this run")

    def answer(self, method: str, path: str, body: Body) -> Answer:
        """Follow one request. Raises :class:`Refused`."""
        matches = [(route, found) for route in self._routes if (found := re.fullmatch(route.path, path))]
        if not matches:
            raise Refused(HTTPStatus.NOT_FOUND, f"there is nothing at {path}")
        for route, found in matches:
            if route.method == method:
                return route.call(found.groups(""), body)
        allowed = ", ".join(sorted({route.method for route, _ in matches}))
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {allowed}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], port: ControlPort) -> None:
        super().__init__(address, _Request)
        self.port = port


class _Request(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_CONNECTION_S
    # Headers and body leave in one packet: without this each answer waits 40 ms for a delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        try:
            self.server.port.check_sender(self.headers)
        except Refused as refused:
            self._say(_refusal(refused))
            return
        self._follow(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        try:
            self.server.port.check_sender(self.headers)
            body = self._body()
        except Refused as refused:
            self.close_connection = True
            self._say(_refusal(refused))
            return
        self._follow(body)

    def _follow(self, body: Body) -> None:
        try:
            answer = self.server.port.answer(self.command, urlsplit(self.path).path, body)
        except Refused as refused:
            answer = _refusal(refused)
        self._say(answer)

    def _body(self) -> Body:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body of {length} bytes is not taken here")
        raw = self.rfile.read(int(length))
        try:
            body = json.loads(raw) if raw else {}
        except (ValueError, RecursionError) as error:  # brackets within brackets without end
            raise Refused(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
        return body

    def _say(self, answer: Answer) -> None:
        try:
            self.send_response(answer.status)
            self.send_header("Cache-Control", "no-store")
            if answer.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):  # who asked has gone
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        log.debug(format, *args)


def _is_this_machine(host: str) -> bool:
    """Return whether a ``Host`` header is a loopback address."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _refusal(refused: Refused) -> Answer:
    return as_json({"detail": str(refused)}, refused.status)
