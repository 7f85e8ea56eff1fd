"""Printers that are a file: the kernel's usblp device, and files that are only written to."""

import contextlib
import errno
import os
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

from hardware.printers.transports.transport import CannotOpen, Gone, Stuck, mapped

PIECE = 4096
LOST = select.POLLHUP | select.POLLERR | select.POLLNVAL
AGAIN_S = 0.002
BUSY = (errno.EAGAIN, errno.ENOSPC)
"""No room now: the printer still has the last piece; it has no paper (usblp says so when told to)."""


class _Device:
    """A file that is waited on with ``poll`` and never blocks."""

    def __init__(self, path: Path, flags: int, mono_s: Callable[[], float]) -> None:
        try:
            # The name is looked up at every opening, so a udev link leads to wherever the printer is now.
            self._fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise CannotOpen(f"{path}: {error.strerror}") from error
        self._mono_s = mono_s

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        sent = 0
        with mapped():
            while sent < len(data):
                if not self._ready(select.POLLOUT, end_s):
                    raise Stuck(sent)
                sent += self._some(data[sent : sent + PIECE])
            # usblp can be written to again when the printer has taken all that it was given.
            if not self._ready(select.POLLOUT, end_s):
                raise Stuck(sent)

    def _some(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except OSError as error:
            if error.errno not in BUSY:
                raise
            time.sleep(AGAIN_S)
            return 0

    def _ready(self, event: int, end_s: float) -> bool:
        """Whether the file became ready before ``end_s``. Raises ``Gone`` when the other end is."""
        poll = select.poll()
        poll.register(self._fd, event)
        found = poll.poll(max(0, (end_s - self._mono_s()) * 1000))
        if found and found[0][1] & LOST:
            raise Gone("the printer was unplugged")
        return bool(found)

    def close(self) -> None:
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = -1


class Usb(_Device):
    """A USB printer through the kernel's usblp driver (``/dev/usb/lp0``). Implements
    :class:`hardware.printers.transports.transport.Transport`."""

    def __init__(self, path: Path, mono_s: Callable[[], float]) -> None:
        super().__init__(path, os.O_RDWR, mono_s)
        if not stat.S_ISCHR(os.fstat(self._fd).st_mode):
            # Somebody wrote there while the printer was away: a file on a RAM disk would swallow every slip.
            self.close()
            raise CannotOpen(f"{path}: is no device")

    def read(self, limit: int, timeout_s: float) -> bytes:
        end_s = self._mono_s() + timeout_s
        with mapped():
            while self._ready(select.POLLIN, end_s):
                with contextlib.suppress(BlockingIOError):
                    if data := os.read(self._fd, limit):
                        return data
                # An empty packet is no end: many printers answer every look with one.
                left_s = end_s - self._mono_s()
                if left_s <= 0:
                    break
                time.sleep(min(AGAIN_S, left_s))
        return b""


class File(_Device):
    """A file or device file that is only written to; it never answers, so nothing is ever proved."""

    def __init__(self, path: Path, mono_s: Callable[[], float]) -> None:
        super().__init__(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mono_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        return b""
