"""Opens a sign from its settings and the data sheet (``config.signs``) of its model.

A sign's settings name their sheet in ``model``; here a ``SignModel`` is the object that builds the model's frames.
"""

from collections.abc import Mapping
from typing import assert_never

from config import devices
from config.frames import parse_frame
from config.signs import DataSheets, ModbusDataSheet, TemplateDataSheet
from hardware.ports import Sign
from hardware.serial_bus.bus import SerialBuses
from hardware.signs.bus_sign import BusSign, SignModel
from hardware.signs.cd5220 import Cd5220
from hardware.signs.console import ConsoleSign
from hardware.signs.fitting import Cells
from hardware.signs.mqtt import NodeSign
from hardware.signs.rendering import DisplayMode
from hardware.signs.template import ASCII, DIGITS, FrameFormat, TemplateSign

_SERIAL_KINDS = ("cd5220", "modbus", "template")


def open_sign(sign: devices.SignSettings, buses: SerialBuses, sheets: DataSheets, name: str) -> Sign | None:
    """Return the sign of that ``name`` (``sign-c3``), or None where there is none.

    A sign that is not connected is opened too, and waits. Raises ``ValueError`` with a sentence when its settings
    contradict each other.
    """
    match sign.kind:
        case "none":
            return None
        case "console":
            return ConsoleSign(name)
        case "mqtt":
            return NodeSign(sign.node or name, buses.mono_s)
        case "cd5220" | "modbus" | "template":
            model, sheet = model_of(sign, sheets), sheets.get(sign.model or "")
            # A CD5220 accepts the parity that its neighbours on the bus use.
            parity = None if sign.kind == "cd5220" or sheet is None else sheet.parity
            bus = buses.bus(sign.port, sign.baud, parity=parity)
            return BusSign(bus, model, resend_s=sign.resend_s, name=name)
    assert_never(sign.kind)


def model_of(sign: devices.SignSettings, sheets: DataSheets) -> SignModel:
    """Return the builder of frames for a sign on a serial bus. Raises ``ValueError`` as :func:`open_sign` does."""
    if sign.kind == "cd5220":
        return Cd5220(segments=sign.segments)
    sheet = sheets.get(sign.model or "")
    if sheet is None or sheet.kind != sign.kind:
        raise ValueError(f"no {sign.kind} sheet {sign.model!r}")
    return _modbus(sign, sheet) if isinstance(sheet, ModbusDataSheet) else _template(sign, sheet)


def digits_at_once(sign: devices.SignSettings, sheets: DataSheets) -> int | None:
    """Return how many digits a sign shows at once; None: not known here.

    Raises ``ValueError`` as :func:`open_sign` does.
    """
    return model_of(sign, sheets).capacity.width if sign.kind in _SERIAL_KINDS else None


def drops_zeros(sign: devices.SignSettings, sheets: DataSheets) -> bool:
    """Return whether a sign leaves out the zeros before a number. Raises ``ValueError`` as :func:`open_sign` does."""
    return sign.kind in _SERIAL_KINDS and model_of(sign, sheets).capacity.drops_zeros


def _modbus(sign: devices.SignSettings, sheet: ModbusDataSheet) -> SignModel:
    # Imported here: only a machine with such signs loads pymodbus.
    from hardware.signs.modbus import ModbusSign, RegisterMap

    values = {DisplayMode.DARK: sheet.blank, DisplayMode.DASHES: sheet.dashes, DisplayMode.REFUSED: sheet.refused}
    mode_register = None
    if sheet.attribute is not None:
        mode_register = (
            sheet.attribute.at,
            _without_none({mode: getattr(sheet.attribute, mode.value) for mode in DisplayMode}),
        )
    registers = RegisterMap(
        first_register=sheet.first,
        encoding=sheet.encoding,
        cells=Cells(sheet.width, sheet.align, sheet.pad),
        function=sheet.function,
        mode_values=_without_none(values),
        mode_register=mode_register,
        decimal_point=None if sheet.point is None else (sheet.point.at, sheet.point.value),
        reply_timeout_s=sheet.answer_s,
    )
    return ModbusSign(sign.address, registers, segments=sign.segments)


def _template(sign: devices.SignSettings, sheet: TemplateDataSheet) -> SignModel:
    patterns = {
        DisplayMode.STEADY: sheet.frame,
        DisplayMode.BLINK: sheet.blink,
        DisplayMode.DARK: sheet.dark,
        DisplayMode.DASHES: sheet.dashes,
        DisplayMode.REFUSED: sheet.refused,
    }
    mapped = {character: bytes.fromhex(pairs) for character, pairs in sheet.map.items()}
    glyphs = {"ascii": ASCII, "digits": DIGITS, "map": mapped}[sheet.characters]
    frame_format = FrameFormat(
        patterns={mode: parse_frame(text) for mode, text in patterns.items() if text},
        cells=Cells(sheet.width, sheet.align, sheet.pad),
        glyphs=glyphs,
        digits_only=sign.segments or not any(character.isalpha() for character in glyphs),
        address=sheet.address,
        address_offset=sheet.address_offset,
        address_width=sheet.address_width,
        checksum=sheet.checksum,
        checksum_as=sheet.checksum_as,
        checksum_order=sheet.checksum_order,
        begin=parse_frame(sheet.begin),
        reply=parse_frame(sheet.reply),
        refusal=parse_frame(sheet.refusal),
        reply_timeout_s=sheet.reply_s,
        repeat=sheet.repeat,
        repeat_s=sheet.repeat_s,
    )
    return TemplateSign(frame_format, sign.address)


def _without_none(values: Mapping[DisplayMode, int | None]) -> dict[DisplayMode, int]:
    return {mode: value for mode, value in values.items() if value is not None}
