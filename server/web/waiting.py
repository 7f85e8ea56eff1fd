"""Whether the caller of a request still waits: what nobody waits for any more is not carried out.

A server that was frozen (a laptop's lid, a stopped machine) thaws with requests whose callers gave up long ago. A
kiosk has told its visitor that no number came, so none may be issued then.
"""

import select
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from cheroot.wsgi import Gateway_10
from flask import has_request_context, request

from server.store.writer import Work, Writer

WAITS = "luot.caller_waits"
"""Where a request's environment has the question."""
STREAMS = "luot.streams"
"""Where it has the call by which an answer asks to go on without an end."""

Answer = TypeVar("Answer")


class Gateway(Gateway_10):
    """Cheroot's, with the question in the environment."""

    def get_environ(self) -> Any:
        """The environment of WSGI."""
        caller = self.req.conn.socket
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        return {**environ, WAITS: lambda: still_there(caller), STREAMS: self._stream}

    def _stream(self) -> None:
        self.req.conn.is_stream = True


def still_there(caller: socket.socket) -> bool:
    """Whether the other end has not hung up. Takes nothing from the line and never waits."""
    looked = select.poll()  # not select.select, which knows no file descriptor over 1023
    try:
        looked.register(caller, select.POLLIN)
        return not looked.poll(0) or caller.recv(1, socket.MSG_PEEK) != b""
    except (OSError, ValueError):  # reset, or closed on our side
        return False


class ForCallers:
    """The writer as requests use it: a command whose caller has hung up by then is left out."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def ask(self, work: Work[Answer]) -> Answer:
        """As the writer's."""
        wanted: Callable[[], bool] = request.environ.get(WAITS, _always) if has_request_context() else _always
        return self._writer.ask(work, wanted=wanted)


def _always() -> bool:
    return True
