"""When a page or keypad of each counter last gave a sign of life.

A sign of life is a request of the page or keypad: an action of the clerk, but also the report, sent every few seconds,
that the page is open or the keypad works. So it proves a connection, not that somebody did something. In memory only,
in real time.
"""

import threading

from config.clock import Now


class Presence:
    """The last sign of life of each counter. Thread-safe.

    ``started``: the moment at which this server started. It counts as a sign of life of every counter, so that pages
    and keypads have time to reconnect before readiness ends.
    """

    def __init__(self, started: Now) -> None:
        self._started_s = started.mono_s
        self._signs_of_life_s: dict[str, float] = {}
        self._lock = threading.Lock()

    def note_sign_of_life(self, counter: str, now: Now) -> None:
        """Store that a page or keypad of ``counter`` sent a request at ``now``."""
        with self._lock:
            self._signs_of_life_s[counter] = max(now.mono_s, self._signs_of_life_s.get(counter, 0.0))

    def last_sign_of_life_s(self, counter: str) -> float:
        """Return when the counter last gave a sign of life, in real seconds since boot."""
        with self._lock:
            return max(self._started_s, self._signs_of_life_s.get(counter, 0.0))

    @property
    def started_s(self) -> float:
        """Return when this server started, in real seconds since boot."""
        return self._started_s
