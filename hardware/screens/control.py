"""The control port of a screen, for the virtual hall and tests: its own frame, its targets, and taps.

Loopback only. A tap goes the way of a finger: down and up, through the station's inbox. What cannot be
tapped is answered with 409 and the reason.
"""

import json
import logging
import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hardware.screens.frames import Frames
from hardware.screens.touch import CONTROL, DEBOUNCE_S, Finger, Verdict

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 30.0
TAP_ANSWER_S = 5.0
LONGEST_BODY = 4_096
JSON = "application/json"
PNG = "image/png"


class NotHere(Exception):
    """A further page of the port has nothing under this path."""


Page = Callable[[str], tuple[str, bytes]]
"""Answers GET of a path with (content type, body); raises ``NotHere``."""


class Control:
    """The port itself. ``send`` puts a finger into the station's inbox; ``pages`` adds first path words
    (``{"speech": page}`` answers ``/speech`` and ``/speech/…``). Raises ``OSError`` when the port is taken."""

    def __init__(
        self,
        host: str,
        port: int,
        frames: Frames,
        send: Callable[[Finger], None],
        pages: Mapping[str, Page] | None = None,
    ) -> None:
        self._server = _Server((host, port), _Request)
        self._server.frames, self._server.send, self._server.pages = frames, send, dict(pages or {})
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="control", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening. May be called twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    frames: Frames
    send: Callable[[Finger], None]
    pages: dict[str, Page]


class _Request(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/frame.png":
            self._frame(parse_qs(address.query))
        elif address.path == "/targets":
            frame = self.server.frames.newest()
            self._json(200, [asdict(place) for place in frame.places] if frame else [])
        elif address.path == "/state":
            frame = self.server.frames.newest()
            self._json(200, dict(frame.state) if frame else {})
        else:
            self._page(address.path)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            self.close_connection = True
            self._json(413, {"error": f"a body of {length} bytes is not taken here"})
            return
        body = self.rfile.read(int(length))
        if urlsplit(self.path).path != "/tap":
            self._json(404, {"error": "not found"})
            return
        try:
            tap = _tap(body)
        except ValueError as error:
            self._json(400, {"error": str(error)})
            return
        verdict = self._touch(tap)
        if verdict is Verdict.TOO_SOON and tap[2] is not None:
            threading.Event().wait(DEBOUNCE_S)
            verdict = self._touch(tap)
        if verdict is Verdict.TAPPED:
            self._answer(204, JSON, b"")
        else:
            self._json(409, {"error": str(verdict) if verdict else "no answer"})

    def _touch(self, tap: tuple[int, int, str | None]) -> Verdict | None:
        """Down and up; what the station made of it, or None if it did not answer in time."""
        done, verdicts = threading.Event(), list[Verdict]()

        def answer(verdict: Verdict) -> None:
            verdicts.append(verdict)
            done.set()

        x, y, target = tap
        self.server.send(Finger(down=True, x=x, y=y, finger=CONTROL, target=target))
        self.server.send(Finger(down=False, x=x, y=y, finger=CONTROL, target=target, answer=answer))
        done.wait(TAP_ANSWER_S)
        return verdicts[0] if verdicts else None

    def _frame(self, query: dict[str, list[str]]) -> None:
        try:
            after = int(query.get("after", ["0"])[0])
            wait_s = float(query.get("wait_s", ["0"])[0])
        except ValueError:
            self._json(400, {"error": "after is a whole number, wait_s a number of seconds"})
            return
        frame = self.server.frames.after(after, min(wait_s, LONGEST_WAIT_S) if wait_s > 0 else 0.0)
        if frame is None:
            self._answer(304, PNG, b"")
        else:
            self._answer(200, PNG, self.server.frames.png(frame), {"X-Frame": str(frame.n)})

    def _page(self, path: str) -> None:
        found = re.match(r"^/([^/]+)(?:/(.*))?$", path)
        page = self.server.pages.get(found[1]) if found else None
        try:
            if page is None or found is None:
                raise NotHere
            kind, body = page(found[2] or "")
        except NotHere:
            self._json(404, {"error": "not found"})
            return
        self._answer(200, kind, body)

    def _json(self, status: int, value: object) -> None:
        self._answer(status, JSON, json.dumps(value, ensure_ascii=False).encode())

    def _answer(self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            self.send_header("Cache-Control", "no-store")
            if status not in (204, 304):
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        log.debug(format, *args)


def _tap(body: bytes) -> tuple[int, int, str | None]:
    """(x, y, target) of a tap's body. Raises ``ValueError``."""
    wrong = 'say {"x": …, "y": …} in panel pixels, or {"target": "…"}'
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:  # brackets within brackets without end
        raise ValueError(wrong) from error
    match said:
        case {"target": str(target)}:
            return 0, 0, target
        case {"x": int(x) | float(x), "y": int(y) | float(y)} if math.isfinite(x) and math.isfinite(y):
            return int(x), int(y), None
    raise ValueError(wrong)
