"""Which twins of keypads, scanners and rating pads stand at a counter: as its own settings say how they are wired."""

from collections.abc import Iterator
from typing import Literal

from config.devices import Keypad, Pad
from config.settings import CounterStation, Settings
from config.settings import Desk as DeskSettings
from config.twins import SimulatedDesk
from hardware.keypads.codes import code_bytes
from hardware.simulated.keypads.keypad import SimulatedKeypad, SimulatedPad
from hardware.simulated.keypads.scanner import SimulatedScanner
from hardware.simulated.terminal import Cables


def pad_twins(
    settings: Settings, desk: SimulatedDesk, cables: Cables
) -> Iterator[SimulatedKeypad | SimulatedPad | SimulatedScanner]:
    """The twins of what is pressed and scanned at the desk. A counter without settings of its own gets serial ones."""
    counters = settings.counter or CounterStation()
    own = {one.counter: one for one in counters.desks}.get(desk.counter, DeskSettings(counter=desk.counter))
    if desk.keypad is not None:
        address, baud = code_bytes(own.keypad.address), own.keypad.baud
        yield SimulatedKeypad(desk.counter, desk.keypad, cables, of=_kind(own.keypad), address=address, baud=baud)
    if desk.pad is not None:
        pad, address = own.pad, code_bytes(own.pad.address)
        kind, levels = _kind(pad), pad.levels
        yield SimulatedPad(desk.counter, desk.pad, cables, of=kind, address=address, levels=levels, baud=pad.baud)
    if desk.scanner is not None:
        yield SimulatedScanner(desk.counter, desk.scanner, cables, baud=own.scanner.baud)


def _kind(pad: Keypad | Pad) -> Literal["serial", "evdev"]:
    return "evdev" if pad.kind == "evdev" else "serial"
