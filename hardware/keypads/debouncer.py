"""Turns contact signals into key presses: contacts bounce and get stuck."""

from collections.abc import Mapping
from dataclasses import dataclass

STUCK_S = 3.0
"""A key that sends without a pause for this long is stuck."""
DIGIT_BOUNCE_S = 0.06
"""The debounce time of digits. A contact bounces for some milliseconds; equal digits may follow within the
debounce time of a calling key."""
# A key seen for longer than the bounce time is auto-repeating. A busy computer reads the next repetition late, so such
# a key counts as released only after a longer silence.
AUTO_REPEAT_S, RELEASED_S = 0.3, 1.0


@dataclass(frozen=True, slots=True)
class _SignalRun:
    """Consecutive signals of one key: first and last time, in monotonic seconds."""

    first_at_s: float
    last_at_s: float


class Debouncer:
    """Debounces the keys of one pad.

    A key again within ``bounce_s`` of its *last signal* is the same press, so that a stuck key, which repeats for ever,
    is one press and no more. Times are monotonic seconds.
    """

    def __init__(self, bounce_s: float) -> None:
        self._bounce_s = bounce_s
        self._runs: Mapping[str, _SignalRun] = {}

    def is_new_press(self, key: str, now_s: float) -> bool:
        """Record a signal of ``key``; return whether it is a new press."""
        run = self._runs.get(key)
        new = run is None or now_s - run.last_at_s >= self._gap_s(key, run)
        self._runs = {**self._runs, key: _SignalRun(now_s if run is None or new else run.first_at_s, now_s)}
        return new

    def stuck_key(self, now_s: float) -> str | None:
        """Return a key that has sent without a pause for three seconds."""
        for key, run in self._runs.items():
            if run.last_at_s - run.first_at_s >= STUCK_S and now_s - run.last_at_s < self._gap_s(key, run):
                return key
        return None

    def reset(self) -> None:
        self._runs = {}

    def _gap_s(self, key: str, run: _SignalRun) -> float:
        """Return the silence of ``key`` after which its next signal is a new press."""
        if run.last_at_s - run.first_at_s >= AUTO_REPEAT_S:
            return RELEASED_S
        return min(self._bounce_s, DIGIT_BOUNCE_S) if key.isdecimal() else self._bounce_s
