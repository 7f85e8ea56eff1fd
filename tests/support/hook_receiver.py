"""A web-hook's receiver on loopback, whose answers a test sets."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def fact(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def delivery(self) -> str:
        return self.headers["Luot-Delivery"]


class HookReceiver:
    """Receives requests from construction to ``close``.

    ``status`` returns the status of each answer; it may wait for ``released``, which ``close`` sets.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.released = threading.Event()
        self.status: Callable[[Received], int] = lambda received: 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received = Received(self.path, dict(self.headers), body)
                receiver.received.append(received)
                status = receiver.status(received)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Write no log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}/facts"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def facts(self, kind: str = "") -> list[dict[str, Any]]:
        """Return the received facts, of one kind or of all."""
        return [received.fact for received in self.received if kind in ("", received.fact["kind"])]
