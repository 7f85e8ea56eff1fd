"""Whether the thread that owns a device still comes round.

A driver keeps what its thread last saw and answers ``health`` from that. A thread that is stuck, in a kernel's call
or in a mistake of ours, would leave the last good word standing for ever; so each says when it has come round, and
what is older than a few seconds is not believed.
"""

from collections.abc import Callable

from hardware.ports import Health, State

REST_S = 1.0
STILL_S = (
    5.0  # longer than anything a sound thread does in one turn: a write may take a second, a port be slow to close
)
GOOD = (State.READY, State.WARNING)


class Turning:
    """Kept by the thread (``turn``, ``rest``), asked by everybody (``believed``). ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._turned_at = clock()

    def turn(self) -> None:
        """The thread has come round."""
        self._turned_at = self._clock()

    def rest(self, until: float | None) -> float:
        """Until when the thread may wait at most, if nothing is to be done before ``until``."""
        latest = self._clock() + REST_S
        return latest if until is None else min(until, latest)

    def believed(self, health: Health) -> Health:
        """``health``; UNKNOWN instead of a good one while the thread stands still. A trouble needs no proof."""
        still_s = self._clock() - self._turned_at
        if health.state not in GOOD or still_s <= STILL_S:
            return health
        return Health(State.UNKNOWN, detail="its thread stands still; restart this program if it stays so")
