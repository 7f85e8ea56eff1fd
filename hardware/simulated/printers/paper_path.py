"""The mechanism of the simulated printer: roll, head, cutter, speed and sensors."""

from collections.abc import Callable

from hardware.simulated.printers.link import SLOWDOWN_FACTOR
from hardware.simulated.printers.machine_state import MachineState
from hardware.simulated.printers.paper import DOTS_PER_MM, HEAD_TO_CUTTER_ROWS, SimulatedPaper
from hardware.simulated.printers.print_stats import PrintStats
from hardware.simulated.printers.profiles import DeviceProfile
from hardware.simulated.printers.status_bits import SensorState

CUT_DURATION_S = 0.3
MM_UNTIL_END = 40.0
"""With the fault ``paper_out_mid`` the paper ends after this length."""
NEAR_END_MM = 5_000.0
"""The near-end sensor reports a roll that is shorter than this."""
STEP_S = 0.01
"""Motion is paced in steps of this duration, not row by row."""
INSTANT_MM_S = 1_000.0
"""Faster than any printer, for tests; the cutter takes no time then."""


class PaperPath:
    """Paper, head and cutter. Called by the mechanism's thread; motion waits while the printer cannot print.

    ``remaining_mm``: of the roll; ``roll_present`` False: the roll was taken out. ``busy``: from the first motion until
    the receive buffer is empty. ``jammed``: the cutter.

    Raises :class:`~hardware.simulated.printers.machine_state.BufferCleared` from every wait.
    """

    def __init__(
        self,
        state: MachineState,
        stats: PrintStats,
        profile: DeviceProfile,
        paper: SimulatedPaper,
        speed_mm_s: float,
        roll_mm: float,
    ) -> None:
        self.paper, self.remaining_mm, self.roll_present = paper, roll_mm, True
        self.busy = self.jammed = False
        self._state, self._stats, self._profile = state, stats, profile
        self._speed_mm_s, self._roll_mm = speed_mm_s, roll_mm
        self._mm_until_end = self._motion_end_s = 0.0

    # --- sensors

    def has_paper(self) -> bool:
        ended = self._state.has_fault("paper_out_mid") and self._mm_until_end <= 0
        return self.roll_present and self.remaining_mm > 0 and not self._state.has_fault("paper_out") and not ended

    def sensors(self) -> SensorState:
        return SensorState(
            cover_open=self._state.has_fault("cover_open"),
            paper_out=not self.has_paper(),
            near_end=self._state.has_fault("near_end") or self.remaining_mm < NEAR_END_MM,
            cutter_jammed=self.jammed,
            head_hot=self._state.has_fault("hot"),
            fatal=self._state.has_fault("fatal"),
            drawer_pin_high=self._profile.drawer_pin,
        )

    def is_stopped(self) -> bool:
        """Return whether a fault keeps the mechanism from moving."""
        return self._state.has_fault("frozen") or self.sensors().offline

    # --- the user

    def new_roll(self) -> None:
        """Insert a new roll; clears all paper faults."""
        self.paper.new_roll()
        self.roll_present, self.remaining_mm = True, self._roll_mm
        self._state.faults.update(paper_out=False, paper_out_mid=False, near_end=False)

    def end_soon(self) -> None:
        """Let the paper end some centimetres into the next print, if the fault is on."""
        self._mm_until_end = MM_UNTIL_END

    # --- motion

    def print_row(self, dots: bytes) -> bool:
        """Print one row.

        Returns false when the paper ended before it and the profile loses the rest of the picture.
        """
        with self._state.changed:
            cut_off_by_paper_end = not self.has_paper() and not self._profile.keeps_torn_raster
            self._move(1, lambda: self.paper.print_row(dots))
        return not cut_off_by_paper_end

    def feed(self, rows: int) -> None:
        for _ in range(rows):
            self._move(1, lambda: self.paper.feed(1))

    def cut(self, *, feed_rows: int | None, retract: bool = False) -> None:
        if feed_rows is not None:
            self.feed(HEAD_TO_CUTTER_ROWS + feed_rows)
        if self._profile.cutter:
            self._move(0, self._cut, CUT_DURATION_S if self._speed_mm_s <= INSTANT_MM_S else 0.0)
            if retract:
                self._move(0, self.paper.retract)

    def _cut(self) -> None:
        while self._state.has_fault("cutter"):
            self.jammed = True
            self._state.notify()
            self._state.wait_for(lambda: not self.is_stopped())
        self.paper.cut()
        self._stats.cut(self._state.mono_s())

    def _move(self, rows: int, action: Callable[[], None], extra_s: float = 0.0) -> None:
        state = self._state
        if not self._profile.prints:
            return
        with state.changed:
            state.wait_for(lambda: not self.is_stopped())
            self.busy = True
            moved_mm = rows / DOTS_PER_MM
            duration_s = moved_mm / self._speed_mm_s * (SLOWDOWN_FACTOR if state.has_fault("slow") else 1) + extra_s
            self._stats.moved(duration_s)
            self._motion_end_s = max(self._motion_end_s, state.mono_s()) + duration_s
            self.remaining_mm -= moved_mm
            if state.has_fault("paper_out_mid"):
                self._mm_until_end -= moved_mm
            action()
            if self.is_stopped() or not rows:
                state.notify()
            if self._motion_end_s - state.mono_s() > STEP_S:
                state.notify()
                state.sleep_until(self._motion_end_s)
