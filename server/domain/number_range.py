"""The kind of numbers of a series, and the number that follows another."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberRange:
    """The kind of numbers of a series.

    They go from ``first`` to ``last`` (None: without an end), with at least ``digits``.
    ``wraps``: after the last number it begins again at the first one; otherwise it issues no more on that day.
    """

    first: int = 1
    last: int | None = None
    digits: int = 3
    wraps: bool = False

    @property
    def size(self) -> int | None:
        """Return how many numbers there are; None for a range without an end."""
        return None if self.last is None else self.last - self.first + 1

    def has(self, value: int) -> bool:
        """Return whether the range has this running number."""
        return self.first <= value and (self.last is None or value <= self.last)

    def value_at(self, seq: int) -> int:
        """Return the running number of the ``seq``-th ticket when each number follows the one before."""
        return self.first + ((seq - 1) if self.size is None else (seq - 1) % self.size)

    def after(self, previous: int | None) -> int | None:
        """Return the running number after ``previous``.

        It is None after the last one of a range that stops, and the first one without a previous number in the range.
        """
        if previous is None or not self.has(previous):
            return self.first
        if previous != self.last:
            return previous + 1
        return self.first if self.wraps else None

    def next_free(self, previous: int | None, in_use: Collection[int]) -> int | None:
        """Return the next running number that nobody holds, None when there is none."""
        tries = len(in_use) + 1 if self.size is None else self.size
        value = previous
        for _ in range(tries):
            value = self.after(value)
            if value is None or value not in in_use:
                return value
        return None
