"""From the settings to drivers: which class serves which kind, in one place."""

from collections.abc import Callable
from typing import assert_never

from config import settings
from hardware.keypads.serial_keys import SerialKeypad
from hardware.ports import Key, Keypad, Sign
from hardware.signs.cd5220 import Cd5220

Seconds = Callable[[], float]


def open_sign(sign: settings.Sign, mono_s: Seconds) -> Sign | None:
    """The sign, or None where there is none. A sign that is not connected is opened too, and waits."""
    match sign.kind:
        case "cd5220":
            return Cd5220(sign.port, sign.baud, resend_s=sign.resend_s, clock=mono_s)
        case "none":
            return None
    assert_never(sign.kind)


def open_keypad(keypad: settings.Keypad, pressed: Callable[[Key], None], mono_s: Seconds) -> Keypad | None:
    """The keypad, or None where there is none; ``pressed`` runs in its thread."""
    match keypad.kind:
        case "serial":
            return SerialKeypad(
                keypad.port, keypad.baud, debounce_s=keypad.debounce_ms / 1000, pressed=pressed, clock=mono_s
            )
        case "none":
            return None
    assert_never(keypad.kind)
