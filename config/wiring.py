"""Whether what hangs on one machine's serial ports can hang there together."""

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.devices import Keypad, Pad, Scanner, Sign
from config.signs import ModbusSheet, TemplateSheet

Sheets = Mapping[str, ModbusSheet | TemplateSheet]


@dataclass(frozen=True, slots=True)
class Wired:
    """One device on a port; ``who`` names it for a person. ``parity`` None: as whatever else is on the line."""

    who: str
    port: str
    baud: int
    parity: str | None


def sign_mistakes(who: str, sign: Sign, sheets: Sheets) -> Iterator[str]:
    """What is wrong with one sign's settings by themselves."""
    if sign.kind in ("cd5220", "modbus", "template") and not sign.port:
        yield f"{who}: kind {sign.kind!r} wants a 'port'"
    if sign.kind in ("modbus", "template"):
        fitting = [name for name, sheet in sheets.items() if sheet.kind == sign.kind]
        if sign.model is None:
            yield f"{who}: kind {sign.kind!r} wants a 'model', the name of its sheet; {_known(fitting)}"
        elif sign.model not in fitting:
            yield f"{who}: no {sign.kind} sheet {sign.model!r}; {_suggested(sign.model, fitting)}"
    if sign.kind == "modbus" and not 1 <= sign.address <= 247:
        yield f"{who}: address {sign.address}: Modbus addresses are 1 to 247"
    sheet = sheets.get(sign.model or "")
    if sign.kind == "template" and isinstance(sheet, TemplateSheet):
        yield from _address_mistakes(who, sign.address, sheet)


def _address_mistakes(who: str, address: int, sheet: TemplateSheet) -> Iterator[str]:
    written, width = address + sheet.address_offset, sheet.address_width
    most = {"byte": 255, "decimal": 10**width - 1, "hex": 16**width - 1}.get(sheet.address)
    if most is not None and not 0 <= written <= most:
        yield f"{who}: address {address}: its sheet writes it as {written}, which is not 0 to {most}"


def line_mistakes(wired: Sequence[Wired]) -> Iterator[str]:
    """Two devices on one port with different speeds or parities."""
    first: dict[str, Wired] = {}
    for one in wired:
        other = first.setdefault(one.port, one)
        if (one.baud, one.parity or other.parity) != (other.baud, other.parity or one.parity):
            yield (
                f"{other.who} and {one.who} share {one.port} but not its settings: {_told(other)} and {_told(one)}; "
                "a line has one speed and one parity"
            )
        elif other.parity is None and one.parity is not None:
            first[one.port] = one


def address_mistakes(signs: Mapping[str, Sign]) -> Iterator[str]:
    """Two signs that would both obey the same frames."""
    places: dict[tuple[str, int], list[str]] = defaultdict(list)
    alone: dict[str, list[str]] = defaultdict(list)
    for who, sign in signs.items():
        if sign.kind in ("modbus", "template"):
            places[sign.port, sign.address].append(who)
        if sign.kind in ("cd5220", "modbus", "template"):
            alone[sign.port].append(who)
    for (port, address), names in places.items():
        if len(names) > 1:
            yield f"{' and '.join(names)} have the same address {address} on {port}"
    for port, names in alone.items():
        if len(names) > 1 and any(signs[one].kind == "cd5220" for one in names):
            yield f"{' and '.join(names)} share {port}: a cd5220 sign has no address and must be alone among signs"


def wired(who: str, device: Sign | Keypad | Scanner | Pad, sheets: Sheets) -> Iterator[Wired]:
    """The device's place on a serial port, if it has one."""
    if device.kind not in ("cd5220", "modbus", "template", "serial") or not device.port:
        return
    parity: str | None = None
    if isinstance(device, Sign):
        sheet = sheets.get(device.model or "")
        parity = "none" if sheet is None else sheet.parity
    yield Wired(who, device.port, device.baud, parity)


def _told(one: Wired) -> str:
    return f"{one.baud} baud" + (f", parity {one.parity}" if one.parity else "")


def _suggested(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else _known(known)


def _known(names: Sequence[str]) -> str:
    return f"known: {', '.join(names)}" if names else "there is none yet: add a [counter.signs.<name>]"
