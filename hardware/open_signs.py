"""From a sign's settings and its sheet to a driver: which make serves which kind."""

from collections.abc import Mapping
from typing import assert_never

from config import devices
from config.frames import parts
from config.signs import ModbusSheet, TemplateSheet
from hardware.lines.lines import Lines
from hardware.ports import Sign
from hardware.signs import template
from hardware.signs.board import BoardSign, Make
from hardware.signs.cd5220 import Cd5220
from hardware.signs.cells import Cells
from hardware.signs.console import ConsoleSign
from hardware.signs.mqtt import NodeSign
from hardware.signs.showing import Look
from hardware.signs.template import ASCII, DIGITS, TemplateBoard

Sheets = Mapping[str, ModbusSheet | TemplateSheet]


def open_sign(sign: devices.Sign, lines: Lines, sheets: Sheets, name: str) -> Sign | None:
    """The sign ``name`` (``sign-c3``), or None where there is none. A sign that is not connected is opened too, and
    waits. Raises ``ValueError`` with a sentence when its settings do not go together."""
    match sign.kind:
        case "none":
            return None
        case "console":
            return ConsoleSign(name)
        case "mqtt":
            return NodeSign(sign.node or name, lines.clock)
        case "cd5220" | "modbus" | "template":
            make, sheet = make_of(sign, sheets), sheets.get(sign.model or "")
            # A CD5220 takes the line as its neighbours have it.
            parity = None if sign.kind == "cd5220" or sheet is None else sheet.parity
            line = lines.line(sign.port, sign.baud, parity=parity)
            return BoardSign(line, make, resend_s=sign.resend_s, name=name)
    assert_never(sign.kind)


def make_of(sign: devices.Sign, sheets: Sheets) -> Make:
    """How a sign on a wire is told what to show. Raises ``ValueError`` with a sentence, as :func:`open_sign` does."""
    if sign.kind == "cd5220":
        return Cd5220(segments=sign.segments)
    sheet = sheets.get(sign.model or "")
    if sheet is None or sheet.kind != sign.kind:
        raise ValueError(f"no {sign.kind} sheet {sign.model!r}")
    return _modbus(sign, sheet) if isinstance(sheet, ModbusSheet) else _template(sign, sheet)


def _modbus(sign: devices.Sign, sheet: ModbusSheet) -> Make:
    # Only a machine with such signs loads pymodbus.
    from hardware.signs.modbus import ModbusBoard, RegisterMap

    values = {Look.DARK: sheet.blank, Look.DASHES: sheet.dashes, Look.REFUSED: sheet.refused}
    attribute = None
    if sheet.attribute is not None:
        attribute = sheet.attribute.at, _given({look: getattr(sheet.attribute, look.value) for look in Look})
    registers = RegisterMap(
        first=sheet.first,
        encoding=sheet.encoding,
        cells=Cells(sheet.width, sheet.align, sheet.pad),
        function=sheet.function,
        fixed=_given(values),
        attribute=attribute,
        point=None if sheet.point is None else (sheet.point.at, sheet.point.value),
        answer_s=sheet.answer_s,
    )
    return ModbusBoard(sign.address, registers, segments=sign.segments)


def _template(sign: devices.Sign, sheet: TemplateSheet) -> Make:
    patterns = {
        Look.STEADY: sheet.frame,
        Look.BLINK: sheet.blink,
        Look.DARK: sheet.dark,
        Look.DASHES: sheet.dashes,
        Look.REFUSED: sheet.refused,
    }
    own = {character: bytes.fromhex(pairs) for character, pairs in sheet.map.items()}
    glyphs = {"ascii": ASCII, "digits": DIGITS, "map": own}[sheet.characters]
    page = template.Sheet(
        looks={look: parts(text) for look, text in patterns.items() if text},
        cells=Cells(sheet.width, sheet.align, sheet.pad),
        glyphs=glyphs,
        digits_only=sign.segments or not any(character.isalpha() for character in glyphs),
        address=sheet.address,
        address_offset=sheet.address_offset,
        address_width=sheet.address_width,
        checksum=sheet.checksum,
        checksum_as=sheet.checksum_as,
        checksum_order=sheet.checksum_order,
        begin=parts(sheet.begin),
        reply=parts(sheet.reply),
        refusal=parts(sheet.refusal),
        reply_s=sheet.reply_s,
        repeat=sheet.repeat,
        repeat_s=sheet.repeat_s,
    )
    return TemplateBoard(page, sign.address)


def _given(values: Mapping[Look, int | None]) -> dict[Look, int]:
    return {look: value for look, value in values.items() if value is not None}
