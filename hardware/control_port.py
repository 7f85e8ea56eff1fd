"""A control port: a small HTTP server that operates a screen or a simulated device.

Used by the virtual hall and by tests. Its functions are a table of :class:`Route` rows.
"""

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
"""The arguments of a request: the JSON object of a POST, or the query parameters of a GET."""

TOKEN_HEADER = "X-Luot-Token"
"""The header with the secret that each start of the hall draws anew."""
FORM_TYPES = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
"""Content types that a page of another site may send without a CORS preflight."""
MAX_BODY_BYTES = 65_536
IDLE_TIMEOUT_S = 60.0
"""A kept connection without a request is closed after this."""
SHUTDOWN_POLL_INTERVAL_S = 0.1


@dataclass(frozen=True, slots=True)
class Response:
    """The response of a route; ``headers`` are those besides type and length of the content."""

    status: int = HTTPStatus.NO_CONTENT
    content_type: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


DONE = Response()
"""The response of a route that returns nothing: 204 without content."""


def json_response(value: object, status: int = HTTPStatus.OK) -> Response:
    """Return ``value`` as JSON."""
    return Response(status, "application/json", json.dumps(value, ensure_ascii=False).encode())


def png_response(picture: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """Return a PNG with status 200."""
    return Response(HTTPStatus.OK, "image/png", picture, headers or {})


class BadRequest(Exception):
    """The request cannot be executed; ``status`` is the HTTP status, the text gives the reason."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class Route:
    """One function of the port.

    ``method``: GET or POST. ``path`` is a regular expression for the whole path. ``call`` receives its groups and the
    JSON body, for GET the query parameters as strings; it may raise :class:`BadRequest`.
    """

    method: str
    path: str
    call: Callable[[Sequence[str], Body], Response]


def required_field(body: Body, name: str, field_type: type) -> Any:
    """Return ``body[name]``, which must be a ``field_type``. Raises :class:`BadRequest`."""
    value = body.get(name)
    if not isinstance(value, field_type):
        raise BadRequest(HTTPStatus.BAD_REQUEST, f"{name!r} is missing or not a {field_type.__name__}")
    return value


class ControlPort:
    """The HTTP server: serves from construction to ``close``. ``address`` is the address it listens on."""

    def __init__(self, host: str, port: int, routes: Iterable[Route], token: str = "") -> None:
        """``token``: every request must carry it in ``TOKEN_HEADER``; empty: none is required.

        ``port`` 0: any free one. Raises ``OSError`` when the port is taken.
        """
        self._routes, self._token = tuple(routes), token
        self.is_closed = False
        try:
            self._server = _Server((host, port), self)
        except OSError as error:
            raise OSError(error.errno, f"control port {host}:{port}: {error.strerror}") from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(SHUTDOWN_POLL_INTERVAL_S,), name="control", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Stop listening, and answer no further request of open connections. Further calls do nothing."""
        self.is_closed = True
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def check_sender(self, headers: Message) -> None:
        """Reject requests from web pages of other sites and from programs without this run's token."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        if not _is_this_machine(host):
            raise BadRequest(HTTPStatus.FORBIDDEN, f"Host {host!r} is not this machine")
        if origin is not None and origin != f"http://{host}":
            raise BadRequest(HTTPStatus.FORBIDDEN, f"sent by a page of {origin}")
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() in FORM_TYPES:
            raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token.encode()) and self._token:
            raise BadRequest(HTTPStatus.FORBIDDEN, f"{TOKEN_HEADER} is missing or not that of this run")

    def execute(self, method: str, path: str, body: Body) -> Response:
        """Execute one request. Raises :class:`BadRequest`."""
        matches = [(route, match) for route in self._routes if (match := re.fullmatch(route.path, path))]
        if not matches:
            raise BadRequest(HTTPStatus.NOT_FOUND, f"there is nothing at {path}")
        for route, match in matches:
            if route.method == method:
                return route.call(match.groups(""), body)
        allowed = ", ".join(sorted({route.method for route, _ in matches}))
        raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {allowed}")


class _Server(ThreadingHTTPServer):
    """The library's server, with the ``port`` that its requests are for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], port: ControlPort) -> None:
        super().__init__(address, _Request)
        self.port = port


class _Request(BaseHTTPRequestHandler):
    """The library's handler of one connection: checks the sender, calls the route, writes the response."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_TIMEOUT_S
    # Headers and body are sent in one packet: otherwise each response waits 40 ms for a delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        try:
            self.server.port.check_sender(self.headers)
        except BadRequest as error:
            self._respond(_error_response(error))
            return
        self._execute(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        try:
            self.server.port.check_sender(self.headers)
            body = self._body()
        except BadRequest as error:
            self.close_connection = True
            self._respond(_error_response(error))
            return
        self._execute(body)

    def _execute(self, body: Body) -> None:
        if self.server.port.is_closed:  # another one may listen here by now
            self.close_connection = True
            return
        try:
            response = self.server.port.execute(self.command, urlsplit(self.path).path, body)
        except BadRequest as error:
            response = _error_response(error)
        self._respond(response)

    def _body(self) -> Body:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body of {length} bytes is not accepted")
        raw = self.rfile.read(int(length))
        try:
            body = json.loads(raw) if raw else {}
        except (ValueError, RecursionError) as error:  # brackets within brackets without end
            raise BadRequest(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise BadRequest(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
        return body

    def _respond(self, response: Response) -> None:
        try:
            self.send_response(response.status)
            self.send_header("Cache-Control", "no-store")
            if response.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
                self.send_header("Content-Type", response.content_type)
                self.send_header("Content-Length", str(len(response.body)))
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):  # the client has gone
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


def _error_response(error: BadRequest) -> Response:
    return json_response({"detail": str(error)}, error.status)
