"""Skip a command when the caller of its request has disconnected.

A server that was suspended (a closed laptop, a stopped virtual machine) resumes with requests whose callers gave up
long ago. By then a kiosk has reported to its visitor that no number was issued, so the server must not issue one.
"""

import select
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

from cheroot.wsgi import Gateway_10
from flask import has_request_context, request

from server.store import Work, Writer

IS_CONNECTED_KEY = "luot.caller_waits"
"""Key of the WSGI environment: a function that returns whether the caller is still connected."""
END_TURN_KEY = "luot.end_turn"
"""Key of the WSGI environment: a function that ends the turn of the request, so that another request can begin."""
START_STREAM_KEY = "luot.streams"
"""Key of the WSGI environment: a function that exempts the response, a stream, from the time limit of answers."""

Answer = TypeVar("Answer")


class Gateway(Gateway_10):
    """Cheroot's gateway to WSGI, which adds the three functions above to the environment."""

    def get_environ(self) -> Any:
        """Return the WSGI environment of the request."""
        caller = self.req.conn.socket  # the caller's connection
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        return {
            **environ,
            "wsgi.url_scheme": "https" if self.req.conn.is_secure else "http",  # not that of an absolute address
            IS_CONNECTED_KEY: lambda: is_connected(caller),
            END_TURN_KEY: lambda: self.req.conn.server.receiver.end_turn(self.req.conn),
            START_STREAM_KEY: self._start_stream,
        }

    def _start_stream(self) -> None:
        self.req.conn.is_stream = True


def is_connected(caller: socket.socket) -> bool:
    """Return whether the caller is still connected, without reading and without waiting."""
    poller = select.poll()  # not select.select, which accepts no file descriptor over 1023
    try:
        if isinstance(caller, ssl.SSLSocket):  # the bytes of its farewell come before the end
            poller.register(caller, select.POLLRDHUP)
            return not poller.poll(0)
        poller.register(caller, select.POLLIN)
        return not poller.poll(0) or caller.recv(1, socket.MSG_PEEK) != b""
    except (OSError, ValueError):  # reset, or closed on our side
        return False


class SkipIfDisconnected:
    """The writer for requests: skips the commands of callers that have disconnected."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def ask(self, work: Work[Answer]) -> Answer:
        """Run ``work`` as ``Writer.ask`` does."""
        is_caller_connected = caller_check() if has_request_context() else _always
        return self._writer.ask(work, is_wanted=is_caller_connected)


def caller_check() -> Callable[[], bool]:
    """Return a function that returns whether the request's caller is still connected."""
    check: Callable[[], bool] = request.environ.get(IS_CONNECTED_KEY, _always)
    return check


def _always() -> bool:
    return True
