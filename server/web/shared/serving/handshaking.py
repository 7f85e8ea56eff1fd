"""Make TLS connections without blocking, and recognise plain HTTP on their port.

Handshakes are limited in time and in number, of all callers and of each address.
"""

import selectors
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.web.shared.serving.connection_table import ConnectionTable

HANDSHAKE_S = 5.0
"""How long a handshake may take in all."""
MAX_HANDSHAKES, MAX_HANDSHAKES_OF_ONE = 200, 40
"""The most unfinished handshakes, of all callers and of one address."""
TLS_HANDSHAKE = b"\x16"
"""The first byte of a TLS connection; that of plain HTTP is a letter."""


@dataclass(frozen=True, slots=True)
class TlsListener:
    """How a listener speaks TLS. ``context`` returns the context for a new connection.

    ``answer_plain`` returns the response to a request of plain HTTP, for example a redirect.
    """

    context: Callable[[], ssl.SSLContext]
    answer_plain: Callable[[bytes], bytes]


class Handshakes:
    """The connections whose first bytes are awaited or whose handshake is not finished.

    ``on_ready`` gets each connection on which requests can be received; ``conn.is_plain`` when it is not encrypted.
    All methods run in the receiving thread.
    """

    def __init__(
        self, tls: TlsListener, selector: Any, mono_s: Callable[[], float], on_ready: Callable[[Any], None]
    ) -> None:
        self._tls, self._selector, self._mono_s, self._on_ready = tls, selector, mono_s, on_ready
        self._until_s: ConnectionTable[float] = ConnectionTable()

    def __contains__(self, conn: Any) -> bool:
        return conn in self._until_s

    def begin(self, conn: Any) -> None:
        """Wait for the first byte of a new connection."""
        if self._until_s.count_of(conn.group) >= MAX_HANDSHAKES_OF_ONE:
            self.close(self._until_s.oldest_of(conn.group))
        if len(self._until_s) >= MAX_HANDSHAKES:
            self.close(self._until_s.oldest_of_largest_group())
        self._until_s.add(conn, self._mono_s() + HANDSHAKE_S)
        self._selector.register(conn.socket.fileno(), selectors.EVENT_READ, data=conn)
        self.proceed(conn)

    def proceed(self, conn: Any) -> None:
        """Take the next step of a handshake."""
        try:
            if not conn.is_secure and not self._wrap(conn):
                return
            if conn.is_secure:
                conn.socket.do_handshake()
        except (BlockingIOError, ssl.SSLWantReadError):
            self._await(conn, selectors.EVENT_READ)
        except ssl.SSLWantWriteError:
            self._await(conn, selectors.EVENT_WRITE)
        except (OSError, ValueError):
            self.close(conn)
        else:
            self._until_s.pop(conn)
            self._selector.unregister(conn.socket.fileno())
            self._on_ready(conn)

    def _wrap(self, conn: Any) -> bool:
        """Begin TLS after its first byte; return False for a connection that was closed."""
        first = conn.socket.recv(1, socket.MSG_PEEK)
        if not first:
            self.close(conn)
            return False
        if first != TLS_HANDSHAKE:
            conn.is_plain = True
            return True
        self._selector.unregister(conn.socket.fileno())
        try:
            conn.socket = self._tls.context().wrap_socket(conn.socket, server_side=True, do_handshake_on_connect=False)
        except (OSError, ValueError):
            self._until_s.pop(conn)
            conn.socket.close()  # its descriptor may already be closed
            return False
        self._selector.register(conn.socket.fileno(), selectors.EVENT_READ, data=conn)
        return True

    def _await(self, conn: Any, events: int) -> None:
        self._selector.unregister(conn.socket.fileno())
        self._selector.register(conn.socket.fileno(), events, data=conn)

    def give_up_one(self) -> bool:
        """Give up the oldest handshake of the address with the most; return False without any."""
        if not len(self._until_s):
            return False
        self.close(self._until_s.oldest_of_largest_group())
        return True

    def close_expired(self, now_s: float) -> None:
        """Close connections whose handshake exceeded its time."""
        for conn, until_s in self._until_s.items():
            if until_s <= now_s:
                self.close(conn)

    def close(self, conn: Any) -> None:
        """Give up a handshake."""
        self._until_s.pop(conn)
        self._selector.unregister(conn.socket.fileno())
        conn.disconnect(socket.SHUT_RDWR)
        conn.socket.close()

    def close_all(self) -> None:
        """Close all connections."""
        for conn in list(self._until_s):
            self.close(conn)
