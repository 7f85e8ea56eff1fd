"""Recognise taps: a finger that goes up inside the target it went down on.

Each finger is tracked separately, so that one whose release is never reported blocks no other. A second finger that
goes down together with one that presses a target belongs to the same hand and is ignored. A tap within ``debounce_s``
of the last one is ignored as unintended, except between keys of a keyboard (``Target.quick``).

A screen accepts no touch until it has been visible for ``settle_s``: an earlier touch was meant for the screen before.
Keys of a keyboard that stay in place accept the next letter at once.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Scene, Target, targets

DEBOUNCE_S = 0.3
SETTLE_S = 0.7
SAME_HAND_S = 0.5
"""Fingers that go down within this time of each other belong to the same hand."""
STUCK_AFTER_S = 10.0
"""A finger that stays on the panel for this long presses nothing; it may be an object."""
LOST_FINGER_S = 600.0
"""A finger without events for this long is no longer on the panel; its last event was lost."""
ROUNDING_S = 1e-6
"""Clock values are sums of floats; a touch after exactly ``settle_s`` counts."""
MOUSE_FINGER = -1
"""Finger id of the mouse."""
CONTROL_PORT_FINGER = -2
"""Finger id of taps through the control port."""


class TapResult(StrEnum):
    """The result of a finger that went up.

    TAPPED: on an enabled target. NOTHING: on none, not on the one that it went down on, or there for ``STUCK_AFTER_S``.
    DISABLED: the target takes no tap. TOO_SOON: the screen had not been visible for long enough, or the last tap was
    just before.
    """

    TAPPED = "tapped"
    NOTHING = "nothing"
    DISABLED = "disabled"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finger:
    """The event of a finger that goes down on the panel or up from it. ``x``, ``y``: in panel pixels.

    ``finger_id``: the same for both events of one finger. ``target``: the id of a target that replaces the position
    (control port); None: the position counts. ``on_result`` receives the result of the finger that went up.
    """

    down: bool
    x: int
    y: int
    finger_id: int = 0
    target: Hashable | None = None
    on_result: Callable[[TapResult], None] | None = None


@dataclass(frozen=True, slots=True)
class FingersGone:
    """Event: no further events of the current fingers follow, because window or device changed."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A target was tapped."""

    target: Hashable


@dataclass(frozen=True, slots=True)
class FingerContact:
    """A finger that is down since ``since_s`` (monotonic). ``target``: the one that it presses, if any."""

    since_s: float
    target: Target | None


VisibleTarget = tuple[Hashable, Box, str]
"""The visible part of a target: id, position and label."""


