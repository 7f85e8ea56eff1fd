"""A network printer, usually on port 9100."""

import fcntl
import select
import socket
import struct
import termios
import time
from collections.abc import Callable

from hardware.printers.transports.transport import CannotConnect, LinkLost, WriteStalled, error_text, link_errors_mapped

CONNECT_TIMEOUT_S = 2.0
POLL_INTERVAL_S = 0.002  # between looks for unacknowledged bytes
SEND_BUFFER_BYTES = 16_384
"""Send buffer of our own kernel: enough to keep the line busy, small enough that a stopped printer is noticed
before half of a slip is in the buffer."""


class TcpTransport:
    """Implements :class:`hardware.printers.transports.transport.Transport`."""

    def __init__(
        self, host: str, port: int, mono_s: Callable[[], float], connect_timeout_s: float = CONNECT_TIMEOUT_S
    ) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_timeout_s)
        except OSError as error:
            raise CannotConnect(f"{host}:{port}: {error_text(error)}") from error
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._mono_s = mono_s

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        sent = 0
        with link_errors_mapped():
            while sent < len(data):
                remaining_s = end_s - self._mono_s()
                if remaining_s <= 0 or not select.select([], [self._socket], [], remaining_s)[1]:
                    raise WriteStalled(sent)
                sent += self._socket.send(data[sent:])
            while self._unacknowledged_bytes() > 0:
                if self._mono_s() > end_s:
                    raise WriteStalled(sent)
                time.sleep(POLL_INTERVAL_S)

    def _unacknowledged_bytes(self) -> int:
        """Return the number of sent bytes that the printer's side has not acknowledged."""
        count: int = struct.unpack("i", fcntl.ioctl(self._socket, termios.TIOCOUTQ, b"\0" * 4))[0]
        return count

    def read(self, limit: int, timeout_s: float) -> bytes:
        with link_errors_mapped():
            if not select.select([self._socket], [], [], timeout_s)[0]:
                return b""
            data = self._socket.recv(limit)
            # A printer that waits for this before it sends more (Nagle) would be received 40 ms later; Linux resets it.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not data:
            raise LinkLost("the printer closed the connection")
        return data

    def close(self) -> None:
        if self._socket.fileno() < 0:
            return
        if self._unacknowledged_bytes() > 0:
            # Else the kernel would continue to send half a slip for minutes.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()
