"""A pseudo-terminal that stands for a serial cable: the twin at one end, the driver at the other."""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from pathlib import Path


class Terminal:
    """A plug at ``path``: a symlink to a pseudo-terminal in raw mode. Plugged in from the start.

    ``received`` is called in the terminal's thread with what the driver wrote. Unplugging closes both ends, so
    that the driver meets the errors of a pulled adapter.
    """

    def __init__(self, path: Path, received: Callable[[bytes], None]) -> None:
        self._path, self._received = path, received
        self._lock = threading.Lock()
        self._cable: _Cable | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self.plug()

    @property
    def plugged(self) -> bool:
        return self._cable is not None

    def plug(self) -> None:
        with self._lock:
            if self._cable is None:
                self._cable = _Cable(self._received)
                aside = self._path.with_name(f".{self._path.name}.new")
                aside.unlink(missing_ok=True)
                aside.symlink_to(self._cable.name)
                aside.rename(self._path)

    def unplug(self) -> None:
        with self._lock:
            cable, self._cable = self._cable, None
            if cable is not None:
                self._path.unlink(missing_ok=True)
        # Not under the lock: its thread, which is waited for, may be about to send an answer.
        if cable is not None:
            cable.close()

    def send(self, data: bytes) -> None:
        """To the driver; bytes for a cable that is not plugged in, or that nobody reads, are lost."""
        with self._lock:
            if self._cable is not None:
                self._cable.send(data)

    def close(self) -> None:
        self.unplug()


class Cable:
    """One device's hold on a terminal that it may share with others, as devices share an RS-485 line."""

    def __init__(self, shared: "_Shared", received: Callable[[bytes], None]) -> None:
        self._shared, self.received = shared, received
        self.turn = shared.turn
        """To be held while a whole code is sent: devices on one line listen before they talk."""
        shared.holders.append(self)

    @property
    def plugged(self) -> bool:
        return self._shared.terminal.plugged

    @property
    def traffic(self) -> int | None:
        """Grows with whatever is said on the line by anybody; None: nobody else hangs on it."""
        return self._shared.traffic if len(self._shared.holders) > 1 else None

    def plug(self) -> None:
        self._shared.terminal.plug()

    def unplug(self) -> None:
        """Pull the adapter at the computer's end: for everybody on it."""
        self._shared.terminal.unplug()

    def send(self, data: bytes) -> None:
        """To the driver."""
        self._shared.traffic += 1
        self._shared.terminal.send(data)

    def close(self) -> None:
        """The last one pulls the plug. Any number of times."""
        if self in self._shared.holders:
            self._shared.holders.remove(self)
            if not self._shared.holders:
                self._shared.terminal.close()


class _Shared:
    def __init__(self, path: Path) -> None:
        self.holders: list[Cable] = []
        self.turn = threading.Lock()
        self.traffic = 0
        self.terminal = Terminal(path, self._received)

    def _received(self, data: bytes) -> None:
        self.traffic += 1
        for holder in tuple(self.holders):
            holder.received(data)


class Cables:
    """The terminals of one process by their paths: who names the same path shares one."""

    def __init__(self) -> None:
        self._shared: dict[Path, _Shared] = {}

    def cable(self, path: Path, received: Callable[[bytes], None]) -> Cable:
        """A hold on the terminal at ``path``; ``received`` hears what the driver writes to any of its holders."""
        shared = self._shared.get(path)
        if shared is None or not shared.holders:
            shared = self._shared[path] = _Shared(path)
        return Cable(shared, received)


class _Cable:
    def __init__(self, received: Callable[[bytes], None]) -> None:
        self._received = received
        # Our own hold on the driver's end: without it each closing by the driver would look like a broken cable.
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.name = os.ttyname(self._theirs)
        self._wake_out, self._wake_in = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"cable {self.name}", daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        try:
            os.write(self._ours, data)
        except BlockingIOError:  # nobody reads, and the line's memory is full
            return

    def close(self) -> None:
        os.write(self._wake_in, b"!")
        self._thread.join()
        for end in (self._theirs, self._ours, self._wake_out, self._wake_in):
            os.close(end)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._ours, self._wake_out], [], [])
            if self._ours in ready:
                self._received(os.read(self._ours, 4096))
            elif self._wake_out in ready:
                return
