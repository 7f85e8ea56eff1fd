"""What twins of keypads, pads and scanners share: sending at the line's speed, as slowly as fingers are."""

import queue
import threading

from hardware.simulated.terminal import Cable

BITS_PER_CHARACTER = 10
# A hand needs so long from key to key, and longer to lift the finger and press the same one again.
NEXT_KEY_S = 0.06
SAME_KEY_S = 0.18
LOOKED_S = 0.75  # who presses a key that undoes itself looks first what it did
LOOKED_AT = ("pause", "hold", "no_show")
SILENCE_S = 0.04


class Sender:
    """Sends piece after piece on ``cable``, in a thread of its own; ``baud`` None: at once."""

    def __init__(self, name: str, cable: Cable, baud: int | None) -> None:
        self._cable, self._baud = cable, baud
        self._queue: queue.SimpleQueue[tuple[bytes, float] | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, data: bytes, rest_s: float = 0.0) -> None:
        """``data``, and then silence for ``rest_s``."""
        self._queue.put((data, rest_s))

    def close(self) -> None:
        """What is not yet sent is dropped. Any number of times."""
        self._ending.set()
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (piece := self._queue.get()) is not None and not self._ending.is_set():
            data, rest_s = piece
            self._listen()
            with self._cable.turn:
                self._say(data)
            self._ending.wait(rest_s)

    def _listen(self) -> None:
        """Until a shared line was silent for longer than a sign needs to answer."""
        before = self._cable.traffic
        while before is not None and not self._ending.wait(SILENCE_S):
            before, last = self._cable.traffic, before
            if before == last:
                return

    def _say(self, data: bytes) -> None:
        if self._baud is None:
            self._cable.send(data)
            return
        for byte in data:
            self._cable.send(bytes([byte]))
            self._ending.wait(BITS_PER_CHARACTER / self._baud)
