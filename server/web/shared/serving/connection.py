"""A connection of cheroot that never blocks a worker for a slow reader.

A worker thread writes its response here. What the network does not take at once is kept, and the receiving thread sends
it later; a caller that reads slowly therefore holds no worker. Only streams, and the part of a response over
``MAX_UNSENT_BYTES``, wait in their worker.
"""

import errno
import select
import socket
import ssl
from contextlib import suppress
from io import BytesIO
from typing import Any

from cheroot.server import HTTPConnection

from config.address import address_group
from server.web.shared.serving.connection_table import plain_address
from server.web.shared.serving.framing import Turn

MAX_UNSENT_BYTES = 4 * 1024 * 1024
"""The most bytes of a response that are kept for a slow reader."""
SEND_BYTES = 65_536
"""The most bytes that one call of ``send`` gets."""


class ReceivedBytes(BytesIO):
    """A connection's input for cheroot: the bytes received so far."""

    bytes_read = 0

    def has_data(self) -> bool:
        """Return whether bytes of a further request were received."""
        return self.tell() < len(self.getbuffer())


class ResponseWriter:
    """A connection's output for cheroot. ``unsent``: bytes that the network has not taken yet."""

    def __init__(self, conn: "HttpConnection") -> None:
        self._conn = conn
        self.unsent = bytearray()
        self.bytes_written = 0

    def write(self, content: bytes) -> int:
        """Send ``content``, or keep what the network does not take now. Raises ``OSError``."""
        self.unsent += content
        self.bytes_written += len(content)
        if not self.send_now() and (self._conn.is_stream or len(self.unsent) > MAX_UNSENT_BYTES):
            self.wait_until_sent(self._conn.server.timeout)
        return len(content)

    def send_now(self) -> bool:
        """Send as much as the network takes now; return whether all was sent. Raises ``OSError``."""
        while self.unsent:
            with memoryview(self.unsent) as view, view[:SEND_BYTES] as part:
                try:
                    sent = self._conn.socket.send(part)
                except (BlockingIOError, ssl.SSLWantWriteError):
                    return False
                except ssl.SSLError as error:  # cheroot knows the errors of plain sockets
                    raise ConnectionResetError(errno.ECONNRESET, str(error)) from error
            del self.unsent[:sent]
        return True

    def wait_until_sent(self, timeout_s: float) -> None:
        """Send the rest; raise ``TimeoutError`` when the caller takes nothing for ``timeout_s``."""
        poller = select.poll()
        poller.register(self._conn.socket, select.POLLOUT)
        while not self.send_now():
            if not poller.poll(timeout_s * 1000):
                self.unsent.clear()
                raise TimeoutError("timed out")


class HttpConnection(HTTPConnection):
    """A connection that may have to be closed after its response.

    ``is_synchronised`` is False after two different lengths, for example: the next bytes may be a body or a request.
    ``is_stream``: its response has no end, so no time limit applies. ``turn``: the kind of the request that is
    being answered. ``group``: whose connection it is. ``is_plain``: plain HTTP came where TLS is spoken.
    """

    is_synchronised = True
    is_stream = False
    is_plain = False
    turn: Turn | None = None
    wfile: ResponseWriter

    def __init__(self, server: Any, sock: socket.socket, address: Any) -> None:
        super().__init__(server, sock, lambda _sock, _mode, _size: ReceivedBytes())
        sock.settimeout(0)
        self.wfile = ResponseWriter(self)
        self.remote_addr, self.remote_port = plain_address(address[0]), address[1]
        self.ssl_env: dict[str, str] = {}
        self.group = address_group(self.remote_addr)

    @property
    def is_secure(self) -> bool:
        """Return whether the connection is encrypted."""
        return isinstance(self.socket, ssl.SSLSocket)

    def communicate(self) -> bool:
        """Answer one request; return whether the connection stays open."""
        return bool(super().communicate()) and self.is_synchronised  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close the connection; the receiving thread does it when a response is still being sent."""
        if not self.wfile.unsent or not self.server.receiver.send_rest(self):
            self.server.receiver.forget(self)
            self.close_now()

    def close_now(self) -> None:
        """Close the connection at once."""
        self.end_tls()
        super().close()

    def end_tls(self) -> None:
        """Send the end of the encrypted stream, without waiting for the caller's."""
        if isinstance(self.socket, ssl.SSLSocket):
            with suppress(OSError, ValueError):
                self.socket.unwrap()

    def disconnect(self, how: int) -> None:
        """End the socket's sending or receiving, below TLS.

        ``ssl.SSLSocket.shutdown`` would first return to plain text, in which another thread might then send.
        """
        with suppress(OSError):
            socket.socket.shutdown(self.socket, how)
