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
            if self._cable is not None:
                self._path.unlink(missing_ok=True)
                self._cable.close()
                self._cable = None

    def send(self, data: bytes) -> None:
        """To the driver; bytes for a cable that is not plugged in, or that nobody reads, are lost."""
        with self._lock:
            if self._cable is not None:
                self._cable.send(data)

    def close(self) -> None:
        self.unplug()


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
