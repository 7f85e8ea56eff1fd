"""Sends keys and scans at the speed of the port and of a person's fingers."""

import queue
import threading
from collections.abc import Callable

from hardware.simulated.terminal import Cable

BITS_PER_CHARACTER = 10
"""Start bit, eight data bits, stop bit."""
FIFO_BYTES = 16
"""A serial port passes on as many bytes at once."""
# Time of a person from key to key, and, longer, to lift the finger and press the same key again.
NEXT_KEY_S = 0.06
SAME_KEY_S = 0.18
TOGGLE_KEY_S = 0.75
"""A person looks at the effect of a toggle key before pressing it again."""
TOGGLE_KEYS = ("pause", "hold", "no_show")
SILENCE_S = 0.04
"""A shared cable is free when no byte was sent for this long."""


class Sender:
    """Sends data in order on ``cable``, in a thread of its own.

    ``baud`` None: without transmission time. ``mono_s`` gives monotonic seconds.
    """

    def __init__(self, name: str, cable: Cable, baud: int | None, mono_s: Callable[[], float]) -> None:
        self._cable, self._baud, self._mono_s = cable, baud, mono_s
        self._queue: queue.SimpleQueue[tuple[bytes, float] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, data: bytes, pause_s: float = 0.0) -> None:
        """Queue ``data``, and a pause of ``pause_s`` after it."""
        self._queue.put((data, pause_s))

    def close(self) -> None:
        """Drop the unsent data. May be called again."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None and not self._closing.is_set():
            data, pause_s = item
            self._wait_for_silence()
            with self._cable.turn:
                self._send(data)
            self._wait(pause_s)

    def _wait_for_silence(self) -> None:
        """Wait until a shared cable was silent for longer than a sign needs to reply."""
        before = self._cable.traffic
        while before is not None and not self._wait(SILENCE_S):
            now = self._cable.traffic
            if now == before:
                return
            before = now

    def _send(self, data: bytes) -> None:
        if self._baud is None:
            self._cable.send(data)
            return
        for start in range(0, len(data), FIFO_BYTES):
            piece = data[start : start + FIFO_BYTES]
            self._cable.send(piece)
            self._wait(len(piece) * BITS_PER_CHARACTER / self._baud)

    def _wait(self, seconds: float) -> bool:
        """Wait as long, or until ``close``; return whether it was called."""
        end_s = self._mono_s() + seconds
        while not self._closing.is_set() and (left_s := end_s - self._mono_s()) > 0:
            self._closing.wait(left_s)
        return self._closing.is_set()
