"""Which twin stands at the other end of which sign: taken from the counter's own settings, so that one file cannot
name two makes for one sign."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from config.address import split
from config.devices import Sign
from config.settings import CounterStation, Link, Settings
from config.signs import ModbusSheet, TemplateSheet
from config.twins import SimulatedDesk
from hardware.simulated.signs.faces import Face, dots, seven, sixteen
from hardware.simulated.signs.framed import FramedBoard
from hardware.simulated.signs.glass import Glass
from hardware.simulated.signs.node import SimulatedNode
from hardware.simulated.signs.sign import Board, SimulatedSign
from hardware.simulated.signs.slave import ModbusSlave
from hardware.simulated.terminal import Cables

POLE_CELLS = 8  # a price display with seven segments has so many


def sign_twins(
    settings: Settings, desk: SimulatedDesk, cables: Cables, mono_s: Callable[[], float]
) -> Iterator[SimulatedSign | SimulatedNode]:
    """The twin of the desk's sign, if it has one. A counter without settings of its own gets a CD5220 sign."""
    counters = settings.counter or CounterStation()
    own = {one.counter: one.sign for one in counters.desks}.get(desk.counter, Sign(kind="cd5220", port="-"))
    if desk.node:
        yield _node(desk.counter, own, settings.link, mono_s)
    if desk.sign is not None:
        make, face = board(own, counters.signs)
        yield SimulatedSign(
            desk.counter, desk.sign, mono_s, make=make, face=face, baud=own.baud, cables=cables, model=own.kind
        )


def board(sign: Sign, sheets: Mapping[str, ModbusSheet | TemplateSheet]) -> tuple[Callable[[], Board], Face]:
    """The board of a sign with these settings, and what its front looks like."""
    sheet = sheets.get(sign.model or "")
    if isinstance(sheet, ModbusSheet) and sign.kind == "modbus":
        digits = sign.segments or sheet.encoding in ("int", "bcd")
        return partial(ModbusSlave, sheet, sign.address), (seven if digits else dots)(sheet.width)
    if isinstance(sheet, TemplateSheet) and sign.kind == "template":
        letters = sheet.characters == "ascii" or any(character.isalpha() for character in sheet.map)
        digits = sign.segments or not letters
        return partial(FramedBoard, sheet, sign.address), (seven if digits else dots)(sheet.width)
    return Glass, seven(POLE_CELLS) if sign.segments else sixteen


def _node(counter: str, sign: Sign, link: Link, mono_s: Callable[[], float]) -> SimulatedNode:
    return SimulatedNode(counter, sign.node or f"sign-{counter}", split(link.broker), link.office, mono_s)
