"""Run a Flask application in the cheroot web server, in a thread of this process."""

import logging
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cheroot.wsgi import Server
from flask import Flask

from config.address import split_address
from server.web.shared.serving.caller import END_TURN_KEY, Gateway
from server.web.shared.serving.handshaking import TlsListener
from server.web.shared.serving.limits import ReceiveLimits
from server.web.shared.serving.receiving import RequestReceiver

log = logging.getLogger(__name__)

BACKLOG = 512
"""Connections that the system holds until they are accepted."""
STOP_TIMEOUT_S = 3
"""How long a stop waits for the worker threads."""
OPEN_FILES = 8192
"""Enough for the connections of all ports, the database and the broker; Debian's default limit is 1024."""


def raise_open_files() -> None:
    """Raise this process's limit of open files to ``OPEN_FILES``, or to the system's hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    new_limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < new_limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (new_limit, hard))


class CannotListen(Exception):
    """The address is in use or not of this machine; the message has the remedy."""


class _HttpServer(Server):
    """Cheroot with our logging, and with threads for complete requests only."""

    _connections: Any

    def receive_with(self, mono_s: Callable[[], float], limits: ReceiveLimits, tls: TlsListener | None) -> None:
        """Replace cheroot's connection manager by ``RequestReceiver``. Call after ``prepare``."""
        self._connections.close()
        self.receiver = self._connections = RequestReceiver(self, mono_s, limits, tls)

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: Any) -> socket.socket:
        """Bind the socket; close it where that fails, which cheroot leaves to the garbage collector."""
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002
        log.log(level, "%s", msg, exc_info=traceback)


@contextmanager
def serving(
    name: str,
    address: str,
    app: Flask,
    threads: int,
    mono_s: Callable[[], float],
    limits: ReceiveLimits = ReceiveLimits(),  # noqa: B008 - frozen
    tls: TlsListener | None = None,
) -> Iterator[None]:
    """Serve ``app`` at ``address`` inside the ``with`` block. Raises ``CannotListen``.

    ``name`` is the setting that has the address; ``threads``: how many requests are handled at once. With ``tls`` the
    address speaks HTTPS.
    """
    server = _HttpServer(
        split_address(address),
        _ending_turns(app.wsgi_app),
        numthreads=threads,
        server_name="luot",
        request_queue_size=BACKLOG,
        shutdown_timeout=STOP_TIMEOUT_S,
    )
    server.gateway = Gateway
    try:
        server.prepare()
        server.receive_with(mono_s, limits, tls)
    except OSError as error:
        raise CannotListen(
            f"[server]: {name} = {address!r}: {error}; stop the program that uses it, or change it"
        ) from error
    stopping = threading.Event()

    def serve() -> None:
        server.serve()
        if not stopping.is_set():
            raise RuntimeError(f"the web server on {address} has ended")  # ends the program, and systemd restarts it

    thread = threading.Thread(target=serve, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        _stop(server, thread)


def _ending_turns(wsgi_app: Callable[..., Any]) -> Callable[..., Any]:
    """Return an application that ends the turn of a request before its response is sent."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        try:
            return wsgi_app(environ, start_response)
        finally:
            environ[END_TURN_KEY]()

    return answer


def _stop(server: _HttpServer, serving_thread: threading.Thread) -> None:
    """Stop the server after the responses in progress."""
    server.stop()
    serving_thread.join()
