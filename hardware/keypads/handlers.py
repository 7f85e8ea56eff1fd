"""Turns keys into the station's input: presses with their digits, and rating levels."""

import math
from collections.abc import Callable, Mapping
from typing import Protocol

from hardware.keypads.debouncer import Debouncer
from hardware.keypads.keymap import CLEAR
from hardware.ports import Key, Press

DIGITS_TIMEOUT_S = 5.0
"""Digits are dropped when neither a digit nor a key follows the last one within this time."""
MAX_DIGITS = 4
"""Further digits before a key are ignored."""
TOGGLE_KEYS = (Key.PAUSE, Key.HOLD, Key.NO_SHOW)
"""Keys whose second press is another action: it ends the pause, resumes the held ticket, or marks the next person as
absent."""
TOGGLE_PAUSE_S = 0.7
"""A press of such a key within this time of its last press is ignored."""


class KeyHandler(Protocol):
    """The meaning of a pad's keys. Runs in the pad's thread; times are monotonic seconds.

    A ``key`` is one of ``keymap.KEYS`` on a counter's keypad, a level ("1" to "4") on a rating pad.
    """

    def key_signal(self, key: str, now_s: float) -> None:
        """Handle a closed contact, or its bouncing."""

    def due(self) -> float | None:
        """Return the moment at which ``tick`` has something to do; None: never."""

    def tick(self, now_s: float) -> None:
        """Drop digits that have expired; called at ``due``, and after each signal."""

    def stuck_key(self, now_s: float) -> str | None:
        """Return a key that is stuck, if any."""

    def reset(self) -> None:
        """Discard partial input: the connection was lost."""


class DigitCollector:
    """Keys of a counter's pad; digits are collected for the key that takes them. ``bounce_s``: the debounce time.

    ``on_press`` receives each key with the digits before it; ``on_digits`` receives the digits collected so far
    whenever they change, "" when they were used or dropped. Both run in the pad's thread. A key of ``TOGGLE_KEYS``
    pressed again within ``TOGGLE_PAUSE_S`` is ignored: the effect of the first press is not visible by then.
    """

    def __init__(self, bounce_s: float, on_press: Callable[[Press], None], on_digits: Callable[[str], None]) -> None:
        self._debouncer = Debouncer(bounce_s)
        self._on_press, self._on_digits = on_press, on_digits
        self._digits, self._digits_until_s = "", 0.0
        self._last_toggles_at_s: Mapping[Key, float] = {}

    def key_signal(self, key: str, now_s: float) -> None:
        """Collect a digit, or report a key with the digits before it."""
        self.tick(now_s)
        if not self._debouncer.is_new_press(key, now_s):
            return
        if key.isdecimal():
            if len(self._digits) < MAX_DIGITS:
                self._set_digits(self._digits + key)
            self._digits_until_s = now_s + DIGITS_TIMEOUT_S
            return
        digits = self._digits
        self._set_digits("")
        if key != CLEAR:
            self._press(Key(key), digits, now_s)

    def due(self) -> float | None:
        return self._digits_until_s if self._digits else None

    def tick(self, now_s: float) -> None:
        """Drop digits that no key followed in time."""
        if self._digits and now_s >= self._digits_until_s:
            self._set_digits("")

    def stuck_key(self, now_s: float) -> str | None:
        return self._debouncer.stuck_key(now_s)

    def reset(self) -> None:
        self._debouncer.reset()
        self._last_toggles_at_s = {}
        self._set_digits("")

    def _press(self, key: Key, digits: str, now_s: float) -> None:
        if key in TOGGLE_KEYS:
            last_toggle_at_s, self._last_toggles_at_s = (
                self._last_toggles_at_s.get(key, -math.inf),
                {**self._last_toggles_at_s, key: now_s},
            )
            if now_s - last_toggle_at_s < TOGGLE_PAUSE_S:
                return
        self._on_press(Press(key, digits))

    def _set_digits(self, digits: str) -> None:
        if digits != self._digits:
            self._digits = digits
            self._on_digits(digits)


class RatingKeys:
    """Keys of a rating pad: ``on_rating`` receives each level in the pad's thread. ``bounce_s``: the debounce time."""

    def __init__(self, bounce_s: float, on_rating: Callable[[int], None]) -> None:
        self._debouncer = Debouncer(bounce_s)
        self._on_rating = on_rating

    def key_signal(self, key: str, now_s: float) -> None:
        """Report the key's level once for each press."""
        if self._debouncer.is_new_press(key, now_s):
            self._on_rating(int(key))

    def due(self) -> float | None:
        return None

    def tick(self, now_s: float) -> None:
        """Do nothing: no state of this handler expires."""

    def stuck_key(self, now_s: float) -> str | None:
        return self._debouncer.stuck_key(now_s)

    def reset(self) -> None:
        self._debouncer.reset()
