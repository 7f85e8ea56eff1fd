"""Time as data: what the programs are told about now, and the one clock that may run faster than the wall.

Only ``app.py`` files read the machine's clocks; they hand a :class:`Clock` down, and everything below takes
a :class:`Now` (or the functions of it) as an argument.
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
"""1 January 2100: what a spoilt file shows beyond is no time of a demonstration."""
Base = tuple[int, int, int, float]
"""wall_ms, ran_ms, boot_ms, speed, as a demonstration's file holds them."""


@dataclass(frozen=True, slots=True)
class Now:
    """One moment as this machine sees it.

    ``wall_ms``: UTC in milliseconds since 1970, for showing and storing, never for ordering.
    ``boot_ms``: milliseconds since boot; drives the queue time, runs at the wall clock's speed in a demonstration.
    ``mono_s``: seconds since boot for time-outs, heartbeats and printing; always real.
    """

    wall_ms: int
    boot_ms: int
    mono_s: float


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads the moment. ``wall_ns`` and ``boot_ns`` are the machine's own clocks, handed in by ``app.py``."""

    wall_ns: Callable[[], int]
    boot_ns: Callable[[], int]
    boot_id: str
    pace: "Pace | None" = None

    def now(self) -> Now:
        """The present moment; with a :class:`Pace` the wall runs at the demonstration's speed."""
        boot_ns = self.boot_ns()
        if self.pace is None:
            return Now(self.wall_ns() // 1_000_000, boot_ns // 1_000_000, boot_ns / 1e9)
        wall_ms, ran_ms = self.pace.at(boot_ns // 1_000_000)
        return Now(wall_ms, ran_ms, boot_ns / 1e9)

    def mono_s(self) -> float:
        """Real seconds since boot, for time-outs."""
        return self.boot_ns() / 1e9

    def speed(self) -> float:
        """How many times as fast as real time the wall clock runs; 1.0 in every real hall."""
        return 1.0 if self.pace is None else self.pace.speed


class Pace:
    """A demonstration's clock, shared by all processes of one hall through a small file.

    The file holds ``{"wall_ms", "ran_ms", "boot_ms", "speed"}``: at real boot time ``boot_ms`` the wall showed
    ``wall_ms``, the queue's clock ``ran_ms``, and both run ``speed`` times as fast as real time from there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._newest: tuple[tuple[int, int], Base] | None = None
        """The file's stamp and its contents then, as one value because several threads read them."""

    def at(self, boot_ms: int) -> tuple[int, int]:
        """(wall_ms, ran_ms) at real boot time ``boot_ms``."""
        wall_ms, ran_ms, since_ms, speed = self._read()
        gone_ms = round((boot_ms - since_ms) * speed)
        return wall_ms + gone_ms, ran_ms + gone_ms

    @property
    def speed(self) -> float:
        """How many times as fast as real time the demonstration runs now."""
        return self._read()[3]

    def _read(self) -> Base:
        newest = self._newest
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
        except OSError:
            stamp = (0, 0)
        if newest is not None and newest[0] == stamp:
            return newest[1]
        base = kept_pace(self._path)
        if base is None:
            if newest is None:
                raise ValueError(f"{self._path}: holds no demonstration's clock; start the hall again")
            log.warning("%s holds no demonstration's clock any more; it goes on as it was", self._path)
            base = newest[1]
        self._newest = (stamp, base)
        return base


def kept_pace(path: Path) -> Base | None:
    """Return the clock that ``path`` holds; None where there is none, or a crash or disk spoilt it."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        base = int(read["wall_ms"]), int(read["ran_ms"]), int(read["boot_ms"]), float(read["speed"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return base if all(0 <= ms < LATEST_MS for ms in base[:3]) and 0 <= base[3] < math.inf else None


def machine_clock(wall_ns: Callable[[], int], boot_ns: Callable[[], int], pace: Path | None) -> Clock:
    """The clock of this machine as it runs since its last boot; ``pace`` is a demonstration's file."""
    boot_id = BOOT_ID.read_text(encoding="ascii").strip()
    return Clock(wall_ns, boot_ns, boot_id, None if pace is None else Pace(pace))


def write_pace(path: Path, *, wall_ms: int, ran_ms: int, boot_ms: int, speed: float) -> None:
    """Set the demonstration's clock for every process that reads ``path``, in one rename."""
    aside = path.with_suffix(".new")
    aside.write_text(
        json.dumps({"wall_ms": wall_ms, "ran_ms": ran_ms, "boot_ms": boot_ms, "speed": speed}),
        encoding="utf-8",
    )
    aside.rename(path)
