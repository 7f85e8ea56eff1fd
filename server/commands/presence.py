"""Who is there: which page or keypad of a counter was heard of when. In memory only; real time."""

import threading

from config.clock import Now


class Presence:
    """Last sign of life per counter. A server that just started counts every counter as heard of at its start,
    so that readiness waits for pages and keypads to come back. Thread-safe."""

    def __init__(self, started: Now) -> None:
        self._started_s = started.mono_s
        self._heard_s: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()

    def note(self, counter: str, station: str, now: Now) -> None:
        """``station`` (a page's session or a keypad's station) is at ``counter``."""
        with self._lock:
            self._heard_s.setdefault(counter, {})[station] = now.mono_s

    def gone(self, counter: str, station: str) -> None:
        """``station`` said goodbye; the grace time runs from its last sign of life."""
        with self._lock:
            heard = self._heard_s.get(counter, {})
            if station in heard and len(heard) > 1:
                del heard[station]

    def last_s(self, counter: str) -> float:
        """When the counter was last heard of, in real seconds since boot."""
        with self._lock:
            return max([self._started_s, *self._heard_s.get(counter, {}).values()])

    @property
    def started_s(self) -> float:
        """When this server started, in real seconds since boot."""
        return self._started_s
