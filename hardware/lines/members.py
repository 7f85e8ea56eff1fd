"""Who hangs on a serial line, and whose turn it is."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from hardware.lines.talking import Frame, Hurry, Talker

PATIENCE_S = 3.0  # who waited so long for a turn is as important as anybody


@dataclass(slots=True)
class Member:
    """Somebody on the line. ``answered``: somebody answers it. ``farewell`` is what it still says once it is
    ``leaving``; ``since``: it is its turn."""

    talker: Talker
    answered: bool = False
    since: float | None = None
    leaving: bool = False
    farewell: deque[Frame] | None = None
    gone: threading.Event = field(default_factory=threading.Event)

    def due(self, now: float) -> float | None:
        return now if self.leaving else self.talker.due(now)

    def hurry(self, now: float) -> Hurry:
        """Nobody waits for ever, however much the others have to say."""
        if self.since is None:
            self.since = now
        if self.leaving or now - self.since >= PATIENCE_S:
            return Hurry.NEWS
        return self.talker.hurry()

    def next(self, now: float) -> Frame | None:
        """What it says now; None when its farewell is said."""
        if not self.leaving:
            return self.talker.say(now)
        if self.farewell is None:
            self.farewell = deque(self.talker.farewell())
        return self.farewell.popleft() if self.farewell else None


def whose(members: Sequence[Member], ready: Sequence[int], turn: int, now: float) -> int:
    """Which of the ``ready`` places says something: the one in most hurry, in fair order from ``turn`` on."""
    return min(ready, key=lambda place: (members[place].hurry(now), (place - turn) % len(members)))
