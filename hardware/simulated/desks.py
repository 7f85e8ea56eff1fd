"""Simulated devices of a counter, as the counter's own settings describe them.

They are signs, keypads, rating pads and scanners. Their settings are read from the same file as the drivers', so that
no file can name two models for one sign.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

from config.address import split_address
from config.devices import KeypadSettings, RatingPadSettings, SignSettings
from config.settings import CounterStationSettings, DeskSettings, LinkSettings, Settings
from config.signs import DataSheets, ModbusDataSheet, TemplateDataSheet
from config.twins import SimulatedDeskSettings
from hardware.keypads.codes import code_bytes
from hardware.simulated.keypads.keypad import SimulatedKeypad, SimulatedRatingPad
from hardware.simulated.keypads.scanner import SimulatedScanner
from hardware.simulated.signs.dots import dot_matrix_front
from hardware.simulated.signs.framed_sign import FramedSign
from hardware.simulated.signs.modbus_slave import ModbusSlave
from hardware.simulated.signs.node import SimulatedNode
from hardware.simulated.signs.pole_display import PoleDisplay
from hardware.simulated.signs.segments import DrawFront, seven_segment_front, sixteen_segment_front
from hardware.simulated.signs.sign import SignController, SimulatedSign
from hardware.simulated.terminal import Cables

PRICE_DISPLAY_CELLS = 8
"""Cells in one line of a price display with seven segments."""


def sign_twins(
    settings: Settings, simulated_desk: SimulatedDeskSettings, cables: Cables, mono_s: Callable[[], float]
) -> Iterator[SimulatedSign | SimulatedNode]:
    """Yield the simulated sign ("twin") of the desk, if it has one.

    A counter without settings has a CD5220 sign. ``mono_s`` gives monotonic seconds.
    """
    station = settings.counter or CounterStationSettings()
    signs = {desk.counter: desk.sign for desk in station.desks}
    sign = signs.get(simulated_desk.counter, SignSettings(kind="cd5220", port="-"))
    if simulated_desk.node:
        yield _node(simulated_desk.counter, sign, settings.link, mono_s)
    if simulated_desk.sign is not None:
        make_controller, draw_front = controller_and_front(sign, station.signs)
        yield SimulatedSign(
            simulated_desk.counter,
            simulated_desk.sign,
            mono_s,
            make_controller=make_controller,
            draw_front=draw_front,
            baud=sign.baud,
            cables=cables,
            protocol=sign.kind,
        )


def input_twins(
    settings: Settings, simulated_desk: SimulatedDeskSettings, cables: Cables, mono_s: Callable[[], float]
) -> Iterator[SimulatedKeypad | SimulatedRatingPad | SimulatedScanner]:
    """Yield the twins of the desk's keypad, rating pad and scanner.

    A counter without settings has serial ones.
    """
    station, counter = settings.counter or CounterStationSettings(), simulated_desk.counter
    desks = {desk.counter: desk for desk in station.desks}
    desk = desks.get(counter, DeskSettings(counter=counter))
    if simulated_desk.keypad is not None:
        keypad, address = desk.keypad, code_bytes(desk.keypad.address)
        wiring = _wiring(keypad)
        yield SimulatedKeypad(
            counter, simulated_desk.keypad, mono_s, cables, wiring=wiring, address=address, baud=keypad.baud
        )
    if simulated_desk.pad is not None:
        pad, address = desk.pad, code_bytes(desk.pad.address)
        wiring, levels = _wiring(pad), pad.levels
        yield SimulatedRatingPad(
            counter, simulated_desk.pad, mono_s, cables, wiring=wiring, address=address, levels=levels, baud=pad.baud
        )
    if simulated_desk.scanner is not None:
        yield SimulatedScanner(counter, simulated_desk.scanner, mono_s, cables, baud=desk.scanner.baud)


def controller_and_front(sign: SignSettings, sheets: DataSheets) -> tuple[Callable[[], SignController], DrawFront]:
    """Return the factory of the sign's controller and the function that draws its front."""
    sheet = sheets.get(sign.model or "")
    if isinstance(sheet, ModbusDataSheet) and sign.kind == "modbus":
        only_digits = sign.segments or sheet.encoding in ("int", "bcd")
        front_of_width = seven_segment_front if only_digits else dot_matrix_front
        return partial(ModbusSlave, sheet, sign.address), front_of_width(sheet.width)
    if isinstance(sheet, TemplateDataSheet) and sign.kind == "template":
        has_letters = sheet.characters == "ascii" or any(character.isalpha() for character in sheet.map)
        front_of_width = seven_segment_front if sign.segments or not has_letters else dot_matrix_front
        return partial(FramedSign, sheet, sign.address), front_of_width(sheet.width)
    return PoleDisplay, seven_segment_front(PRICE_DISPLAY_CELLS) if sign.segments else sixteen_segment_front


def _node(counter: str, sign: SignSettings, link: LinkSettings, mono_s: Callable[[], float]) -> SimulatedNode:
    return SimulatedNode(counter, sign.node or f"sign-{counter}", split_address(link.broker), link.office, mono_s)


def _wiring(pad: KeypadSettings | RatingPadSettings) -> Literal["serial", "evdev"]:
    return "evdev" if pad.kind == "evdev" else "serial"