class Touch:
    """Tracks the fingers on one panel. ``pressed_id``: the id of the target that is to be drawn pressed.

    ``debounce_s``, ``settle_s``: see the text of this module. ``process``, ``show`` and ``release`` are called by the
    main thread, ``stuck`` by any. Times are monotonic seconds.
    """

    def __init__(self, panel: Panel, debounce_s: float = DEBOUNCE_S, settle_s: float = SETTLE_S) -> None:
        self._panel, self._debounce_s, self._settle_s = panel, debounce_s, settle_s
        # Replaced, never modified: another thread reads it.
        self._contacts: Mapping[int, FingerContact] = {}
        self._last_tap_s = -math.inf
        self._last_tap_quick = False
        self._last_finger_s = -math.inf
        self._scene: Scene | None = None
        self._target_rects: Sequence[tuple[Target, tuple[int, int, int, int]]] = ()
        self._visible_targets: frozenset[VisibleTarget] = frozenset()
        self._screen_since_s = -math.inf
        # Since when each quick target has been visible; the others count from ``_screen_since_s``.
        self._quick_since_s: Mapping[VisibleTarget, float] = {}

    @property
    def pressed_id(self) -> Hashable | None:
        return next((contact.target.id for contact in self._contacts.values() if contact.target is not None), None)

    def show(self, scene: Scene, now_s: float) -> None:
        """Announce that ``scene`` is visible from ``now_s`` on."""
        if scene is self._scene:
            return
        self._scene = scene
        all_targets, rect = list(targets(scene)), self._panel.rect
        self._target_rects = [
            (target, rect(target.box.x, target.box.y, target.box.w, target.box.h)) for target in all_targets
        ]
        visible_targets = frozenset(_visible(target) for target in all_targets if not target.quick)
        if visible_targets != self._visible_targets:
            self._visible_targets, self._screen_since_s = visible_targets, now_s
        quick = [_visible(target) for target in all_targets if target.quick]
        self._quick_since_s = {target: self._quick_since_s.get(target, now_s) for target in quick}

    def process(self, finger: Finger, scene: Scene, now_s: float) -> Tapped | None:
        """Return the tap that ``finger`` completes on ``scene``, if any.

        A scene not announced by ``show`` counts as visible since the previous finger.
        """
        self.show(scene, self._last_finger_s)
        self._last_finger_s = now_s
        if finger.down:
            self._press(finger, now_s)
            return None
        contact = self._contacts.get(finger.finger_id)
        self._contacts = self._contacts_without(finger)
        target = self._target_under(finger)
        if contact is None or contact.target is None or target is None or _visible(contact.target) != _visible(target):
            _send_result(finger, TapResult.NOTHING)
            return None
        return self._complete_tap(finger, target, contact, now_s)

    def release(self) -> None:
        """End every press; later events of those fingers are ignored."""
        self._contacts = {}

    def stuck(self, now_s: float) -> bool:
        """Return whether a finger has been on the panel for ``STUCK_AFTER_S`` or longer."""
        return any(STUCK_AFTER_S <= now_s - contact.since_s < LOST_FINGER_S for contact in self._contacts.values())

    def _press(self, finger: Finger, now_s: float) -> None:
        """Start a press. It ends those of other fingers, unless one of them belongs to the same hand."""
        others = self._contacts_without(finger)
        same_hand = any(
            contact.target is not None and now_s - contact.since_s < SAME_HAND_S for contact in others.values()
        )
        target = None if same_hand else self._target_under(finger)
        if target is not None:
            others = {key: FingerContact(contact.since_s, None) for key, contact in others.items()}
        recent = {key: contact for key, contact in others.items() if now_s - contact.since_s < LOST_FINGER_S}
        self._contacts = {**recent, finger.finger_id: FingerContact(now_s, target)}

    def _contacts_without(self, finger: Finger) -> dict[int, FingerContact]:
        return {key: contact for key, contact in self._contacts.items() if key != finger.finger_id}

    def _complete_tap(self, finger: Finger, target: Target, contact: FingerContact, now_s: float) -> Tapped | None:
        if not target.enabled:
            _send_result(finger, TapResult.DISABLED)
            return None
        if now_s - contact.since_s >= STUCK_AFTER_S:
            _send_result(finger, TapResult.NOTHING)
            return None
        bounced = now_s - self._last_tap_s < self._debounce_s and not (target.quick and self._last_tap_quick)
        if bounced or not self._settled(target, contact):
            _send_result(finger, TapResult.TOO_SOON)
            return None
        self._last_tap_s, self._last_tap_quick = now_s, target.quick
        _send_result(finger, TapResult.TAPPED)
        return Tapped(target.id)

    def _settled(self, target: Target, contact: FingerContact) -> bool:
        """Return whether the screen had been visible for long enough when the finger went down."""
        since_s = self._quick_since_s[_visible(target)] if target.quick else self._screen_since_s
        return contact.since_s - since_s >= self._settle_s - ROUNDING_S

    def _target_under(self, finger: Finger) -> Target | None:
        for target, (left, top, width, height) in self._target_rects:
            if finger.target is not None:
                if target.id == finger.target:
                    return target
            elif left <= finger.x < left + width and top <= finger.y < top + height:
                return target
        return None


def _visible(target: Target) -> VisibleTarget:
    return target.id, target.box, target.label


def _send_result(finger: Finger, result: TapResult) -> None:
    if finger.on_result is not None:
        finger.on_result(result)
