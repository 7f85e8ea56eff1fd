"""A network printer, usually on port 9100."""

import fcntl
import select
import socket
import struct
import termios
import time
from collections.abc import Callable

from hardware.printers.transports.transport import CannotOpen, Gone, Stuck, mapped, why

CONNECT_S = 2.0
OUT_POLL_S = 0.002
AHEAD_BYTES = 16_384
"""What our own kernel may hold: enough to keep the line busy, little enough that a printer that stops is felt before
half of a slip is on its way for good."""


class Tcp:
    """Implements :class:`hardware.printers.transports.transport.Transport`."""

    def __init__(self, host: str, port: int, mono_s: Callable[[], float], connect_s: float = CONNECT_S) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_s)
        except OSError as error:
            raise CannotOpen(f"{host}:{port}: {why(error)}") from error
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, AHEAD_BYTES)
        self._mono_s = mono_s

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        sent = 0
        with mapped():
            while sent < len(data):
                left_s = end_s - self._mono_s()
                if left_s <= 0 or not select.select([], [self._socket], [], left_s)[1]:
                    raise Stuck(sent)
                sent += self._socket.send(data[sent:])
            while self._waiting() > 0:
                if self._mono_s() > end_s:
                    raise Stuck(sent)
                time.sleep(OUT_POLL_S)

    def _waiting(self) -> int:
        """Bytes the kernel holds that the printer's side has not acknowledged."""
        held: int = struct.unpack("i", fcntl.ioctl(self._socket, termios.TIOCOUTQ, b"\0" * 4))[0]
        return held

    def read(self, limit: int, timeout_s: float) -> bytes:
        with mapped():
            if not select.select([self._socket], [], [], timeout_s)[0]:
                return b""
            data = self._socket.recv(limit)
            # A printer that waits for this before it says more (Nagle) would be heard 40 ms later; Linux forgets it.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not data:
            raise Gone("the printer closed the connection")
        return data

    def close(self) -> None:
        if self._socket.fileno() < 0:
            return
        if self._waiting() > 0:
            # Without this the kernel would go on sending half a slip behind our back for minutes.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()
