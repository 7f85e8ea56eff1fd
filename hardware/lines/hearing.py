"""Listening on a serial line with a clock beside it: what keypads and scanners share.

A code may be half here, digits may wait for their key, a lamp may have to go out: each needs to be looked at again
though no byte comes. The line's own thread does that, in its turns.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from hardware.lines.line import Line
from hardware.lines.talking import Frame, Hurry, Verdict
from hardware.ports import Health

MOST_WAITING = 16


class Hearer(Protocol):
    """Who listens. Every method runs in the line's thread; ``now`` is in monotonic seconds."""

    def hear(self, data: bytes, now: float) -> None:
        """Bytes came; without any, the moment of ``due`` has."""

    def due(self) -> float | None:
        """When to look again."""

    def forget(self) -> None:
        """The port was opened anew: what came before means nothing any more."""


class Hearing:
    """Gives ``hearer`` what comes on ``line``, until it is closed. ``clock`` gives monotonic seconds."""

    def __init__(self, line: Line, hearer: Hearer, clock: Callable[[], float]) -> None:
        self._line, self._hearer, self._clock = line, hearer, clock
        self._to_say: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._stop = line.listen(self._hear)
        line.join(self)

    def health(self) -> Health:
        """The port's."""
        return self._line.health()

    def write(self, data: bytes) -> None:
        """Write ``data`` in one of the next turns; from any thread. While the port is gone it is dropped."""
        self._to_say.append(data)
        self._line.wake()

    def close(self) -> None:
        self._stop()
        self._line.leave(self)

    def _hear(self, data: bytes) -> None:
        if data:
            self._hearer.hear(data, self._clock())
        else:
            self._hearer.forget()

    # --- as the line's talker, in its thread

    def opened(self, now: float) -> None:
        self._to_say.clear()

    def due(self, now: float) -> float | None:
        at = self._hearer.due()
        if at is not None and at <= now:
            self._hearer.hear(b"", now)
            at = self._hearer.due()
        return now if self._to_say else at

    def hurry(self) -> Hurry:
        return Hurry.NEWS

    def say(self, now: float) -> Frame:
        return Frame(self._to_say.popleft())

    def said(self, frame: Frame, verdict: Verdict, words: str, now: float) -> None:
        """Nobody answers a pad or a scanner."""

    def farewell(self) -> Iterable[Frame]:
        return ()
