"""A clock that advances only while this machine runs the threads of the test.

On a busy machine it advances more slowly, so that no device looks slow because of other programs.
"""

import os
import pty
import threading
import time
import tty

BEAT_S = 0.005
LONGEST_S = 0.006
"""The longest time that one beat counts for: a later beat was kept from running, like all threads of this process."""


class _ScaledClock:
    """Monotonic seconds, never faster than the real ones."""

    def __init__(self) -> None:
        self._at = (time.monotonic(), time.monotonic())
        """The scaled and the real time of the last beat."""
        self._terminal = pty.openpty()
        tty.setraw(self._terminal[1])
        threading.Thread(target=self._beat, name="scaled-time", daemon=True).start()

    def __call__(self) -> float:
        scaled_s, real_s = self._at
        return scaled_s + min(time.monotonic() - real_s, LONGEST_S)

    def _beat(self) -> None:
        tick = threading.Event()
        while True:
            tick.wait(BEAT_S)
            self._pass_through_kernel()
            now_s = time.monotonic()
            scaled_s, real_s = self._at
            self._at = (scaled_s + min(now_s - real_s, LONGEST_S), now_s)

    def _pass_through_kernel(self) -> None:
        """Send a byte through a pseudo-terminal, both ways.

        Threads of the kernel carry what a device and its driver exchange; a busy machine delays those threads too.
        """
        for sender, receiver in (self._terminal, self._terminal[::-1]):
            os.write(sender, b".")
            os.read(receiver, 1)


mono_s = _ScaledClock()
