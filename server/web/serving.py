"""The web server: cheroot's threads in a thread of our process."""

import logging
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cheroot.wsgi import Server
from flask import Flask

from config.address import split
from server.web.receiving import Connection, ReceiveLimits, RequestReceiver
from server.web.waiting import Gateway

log = logging.getLogger(__name__)

BACKLOG = 512
STOP_S = 3


OPEN_FILES = 4096
"""Both ports' connections and threads, with room for the database and the bus; Debian's own limit is 1024."""


def raise_open_files() -> None:
    """Let this process open as many files as its connections need, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class CannotListen(Exception):
    """The address is taken or not ours; the sentence says what to do."""


class _Server(Server):
    """Cheroot, with its complaints in our log, and with threads for requests that were received whole only."""

    ConnectionClass = Connection
    _connections: Any

    def receive_with(self, mono_s: Callable[[], float], limits: ReceiveLimits) -> None:
        """Receive requests within ``limits``, in place of cheroot's own way; after ``prepare``."""
        self._connections.close()
        self.receiver = self._connections = RequestReceiver(self, mono_s, limits)

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
) -> Iterator[None]:
    """Serve ``app`` at ``address`` inside the ``with`` block. Raises ``CannotListen``."""
    server = _Server(
        split(address),
        app.wsgi_app,
        numthreads=threads,
        server_name="luot",
        request_queue_size=BACKLOG,
        shutdown_timeout=STOP_S,
    )
    server.gateway = Gateway
    try:
        server.prepare()
        server.receive_with(mono_s, limits)
    except OSError as error:
        raise CannotListen(f"[server]: {name} = {address!r}: {error}; stop who has it, or change it") from error
    stopping = threading.Event()

    def listen() -> None:
        server.serve()
        if not stopping.is_set():
            raise RuntimeError(f"nobody listens on {address} any more")  # ends the program, to be started again

    thread = threading.Thread(target=listen, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        _stop(server, thread)


def _stop(server: _Server, listening: threading.Thread) -> None:
    """Let those who are being answered finish."""
    server.stop()
    listening.join()
