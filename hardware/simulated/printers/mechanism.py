"""What moves in the simulated printer: roll, head and cutter, at their speed, and the sensors that watch them."""

from collections.abc import Callable

from hardware.simulated.printers.bits import Condition
from hardware.simulated.printers.link import SLOWER
from hardware.simulated.printers.makes import Make
from hardware.simulated.printers.paper import DOTS_PER_MM, HEAD_TO_CUTTER, Paper
from hardware.simulated.printers.reports import Ledger
from hardware.simulated.printers.works import Works

CUT_S = 0.3
MID_SLIP_MM = 40.0
NEAR_END_MM = 5_000.0
AHEAD_S = 0.01
"""It is paced in steps of this length, not row by row."""
INSTANT_MM_S = 1_000.0
"""Faster than this is no printer but a test, for which the cutter takes no time either."""


class PaperWay:
    """Everything that is called here while the printer cannot print waits until it can; called from the thread of
    the mechanism. Raises :class:`~hardware.simulated.printers.works.Forgotten` from every wait."""

    def __init__(
        self, works: Works, ledger: Ledger, make: Make, paper: Paper, speed_mm_s: float, roll_mm: float
    ) -> None:
        self.paper, self.left_mm, self.present = paper, roll_mm, True
        self.busy = self.jammed = False
        self._works, self._ledger, self._make = works, ledger, make
        self._speed_mm_s, self._roll_mm = speed_mm_s, roll_mm
        self._mid_mm = self._due_s = 0.0

    # --- sensors

    def has_paper(self) -> bool:
        torn = self._works.has("paper_out_mid") and self._mid_mm <= 0
        return self.present and self.left_mm > 0 and not self._works.has("paper_out") and not torn

    def condition(self) -> Condition:
        return Condition(
            cover=self._works.has("cover_open"),
            out=not self.has_paper(),
            near=self._works.has("near_end") or self.left_mm < NEAR_END_MM,
            cutter=self.jammed,
            hot=self._works.has("hot"),
            fatal=self._works.has("fatal"),
            drawer=self._make.drawer_pin,
        )

    def stands(self) -> bool:
        return self._works.has("frozen") or self.condition().stands

    # --- hands

    def new_roll(self) -> None:
        """A fresh roll; ends every fault of the paper."""
        self.paper.new_roll()
        self.present, self.left_mm = True, self._roll_mm
        self._works.faults.update(paper_out=False, paper_out_mid=False, near_end=False)

    def end_soon(self) -> None:
        """The paper ends some centimetres into what is printed next, if the fault is there."""
        self._mid_mm = MID_SLIP_MM

    # --- motion

    def print_row(self, dots: bytes) -> bool:
        """One row; False when the paper ended before it and the make lost the rest of the picture."""
        with self._works.changed:
            torn = not self.has_paper() and not self._make.keeps_torn_raster
            self._move(1, lambda: self.paper.row(dots))
        return not torn

    def feed(self, rows: int) -> None:
        for _ in range(rows):
            self._move(1, lambda: self.paper.feed(1))

    def cut(self, *, after_feed: int | None, back: bool = False) -> None:
        if after_feed is not None:
            self.feed(HEAD_TO_CUTTER + after_feed)
        if self._make.cutter:
            self._move(0, self._cut, CUT_S if self._speed_mm_s <= INSTANT_MM_S else 0.0)
            if back:
                self._move(0, self.paper.back)

    def _cut(self) -> None:
        while self._works.has("cutter"):
            self.jammed = True
            self._works.note()
            self._works.until(lambda: not self.stands())
        self.paper.cut()
        self._ledger.cut(self._works.mono_s())

    def _move(self, rows: int, act: Callable[[], None], more_s: float = 0.0) -> None:
        works = self._works
        if not self._make.prints:
            return
        with works.changed:
            works.until(lambda: not self.stands())
            self.busy = True
            moved_mm = rows / DOTS_PER_MM
            takes_s = moved_mm / self._speed_mm_s * (SLOWER if works.has("slow") else 1) + more_s
            self._ledger.moved(takes_s)
            self._due_s = max(self._due_s, works.mono_s()) + takes_s
            self.left_mm -= moved_mm
            if works.has("paper_out_mid"):
                self._mid_mm -= moved_mm
            act()
            if self.stands() or not rows:
                works.note()
            if self._due_s - works.mono_s() > AHEAD_S:
                works.note()
                works.rest(self._due_s)
