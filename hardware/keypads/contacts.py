"""Contacts bounce and stick: what a contact sends becomes presses."""

from collections.abc import Mapping
from dataclasses import dataclass

STUCK_S = 3.0
# A contact bounces for some milliseconds; two equal digits may well come within the debounce of a calling key.
DIGIT_S = 0.06
# A key that is heard for longer than a contact bounces, when pressed and when let go, repeats by itself. A computer
# that was busy reads the next repetition late: such a key is let go when it is silent for longer than that may take.
REPEATS_S, RELEASED_S = 0.3, 1.0


@dataclass(frozen=True, slots=True)
class _Run:
    """A key without a pause: since when, and when it was heard last."""

    since: float
    last: float


class Contacts:
    """The contacts of one pad. A key again within ``within_s`` of the *last time it was heard* is the same press, so
    that a stuck key, which repeats for ever, is one press and no more. ``now`` is in monotonic seconds."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._runs: Mapping[str, _Run] = {}

    def pressed(self, key: str, now: float) -> bool:
        """Whether ``key``, heard at ``now``, is a new press."""
        run = self._runs.get(key)
        new = run is None or now - run.last >= self._pause_s(key, run)
        self._runs = {**self._runs, key: _Run(now if run is None or new else run.since, now)}
        return new

    def stuck(self, now: float) -> str | None:
        """The key that has been sent without a pause for three seconds."""
        for key, run in self._runs.items():
            if run.last - run.since >= STUCK_S and now - run.last < self._pause_s(key, run):
                return key
        return None

    def forget(self) -> None:
        self._runs = {}

    def _pause_s(self, key: str, run: _Run) -> float:
        if run.last - run.since >= REPEATS_S:
            return RELEASED_S
        return min(self._within_s, DIGIT_S) if key.isdecimal() else self._within_s
