"""The web server: cheroot's threads in a thread of our process."""

import logging
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from cheroot.wsgi import Server
from flask import Flask

from config.address import split
from server.web.waiting import Gateway

log = logging.getLogger(__name__)

BACKLOG = 512
STOP_S = 3
KNOCK_EVERY_S = 0.02


class CannotListen(Exception):
    """The address is taken or not ours; the sentence says what to do."""


class _Server(Server):
    """Cheroot, with its complaints in our log, and no thread for a connection on which nothing is asked."""

    def process_conn(self, conn: Any) -> None:
        """A connection is answered once something stands on it: browsers open some in advance and say nothing."""
        if conn.rfile.has_data() or _has_news(conn.socket):
            super().process_conn(conn)
        else:
            self.put_conn(conn)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002
        log.log(level, "%s", msg, exc_info=traceback)


@contextmanager
def serving(name: str, address: str, app: Flask, threads: int) -> Iterator[None]:
    """``app`` answers at ``address`` inside the ``with`` block. Raises ``CannotListen``."""
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
    except OSError as error:
        raise CannotListen(f"[server]: {name} = {address!r}: {error}; stop who has it, or change it") from error
    thread = threading.Thread(target=server.serve, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        _stop(server, thread)


def _stop(server: _Server, listening: threading.Thread) -> None:
    """Let those who are being answered finish."""
    stopping = threading.Thread(target=server.stop, name=f"{listening.name} stops")
    stopping.start()
    while listening.is_alive():  # it looks whether it shall end twice a second only, and when somebody connects
        with suppress(OSError):
            socket.create_connection(server.bind_addr, timeout=STOP_S).close()
        listening.join(KNOCK_EVERY_S)
    stopping.join()


def _has_news(caller: socket.socket) -> bool:
    """Whether something can be read now, be it the end."""
    looked = select.poll()  # not select.select, which knows no file descriptor over 1023
    looked.register(caller, select.POLLIN)
    return bool(looked.poll(0))
