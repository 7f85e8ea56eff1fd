"""Opens keypads, rating pads and scanners from their settings."""

from collections.abc import Callable
from typing import assert_never

from config import devices
from hardware.keypads import keymap
from hardware.keypads.codes import code_bytes
from hardware.keypads.evdev import EvdevPad
from hardware.keypads.handlers import DigitCollector, RatingKeys
from hardware.keypads.serial_keys import KeypadBuses, Lamp, SerialPad
from hardware.ports import Keypad, Press, RatingPad, Scanner
from hardware.scanners.serial_scanner import SerialScanner
from hardware.serial_bus.bus import SerialBuses


def open_keypad(
    keypad: devices.KeypadSettings,
    on_press: Callable[[Press], None],
    buses: KeypadBuses,
    mono_s: Callable[[], float],
    *,
    on_digits: Callable[[str], None] = lambda _digits: None,
) -> Keypad | None:
    """Return the keypad, or None where there is none.

    ``on_press``, and ``on_digits`` with the digits collected so far, run in the keypad's thread. Raises ``ValueError``
    with a sentence when its key map cannot be used.
    """
    if keypad.kind == "none":
        return None
    handler = DigitCollector(keypad.debounce_ms / 1000, on_press, on_digits)
    match keypad.kind:
        case "serial":
            codes = keymap.serial_keys(keypad.keys, keypad.address)
            return SerialPad(buses.bus(keypad.port, keypad.baud), codes, handler, mono_s, lamp=_lamp(keypad))
        case "evdev":
            keys = keymap.evdev_keys(keypad.keys)
            return EvdevPad(keypad.port, keys, handler, mono_s, led=keymap.led_number(keypad.lamp_on))
    assert_never(keypad.kind)


def open_rating_pad(
    pad: devices.RatingPadSettings, on_rating: Callable[[int], None], buses: KeypadBuses, mono_s: Callable[[], float]
) -> RatingPad | None:
    """Return the rating pad, or None where there is none.

    ``on_rating`` receives levels (1 is best) in the pad's thread. Raises ``ValueError`` with a sentence when its key
    map cannot be used.
    """
    if pad.kind == "none":
        return None
    handler = RatingKeys(pad.debounce_ms / 1000, on_rating)
    match pad.kind:
        case "serial":
            codes = keymap.serial_levels(pad.keys, pad.levels, pad.address)
            return SerialPad(buses.bus(pad.port, pad.baud), codes, handler, mono_s, lamp=_lamp(pad))
        case "evdev":
            keys = keymap.evdev_levels(pad.keys, pad.levels)
            return EvdevPad(pad.port, keys, handler, mono_s, led=keymap.led_number(pad.lamp_on))
    assert_never(pad.kind)


def _lamp(pad: devices.KeypadSettings | devices.RatingPadSettings) -> Lamp:
    """Return the bytes that switch the pad's lamp, each prefixed with the pad's address.

    Empty if the settings name no lamp.
    """
    address = code_bytes(pad.address)
    on, off = code_bytes(pad.lamp_on), code_bytes(pad.lamp_off)
    return Lamp(on and address + on, off and address + off)


def lamp_beeps(keypad: devices.KeypadSettings) -> bool:
    """Return whether the keypad's lamp is a beeper.

    The bytes that switch a beeper on have the character BEL.
    """
    return keypad.kind == "serial" and b"\a" in code_bytes(keypad.lamp_on)


def open_scanner(
    scanner: devices.ScannerSettings,
    on_scan: Callable[[str], None],
    buses: SerialBuses,
    mono_s: Callable[[], float],
    *,
    on_unreadable: Callable[[], None] = lambda: None,
) -> Scanner | None:
    """Return the scanner, or None where there is none.

    ``on_scan`` receives texts, which must never be logged, in the scanner's thread; ``on_unreadable`` is called when a
    scan cannot be read as text. Raises ``ValueError`` when the port is in use with another speed.
    """
    match scanner.kind:
        case "serial":
            return SerialScanner(buses.bus(scanner.port, scanner.baud), on_scan, mono_s, on_unreadable=on_unreadable)
        case "none":
            return None
    assert_never(scanner.kind)
