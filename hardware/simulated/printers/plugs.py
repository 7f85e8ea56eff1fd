"""Plugs of a simulated printer: a TCP port, or a pseudo-terminal that simulates an adapter.

A plug only moves bytes. Transmission times and faults are simulated by :mod:`hardware.simulated.printers.link`.
"""

import logging
import os
import pty
import select
import socket
import struct
import termios
import threading
import tty
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)

TCP_WINDOW_BYTES = 32_768
"""Size of the receive window of a network printer."""
BAUD_BY_CODE: Mapping[int, int] = {
    code: int(name[1:]) for name, code in vars(termios).items() if name[0] == "B" and name[1:].isdecimal()
}
"""The kernel's code of a port speed -> baud."""


@dataclass(frozen=True, slots=True)
class PortSettings:
    """The port settings of the other side: speed and flow control.

    ``baud`` None: there is none, or it is unknown. The defaults are for network and USB, which stop the sender by
    themselves.
    """

    baud: int | None = None
    uses_rtscts: bool = True
    uses_xonxoff: bool = True


class Plug(Protocol):
    """One end of a connection. ``wait`` and ``read`` are called by one thread only, all other methods by any."""

    dies_with_power: bool
    """The connection breaks when the printer loses power; a serial adapter stays."""

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port, or path and baud (0: USB)."""

    def wait(self, timeout_s: float) -> None:
        """Block until there are bytes, the connection changes, or the time-out."""

    def read(self, max_bytes: int) -> bytes:
        """Return at most ``max_bytes`` received bytes, perhaps none. Never blocks."""

    def write(self, data: bytes) -> None:
        """Send without blocking; bytes without room are lost, as a printer's replies are."""

    def settings(self) -> PortSettings:
        """Return speed and handshake as the driver has set them, where known."""

    def pull(self) -> None:
        """Break the connection at once, as a pulled cable does. May be called again."""

    def insert(self) -> None:
        """Restore the connection. Raises ``OSError`` when the port is taken meanwhile."""

    def close(self) -> None: ...


class _Waiter:
    """Waits for readable bytes, interruptibly.

    Closing a file descriptor does not wake a thread that waits for it.
    """

    def __init__(self) -> None:
        self._wake_read_fd, self._wake_write_fd = os.pipe()
        os.set_blocking(self._wake_read_fd, False)
        os.set_blocking(self._wake_write_fd, False)
        self._waiting = threading.Lock()
        self._interrupted = False

    def wait(self, fd: int, timeout_s: float) -> None:
        with self._waiting:
            if not self._interrupted:
                try:
                    ready, _, _ = select.select([self._wake_read_fd, *([fd] if fd >= 0 else [])], [], [], timeout_s)
                except OSError:  # closed just before the wait
                    return
                if self._wake_read_fd in ready:
                    os.read(self._wake_read_fd, 4096)

    def interrupt_and(self, close: Callable[[], None]) -> None:
        """Call ``close`` while no thread waits."""
        self._interrupted = True
        try:
            os.write(self._wake_write_fd, b"!")
        except BlockingIOError:
            log.debug("already being woken")
        with self._waiting:
            close()
            self._interrupted = False

    def close(self) -> None:
        os.close(self._wake_read_fd)
        os.close(self._wake_write_fd)


class TcpPlug:
    """A network card: one connection at a time, as in many real printers. Listens until pulled."""

    dies_with_power = True

    def __init__(self, host: str = "127.0.0.1", port: int = 0, window_bytes: int = TCP_WINDOW_BYTES) -> None:
        """Raises ``OSError`` when the port is taken. ``window_bytes``: a printer's card receives little more than
        its buffer holds, so that a stop is noticed by the sender."""
        self._window_bytes = window_bytes
        self._lock = threading.Lock()
        self._waiter = _Waiter()
        self._connection: socket.socket | None = None
        self._listener: socket.socket | None = None
        self.address: tuple[str, int] = (host, port)
        self.insert()
        assert self._listener is not None
        self.address = self._listener.getsockname()[:2]

    def insert(self) -> None:
        with self._lock:
            if self._listener is None:
                listener = socket.create_server(self.address)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._window_bytes)
                listener.settimeout(0)
                self._listener = listener

    def pull(self) -> None:
        self._waiter.interrupt_and(self._close_both)

    def _close_both(self) -> None:
        with self._lock:
            if self._listener is not None:
                self._listener.close()
            if self._connection is not None:
                _close_with_reset(self._connection)
            self._listener = self._connection = None

    def settings(self) -> PortSettings:
        return PortSettings()

    def wait(self, timeout_s: float) -> None:
        with self._lock:
            open_socket = self._connection or self._listener
        self._waiter.wait(-1 if open_socket is None else open_socket.fileno(), timeout_s)

    def read(self, max_bytes: int) -> bytes:
        with self._lock:
            if self._connection is None and self._listener is not None:
                self._connection = _accept(self._listener)
            if self._connection is None:
                return b""
            try:
                data = self._connection.recv(max_bytes)
            except BlockingIOError:
                return b""
            except OSError:
                data = b""
            if not data:
                self._connection.close()
                self._connection = None
            return data

    def write(self, data: bytes) -> None:
        with self._lock:
            if self._connection is not None:
                try:
                    self._connection.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                except OSError as error:
                    log.debug("reply lost: %s", error)

    def close(self) -> None:
        self.pull()
        self._waiter.close()


