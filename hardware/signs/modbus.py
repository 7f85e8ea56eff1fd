"""Signs that speak Modbus RTU, by a register map; pymodbus makes the frames and reads the answers.

Such a sign answers each frame, so silence, an answer of somebody else and an exception are three things.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from pymodbus.exceptions import ModbusException
from pymodbus.framer.rtu import FramerRTU
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.register_message import WriteMultipleRegistersRequest, WriteSingleRegisterRequest

from hardware.lines.talking import Answer, Frame, Verdict
from hardware.signs.cells import Cells
from hardware.signs.fitting import Fit
from hardware.signs.showing import DASHES, Look, Shown

Encoding = Literal["int", "ascii_per_reg", "two_ascii_per_reg", "bcd"]

MOST_IN_ONE_REGISTER = 65535
BLANK_NIBBLE = 0xF
# What the specification calls each exception.
EXCEPTIONS: Mapping[int, str] = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
}


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """A make's registers. ``fixed``: the value of every number register of a look without number;
    ``attribute``: a register and its value for each look; ``point``: a register that is kept at a value."""

    first: int
    encoding: Encoding
    cells: Cells
    function: Literal[6, 16]
    fixed: Mapping[Look, int] = field(default_factory=dict)
    attribute: tuple[int, Mapping[Look, int]] | None = None
    point: tuple[int, int] | None = None
    answer_s: float = 0.3


@dataclass(frozen=True, slots=True)
class ModbusBoard:
    """The sign at ``address`` (1 to 247) with these registers. ``segments``: its cells show digits only."""

    address: int
    map: RegisterMap
    segments: bool = False
    answers: bool = True

    @property
    def fit(self) -> Fit:
        return Fit(self.map.cells.width, segments=self.segments or self.map.encoding in ("int", "bcd"))

    @property
    def blinks(self) -> bool:
        return Look.BLINK in self._attributes

    @property
    def refuses(self) -> bool:
        return Look.REFUSED in self._attributes or Look.REFUSED in self.map.fixed

    def begin(self) -> Iterable[Frame]:
        return ()

    def frames(self, what: Shown, *, again: bool = False) -> Iterable[Frame]:
        values = self._values(what)
        if values is None:  # a number that the registers cannot hold is not shown
            values, what = self._blank(), Shown(Look.DARK)
        if self.map.function == 16:
            yield self._write(self.map.first, values, function=16)
        else:
            if len(values) > 1 and not again:
                # Between two frames a part of each number stands there, for good if the line dies then. With a dash
                # in its last place it is no number.
                yield self._write(self.map.first + len(values) - 1, (self._dash(),), function=6)
            for place, value in enumerate(values):
                yield self._write(self.map.first + place, (value,), function=6)
        if self.map.point is not None:
            yield self._write(self.map.point[0], (self.map.point[1],), function=self.map.function)
        if self.map.attribute is not None:
            value = self._attributes.get(what.look, self._attributes[Look.STEADY])
            yield self._write(self.map.attribute[0], (value,), function=self.map.function)

    @property
    def _attributes(self) -> Mapping[Look, int]:
        return {} if self.map.attribute is None else self.map.attribute[1]

    def _values(self, what: Shown) -> Sequence[int] | None:
        if what.look in self.map.fixed:
            return [self.map.fixed[what.look]] * self._count
        if what.look in (Look.STEADY, Look.BLINK):
            return VALUES[self.map.encoding](self.map.cells.filled(what.text))
        if what.look is Look.DASHES and self.map.encoding in ("ascii_per_reg", "two_ascii_per_reg"):
            return VALUES[self.map.encoding]("-" * self.map.cells.width)
        return self._blank()

    def _blank(self) -> Sequence[int]:
        if Look.DARK in self.map.fixed:
            return [self.map.fixed[Look.DARK]] * self._count
        return VALUES[self.map.encoding](" " * self.map.cells.width) or ()

    def _dash(self) -> int:
        """A register's value that is no part of a number; dark where the cells have no dash."""
        dashes = self._values(DASHES)
        return dashes[-1] if dashes else self._blank()[-1]

    @property
    def _count(self) -> int:
        return len(VALUES[self.map.encoding]("0" * self.map.cells.width) or ())

    def _write(self, register: int, values: Sequence[int], *, function: int) -> Frame:
        kind = WriteMultipleRegistersRequest if function == 16 else WriteSingleRegisterRequest
        request = kind(dev_id=self.address, address=register, registers=values)
        return Frame(_FRAMER.buildFrame(request), partial(answer, request), self.map.answer_s)


def _int(cells: str) -> Sequence[int] | None:
    value = int(cells.strip() or "0")
    return (value,) if value <= MOST_IN_ONE_REGISTER else None


def _ascii(cells: str) -> Sequence[int]:
    return tuple(cells.encode("ascii"))


def _two_ascii(cells: str) -> Sequence[int]:
    even = cells.encode("ascii") + b" " * (len(cells) % 2)
    return tuple(int.from_bytes(even[at : at + 2], "big") for at in range(0, len(even), 2))


def _bcd(cells: str) -> Sequence[int]:
    filled = cells.rjust(-(-len(cells) // 4) * 4, cells[0] if cells[0] in " 0" else "0")
    nibbles = [BLANK_NIBBLE if cell == " " else int(cell) for cell in filled]
    return tuple(
        nibbles[at] << 12 | nibbles[at + 1] << 8 | nibbles[at + 2] << 4 | nibbles[at + 3]
        for at in range(0, len(nibbles), 4)
    )


VALUES: Mapping[Encoding, Callable[[str], Sequence[int] | None]] = {
    "int": _int,
    "ascii_per_reg": _ascii,
    "two_ascii_per_reg": _two_ascii,
    "bcd": _bcd,
}

_DECODER = DecodePDU(is_server=False)
_FRAMER = FramerRTU(_DECODER)
_SHORTEST = 4  # bytes of a frame without data
_EXCEPTION_BYTES, _WRITTEN_BYTES = 5, 8


def answer(request: ModbusPDU, heard: bytes) -> Answer | None:
    """What ``heard`` says to ``request``; None while no whole answer is in it. A late answer of another sign, and
    keys of a pad that came between, are passed."""
    for start in range(len(heard) - _SHORTEST + 1):
        told = _frame(heard[start:])
        if told is not None and told.dev_id == request.dev_id:
            return _meaning(request, told)
    return None


def _frame(heard: bytes) -> ModbusPDU | None:
    """The answer that begins right here, if a whole one does."""
    length = _EXCEPTION_BYTES if heard[1] & 0x80 else _WRITTEN_BYTES
    try:
        _, address, _, body = _FRAMER.decode(heard[:length])
        told = _DECODER.decode(body) if body and heard[0] == address else None
    except (ModbusException, IndexError, KeyError, struct.error):
        return None
    if told is not None:
        told.dev_id = address
    return told


def _meaning(request: ModbusPDU, told: ModbusPDU) -> Answer:
    if told.isError():
        code = told.exception_code
        return Verdict.REFUSED, f"exception {code} ({EXCEPTIONS.get(code, 'unknown')}) at register {request.address}"
    same = (told.function_code, told.address) == (request.function_code, request.address)
    if request.function_code == WriteSingleRegisterRequest.function_code:
        same = same and told.registers == list(request.registers)
    else:
        same = same and told.count == request.count
    return (Verdict.DONE, "") if same else (Verdict.GARBLED, f"an answer to something else: {told}")
