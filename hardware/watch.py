"""Watching the health of devices: one poll for all, which says once when something breaks and once when it heals.

Drivers only know their state; that it is told, and told once, since when it is so and what the last trouble was,
is here and nowhere else.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from config.threads import RestartingThread
from hardware.ports import Health, State

log = logging.getLogger(__name__)

EVERY_S = 0.5
WELL = (State.READY, State.UNKNOWN)


class Watched(Protocol):
    def health(self) -> Health: ...


class Watch:
    """Asks each of ``devices`` (name → device) for its health twice a second.

    ``changed(name, health)`` is called in the watch's thread, first for every device, then for every change
    a reader could see; it must only put the news somewhere. With ``wall_ms`` (the clock, UTC ms) the health says
    since when it is so, and the last trouble with its time, also when that has healed.
    """

    def __init__(
        self,
        devices: Mapping[str, Watched],
        changed: Callable[[str, Health], None],
        *,
        every_s: float = EVERY_S,
        wall_ms: Callable[[], int] | None = None,
    ) -> None:
        self._devices, self._changed, self._every_s = devices, changed, every_s
        self._wall_ms: Callable[[], int | None] = wall_ms if wall_ms is not None else lambda: None
        self._known: dict[str, Health] = {}
        self._complained: set[str] = set()
        self.turns = 0  # how often all were asked; a device that holds us up stops it
        self._closing = threading.Event()
        self._thread = RestartingThread("watch", self._run, closing=self._closing)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            for name, device in self._devices.items():
                self._look(name, self._health(name, device))
            self.turns += 1
            self._closing.wait(self._every_s)

    def _health(self, name: str, device: Watched) -> Health:
        """A device that cannot even say how it is must not hide the others."""
        try:
            return device.health()
        except Exception as error:
            if name not in self._complained:
                log.exception("%s cannot say how it is", name)
            return Health(State.FAULT, "failed", f"{type(error).__name__}: {error}"[:200])

    def _say(self, name: str, before: Health | None, health: Health) -> None:
        """Log a trouble when it begins or becomes another, and its end; also a device that is no longer known."""
        if before is not None and (before.state, before.code) == (health.state, health.code):
            return
        lost = before is not None and health.state is State.UNKNOWN and bool(health.detail)
        if health.state not in WELL or lost:
            self._complained.add(name)
            log.warning("%s is %s: %s", name, health.state, health.detail or health.code or "no reason given")
        elif name in self._complained:
            self._complained.remove(name)
            log.info("%s is %s again", name, health.state)

    def _look(self, name: str, health: Health) -> None:
        before = self._known.get(name)
        dated = _dated(before, health, self._wall_ms())
        self._known[name] = dated
        self._say(name, before, dated)
        if before is None or _shown(before) != _shown(dated):
            self._changed(name, dated)


def _dated(before: Health | None, health: Health, now_ms: int | None) -> Health:
    """``health`` with its times. Slips that come off the roll, or other words for it, begin no new state."""
    if before is not None and (before.state, before.code) == (health.state, health.code):
        return replace(health, since_ms=before.since_ms, last_code=before.last_code, last_ms=before.last_ms)
    if health.state not in WELL:
        return replace(health, since_ms=now_ms, last_code=health.code or health.state.value, last_ms=now_ms)
    if before is None:
        return replace(health, since_ms=now_ms)
    return replace(health, since_ms=now_ms, last_code=before.last_code, last_ms=before.last_ms)


def _shown(health: Health) -> tuple[State, str | None, int | None, str]:
    """A well device may have a remark (a sign without letters); the words of troubles change too often."""
    return health.state, health.code, health.left_slips, health.detail if health.state is State.READY else ""