class PtyPlug:
    """A serial or USB adapter: a symlink at ``path`` to a pseudo-terminal. Plugged in from the start.

    ``baud`` None is a USB printer's device file. Linux buffers up to 17 kB between the two ends (not configurable) and
    does not report them as waiting, so a sender that needs to know when its last byte left must count.
    """

    def __init__(self, path: Path, baud: int | None = None) -> None:
        self._path, self._baud = path, baud
        self.dies_with_power = baud is None
        self._lock = threading.Lock()
        self._waiter = _Waiter()
        self._device_fd = self._driver_fd = -1
        path.parent.mkdir(parents=True, exist_ok=True)
        self.insert()

    @property
    def address(self) -> tuple[str, int]:
        return str(self._path), self._baud or 0

    def insert(self) -> None:
        with self._lock:
            if self._device_fd >= 0:
                return
            # Keep the driver's end open too; else each close by the driver would look like a pulled cable.
            self._device_fd, self._driver_fd = pty.openpty()
            tty.setraw(self._driver_fd)
            self._set_speed()
            os.set_blocking(self._device_fd, False)
            temporary_link = self._path.with_name(f".{self._path.name}.new")
            temporary_link.unlink(missing_ok=True)
            temporary_link.symlink_to(os.ttyname(self._driver_fd))
            temporary_link.rename(self._path)

    def pull(self) -> None:
        self._waiter.interrupt_and(self._close_both)

    def _close_both(self) -> None:
        with self._lock:
            if self._device_fd >= 0:
                self._path.unlink(missing_ok=True)
                os.close(self._driver_fd)
                os.close(self._device_fd)
                self._device_fd = self._driver_fd = -1

    def settings(self) -> PortSettings:
        if self._baud is None:
            return PortSettings()
        with self._lock:
            if self._device_fd < 0:
                return PortSettings()
            iflag, _, cflag, _, _, speed, _ = termios.tcgetattr(self._driver_fd)
        return PortSettings(BAUD_BY_CODE.get(speed), bool(cflag & termios.CRTSCTS), bool(iflag & termios.IXON))

    def wait(self, timeout_s: float) -> None:
        self._waiter.wait(self._device_fd, timeout_s)

    def read(self, max_bytes: int) -> bytes:
        with self._lock:
            try:
                return os.read(self._device_fd, max_bytes) if self._device_fd >= 0 else b""
            except BlockingIOError:
                return b""

    def write(self, data: bytes) -> None:
        with self._lock:
            if self._device_fd >= 0:
                try:
                    os.write(self._device_fd, data)
                except BlockingIOError:
                    log.debug("the driver does not read, and the kernel's buffer is full")

    def close(self) -> None:
        self.pull()
        self._waiter.close()

    def _set_speed(self) -> None:
        """Set the twin's own speed, so that only another speed is wrong."""
        code = next((code for code, baud in BAUD_BY_CODE.items() if baud == self._baud), None)
        if code is not None:
            attributes = termios.tcgetattr(self._driver_fd)
            attributes[4] = attributes[5] = code
            termios.tcsetattr(self._driver_fd, termios.TCSANOW, attributes)


def _accept(listener: socket.socket) -> socket.socket | None:
    try:
        connection, _ = listener.accept()
    except OSError:  # the client left before it was accepted
        return None
    connection.settimeout(0)
    return connection


def _close_with_reset(connection: socket.socket) -> None:
    """Close with a TCP reset, as a power loss of the printer looks from outside."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        log.debug("the peer was gone already")
    connection.close()
