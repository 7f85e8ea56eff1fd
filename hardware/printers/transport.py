"""How bytes reach a printer and come back: one narrow verb each way, and no call that can wait for ever.

Foreign errors (``OSError``, pyserial's) become the three of this file here and nowhere else.
"""

import contextlib
import fcntl
import select
import socket
import struct
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import serial

OUT_POLL_S = 0.002
CONNECT_S = 2.0


class LinkError(Exception):
    """The link to the printer failed."""


class CannotOpen(LinkError):
    """Nothing answers at the address: try again later, nothing was sent."""


class Gone(LinkError):
    """An open link broke: what was sent last may or may not have arrived."""


class Stuck(LinkError):
    """The printer took no more bytes in time. ``sent`` of the bytes given are on their way for good; what
    follows them may still be written."""

    def __init__(self, sent: int) -> None:
        super().__init__("the printer takes no more bytes")
        self.sent = sent


class Transport(Protocol):
    """An open link. One thread owns it, but ``close`` may be called from any."""

    def write(self, data: bytes, timeout_s: float) -> None:
        """Returns when the last byte has left the port. Raises :class:`Stuck` and :class:`Gone`."""

    def read(self, limit: int, timeout_s: float) -> bytes:
        """What came, at most ``limit`` bytes, ``b""`` after the time-out. Raises :class:`Gone`."""

    def close(self) -> None: ...


Connect = Callable[[], Transport]
"""Opens a link. Raises :class:`CannotOpen`."""


@contextlib.contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (OSError, serial.SerialException, termios.error) as error:
        raise Gone(str(error)) from error


class Tcp:
    """A network printer, usually on port 9100. ``mono_s`` gives monotonic seconds."""

    def __init__(self, host: str, port: int, mono_s: Callable[[], float], connect_s: float = CONNECT_S) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_s)
        except OSError as error:
            raise CannotOpen(f"{host}:{port}: {error}") from error
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._mono_s = mono_s

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        sent = 0
        with _mapped():
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
        with _mapped():
            if not select.select([self._socket], [], [], timeout_s)[0]:
                return b""
            data = self._socket.recv(limit)
        if not data:
            raise Gone("the printer closed the connection")
        return data

    def close(self) -> None:
        self._socket.close()


class Serial:
    """A serial printer: a port of this machine or any pyserial URL."""

    CHUNK = 256

    def __init__(self, url: str, baud: int, mono_s: Callable[[], float]) -> None:
        try:
            self._port = serial.serial_for_url(url, baudrate=baud, timeout=0, exclusive=True)
        except (OSError, ValueError) as error:
            raise CannotOpen(f"{url}: {error}") from error
        self._mono_s = mono_s

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        sent = 0
        with _mapped():
            while sent < len(data):
                self._port.write_timeout = max(0.001, end_s - self._mono_s())
                try:
                    sent += self._port.write(data[sent : sent + self.CHUNK]) or 0
                except serial.SerialTimeoutException as error:
                    # How much of this piece left is not known, so it must not be continued.
                    raise Gone("the serial port took no more bytes") from error
            # Not flush(): that is tcdrain, which waits for ever when the printer holds its handshake line.
            while getattr(self._port, "out_waiting", 0) > 0:
                if self._mono_s() > end_s:
                    raise Stuck(sent)
                time.sleep(OUT_POLL_S)

    def read(self, limit: int, timeout_s: float) -> bytes:
        with _mapped():
            self._port.timeout = timeout_s
            first = self._port.read(1)
            return first + self._port.read(min(limit - 1, self._port.in_waiting)) if first else b""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._port.close()


class File:
    """A file or device file that is only written to; it never answers, so nothing is ever proved."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise CannotOpen(f"{path}: {error}") from error

    def write(self, data: bytes, timeout_s: float) -> None:
        with _mapped():
            sent = 0
            while sent < len(data):
                if not select.select([], [self._file], [], timeout_s)[1]:
                    raise Stuck(sent)
                sent += self._file.write(data[sent:]) or 0

    def read(self, limit: int, timeout_s: float) -> bytes:
        return b""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


def connector(kind: str, address: str, baud: int, mono_s: Callable[[], float]) -> Connect:
    """What opens the link of a printer's settings: ``kind`` network, serial or file. Raises ``ValueError``."""
    if kind == "network":
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"{address!r} is not host:port")
        return lambda: Tcp(host, int(port), mono_s)
    if kind == "serial":
        return lambda: Serial(address, baud, mono_s)
    if kind == "file":
        return lambda: File(Path(address))
    raise ValueError(f"no printer of kind {kind!r}")
