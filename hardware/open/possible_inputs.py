"""The inputs that people can make at the devices of a counter."""

from collections.abc import Mapping, Sequence

from config.settings import DeskSettings
from hardware.keypads.keymap import DEFAULT_EVDEV_KEYS, DEFAULT_SERIAL_KEYS, KEYS, LEVELS

SCANNED_CODE = "code"
"""The one input of a scanner."""


def possible_inputs(desks: Sequence[DeskSettings]) -> Mapping[str, tuple[str, ...]]:
    """Return the inputs of each keypad, rating pad and scanner by its name in reports."""
    inputs: dict[str, tuple[str, ...]] = {}
    for desk in desks:
        if desk.keypad.kind != "none":
            default = DEFAULT_SERIAL_KEYS if desk.keypad.kind == "serial" else DEFAULT_EVDEV_KEYS
            names = set((desk.keypad.keys or default).values())
            inputs[f"keypad-{desk.counter}"] = tuple(str(key) for key in KEYS if key in names)
        if desk.pad.kind != "none":
            inputs[f"pad-{desk.counter}"] = tuple(LEVELS[: desk.pad.levels])
        if desk.scanner.kind != "none":
            inputs[f"scanner-{desk.counter}"] = (SCANNED_CODE,)
    return inputs
