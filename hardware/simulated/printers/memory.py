"""The simulated printer's receive buffer: what came waits here for its turn, and what has no room is lost."""

from collections.abc import Callable

from hardware.simulated.printers.link import LARGEST_PIECE
from hardware.simulated.printers.reports import Ledger
from hardware.simulated.printers.works import Works


class Memory:
    """``size`` bytes. ``late_s``: how long the fault ``late`` keeps what came to an idle printer."""

    def __init__(self, works: Works, ledger: Ledger, size: int, late_s: float) -> None:
        self.lost_bytes = 0
        self._works, self._ledger, self._size, self._late_s = works, ledger, size, late_s
        self._bytes = bytearray()
        self._held_until_s = 0.0

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def room(self) -> int:
        return self._size - len(self._bytes)

    def wake(self) -> None:
        """Something comes to an idle printer."""
        self._held_until_s = self._works.mono_s() + self._late_s

    def keep(self, data: bytes) -> None:
        """At the end of what waits, as far as there is room."""
        kept = data[: self.room]
        self.lost_bytes += len(data) - len(kept)
        self._bytes += kept
        self._ledger.received(len(kept), self._works.mono_s())

    def take(self, count: int, freed: Callable[[], None]) -> bytes:
        """The next ``count`` bytes when they are there; ``freed`` is told when somebody may wait for room."""
        self._works.until(lambda: len(self._bytes) >= count and not self._works.has("frozen"))
        self._hold()
        full = self.room < LARGEST_PIECE
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        self._ledger.took(count)
        if full:
            freed()
        return taken

    def forget(self) -> None:
        self._bytes.clear()
        self._ledger.forget()

    def _hold(self) -> None:
        """Keep what came while it is too early for it."""
        while self._works.has("late") and not self._works.outlived:
            rest_s = self._held_until_s - self._works.mono_s()
            if rest_s <= 0:
                return
            self._works.changed.wait(rest_s)
        self._works.until(lambda: True)
