"""What a finger means: a tap is a finger that goes up inside the target it went down on.

A second finger is ignored while the first is down. A tap so soon after the last one (``debounce_s``) that it must be
the same wish is ignored too, but between keys of a keyboard (``Target.quick``).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hardware.screens.panel import Panel
from hardware.screens.scene import Scene, Target, targets

DEBOUNCE_S = 0.3
MOUSE = -1
CONTROL = -2


class Verdict(StrEnum):
    """What became of a finger that went up."""

    TAPPED = "tapped"
    NOTHING = "nothing"
    DISABLED = "disabled"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finger:
    """A finger goes down on or up from the panel, in panel pixels.

    ``target`` instead of a place: the middle of that target, wherever it is by then (control port). ``answer``
    is told what became of it.
    """

    down: bool
    x: int
    y: int
    finger: int = 0
    target: str | None = None
    answer: Callable[[Verdict], None] | None = None


@dataclass(frozen=True, slots=True)
class Tapped:
    """A target was tapped."""

    target: str


class Touch:
    """Follows one panel's fingers. ``pressed`` is the target under the finger, for drawing it so."""

    def __init__(self, panel: Panel, debounce_s: float = DEBOUNCE_S) -> None:
        self._panel, self._debounce_s = panel, debounce_s
        self._finger: int | None = None
        self._on: Target | None = None
        self._last_s = -math.inf
        self._last_quick = False

    @property
    def pressed(self) -> str | None:
        return self._on.id if self._on is not None else None

    def feel(self, finger: Finger, scene: Scene, now_s: float) -> Tapped | None:
        """The tap that ``finger`` completes on ``scene``, if any. ``now_s``: monotonic seconds."""
        if finger.down:
            if self._finger is None:
                self._finger, self._on = finger.finger, self._under(finger, scene)
            return None
        if finger.finger != self._finger:
            _say(finger, Verdict.NOTHING)
            return None
        on, over = self._on, self._under(finger, scene)
        self._finger, self._on = None, None
        if on is None or over is None or on.id != over.id:
            _say(finger, Verdict.NOTHING)
            return None
        return self._tap(finger, over, now_s)

    def _tap(self, finger: Finger, over: Target, now_s: float) -> Tapped | None:
        if not over.enabled:
            _say(finger, Verdict.DISABLED)
            return None
        if now_s - self._last_s < self._debounce_s and not (over.quick and self._last_quick):
            _say(finger, Verdict.TOO_SOON)
            return None
        self._last_s, self._last_quick = now_s, over.quick
        _say(finger, Verdict.TAPPED)
        return Tapped(over.id)

    def _under(self, finger: Finger, scene: Scene) -> Target | None:
        for target in targets(scene):
            if finger.target is not None:
                if target.id == finger.target:
                    return target
                continue
            left, top, width, height = self._panel.rect(target.box.x, target.box.y, target.box.w, target.box.h)
            if left <= finger.x < left + width and top <= finger.y < top + height:
                return target
        return None


def _say(finger: Finger, verdict: Verdict) -> None:
    if finger.answer is not None:
        finger.answer(verdict)
