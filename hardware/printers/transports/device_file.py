"""Printers that are a file: the kernel's usblp device, and write-only files."""

import contextlib
import errno
import os
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

from hardware.printers.transports.transport import CannotConnect, LinkLost, WriteStalled, link_errors_mapped

PIECE_BYTES = 4096  # of one write
DISCONNECT_EVENTS = select.POLLHUP | select.POLLERR | select.POLLNVAL
RETRY_INTERVAL_S = 0.002
BUSY_ERRORS = (errno.EAGAIN, errno.ENOSPC)
"""No room now: the printer still processes the last piece, or has no paper (usblp reports that when set to)."""


class _DeviceFile:
    """A file opened without blocking; waits use ``poll``."""

    def __init__(self, path: Path, flags: int, mono_s: Callable[[], float]) -> None:
        try:
            # The name is resolved at every opening, so that a udev link leads to the device that is plugged in now.
            self._fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise CannotConnect(f"{path}: {error.strerror}") from error
        self._mono_s = mono_s

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        sent = 0
        with link_errors_mapped():
            while sent < len(data):
                if not self._ready(select.POLLOUT, end_s):
                    raise WriteStalled(sent)
                sent += self._write_some(data[sent : sent + PIECE_BYTES])
            # usblp becomes writable again when the printer has taken all bytes.
            if not self._ready(select.POLLOUT, end_s):
                raise WriteStalled(sent)

    def _write_some(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except OSError as error:
            if error.errno not in BUSY_ERRORS:
                raise
            time.sleep(RETRY_INTERVAL_S)
            return 0

    def _ready(self, event: int, end_s: float) -> bool:
        """Return whether the file became ready before ``end_s``. Raises ``LinkLost`` when the printer was unplugged."""
        poll = select.poll()
        poll.register(self._fd, event)
        ready = poll.poll(max(0, (end_s - self._mono_s()) * 1000))
        if ready and ready[0][1] & DISCONNECT_EVENTS:
            raise LinkLost("the printer was unplugged")
        return bool(ready)

    def close(self) -> None:
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = -1


class UsbTransport(_DeviceFile):
    """A USB printer through the kernel's usblp driver (``/dev/usb/lp0``). Implements
    :class:`hardware.printers.transports.transport.Transport`."""

    def __init__(self, path: Path, mono_s: Callable[[], float]) -> None:
        super().__init__(path, os.O_RDWR, mono_s)
        if not stat.S_ISCHR(os.fstat(self._fd).st_mode):
            # While the printer was unplugged, a program created a regular file of this name; it would swallow every
            # slip.
            self.close()
            raise CannotConnect(f"{path}: is no device")

    def read(self, limit: int, timeout_s: float) -> bytes:
        end_s = self._mono_s() + timeout_s
        with link_errors_mapped():
            while self._ready(select.POLLIN, end_s):
                with contextlib.suppress(BlockingIOError):
                    if data := os.read(self._fd, limit):
                        return data
                # An empty packet is no disconnection: many printers answer each read with one.
                remaining_s = end_s - self._mono_s()
                if remaining_s <= 0:
                    break
                time.sleep(min(RETRY_INTERVAL_S, remaining_s))
        return b""


class FileTransport(_DeviceFile):
    """A file or device file that is only written to. It never replies, so no slip is proved."""

    def __init__(self, path: Path, mono_s: Callable[[], float]) -> None:
        super().__init__(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mono_s)

    def read(self, limit: int, timeout_s: float) -> bytes:
        return b""
