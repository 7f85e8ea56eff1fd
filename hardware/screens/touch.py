"""What a finger means: a tap is a finger that goes up inside the target it went down on.

Every finger is followed by itself, so that one whose end is never reported holds up no other. A second finger that
goes down together with one that presses a target belongs to the same hand and is ignored. A tap so soon after the
last one (``debounce_s``) that it must be the same wish is ignored too, but between keys of a keyboard
(``Target.quick``).

A screen takes no touch until it has been shown for ``settle_s``: nobody decides on a screen sooner, so such a touch
was meant for the screen before. Keys of a keyboard that stay where they are take the next letter at once.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Scene, Target, targets

DEBOUNCE_S = 0.3
SETTLE_S = 0.7
SAME_HAND_S = 0.5
STUCK_S = 10.0
# A finger of which nothing is reported for so long is not a state of the panel any more, only of this program.
FORGOTTEN_S = 600.0
# Clock values are sums of floats; a touch after exactly ``settle_s`` counts.
ROUNDING_S = 1e-6
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
class FingersGone:
    """No finger is on the panel any more, though none was reported to go up: the window or its device changed."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A target was tapped."""

    target: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A finger that is down. ``on``: the target that it presses; None where it presses none."""

    since_s: float
    on: Target | None


Offer = tuple[str, Box, str]
"""What a person sees of a target: its id, its place and its label."""


class Touch:
    """Follow one panel's fingers. ``pressed`` is the target under the finger, for drawing it so.

    ``feel``, ``show`` and ``release`` belong to the main thread; ``stuck`` may be asked by any. All moments are
    monotonic seconds.
    """

    def __init__(self, panel: Panel, debounce_s: float = DEBOUNCE_S, settle_s: float = SETTLE_S) -> None:
        self._panel, self._debounce_s, self._settle_s = panel, debounce_s, settle_s
        # Replaced and never changed, because another thread reads it.
        self._contacts: Mapping[int, Contact] = {}
        self._last_s = -math.inf
        self._last_quick = False
        self._felt_s = -math.inf
        self._scene: Scene | None = None
        self._places: Sequence[tuple[Target, tuple[int, int, int, int]]] = ()
        self._shown: frozenset[Offer] = frozenset()
        self._screen_s = -math.inf
        self._quick_s: Mapping[Offer, float] = {}

    @property
    def pressed(self) -> str | None:
        return next((contact.on.id for contact in self._contacts.values() if contact.on is not None), None)

    def show(self, scene: Scene, now_s: float) -> None:
        """Note that ``scene`` is on the screen from ``now_s`` on."""
        if scene is self._scene:
            return
        self._scene = scene
        found, rect = list(targets(scene)), self._panel.rect
        self._places = [(target, rect(target.box.x, target.box.y, target.box.w, target.box.h)) for target in found]
        shown = frozenset(_offer(target) for target in found if not target.quick)
        if shown != self._shown:
            self._shown, self._screen_s = shown, now_s
        quick = [_offer(target) for target in found if target.quick]
        self._quick_s = {offer: self._quick_s.get(offer, now_s) for offer in quick}

    def feel(self, finger: Finger, scene: Scene, now_s: float) -> Tapped | None:
        """Return the tap that ``finger`` completes on ``scene``, if any.

        A scene that was not noted by ``show`` is taken to have appeared with the finger before this one.
        """
        self.show(scene, self._felt_s)
        self._felt_s = now_s
        if finger.down:
            self._press(finger, now_s)
            return None
        contact = self._contacts.get(finger.finger)
        self._contacts = {key: value for key, value in self._contacts.items() if key != finger.finger}
        over = self._under(finger)
        if contact is None or contact.on is None or over is None or _offer(contact.on) != _offer(over):
            _say(finger, Verdict.NOTHING)
            return None
        return self._tap(finger, over, contact, now_s)

    def release(self) -> None:
        """End every press: what is reported of those fingers from now on means nothing."""
        self._contacts = {}

    def stuck(self, now_s: float) -> bool:
        """Whether a finger has rested on the panel for longer than anybody presses a key."""
        return any(STUCK_S <= now_s - contact.since_s < FORGOTTEN_S for contact in self._contacts.values())

    def _press(self, finger: Finger, now_s: float) -> None:
        """Take the press over from fingers that rest, unless one of them belongs to the same hand."""
        others = {key: value for key, value in self._contacts.items() if key != finger.finger}
        same_hand = any(contact.on is not None and now_s - contact.since_s < SAME_HAND_S for contact in others.values())
        on = None if same_hand else self._under(finger)
        if on is not None:
            others = {key: Contact(value.since_s, None) for key, value in others.items()}
        kept = {key: value for key, value in others.items() if now_s - value.since_s < FORGOTTEN_S}
        self._contacts = {**kept, finger.finger: Contact(now_s, on)}

    def _tap(self, finger: Finger, over: Target, contact: Contact, now_s: float) -> Tapped | None:
        if not over.enabled:
            _say(finger, Verdict.DISABLED)
            return None
        if now_s - contact.since_s >= STUCK_S:
            _say(finger, Verdict.NOTHING)
            return None
        again = now_s - self._last_s < self._debounce_s and not (over.quick and self._last_quick)
        if again or not self._settled(over, contact):
            _say(finger, Verdict.TOO_SOON)
            return None
        self._last_s, self._last_quick = now_s, over.quick
        _say(finger, Verdict.TAPPED)
        return Tapped(over.id)

    def _settled(self, over: Target, contact: Contact) -> bool:
        """Whether the screen had been shown for long enough when the finger went down."""
        since_s = self._quick_s[_offer(over)] if over.quick else self._screen_s
        return contact.since_s - since_s >= self._settle_s - ROUNDING_S

    def _under(self, finger: Finger) -> Target | None:
        for target, (left, top, width, height) in self._places:
            if finger.target is not None:
                if target.id == finger.target:
                    return target
            elif left <= finger.x < left + width and top <= finger.y < top + height:
                return target
        return None


def _offer(target: Target) -> Offer:
    return target.id, target.box, target.label


def _say(finger: Finger, verdict: Verdict) -> None:
    if finger.answer is not None:
        finger.answer(verdict)
