"""The kills of the proof: which kind, and where in the change."""

from collections import Counter
from dataclasses import dataclass

BUILD_EVERY = 6
GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole parts, are spread evenly, however many there are."""

TERMINAL_TIME, BOTH_TIME, POWER = "time: installer", "time: installer and service", "power cut"
TERMINAL_FILE, SERVICE_FILE = "file operation: installer", "file operation: service"
CHILD, SERVER_FILE = "child of the service", "file operation: starting server"
PATTERN = (
    TERMINAL_TIME, SERVICE_FILE, BOTH_TIME, CHILD, POWER, SERVER_FILE,
    TERMINAL_TIME, SERVICE_FILE, BOTH_TIME, TERMINAL_FILE, POWER, SERVER_FILE,
)  # fmt: skip
"""The kinds of kill, in turn."""


@dataclass(frozen=True, slots=True)
class Point:
    """A kill. ``turn`` counts the earlier ones of its kind; ``fraction`` says where in the change, 0 to 1."""

    number: int
    kind: str
    turn: int

    @property
    def fraction(self) -> float:
        """Return where in the change, 0 to 1."""
        return (0.5 + self.turn * GOLDEN) % 1

    @property
    def builds(self) -> bool:
        """Return whether the release is built first, which takes longest."""
        return self.kind == TERMINAL_TIME and self.turn % BUILD_EVERY == BUILD_EVERY // 2


def points(first: int, count: int) -> list[Point]:
    """Return the kills from the number ``first``, which is counted from 0, to ``count``."""
    seen: Counter[str] = Counter()
    chosen = []
    for number in range(count):
        kind = PATTERN[number % len(PATTERN)]
        chosen.append(Point(number, kind, seen[kind]))
        seen[kind] += 1
    return chosen[first:]
