"""Send the rest of responses to slow readers, in the receiving thread.

Limited in time by the size of the rest, and in number and bytes of all callers together: the address with most loses
its oldest.
"""

import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from server.web.shared.serving.connection_table import ConnectionTable

REST_S = 60.0
"""How long the rest of a response may take to be sent, and longer for a large one:"""
MIN_BYTES_PER_S = 10_000
MAX_RESTS = 300
"""The most responses that are being sent at once."""
MAX_REST_BYTES = 64 * 1024 * 1024
"""The most bytes of all of them together."""
LAST_S = 1.0
"""How long a server that stops waits for each reader."""


class Rests:
    """The connections with a response that is not sent whole.

    ``on_sent`` gets each connection whose response was sent; it may have another request. All methods run in the
    receiving thread.
    """

    def __init__(self, selector: Any, mono_s: Callable[[], float], on_sent: Callable[[Any], None]) -> None:
        self._selector, self._mono_s, self._on_sent = selector, mono_s, on_sent
        self._until_s: ConnectionTable[float] = ConnectionTable()

    def __contains__(self, conn: Any) -> bool:
        return conn in self._until_s

    def add(self, conn: Any) -> None:
        """Send the rest of a response whenever its caller has read some."""
        unsent = len(conn.wfile.unsent)
        while self._until_s and not self._has_room(unsent):
            self.close(self._until_s.oldest_of_largest_group())
        self._until_s.add(conn, self._mono_s() + REST_S + unsent / MIN_BYTES_PER_S)
        self._selector.register(conn.socket.fileno(), selectors.EVENT_WRITE, data=conn)

    def _has_room(self, unsent: int) -> bool:
        kept = sum(len(conn.wfile.unsent) for conn in self._until_s)
        return len(self._until_s) < MAX_RESTS and kept + unsent <= MAX_REST_BYTES

    def proceed(self, conn: Any) -> None:
        """Send more of a response."""
        try:
            is_sent = conn.wfile.send_now()
        except OSError:
            self.close(conn)
            return
        if is_sent:
            self._until_s.pop(conn)
            self._selector.unregister(conn.socket.fileno())
            self._on_sent(conn)

    def close_expired(self, now_s: float) -> None:
        """Close connections whose caller reads too slowly."""
        for conn, until_s in self._until_s.items():
            if until_s <= now_s:
                self.close(conn)

    def close(self, conn: Any) -> None:
        """Give up a response."""
        self._until_s.pop(conn)
        self._selector.unregister(conn.socket.fileno())
        conn.wfile.unsent.clear()
        conn.disconnect(socket.SHUT_RDWR)
        conn.close_now()

    def finish(self) -> None:
        """Send all rests for a moment, and close their connections: the server stops."""
        end_s = self._mono_s() + LAST_S
        for conn in list(self._until_s):
            with suppress(OSError):
                conn.wfile.wait_until_sent(max(0.0, end_s - self._mono_s()))
            self.close(conn)
