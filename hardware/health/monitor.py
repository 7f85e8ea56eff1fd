"""Poll the health of all devices; log each fault once and each recovery once.

Drivers only know their current state. Logging a change, its time, and the last fault are handled here for all devices.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from config.threads import RestartingThread
from hardware.ports import DeviceHealth, HealthState

log = logging.getLogger(__name__)

POLL_INTERVAL_S = 0.5
FAULTLESS_STATES = (HealthState.READY, HealthState.UNKNOWN)
"""The states that are not logged or remembered as a fault; a warning is."""


class Monitored(Protocol):
    """A device whose health can be polled."""

    def health(self) -> DeviceHealth: ...


class HealthMonitor:
    """Polls the health of each of ``devices`` (name → device) twice a second.

    ``on_change(name, health)`` is called in the monitor's thread, first for every device, then for every change of
    state, code, remaining slips or the remark of a ready device; it must only queue the change. With ``wall_ms`` (the
    clock, UTC ms) the health has the times of ``DeviceHealth``; without it they are None.
    """

    def __init__(
        self,
        devices: Mapping[str, Monitored],
        on_change: Callable[[str, DeviceHealth], None],
        *,
        interval_s: float = POLL_INTERVAL_S,
        wall_ms: Callable[[], int] | None = None,
    ) -> None:
        self._devices, self._on_change, self._interval_s = devices, on_change, interval_s
        self._wall_ms: Callable[[], int | None] = wall_ms if wall_ms is not None else lambda: None
        self._last: dict[str, DeviceHealth] = {}
        self._faulty: set[str] = set()  # names of devices whose fault was logged
        self.rounds = 0
        """The number of completed polls of all devices; a device that blocks stops it."""
        self._closing = threading.Event()
        self._thread = RestartingThread("health", self._run, closing=self._closing)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            for name, device in self._devices.items():
                self._update(name, self._poll(name, device))
            self.rounds += 1
            self._closing.wait(self._interval_s)

    def _poll(self, name: str, device: Monitored) -> DeviceHealth:
        """Return the device's health; a device whose ``health`` raises must not hide the others."""
        try:
            return device.health()
        except Exception as error:
            if name not in self._faulty:
                log.exception("%s: health() failed", name)
            return DeviceHealth(HealthState.FAULT, "failed", f"{type(error).__name__}: {error}"[:200])

    def _update(self, name: str, health: DeviceHealth) -> None:
        before = self._last.get(name)
        with_times = _with_times(before, health, self._wall_ms())
        self._last[name] = with_times
        self._log_change(name, before, with_times)
        if before is None or _visible(before) != _visible(with_times):
            self._on_change(name, with_times)

    def _log_change(self, name: str, before: DeviceHealth | None, health: DeviceHealth) -> None:
        """Log when a fault begins, changes or ends, and when a state becomes unknown."""
        if before is not None and (before.state, before.code) == (health.state, health.code):
            return
        lost = before is not None and health.state is HealthState.UNKNOWN and bool(health.detail)
        if health.state not in FAULTLESS_STATES or lost:
            self._faulty.add(name)
            log.warning("%s is %s: %s", name, health.state, health.detail or health.code or "no reason given")
        elif name in self._faulty:
            self._faulty.remove(name)
            log.info("%s is %s again", name, health.state)


def _with_times(before: DeviceHealth | None, health: DeviceHealth, now_ms: int | None) -> DeviceHealth:
    """Return ``health`` with its times. A change of remaining slips or of the wording begins no new state."""
    if before is not None and (before.state, before.code) == (health.state, health.code):
        return replace(health, since_ms=before.since_ms, last_code=before.last_code, last_ms=before.last_ms)
    if health.state not in FAULTLESS_STATES:
        return replace(health, since_ms=now_ms, last_code=health.code or health.state.value, last_ms=now_ms)
    if before is None:
        return replace(health, since_ms=now_ms)
    return replace(health, since_ms=now_ms, last_code=before.last_code, last_ms=before.last_ms)


def _visible(health: DeviceHealth) -> tuple[HealthState, str | None, int | None, str]:
    """Return the parts whose change is reported.

    The remark of a ready device is one; the details of faults, which change too often, are not.
    """
    return health.state, health.code, health.left_slips, health.detail if health.state is HealthState.READY else ""
