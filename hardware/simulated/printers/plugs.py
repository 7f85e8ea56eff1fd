"""What a simulated printer is plugged into: a TCP port, or a pseudo-terminal that stands for an adapter.

A plug only moves bytes. How fast they travel, and what a fault does to them, is the link's
(:mod:`hardware.simulated.printers.link`).
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

WINDOW_BYTES = 32_768
SPEEDS: Mapping[int, int] = {
    code: int(name[1:]) for name, code in vars(termios).items() if name[0] == "B" and name[1:].isdecimal()
}
"""The kernel's code of a line speed -> baud."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the other side set its port: its speed, and which handshakes it obeys. Both None and True where the
    question makes no sense: a network and USB hold the sender back by themselves."""

    baud: int | None = None
    obeys_wires: bool = True
    obeys_xoff: bool = True


class Plug(Protocol):
    """One end of a connection. ``wait`` and ``read`` are called from one thread only, everything else from any."""

    dies_with_power: bool
    """Whether the other side sees the link go when the printer loses its power; a serial adapter stays."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, or path and baud."""

    def wait(self, timeout_s: float) -> None:
        """Return when there is something to read, when the link changed, or after the time-out."""

    def read(self, limit: int) -> bytes:
        """What came, at most ``limit`` bytes; ``b""`` when nothing did. Never blocks."""

    def write(self, data: bytes) -> None:
        """Never blocks; what the other side has no room for is lost, as a printer's answer is."""

    def settings(self) -> Settings: ...

    def pull(self) -> None:
        """Break the link at once, as a pulled cable does. Any number of times."""

    def insert(self) -> None:
        """The opposite. Raises ``OSError`` when the place is taken meanwhile."""

    def close(self) -> None: ...


class _Watch:
    """Waits for something to read, and lets go when it is told to: while a thread waits for a file, closing it
    does not end the link."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._out, False)
        os.set_blocking(self._in, False)
        self._waiting = threading.Lock()
        self._leave = False

    def wait(self, fd: int, timeout_s: float) -> None:
        with self._waiting:
            if not self._leave:
                try:
                    ready, _, _ = select.select([self._out, *([fd] if fd >= 0 else [])], [], [], timeout_s)
                except OSError:  # closed between the look and the wait
                    return
                if self._out in ready:
                    os.read(self._out, 4096)

    def let_go(self, close: Callable[[], None]) -> None:
        """``close`` while nobody waits."""
        self._leave = True
        try:
            os.write(self._in, b"!")
        except BlockingIOError:
            log.debug("it is being woken already")
        with self._waiting:
            close()
            self._leave = False

    def close(self) -> None:
        os.close(self._out)
        os.close(self._in)


class TcpPlug:
    """A network card: one connection at a time, as many real printers do. Listens until pulled."""

    dies_with_power = True

    def __init__(self, host: str = "127.0.0.1", port: int = 0, window_bytes: int = WINDOW_BYTES) -> None:
        """Raises ``OSError`` when the port is taken. ``window_bytes``: a printer's card takes little more than its
        buffer holds, so that the sender feels when it stops."""
        self._window_bytes = window_bytes
        self._lock = threading.Lock()
        self._watch = _Watch()
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
        self._watch.let_go(self._close_both)

    def _close_both(self) -> None:
        with self._lock:
            if self._listener is not None:
                self._listener.close()
            if self._connection is not None:
                _reset(self._connection)
            self._listener = self._connection = None

    def settings(self) -> Settings:
        return Settings()

    def wait(self, timeout_s: float) -> None:
        with self._lock:
            at = self._connection or self._listener
        self._watch.wait(-1 if at is None else at.fileno(), timeout_s)

    def read(self, limit: int) -> bytes:
        with self._lock:
            if self._connection is None and self._listener is not None:
                self._connection = _accepted(self._listener)
            if self._connection is None:
                return b""
            try:
                data = self._connection.recv(limit)
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
                    log.debug("answer lost: %s", error)

    def close(self) -> None:
        self.pull()
        self._watch.close()


class PtyPlug:
    """A serial or USB adapter: a symlink at ``path`` to a pseudo-terminal. Plugged in from the start.

    ``baud`` None is a USB printer's device file. The kernel holds up to 17 kB between the two ends (Linux; it
    cannot be told to hold less) and says of none of them that they still wait, so a sender that wants to know when
    its last byte left must count.
    """

    def __init__(self, path: Path, baud: int | None = None) -> None:
        self._path, self._baud = path, baud
        self.dies_with_power = baud is None
        self._lock = threading.Lock()
        self._watch = _Watch()
        self._ours = self._theirs = -1
        path.parent.mkdir(parents=True, exist_ok=True)
        self.insert()

    @property
    def address(self) -> tuple[str, int]:
        return str(self._path), self._baud or 0

    def insert(self) -> None:
        with self._lock:
            if self._ours >= 0:
                return
            # Our own hold on the driver's end: without it each closing by the driver would look like a broken cable.
            self._ours, self._theirs = pty.openpty()
            tty.setraw(self._theirs)
            self._set_speed()
            os.set_blocking(self._ours, False)
            aside = self._path.with_name(f".{self._path.name}.new")
            aside.unlink(missing_ok=True)
            aside.symlink_to(os.ttyname(self._theirs))
            aside.rename(self._path)

    def pull(self) -> None:
        self._watch.let_go(self._close_both)

    def _close_both(self) -> None:
        with self._lock:
            if self._ours >= 0:
                self._path.unlink(missing_ok=True)
                os.close(self._theirs)
                os.close(self._ours)
                self._ours = self._theirs = -1

    def settings(self) -> Settings:
        if self._baud is None:
            return Settings()
        with self._lock:
            if self._ours < 0:
                return Settings()
            iflag, _, cflag, _, _, speed, _ = termios.tcgetattr(self._theirs)
        return Settings(SPEEDS.get(speed), bool(cflag & termios.CRTSCTS), bool(iflag & termios.IXON))

    def wait(self, timeout_s: float) -> None:
        self._watch.wait(self._ours, timeout_s)

    def read(self, limit: int) -> bytes:
        with self._lock:
            try:
                return os.read(self._ours, limit) if self._ours >= 0 else b""
            except BlockingIOError:
                return b""

    def write(self, data: bytes) -> None:
        with self._lock:
            if self._ours >= 0:
                try:
                    os.write(self._ours, data)
                except BlockingIOError:
                    log.debug("nobody reads, and the line's memory is full")

    def close(self) -> None:
        self.pull()
        self._watch.close()

    def _set_speed(self) -> None:
        """From the start as the twin's own, so that only a port set to another speed is at a wrong one."""
        code = next((code for code, baud in SPEEDS.items() if baud == self._baud), None)
        if code is not None:
            attributes = termios.tcgetattr(self._theirs)
            attributes[4] = attributes[5] = code
            termios.tcsetattr(self._theirs, termios.TCSANOW, attributes)


def _accepted(listener: socket.socket) -> socket.socket | None:
    try:
        connection, _ = listener.accept()
    except OSError:  # it went while it waited in the queue
        return None
    connection.settimeout(0)
    return connection


def _reset(connection: socket.socket) -> None:
    """Close with a reset, as a printer without power looks from outside."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        log.debug("the peer was gone already")
    connection.close()
