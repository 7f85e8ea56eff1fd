"""Seconds for a device and its driver in one test: they pass only while this machine lets its threads run, so a
machine that is busy with something else does not look like a device that is slow."""

import os
import pty
import threading
import time
import tty

BEAT_S = 0.005
LONGEST_S = 0.006
"""What one beat counts for at most: one that comes later was kept from running, and so were all others here."""


class _Clock:
    """Never faster than the real one, and never back."""

    def __init__(self) -> None:
        self._at = (time.monotonic(), time.monotonic())
        """What it showed at the last beat, and when that was."""
        self._ends = pty.openpty()
        tty.setraw(self._ends[1])
        threading.Thread(target=self._beat, name="unhurried", daemon=True).start()

    def __call__(self) -> float:
        shown_s, at_s = self._at
        return shown_s + min(time.monotonic() - at_s, LONGEST_S)

    def _beat(self) -> None:
        tick = threading.Event()
        while True:
            tick.wait(BEAT_S)
            self._through_the_kernel()
            now_s = time.monotonic()
            shown_s, at_s = self._at
            self._at = (shown_s + min(now_s - at_s, LONGEST_S), now_s)

    def _through_the_kernel(self) -> None:
        """Send a byte through a pseudo-terminal and back.

        Threads of the kernel carry it, as they carry what a device and its driver exchange, and a busy machine keeps
        those from running too.
        """
        for here, there in (self._ends, self._ends[::-1]):
            os.write(here, b".")
            os.read(there, 1)


mono_s = _Clock()
