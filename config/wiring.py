"""Check the devices that share a serial port: same speed and parity, no address twice."""

import difflib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.devices import KeypadSettings, RatingPadSettings, ScannerSettings, SignSettings
from config.signs import DataSheets, TemplateDataSheet


@dataclass(frozen=True, slots=True)
class WiredDevice:
    """One device on a serial port, with the port's speed. ``parity`` None: as the other devices on the bus.

    ``name`` is shown in messages, such as "c1's sign".
    """

    name: str
    port: str
    baud: int
    parity: str | None


def find_sign_mistakes(name: str, sign: SignSettings, sheets: DataSheets) -> Iterator[str]:
    """Yield the mistakes in one sign's own settings; ``name`` is shown in messages."""
    if sign.kind in ("cd5220", "modbus", "template") and not sign.port:
        yield f"{name}: kind {sign.kind!r} wants a 'port'"
    if sign.kind in ("modbus", "template"):
        models = [model for model, sheet in sheets.items() if sheet.kind == sign.kind]
        if sign.model is None:
            yield f"{name}: kind {sign.kind!r} wants a 'model', the name of its sheet; {_list_of(models)}"
        elif sign.model not in models:
            yield f"{name}: no {sign.kind} sheet {sign.model!r}; {_suggestion(sign.model, models)}"
    if sign.kind == "modbus" and not 1 <= sign.address <= 247:
        yield f"{name}: address {sign.address}: Modbus addresses are 1 to 247"
    sheet = sheets.get(sign.model or "")
    if sign.kind == "template" and isinstance(sheet, TemplateDataSheet):
        yield from _address_mistakes(name, sign.address, sheet)


def _address_mistakes(name: str, address: int, sheet: TemplateDataSheet) -> Iterator[str]:
    sent_address, width = address + sheet.address_offset, sheet.address_width
    max_address = {"byte": 255, "decimal": 10**width - 1, "hex": 16**width - 1}.get(sheet.address)
    if max_address is not None and not 0 <= sent_address <= max_address:
        yield f"{name}: address {address}: its sheet writes it as {sent_address}, which is not 0 to {max_address}"


def find_bus_mistakes(members: Sequence[WiredDevice]) -> Iterator[str]:
    """Yield each pair of devices on one port with different speeds or parities."""
    first_on_port: dict[str, WiredDevice] = {}  # by port; the first one with a parity, else the first one
    for member in members:
        other = first_on_port.setdefault(member.port, member)
        if (member.baud, member.parity or other.parity) != (other.baud, other.parity or member.parity):
            yield (
                f"{other.name} and {member.name} share {member.port} but not its settings: {_line_settings(other)} and "
                f"{_line_settings(member)}; a line has one speed and one parity"
            )
        elif other.parity is None and member.parity is not None:
            first_on_port[member.port] = member


def find_address_mistakes(signs: Mapping[str, SignSettings]) -> Iterator[str]:
    """Yield the signs on one port that would accept the same frames."""
    by_address: dict[tuple[str, int], list[str]] = defaultdict(list)
    by_port: dict[str, list[str]] = defaultdict(list)
    for name, sign in signs.items():
        if sign.kind in ("modbus", "template"):
            by_address[sign.port, sign.address].append(name)
        if sign.kind in ("cd5220", "modbus", "template"):
            by_port[sign.port].append(name)
    for (port, address), names in by_address.items():
        if len(names) > 1:
            yield f"{' and '.join(names)} have the same address {address} on {port}"
    for port, names in by_port.items():
        if len(names) > 1 and any(signs[name].kind == "cd5220" for name in names):
            yield f"{' and '.join(names)} share {port}: a cd5220 sign has no address and must be alone among signs"


def wired_devices(
    name: str, device: SignSettings | KeypadSettings | ScannerSettings | RatingPadSettings, sheets: DataSheets
) -> Iterator[WiredDevice]:
    """Yield the device as a bus member, if it is connected to a serial port."""
    if device.kind not in ("cd5220", "modbus", "template", "serial") or not device.port:
        return
    parity: str | None = None
    if isinstance(device, SignSettings):
        sheet = sheets.get(device.model or "")
        parity = "none" if sheet is None else sheet.parity
    yield WiredDevice(name, device.port, device.baud, parity)


def _line_settings(member: WiredDevice) -> str:
    return f"{member.baud} baud" + (f", parity {member.parity}" if member.parity else "")


def _suggestion(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else _list_of(names)


def _list_of(names: Sequence[str]) -> str:
    return f"known: {', '.join(names)}" if names else "there is none yet: add a [counter.signs.<name>]"
