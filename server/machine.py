"""The server's own parts, looked at as devices are: broker, database, disk, clock, copies of the database."""

import ctypes
import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hardware.ports import Health, State

log = logging.getLogger(__name__)

LOW_BYTES, FULL_BYTES = 1_000_000_000, 200_000_000
"""Below the first, somebody should make room; below the second, a night's copy of the database may not fit."""

OLD_COPY_MS = 2 * 86_400_000
"""Copies are made nightly; a machine that is off on one night makes it when it is switched on."""

_TIME_ERROR = 5
_TIMEX_BYTES = 512


@dataclass(frozen=True, slots=True)
class Part:
    """One part, for ``hardware.watch``."""

    look: Callable[[], Health]

    def health(self) -> Health:
        return self.look()


class Condition:
    """The newest health of each part, dated by the watch. ``changed`` is called after each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._known: dict[str, Health] = {}

    def heard(self, name: str, health: Health) -> None:
        """For ``hardware.watch``."""
        with self._lock:
            self._known[name] = health
        self._changed()

    def parts(self) -> Mapping[str, Health]:
        """By name, in the order in which they were first looked at."""
        with self._lock:
            return dict(self._known)


def broker(linked: Callable[[], bool], *, patience: int = 5) -> Part:
    """Whether the server hears the broker. In the first looks after a start that is not known yet."""
    looks = 0

    def look() -> Health:
        nonlocal looks
        looks += 1
        if linked():
            looks = patience
            return Health(State.READY)
        return Health(State.OFFLINE, "broker") if looks > patience else Health(State.UNKNOWN)

    return Part(look)


def database(trouble: Callable[[], str | None]) -> Part:
    """Whether the last commit was taken. ``trouble``: why it was not."""

    def look() -> Health:
        why = trouble()
        return Health(State.READY) if why is None else Health(State.FAULT, "storage", why[:200])

    return Part(look)


def disk(folder: Path) -> Part:
    """The room that is left where the database is."""

    def look() -> Health:
        try:
            free = shutil.disk_usage(folder).free
        except OSError as error:
            return Health(State.UNKNOWN, None, error.strerror or str(error))
        megabytes = f"{free // 1_000_000} MB"
        if free < FULL_BYTES:
            return Health(State.FAULT, "disk_full", megabytes)
        return Health(State.WARNING, "disk_low", megabytes) if free < LOW_BYTES else Health(State.READY)

    return Part(look)


def wall_clock(synchronised: Callable[[], bool | None], doubted: Callable[[], bool]) -> Part:
    """Whether the machine's clock is set by a time server, as the kernel says; None: nobody knows. ``doubted``:
    whether its date is not believed."""

    def look() -> Health:
        if doubted():
            return Health(State.FAULT, "clock_unknown")
        said = synchronised()
        if said is None:
            return Health(State.UNKNOWN)
        return Health(State.READY) if said else Health(State.WARNING, "clock")

    return Part(look)


def kernel_says_synchronised() -> bool | None:
    """The kernel's own word, which every time service keeps up to date; None where it cannot be asked."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError) as error:
        log.debug("the kernel cannot be asked about the clock: %s", error)
        return None
    return None if state < 0 else state != _TIME_ERROR


def copies(folders: Sequence[Path], wall_ms: Callable[[], int]) -> Part:
    """How old the newest copy of the database is, in the folder where it is oldest: each medium counts."""

    def look() -> Health:
        now_ms = wall_ms()
        newest = [_newest_ms(folder, now_ms) for folder in folders]
        known = [one for one in newest if one is not None]
        if len(known) < len(newest):
            return Health(State.WARNING, "no_copy")
        hours = (now_ms - min(known)) // 3_600_000
        return Health(State.WARNING, "old_copy") if hours * 3_600_000 > OLD_COPY_MS else Health(State.READY)

    return Part(look)


def _newest_ms(folder: Path, now_ms: int) -> int | None:
    """When the newest copy was made. One of the future, made by a clock that was ahead, says nothing of its age."""
    try:
        made = [one.stat().st_mtime_ns // 1_000_000 for one in folder.glob("luot-*Z.db")]
    except OSError as error:
        log.debug("%s: %s", folder, error)
        return None
    return max((at_ms for at_ms in made if at_ms <= now_ms + 86_400_000), default=None)
