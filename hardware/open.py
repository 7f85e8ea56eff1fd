"""From the settings to drivers: which class serves which kind, in one place."""

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from config import devices
from hardware.keypads import keymap
from hardware.keypads.codes import code_bytes
from hardware.keypads.evdev import EvdevPad
from hardware.keypads.keying import Keying, Rating
from hardware.keypads.serial_keys import KeyLines, Lamp, SerialPad
from hardware.lines.lines import Lines
from hardware.open_printer import open_printer as open_printer
from hardware.open_printer import wants_compact as wants_compact
from hardware.ports import Keypad, Press, RatingPad, Scanner
from hardware.scanners.serial_scanner import SerialScanner

if TYPE_CHECKING:
    from hardware.speakers.mixer import Mixer

Seconds = Callable[[], float]


def open_keypad(
    keypad: devices.Keypad,
    pressed: Callable[[Press], None],
    lines: KeyLines,
    mono_s: Seconds,
    *,
    keyed: Callable[[str], None] = lambda _digits: None,
) -> Keypad | None:
    """The keypad, or None where there is none. ``pressed``, and ``keyed`` with the digits that wait for their key,
    run in its thread. Raises ``ValueError`` with a sentence when its keys cannot be used."""
    if keypad.kind == "none":
        return None
    meaning = Keying(keypad.debounce_ms / 1000, pressed, keyed)
    match keypad.kind:
        case "serial":
            codes = keymap.serial_keys(keypad.keys, keypad.address)
            return SerialPad(lines.line(keypad.port, keypad.baud), codes, meaning, mono_s, lamp=_lamp(keypad))
        case "evdev":
            keys = keymap.evdev_keys(keypad.keys)
            return EvdevPad(keypad.port, keys, meaning, mono_s, led=keymap.led(keypad.lamp_on))
    assert_never(keypad.kind)


def open_pad(pad: devices.Pad, rated: Callable[[int], None], lines: KeyLines, mono_s: Seconds) -> RatingPad | None:
    """The rating pad, or None where there is none; ``rated`` hears levels (1 is best) in its thread. Raises
    ``ValueError`` with a sentence when its keys cannot be used."""
    if pad.kind == "none":
        return None
    meaning = Rating(pad.debounce_ms / 1000, rated)
    match pad.kind:
        case "serial":
            codes = keymap.serial_levels(pad.keys, pad.levels, pad.address)
            return SerialPad(lines.line(pad.port, pad.baud), codes, meaning, mono_s, lamp=_lamp(pad))
        case "evdev":
            keys = keymap.evdev_levels(pad.keys, pad.levels)
            return EvdevPad(pad.port, keys, meaning, mono_s, led=keymap.led(pad.lamp_on))
    assert_never(pad.kind)


def _lamp(pad: devices.Keypad | devices.Pad) -> Lamp:
    before = code_bytes(pad.address)
    on, off = code_bytes(pad.lamp_on), code_bytes(pad.lamp_off)
    return Lamp(on and before + on, off and before + off)


def open_scanner(
    scanner: devices.Scanner,
    scanned: Callable[[str], None],
    lines: Lines,
    mono_s: Seconds,
    *,
    garbled: Callable[[], None] = lambda: None,
) -> Scanner | None:
    """The scanner, or None where there is none; ``scanned`` hears texts in its thread, which must never be logged, and
    ``garbled`` is called when a scan is no text. Raises ``ValueError`` when the port is in use with another speed."""
    match scanner.kind:
        case "serial":
            line = lines.line(scanner.port, scanner.baud)
            return SerialScanner(line, scanned, mono_s, garbled=garbled)
        case "none":
            return None
    assert_never(scanner.kind)


def open_speaker(speaker: devices.Speaker, mono_s: Seconds) -> "Mixer | None":
    """The speaker, or None where there is none; a machine without a sound card has one that says so."""
    match speaker.kind:
        case "mixer" | "simulated":
            # Only a machine that speaks loads SDL.
            from hardware.speakers.mixer import Mixer

            return Mixer(mono_s, speaker.volume, simulated=speaker.kind == "simulated")
        case "none":
            return None
    assert_never(speaker.kind)
