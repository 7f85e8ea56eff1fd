"""Receives each HTTP request whole, bounded in size and time, before a thread is given to it.

Takes the place of cheroot's connection manager, whose threads read from the network themselves: a caller who sends a
byte a second would hold one of them for hours. Here one thread reads from all connections without waiting for any;
a worker gets the request when its last byte is there.
"""

import os
import selectors
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from cheroot.connections import ConnectionManager
from cheroot.server import HTTPConnection

from server.web.framing import MOST_DISCARDED, EarlyRefusal, framing

READ_BYTES = 65_536
LINGER_S = 2.0
LOOK_EVERY_S = 0.5
"""How often it is looked for connections that took too long."""


@dataclass(frozen=True, slots=True)
class ReceiveLimits:
    """What one caller may take of a server: seconds are real."""

    request_s: float = 10.0
    answer_s: float = 60.0
    idle_s: float = 30.0
    most_waiting: int = 500
    head_bytes: int = 16 * 1024
    body_bytes: int = 64 * 1024


class ReceivedBytes(BytesIO):
    """A connection's input as cheroot reads it: the bytes received so far and no more."""

    bytes_read = 0

    def has_data(self) -> bool:
        """Return whether bytes of a further request are left."""
        return self.tell() < len(self.getbuffer())


class Connection(HTTPConnection):
    """A connection that is closed after its answer when nobody knows where the next request begins.

    ``in_step`` is false after two different lengths, for instance: the bytes behind may be a body or a request.
    """

    in_step = True
    is_stream = False

    def communicate(self) -> bool:
        """Answer one request; return whether the connection stays open."""
        return bool(super().communicate()) and self.in_step  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close the connection; nobody watches its answer any more."""
        self.server.receiver.ended(self)
        super().close()


@dataclass(slots=True)
class _Waiting:
    """A connection without a whole request; ``until_s`` is when it is given up."""

    until_s: float
    received: bytearray = field(default_factory=bytearray)
    discard: int = 0
    """Bytes still to be thrown away: of a body that is too large, and then the request is handed on; or of whatever
    follows a refusal (``is_refused``), and then the connection is closed."""
    is_refused: bool = False


class RequestReceiver(ConnectionManager):
    """Cheroot's connections between their answers. All but ``put``, ``ended`` and ``stop`` run in one thread."""

    _selector: Any
    _from_server_socket: Any

    def __init__(self, server: Any, mono_s: Callable[[], float], limits: ReceiveLimits) -> None:
        super().__init__(server)
        self._mono_s, self._limits = mono_s, limits
        self._waiting: dict[Any, _Waiting] = {}
        self._answering: dict[Any, float] = {}
        self._returned: deque[Any] = deque()
        self._look_s = 0.0
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_out, selectors.EVENT_READ, data=self)

    # --- called from any thread ---

    def put(self, conn: Any) -> None:
        """Take back a connection whose answer was sent."""
        self._returned.append(conn)
        self._wake()

    def ended(self, conn: Any) -> None:
        """Forget a connection that a worker is about to close."""
        self._answering.pop(conn, None)

    def stop(self) -> None:
        """Stop receiving; return once the thread has left its loop."""
        self._stop_requested = True
        self._wake()
        super().stop()

    def _wake(self) -> None:
        with suppress(BlockingIOError, OSError):  # full: it wakes anyway
            os.write(self._wake_in, b"!")

    @property
    def can_add_keepalive_connection(self) -> bool:
        """Return whether a connection may stay open; the oldest one makes room."""
        return True

    # --- in the receiving thread ---

    def _run(self, expiration_interval: float) -> None:
        while not self._stop_requested:
            for _, source in self._selector.select(timeout=min(expiration_interval, LOOK_EVERY_S)):
                if source is self.server:
                    self._accept()
                elif source is self:
                    self._take_back()
                else:
                    self._receive(source)
            if (now_s := self._mono_s()) >= self._look_s:
                self._look_s = now_s + LOOK_EVERY_S
                self._give_up(now_s)

    def _accept(self) -> None:
        conn = self._from_server_socket(self.server.socket)
        if conn is not None:
            self._wait_for(conn, b"")

    def _take_back(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_out, READ_BYTES)
        while self._returned:
            conn = self._returned.popleft()
            self._answering.pop(conn, None)
            self._wait_for(conn, conn.rfile.read())

    def _wait_for(self, conn: Any, left: bytes) -> None:
        """Wait for the connection's next request, of which the bytes ``left`` are there already."""
        while len(self._waiting) >= self._limits.most_waiting:
            self._close(next(iter(self._waiting)))
        conn.socket.settimeout(0)
        self._waiting[conn] = _Waiting(self._mono_s() + self._limits.idle_s)
        self._selector.register(conn.socket.fileno(), selectors.EVENT_READ, data=conn)
        if left:
            self._add(conn, left)

    def _receive(self, conn: Any) -> None:
        if conn not in self._waiting:  # closed for another one since this round began
            return
        try:
            received = conn.socket.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            received = b""
        if received:
            self._add(conn, received)
        else:
            self._close(conn)

    def _add(self, conn: Any, received: bytes) -> None:
        """Hand the request on when these bytes make it whole; refuse one that is too large."""
        waiting = self._waiting[conn]
        if waiting.discard:
            waiting.discard -= len(received)
            if waiting.discard <= 0:
                self._discarded(conn, waiting)
            return
        if not waiting.received:
            waiting.until_s = self._mono_s() + self._limits.request_s
        waiting.received += received
        found = framing(waiting.received, self._limits.head_bytes, self._limits.body_bytes)
        if isinstance(found, EarlyRefusal):
            self._refuse(conn, found)
        elif found is not None:
            del waiting.received[found.kept :]
            conn.in_step, waiting.discard = found.in_step, found.discarded
            if not waiting.discard:
                self._hand_on(conn, bytes(waiting.received))

    def _discarded(self, conn: Any, waiting: _Waiting) -> None:
        if waiting.is_refused:
            self._close(conn)
            return
        conn.in_step = waiting.discard == 0
        self._hand_on(conn, bytes(waiting.received))

    def _hand_on(self, conn: Any, received: bytes) -> None:
        self._selector.unregister(conn.socket.fileno())
        del self._waiting[conn]
        conn.socket.settimeout(self.server.timeout)
        conn.rfile = ReceivedBytes(received)
        self._answering[conn] = self._mono_s() + self._limits.answer_s
        self.server.process_conn(conn)

    def _give_up(self, now_s: float) -> None:
        """End what took too long: requests that do not get whole, answers that nobody reads."""
        for conn, waiting in list(self._waiting.items()):
            if waiting.until_s <= now_s:
                if waiting.received and not waiting.is_refused:
                    self._refuse(conn, EarlyRefusal.TOO_SLOW)
                else:
                    self._close(conn)
        for conn, until_s in list(self._answering.items()):
            if until_s <= now_s and not conn.is_stream:
                self._answering.pop(conn, None)
                with suppress(OSError):  # its worker closed it meanwhile
                    conn.socket.shutdown(socket.SHUT_RDWR)

    def _refuse(self, conn: Any, refusal: EarlyRefusal) -> None:
        """Send a refusal, then throw away for a moment what comes: a reset would take the refusal with it."""
        waiting = self._waiting[conn]
        waiting.received.clear()
        waiting.is_refused, waiting.discard = True, MOST_DISCARDED
        waiting.until_s = self._mono_s() + LINGER_S
        try:
            conn.socket.send(refusal.response)
            conn.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)

    def _close(self, conn: Any) -> None:
        del self._waiting[conn]
        with suppress(KeyError, ValueError):
            self._selector.unregister(conn.socket.fileno())
        conn.close()

    def close(self) -> None:
        """Close all connections that wait."""
        for conn in [*self._waiting, *self._returned]:
            conn.close()
        self._waiting.clear()
        self._selector.close()
        os.close(self._wake_in)
        os.close(self._wake_out)
