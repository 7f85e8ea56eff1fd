"""The health of the server's own parts: broker, database, disk, clock, copies of the database.

``hardware.health.monitor`` polls each part as it polls a device.
"""

import ctypes
import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hardware.ports import DeviceHealth, HealthState

log = logging.getLogger(__name__)

LOW_BYTES, FULL_BYTES = 1_000_000_000, 200_000_000
"""Below ``LOW_BYTES`` of free space staff are warned; below ``FULL_BYTES`` a copy of the database may not fit."""

OLD_COPY_MS = 2 * 86_400_000
"""A copy older than this is reported. Copies are made nightly, or after that when the machine is switched on."""
MAX_COPY_AHEAD_MS = 86_400_000
"""A copy's time may be this far ahead of the clock; one further ahead was made while the clock was wrong."""

HOUR_MS = 3_600_000
BROKER_GRACE_CHECKS = 5  # during the first checks after the start, a missing connection is not reported

_TIME_ERROR = 5  # returned by adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # more than the size of its struct timex


@dataclass(frozen=True, slots=True)
class ServerPart:
    """One part of the server, with the function that checks it."""

    check: Callable[[], DeviceHealth]

    def health(self) -> DeviceHealth:
        """Check the part and return its health."""
        return self.check()


class ServerHealth:
    """The newest health of each part. Thread-safe. ``changed`` is called after each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._parts: dict[str, DeviceHealth] = {}

    def update(self, name: str, health: DeviceHealth) -> None:
        """Store the health of a part; the callback of ``hardware.health.monitor``."""
        with self._lock:
            self._parts[name] = health
        self._changed()

    def parts(self) -> Mapping[str, DeviceHealth]:
        """Return the health of each part by name, in the order of their first check."""
        with self._lock:
            return dict(self._parts)


def broker_part(
    is_connected: Callable[[], bool],
    users_error: Callable[[], str | None] = lambda: None,
    *,
    grace_checks: int = BROKER_GRACE_CHECKS,
) -> ServerPart:
    """Return the part for the connection to the broker.

    Without a connection it is unknown for the first ``grace_checks`` checks, then offline. ``users_error`` returns why
    the broker does not have the newest devices; None: it has them.
    """
    checks = 0

    def check() -> DeviceHealth:
        nonlocal checks
        checks += 1
        if is_connected():
            checks = grace_checks
            error = users_error()
            return (
                DeviceHealth(HealthState.READY)
                if error is None
                else DeviceHealth(HealthState.FAULT, "broker_users", error[:200])
            )
        return (
            DeviceHealth(HealthState.OFFLINE, "broker") if checks > grace_checks else DeviceHealth(HealthState.UNKNOWN)
        )

    return ServerPart(check)


def database_part(
    last_error: Callable[[], str | None],
    known_damage: Callable[[], str | None] = lambda: None,
    is_checking: Callable[[], bool] = lambda: False,
) -> ServerPart:
    """Return the part for the database.

    ``last_error`` returns the error of the last commit; None: it succeeded. ``known_damage`` returns the damage that
    the last check of the whole database found; ``is_checking`` returns whether such a check is running.
    """

    def check() -> DeviceHealth:
        error = last_error()
        if error is not None:
            return DeviceHealth(HealthState.FAULT, "storage", error[:200])
        damage = known_damage()
        if damage is not None:
            return DeviceHealth(HealthState.FAULT, "damaged", damage[:200])
        return DeviceHealth(HealthState.UNKNOWN, "checking") if is_checking() else DeviceHealth(HealthState.READY)

    return ServerPart(check)


def disk_part(folder: Path) -> ServerPart:
    """Return the part for the free space of the database's file system."""

    def check() -> DeviceHealth:
        try:
            free_bytes = shutil.disk_usage(folder).free
        except OSError as error:
            return DeviceHealth(HealthState.UNKNOWN, None, error.strerror or str(error))
        megabytes = f"{free_bytes // 1_000_000} MB"
        if free_bytes < FULL_BYTES:
            return DeviceHealth(HealthState.FAULT, "disk_full", megabytes)
        return (
            DeviceHealth(HealthState.WARNING, "disk_low", megabytes)
            if free_bytes < LOW_BYTES
            else DeviceHealth(HealthState.READY)
        )

    return ServerPart(check)


def clock_part(check_synchronised: Callable[[], bool | None], is_doubted: Callable[[], bool]) -> ServerPart:
    """Return the part for the machine's clock.

    ``check_synchronised`` returns whether a time server sets it, None if that is not known; ``is_doubted``, whether the
    server does not trust its date.
    """

    def check() -> DeviceHealth:
        if is_doubted():
            return DeviceHealth(HealthState.FAULT, "clock_unknown")
        is_synchronised = check_synchronised()
        if is_synchronised is None:
            return DeviceHealth(HealthState.UNKNOWN)
        return DeviceHealth(HealthState.READY) if is_synchronised else DeviceHealth(HealthState.WARNING, "clock")

    return ServerPart(check)


def clock_is_synchronised() -> bool | None:
    """Return whether the kernel reports a synchronised clock; None if unknown.

    All time-synchronisation services keep this state of the kernel up to date.
    """
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError) as error:
        log.debug("the kernel does not report the state of the clock: %s", error)
        return None
    return None if state < 0 else state != _TIME_ERROR


def copies_part(folders: Sequence[Path], wall_ms: Callable[[], int]) -> ServerPart:
    """Return the part for the copies of the database; each folder needs a recent one."""

    def check() -> DeviceHealth:
        now_ms = wall_ms()
        newest_ms = [_newest_copy_ms(folder, now_ms) for folder in folders]
        existing_ms = [copy_ms for copy_ms in newest_ms if copy_ms is not None]
        if len(existing_ms) < len(newest_ms):
            return DeviceHealth(HealthState.WARNING, "no_copy")
        hours = (now_ms - min(existing_ms)) // HOUR_MS
        return (
            DeviceHealth(HealthState.WARNING, "old_copy")
            if hours * HOUR_MS > OLD_COPY_MS
            else DeviceHealth(HealthState.READY)
        )

    return ServerPart(check)


def _newest_copy_ms(folder: Path, now_ms: int) -> int | None:
    """Return when the newest copy was made; None without one.

    A copy whose time is more than ``MAX_COPY_AHEAD_MS`` in the future does not count: it was made while the clock was
    ahead, so its age is unknown.
    """
    try:
        copies_ms = [copy.stat().st_mtime_ns // 1_000_000 for copy in folder.glob("luot-*Z.db")]
    except OSError as error:
        log.debug("%s: %s", folder, error)
        return None
    return max((copy_ms for copy_ms in copies_ms if copy_ms <= now_ms + MAX_COPY_AHEAD_MS), default=None)
