"""Seconds for a device and its driver in one test: they pass only while this machine lets its threads run, so a
machine that is busy with something else does not look like a device that is slow."""

import threading
import time

BEAT_S = 0.005
LONGEST_S = 0.006
"""What one beat counts for at most: one that comes later was kept from running, and so were all others here."""


class _Clock:
    """Never faster than the real one, and never back."""

    def __init__(self) -> None:
        self._at = (time.monotonic(), time.monotonic())
        """What it showed at the last beat, and when that was."""
        threading.Thread(target=self._beat, name="unhurried", daemon=True).start()

    def __call__(self) -> float:
        shown_s, at_s = self._at
        return shown_s + min(time.monotonic() - at_s, LONGEST_S)

    def _beat(self) -> None:
        tick = threading.Event()
        while True:
            tick.wait(BEAT_S)
            now_s = time.monotonic()
            shown_s, at_s = self._at
            self._at = (shown_s + min(now_s - at_s, LONGEST_S), now_s)


mono_s = _Clock()
