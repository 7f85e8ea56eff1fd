"""Time as data: the current moment, and a demonstration's clock, which may run faster.

Only ``app.py`` files read the machine's clocks; they pass a :class:`Clock` down, and everything below takes
a :class:`Now` (or one of its functions) as an argument.
"""

import json
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
LATEST_MS = 4_102_444_800_000
"""1 January 2100 UTC: a later time comes from a damaged file."""

DemoClockBase = tuple[int, int, int, float]
"""(wall_ms, ran_ms, boot_ms, speed), as the clock file of a demonstration has them; see :class:`DemoClock`.

``ran_ms`` is the time that the demonstration's clock has run: it stands for ``Now.boot_ms``, the base of queue time.
"""


@dataclass(frozen=True, slots=True)
class Now:
    """One moment as this machine sees it.

    ``wall_ms``: UTC in milliseconds since 1970, to show and store, never to order events.
    ``boot_ms``: milliseconds since boot, the base of queue time; in a demonstration as fast as the wall clock.
    ``mono_s``: seconds since boot for time-outs, heartbeats and printing; always real.
    """

    wall_ms: int
    boot_ms: int
    mono_s: float


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads the current moment. ``wall_ns`` (since 1970) and ``boot_ns`` (since boot) are the machine's clocks, in ns.

    ``boot_id``: the kernel's id of the machine's last boot. ``demo``: a demonstration's clock; None in a real hall.
    """

    wall_ns: Callable[[], int]
    boot_ns: Callable[[], int]
    boot_id: str
    demo: "DemoClock | None" = None

    def now(self) -> Now:
        """Return the current moment; in a demonstration the wall clock runs at its speed."""
        boot_ns = self.boot_ns()
        if self.demo is None:
            return Now(self.wall_ns() // 1_000_000, boot_ns // 1_000_000, boot_ns / 1e9)
        wall_ms, ran_ms = self.demo.times_at(boot_ns // 1_000_000)
        return Now(wall_ms, ran_ms, boot_ns / 1e9)

    def mono_s(self) -> float:
        """Return real seconds since boot, for time-outs."""
        return self.boot_ns() / 1e9

    def speed(self) -> float:
        """Return the wall clock's speed; 1.0, real time, without a demonstration."""
        return 1.0 if self.demo is None else self.demo.speed


class DemoClock:
    """A demonstration's clock, shared by all processes of one hall through a small file.

    The file holds ``{"wall_ms", "ran_ms", "boot_ms", "speed"}``: ``boot_ms`` milliseconds after the machine's boot the
    demonstration's wall clock showed ``wall_ms`` and its base of queue time ``ran_ms``. From then on both run ``speed``
    times as fast as real time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._newest: tuple[tuple[int, int], DemoClockBase] | None = None
        """((modification time, inode) of the file, its contents); one value, because several threads read it."""

    def times_at(self, boot_ms: int) -> tuple[int, int]:
        """Return (wall_ms, ran_ms) at real boot time ``boot_ms``."""
        wall_ms, ran_ms, base_boot_ms, speed = self._read()
        elapsed_ms = round((boot_ms - base_boot_ms) * speed)
        return wall_ms + elapsed_ms, ran_ms + elapsed_ms

    @property
    def speed(self) -> float:
        """Return the demonstration's current speed as a multiple of real time."""
        return self._read()[3]

    def _read(self) -> DemoClockBase:
        newest = self._newest
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
        except OSError:
            stamp = (0, 0)
        if newest is not None and newest[0] == stamp:
            return newest[1]
        base = read_demo_clock(self._path)
        if base is None:
            if newest is None:
                raise ValueError(f"{self._path}: holds no demonstration's clock; start the hall again")
            log.warning("%s holds no demonstration's clock any more; keeping the last one", self._path)
            base = newest[1]
        self._newest = (stamp, base)
        return base


def read_demo_clock(path: Path) -> DemoClockBase | None:
    """Return the demonstration's clock as ``path`` holds it; None for a missing or damaged file."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        base = int(fields["wall_ms"]), int(fields["ran_ms"]), int(fields["boot_ms"]), float(fields["speed"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return base if all(0 <= ms < LATEST_MS for ms in base[:3]) and 0 <= base[3] < math.inf else None


def machine_clock(wall_ns: Callable[[], int], boot_ns: Callable[[], int], demo_file: Path | None) -> Clock:
    """Return the clock of this machine since its last boot.

    ``demo_file``: a demonstration's clock file; None in a real hall.
    """
    boot_id = BOOT_ID.read_text(encoding="ascii").strip()
    return Clock(wall_ns, boot_ns, boot_id, None if demo_file is None else DemoClock(demo_file))


def write_demo_clock(path: Path, *, wall_ms: int, ran_ms: int, boot_ms: int, speed: float) -> None:
    """Set the demonstration's clock for every process that reads ``path``, in one rename."""
    temporary = path.with_suffix(".new")
    temporary.write_text(
        json.dumps({"wall_ms": wall_ms, "ran_ms": ran_ms, "boot_ms": boot_ms, "speed": speed}),
        encoding="utf-8",
    )
    temporary.rename(path)
