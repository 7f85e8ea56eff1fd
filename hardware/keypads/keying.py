"""From single keys to what the station is told: digits are collected for the key that wants them."""

import math
from collections.abc import Callable, Mapping

from hardware.keypads.contacts import Contacts
from hardware.keypads.keymap import CLEAR
from hardware.ports import Key, Press

DIGITS_S = 5.0
MOST_DIGITS = 4
TURNING = (Key.PAUSE, Key.HOLD, Key.NO_SHOW)
"""Keys whose second press is another move: it ends the pause, takes the ticket back, or sends off the next person."""
AGAIN_S = 0.7


class Keying:
    """What a counter's pad says. ``pressed`` hears each key with the digits before it, ``keyed`` the digits whenever
    they change; both run in the pad's thread. Digits that no key follows within five seconds are dropped. A key of
    ``TURNING`` again within ``AGAIN_S`` is the same wish: nobody has seen by then what the first press did."""

    def __init__(self, debounce_s: float, pressed: Callable[[Press], None], keyed: Callable[[str], None]) -> None:
        self._contacts = Contacts(debounce_s)
        self._pressed, self._keyed = pressed, keyed
        self._digits, self._digits_until = "", 0.0
        self._turned_s: Mapping[Key, float] = {}

    def hear(self, stroke: str, now: float) -> None:
        """A contact was closed, or bounced."""
        self.tick(now)
        if not self._contacts.pressed(stroke, now):
            return
        if stroke.isdecimal():
            if len(self._digits) < MOST_DIGITS:
                self._show(self._digits + stroke)
            self._digits_until = now + DIGITS_S
            return
        digits = self._digits
        self._show("")
        if stroke != CLEAR:
            self._press(Key(stroke), digits, now)

    def due(self) -> float | None:
        return self._digits_until if self._digits else None

    def tick(self, now: float) -> None:
        """Drop digits that nobody wanted."""
        if self._digits and now >= self._digits_until:
            self._show("")

    def stuck(self, now: float) -> str | None:
        return self._contacts.stuck(now)

    def forget(self) -> None:
        """The link was lost: what was keyed before is not a number any more."""
        self._contacts.forget()
        self._turned_s = {}
        self._show("")

    def _press(self, key: Key, digits: str, now: float) -> None:
        if key in TURNING:
            before_s, self._turned_s = self._turned_s.get(key, -math.inf), {**self._turned_s, key: now}
            if now - before_s < AGAIN_S:
                return
        self._pressed(Press(key, digits))

    def _show(self, digits: str) -> None:
        if digits != self._digits:
            self._digits = digits
            self._keyed(digits)


class Rating:
    """What a rating pad says: ``rated`` hears each level in the pad's thread."""

    def __init__(self, debounce_s: float, rated: Callable[[int], None]) -> None:
        self._contacts = Contacts(debounce_s)
        self._rated = rated

    def hear(self, stroke: str, now: float) -> None:
        if self._contacts.pressed(stroke, now):
            self._rated(int(stroke))

    def due(self) -> float | None:
        return None

    def tick(self, now: float) -> None:
        """Nothing of it passes with time."""

    def stuck(self, now: float) -> str | None:
        return self._contacts.stuck(now)

    def forget(self) -> None:
        self._contacts.forget()
