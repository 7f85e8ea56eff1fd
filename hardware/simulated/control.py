"""The control port of the simulated devices: a little loopback HTTP server with a registry in front.

A device registers itself by being a :class:`Device`; what it can do beyond state and faults it offers as
:class:`Route` rows. The virtual hall's page and the tests are the only callers.
"""

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any, Protocol

log = logging.getLogger(__name__)

Body = Mapping[str, Any]

LONGEST_BODY = 65_536
IDLE_CONNECTION_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route says: a status, a content type and bytes."""

    status: int = HTTPStatus.NO_CONTENT
    kind: str = ""
    body: bytes = b""


DONE = Answer()


def as_json(value: object) -> Answer:
    """200 with ``value`` as JSON."""
    return Answer(HTTPStatus.OK, "application/json", json.dumps(value, ensure_ascii=False).encode())


def as_png(picture: bytes) -> Answer:
    """200 with a PNG."""
    return Answer(HTTPStatus.OK, "image/png", picture)


class Refused(Exception):
    """The request cannot be followed; ``status`` is the HTTP status, the text says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class Route:
    """One thing a device can be asked: ``path`` is a regular expression for the whole path, its groups are
    handed to ``call`` with the JSON body (empty for GET). ``call`` may raise :class:`Refused`."""

    method: str
    path: str
    call: Callable[[Sequence[str], Body], Answer]


class Device(Protocol):
    """A simulated device as the control port sees it. All methods may be called from any thread."""

    @property
    def id(self) -> str:
        """Unique in the process: ``printer``, ``sign-c1``, ``keypad-c1``."""

    @property
    def kind(self) -> str:
        """``printer``, ``sign`` or ``keypad``."""

    @property
    def faults(self) -> Mapping[str, bool]:
        """Every fault it can have, and whether it has it now."""

    def set_fault(self, fault: str, *, on: bool) -> None:
        """Only called with a name that is in ``faults``."""

    def state(self) -> Mapping[str, Any]:
        """What it shows beyond id, kind and faults; JSON values."""

    def routes(self) -> Sequence[Route]: ...

    def close(self) -> None: ...


def wanted(body: Body, name: str, kind: type) -> Any:
    """``body[name]``, which must be a ``kind``. Raises :class:`Refused`."""
    value = body.get(name)
    if not isinstance(value, kind):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name!r} is missing or not a {kind.__name__}")
    return value


class Control:
    """The port itself; serves from construction to ``close``. ``address`` is what it is bound to."""

    def __init__(self, host: str, port: int, devices: Iterable[Device]) -> None:
        """Raises ``OSError`` when the port is taken and ``ValueError`` when ``host`` is not loopback."""
        if not ip_address(host).is_loopback:
            raise ValueError(f"{host} is not a loopback address; the control port must not leave the machine")
        self._devices = {device.id: device for device in devices}
        self._routes = [
            Route("GET", "/devices", self._list),
            Route("POST", "/devices/([^/]+)/faults/([^/]+)", self._set_fault),
            Route("POST", "/faults/clear", self._clear_faults),
            *(route for device in self._devices.values() for route in device.routes()),
        ]
        try:
            self._server = _Server((host, port), self)
        except OSError as error:
            raise OSError(error.errno, f"control port {host}:{port}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="control", daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, body: Body) -> Answer:
        """Follow one request. Raises :class:`Refused`."""
        matches = [(route, found) for route in self._routes if (found := re.fullmatch(route.path, path))]
        if not matches:
            raise Refused(HTTPStatus.NOT_FOUND, f"there is nothing at {path}")
        for route, found in matches:
            if route.method == method:
                return route.call(found.groups(), body)
        allowed = ", ".join(sorted({route.method for route, _ in matches}))
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {allowed}")

    def _list(self, _groups: Sequence[str], _body: Body) -> Answer:
        return as_json(
            [
                {"id": device.id, "kind": device.kind, "faults": dict(device.faults), **device.state()}
                for device in self._devices.values()
            ]
        )

    def _set_fault(self, groups: Sequence[str], body: Body) -> Answer:
        name, fault = groups
        device = self._devices.get(name)
        if device is None:
            raise Refused(HTTPStatus.NOT_FOUND, f"no device {name!r}; known: {', '.join(self._devices)}")
        if fault not in device.faults:
            raise Refused(HTTPStatus.NOT_FOUND, f"{name} has no fault {fault!r}; known: {', '.join(device.faults)}")
        device.set_fault(fault, on=wanted(body, "on", bool))
        return DONE

    def _clear_faults(self, _groups: Sequence[str], _body: Body) -> Answer:
        for device in self._devices.values():
            for fault, on in dict(device.faults).items():
                if on:
                    device.set_fault(fault, on=False)
        return DONE


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], control: Control) -> None:
        super().__init__(address, _Request)
        self.control = control


class _Request(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_CONNECTION_S
    # Headers and body leave in one packet: without this each answer waits 40 ms for a delayed ACK.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._follow({})

    def do_POST(self) -> None:
        try:
            body = self._body()
        except Refused as refused:
            self.close_connection = True
            self._say(_refusal(refused))
            return
        self._follow(body)

    def _follow(self, body: Body) -> None:
        try:
            answer = self.server.control.answer(self.command, self.path.partition("?")[0], body)
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
        self.send_response(answer.status)
        if answer.kind:
            self.send_header("Content-Type", answer.kind)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        log.debug(format, *args)


def _refusal(refused: Refused) -> Answer:
    told = as_json({"detail": str(refused)})
    return Answer(refused.status, told.kind, told.body)
