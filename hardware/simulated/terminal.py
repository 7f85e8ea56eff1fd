"""Pseudo-terminals as serial cables between a simulated device ("twin") and its driver."""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path


class Terminal:
    """A plug at ``path``: a symlink to a pseudo-terminal in raw mode. Plugged in from the start.

    ``on_received`` is called in the terminal's thread with the bytes that the driver wrote. Unplugging closes both
    ends, so that the driver gets the errors of a pulled adapter.
    """

    def __init__(self, path: Path, on_received: Callable[[bytes], None]) -> None:
        self._path, self._on_received = path, on_received
        self._lock = threading.Lock()
        self._pty: _PtyPair | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self.plug()

    @property
    def plugged(self) -> bool:
        return self._pty is not None

    def plug(self) -> None:
        """Create the pseudo-terminal; does nothing while it exists."""
        with self._lock:
            if self._pty is None:
                self._pty = _PtyPair(self._on_received)
                temporary_link = self._path.with_name(f".{self._path.name}.new")
                temporary_link.unlink(missing_ok=True)
                temporary_link.symlink_to(self._pty.name)
                temporary_link.rename(self._path)

    def unplug(self) -> None:
        """Remove the pseudo-terminal, as a pulled adapter does."""
        with self._lock:
            pty_pair, self._pty = self._pty, None
            if pty_pair is not None:
                self._path.unlink(missing_ok=True)
        # Not under the lock: the cable's thread may be waiting for the lock to send a reply.
        if pty_pair is not None:
            pty_pair.close()

    def send(self, data: bytes) -> None:
        """Send to the driver; bytes for an unplugged or unread cable are lost."""
        with self._lock:
            if self._pty is not None:
                self._pty.send(data)

    def close(self) -> None:
        self.unplug()


class Cable:
    """One device's connection to a terminal, which devices may share like an RS-485 bus."""

    def __init__(self, shared: "_SharedTerminal", on_received: Callable[[bytes], None]) -> None:
        self._shared, self.on_received = shared, on_received
        self.turn = shared.turn
        """Lock to be held while a whole key code is sent: devices on one bus do not interrupt each other."""
        shared.cables.append(self)

    @property
    def plugged(self) -> bool:
        return self._shared.terminal.plugged

    @property
    def traffic(self) -> int | None:
        """Return a number that grows with each transmission on the bus.

        None when no other device is on it.
        """
        return self._shared.traffic if len(self._shared.cables) > 1 else None

    def plug(self) -> None:
        self._shared.terminal.plug()

    def unplug(self) -> None:
        """Pull the adapter at the computer's end, for all devices on the bus."""
        self._shared.terminal.unplug()

    def send(self, data: bytes) -> None:
        """Send to the driver."""
        self._shared.traffic += 1
        self._shared.terminal.send(data)

    def close(self) -> None:
        """Disconnect; the last one to leave pulls the plug. May be called again."""
        if self in self._shared.cables:
            self._shared.cables.remove(self)
            if not self._shared.cables:
                self._shared.terminal.close()


class _SharedTerminal:
    """A terminal and the cables of the devices on it. ``traffic`` counts the transmissions of both sides."""

    def __init__(self, path: Path) -> None:
        self.cables: list[Cable] = []
        self.turn = threading.Lock()
        self.traffic = 0
        self.terminal = Terminal(path, self._received)

    def _received(self, data: bytes) -> None:
        self.traffic += 1
        for cable in tuple(self.cables):
            cable.on_received(data)


class Cables:
    """The terminals of one process: all devices with the same path share one."""

    def __init__(self) -> None:
        self._shared: dict[Path, _SharedTerminal] = {}

    def cable(self, path: Path, on_received: Callable[[bytes], None]) -> Cable:
        """Return a connection to the terminal at ``path``.

        ``on_received`` gets all bytes that the driver writes to it.
        """
        shared = self._shared.get(path)
        if shared is None or not shared.cables:
            shared = self._shared[path] = _SharedTerminal(path)
        return Cable(shared, on_received)


class _PtyPair:
    """The two ends of a pseudo-terminal, and a thread that reads the device's end."""

    def __init__(self, on_received: Callable[[bytes], None]) -> None:
        self._on_received = on_received
        # Keep the driver's end open too; else each close by the driver would look like a pulled cable.
        self._device_fd, self._driver_fd = pty.openpty()
        tty.setraw(self._driver_fd)
        os.set_blocking(self._device_fd, False)
        self.name = os.ttyname(self._driver_fd)
        self._wake_read_fd, self._wake_write_fd = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"cable {self.name}", daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        try:
            os.write(self._device_fd, data)
        except BlockingIOError:  # the driver does not read, and the kernel's buffer is full
            return

    def close(self) -> None:
        os.write(self._wake_write_fd, b"!")
        self._thread.join()
        for end in (self._driver_fd, self._device_fd, self._wake_read_fd, self._wake_write_fd):
            os.close(end)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._device_fd, self._wake_read_fd], [], [])
            if self._device_fd in ready:
                self._on_received(os.read(self._device_fd, 4096))
            elif self._wake_read_fd in ready:
                return
