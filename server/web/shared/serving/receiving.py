"""Receive each HTTP request completely before a worker thread handles it.

Requests are limited in size and time.

Replaces cheroot's connection manager, whose worker threads read from the network themselves: a caller that sends one
byte per second would occupy a worker for hours. Here one thread reads from all connections without blocking; a worker
gets the request after its last byte was received. The same thread makes TLS connections (``handshaking``), and sends
responses to callers that read them slowly (``sending``).
"""

import errno
import logging
import os
import selectors
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cheroot.connections import ConnectionManager

from server.web.shared.serving.busy import busy_response
from server.web.shared.serving.connection import HttpConnection, ReceivedBytes
from server.web.shared.serving.connection_table import ConnectionTable
from server.web.shared.serving.dispatching import Dispatcher
from server.web.shared.serving.framing import MAX_DISCARDED_BYTES, EarlyRefusal, Turn
from server.web.shared.serving.handshaking import Handshakes, TlsListener
from server.web.shared.serving.limits import ReceiveLimits
from server.web.shared.serving.sending import Rests

log = logging.getLogger(__name__)

READ_BYTES = 65_536
"""The most bytes that one call of ``recv`` returns."""
LINGER_S = 2.0
"""How long a refused caller's bytes are dropped before the connection is closed."""
STOP_S = 2.0
"""How long a worker of a stopping server waits for a slow reader."""
ACCEPT_PAUSE_S = 0.5
"""How long nothing is accepted when the system has no room for another connection."""
NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Errors of ``accept`` that come again at once: too many open files, or no memory."""
TIMEOUT_CHECK_S = 0.5
"""The interval between two checks for connections that exceeded a time limit."""


@dataclass(slots=True)
class _PendingRequest:
    """A connection without a complete request; at ``until_s`` (monotonic seconds) it is closed.

    ``received``: the bytes of the request so far.
    """

    until_s: float
    received: bytearray = field(default_factory=bytearray)
    discard: int = 0
    """The number of bytes still to be dropped: of a body that is too large, before a worker gets the request; or after
    a refusal (``is_refused``), before the connection is closed."""
    is_refused: bool = False


class RequestReceiver(ConnectionManager):
    """Receives requests on all connections.

    All methods but ``put``, ``forget``, ``send_rest``, ``end_turn`` and ``stop`` run in one thread.
    """

    _selector: Any

    def __init__(
        self, server: Any, mono_s: Callable[[], float], limits: ReceiveLimits, tls: TlsListener | None = None
    ) -> None:
        super().__init__(server)
        self._mono_s, self._limits, self._tls = mono_s, limits, tls
        self._waiting: ConnectionTable[_PendingRequest] = ConnectionTable()
        """Connections without a complete request."""
        self._answer_deadlines: dict[Any, float] = {}
        """Until when a worker must have sent the response (monotonic seconds), by connection."""
        self._returned: deque[Any] = deque()
        """Connections whose response was sent, for the receiving thread."""
        self._ended_turns: deque[Turn] = deque()
        """The turns that have ended, for the receiving thread."""
        self._dispatcher = Dispatcher(server.process_conn, limits.queues(), mono_s)
        self._handshakes = Handshakes(tls, self._selector, mono_s, self._begin_receiving) if tls is not None else None
        self._rests = Rests(self._selector, mono_s, self._sent)
        self._next_check_at_s = 0.0
        self._has_room = True
        self._accept_again_at_s: float | None = None
        self._wake_read_fd, self._wake_write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_read_fd, selectors.EVENT_READ, data=self)

    # --- called from any thread ---

    def put(self, conn: Any) -> None:
        """Take back a connection whose response was sent (cheroot calls this)."""
        self.end_turn(conn)
        self._returned.append(conn)
        self._wake()

    def forget(self, conn: Any) -> None:
        """Forget a connection that a worker is about to close."""
        self._answer_deadlines.pop(conn, None)
        self.end_turn(conn)

    def send_rest(self, conn: Any) -> bool:
        """Send the rest of a response, then close its connection.

        Return False when it can be closed: nothing can be sent any more. A stopping server sends the rest at once.
        """
        conn.is_synchronised = False
        if not self._stop_requested:
            self.put(conn)
            return True
        with suppress(OSError):
            conn.wfile.wait_until_sent(STOP_S)
        conn.wfile.unsent.clear()
        return False

    def end_turn(self, conn: Any) -> None:
        """End the turn of the request on ``conn``, if it has one."""
        turn, conn.turn = conn.turn, None
        if turn is not None:
            self._ended_turns.append(turn)
        if turn in (Turn.PAGE, Turn.READ):  # another one may wait
            self._wake()

    def stop(self) -> None:
        """Stop receiving; return once the thread has left its loop."""
        self._stop_requested = True
        self._wake()
        super().stop()

    def _wake(self) -> None:
        with suppress(BlockingIOError, OSError):  # a full pipe wakes the thread anyway
            os.write(self._wake_write_fd, b"!")

    @property
    def can_add_keepalive_connection(self) -> bool:
        """Always True: a new connection closes the oldest idle one where there are too many."""
        return True

    # --- in the receiving thread ---

    def _run(self, expiration_interval: float) -> None:
        while not self._stop_requested:
            for _, source in self._selector.select(timeout=min(expiration_interval, TIMEOUT_CHECK_S)):
                if source is self.server:
                    self._accept()
                elif source is self:
                    self._take_back()
                else:
                    self._proceed(source)
            now_s = self._mono_s()
            self._accept_again(now_s)
            if now_s >= self._next_check_at_s:
                self._next_check_at_s = now_s + TIMEOUT_CHECK_S
                self._close_expired(now_s)
        self._dispatcher.begin_all()

    def _accept(self) -> None:
        try:
            sock, address = self.server.socket.accept()
        except OSError as error:
            if error.errno in NO_ROOM:
                self._make_room(error)
            return
        self._has_room = True
        conn = HttpConnection(self.server, sock, address)
        if self._handshakes is not None:
            self._handshakes.begin(conn)
        else:
            self._begin_receiving(conn)

    def _make_room(self, error: OSError) -> None:
        """Close the oldest connection without a request; without one, accept nothing for a moment.

        The new connection stays in the system's queue, and would wake this thread again at once.
        """
        if self._has_room:
            log.error("no connection can be accepted: %s; it is tried again", error.strerror)
            self._has_room = False
        if len(self._waiting):
            self._close(self._waiting.oldest_of_largest_group())
        elif self._handshakes is None or not self._handshakes.give_up_one():
            self._selector.unregister(self.server.socket.fileno())
            self._accept_again_at_s = self._mono_s() + ACCEPT_PAUSE_S

    def _accept_again(self, now_s: float) -> None:
        """Accept connections again after a pause."""
        if self._accept_again_at_s is not None and now_s >= self._accept_again_at_s:
            self._accept_again_at_s = None
            self._selector.register(self.server.socket.fileno(), selectors.EVENT_READ, data=self.server)

    def _begin_receiving(self, conn: Any) -> None:
        """Receive the first request of a connection."""
        self._wait_for(conn, b"")
        self._receive(conn)  # its request has often arrived: this saves one wait for the interpreter

    def _proceed(self, conn: Any) -> None:
        """Continue on a connection that can be read, or written where that was awaited."""
        if conn in self._waiting:
            self._receive(conn)
        elif conn in self._rests:
            self._rests.proceed(conn)
        elif self._handshakes is not None and conn in self._handshakes:
            self._handshakes.proceed(conn)
        # else: closed for a newer connection in this round

    def _take_back(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_read_fd, READ_BYTES)
        self._end_turns()
        while self._returned:
            conn = self._returned.popleft()
            self._answer_deadlines.pop(conn, None)
            if conn.wfile.unsent:
                self._rests.add(conn)
            else:
                self._sent(conn)

    def _sent(self, conn: Any) -> None:
        """Wait for the next request after a response was sent, or close the connection."""
        if conn.is_synchronised:
            self._wait_for(conn, conn.rfile.read())
        else:
            conn.close_now()

    def _end_turns(self) -> None:
        while self._ended_turns:
            self._dispatcher.end(self._ended_turns.popleft())

    def _wait_for(self, conn: Any, buffered: bytes) -> None:
        """Wait for the connection's next request, which begins with the bytes ``buffered``."""
        while len(self._waiting) >= self._limits.max_waiting:
            self._close(self._waiting.oldest_of_largest_group())
        self._waiting.add(conn, _PendingRequest(self._mono_s() + self._limits.idle_s))
        self._selector.register(conn.socket.fileno(), selectors.EVENT_READ, data=conn)
        if buffered:
            self._add_bytes(conn, buffered)

    def _receive(self, conn: Any) -> None:
        try:
            received = conn.socket.recv(READ_BYTES)
            while isinstance(conn.socket, ssl.SSLSocket) and conn.socket.pending():  # no event reports these bytes
                received += conn.socket.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except (OSError, ValueError):
            received = b""
        if received:
            self._add_bytes(conn, received)
        else:
            self._close(conn)

    def _add_bytes(self, conn: Any, received: bytes) -> None:
        """Add received bytes; dispatch a complete request, refuse one that is too large."""
        waiting = self._waiting[conn]
        if waiting.discard:
            waiting.discard -= len(received)
            if waiting.discard <= 0:
                self._finish_discarding(conn, waiting)
            return
        if not waiting.received:
            waiting.until_s = self._mono_s() + self._limits.request_s
        waiting.received += received
        framed = self._limits.end_of(waiting.received)
        if isinstance(framed, EarlyRefusal):
            self._refuse(conn, framed.response)
        elif framed is None and self._is_one_file_too_many(waiting):
            self._refuse(conn, busy_response(bytes(waiting.received)))
        elif framed is not None:
            del waiting.received[framed.kept :]
            conn.is_synchronised, waiting.discard = framed.is_synchronised, framed.discarded
            if self._tls is not None and conn.is_plain:
                self._refuse(conn, self._tls.answer_plain(bytes(waiting.received)))
            elif not waiting.discard:
                self._dispatch(conn, bytes(waiting.received))

    def _is_one_file_too_many(self, waiting: _PendingRequest) -> bool:
        """Return whether this is a file and others are being received: together they take memory."""
        usual = self._limits.head_bytes + self._limits.body_bytes
        if len(waiting.received) <= usual:
            return False
        return sum(len(other.received) > usual for _, other in self._waiting.items()) > self._limits.uploads_at_once

    def _finish_discarding(self, conn: Any, waiting: _PendingRequest) -> None:
        if waiting.is_refused:
            self._close(conn)
            return
        conn.is_synchronised = waiting.discard == 0
        self._dispatch(conn, bytes(waiting.received))

    def _dispatch(self, conn: Any, received: bytes) -> None:
        """Pass the request to a worker, or refuse it when there are too many."""
        self._end_turns()
        if not self._dispatcher.has_room(conn, received):
            self._refuse(conn, busy_response(received))
            return
        self._selector.unregister(conn.socket.fileno())
        self._waiting.pop(conn)
        conn.rfile = ReceivedBytes(received)
        self._answer_deadlines[conn] = self._mono_s() + self._limits.answer_s
        self._dispatcher.add(conn, received)

    def _close_expired(self, now_s: float) -> None:
        """Close connections whose request or response exceeded its time limit."""
        for conn, waiting in self._waiting.items():
            if waiting.until_s <= now_s:
                if waiting.received and not waiting.is_refused:
                    self._refuse(conn, EarlyRefusal.TOO_SLOW.response)
                else:
                    self._close(conn)
        for conn, until_s in list(self._answer_deadlines.items()):
            if until_s <= now_s and not conn.is_stream:
                self._answer_deadlines.pop(conn, None)
                conn.disconnect(socket.SHUT_RDWR)
        self._rests.close_expired(now_s)
        if self._handshakes is not None:
            self._handshakes.close_expired(now_s)

    def _refuse(self, conn: Any, response: bytes) -> None:
        """Send a refusal, then drop the caller's bytes for a moment.

        Closing at once would reset the connection, and the caller would not receive the refusal.
        """
        waiting = self._waiting[conn]
        waiting.received.clear()
        waiting.is_refused, waiting.discard = True, MAX_DISCARDED_BYTES
        waiting.until_s = self._mono_s() + LINGER_S
        try:
            conn.socket.send(response)
        except OSError:
            self._close(conn)
            return
        conn.end_tls()
        conn.disconnect(socket.SHUT_WR)

    def _close(self, conn: Any) -> None:
        self._waiting.pop(conn)
        with suppress(KeyError, ValueError):
            self._selector.unregister(conn.socket.fileno())
        conn.close()

    def close(self) -> None:
        """Close all idle connections, and those whose response was sent."""
        self._rests.finish()
        for conn in [*self._waiting, *self._returned]:
            conn.close()
        self._returned.clear()
        if self._handshakes is not None:
            self._handshakes.close_all()
        self._selector.close()
        os.close(self._wake_write_fd)
        os.close(self._wake_read_fd)
