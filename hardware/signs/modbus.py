"""Signs with Modbus RTU, described by a register map.

pymodbus builds the frames and parses the replies. Such a sign replies to each frame, so silence, another device's reply
and an exception are distinguished.
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

from hardware.serial_bus.device import Frame, FrameOutcome, Reply
from hardware.signs.fitting import Cells, SignCapacity
from hardware.signs.rendering import DASHES, DisplayMode, SignContent

Encoding = Literal["int", "ascii_per_reg", "two_ascii_per_reg", "bcd"]

MAX_REGISTER = 65535
BLANK_NIBBLE = 0xF  # a dark cell in BCD
# Names from the Modbus specification.
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
    """The registers of a model.

    ``first_register``: the number of the first of those that hold the ticket number, in this ``encoding``.
    ``function``: 6 writes one register a frame, 16 all in one frame. ``mode_values``: the value of every number
    register in a mode without number. ``mode_register``: the number of a further register, and its value for each mode
    (STEADY and others). ``decimal_point``: the number of the register that places the decimal point, and the value for
    none. ``mode_register`` and ``decimal_point`` None: the model has no such register.
    """

    first_register: int
    encoding: Encoding
    cells: Cells
    function: Literal[6, 16]
    mode_values: Mapping[DisplayMode, int] = field(default_factory=dict)
    mode_register: tuple[int, Mapping[DisplayMode, int]] | None = None
    decimal_point: tuple[int, int] | None = None
    reply_timeout_s: float = 0.3


@dataclass(frozen=True, slots=True)
class ModbusSign:
    """Implements ``SignModel``: the sign at ``address`` (1 to 247) with these ``registers``.

    ``segments``: its cells show digits only.
    """

    address: int
    registers: RegisterMap
    segments: bool = False
    replies: bool = True

    @property
    def capacity(self) -> SignCapacity:
        encoding, cells = self.registers.encoding, self.registers.cells
        return SignCapacity(
            cells.width,
            segments=self.segments or encoding in ("int", "bcd"),
            drops_zeros=encoding == "int" and cells.pad != "0",
        )

    @property
    def blinks(self) -> bool:
        return DisplayMode.BLINK in self._values_by_mode

    @property
    def shows_refusals(self) -> bool:
        return DisplayMode.REFUSED in self._values_by_mode or DisplayMode.REFUSED in self.registers.mode_values

    def opening_frames(self) -> Iterable[Frame]:
        return ()

    def frames(self, content: SignContent, *, is_repeat: bool = False) -> Iterable[Frame]:
        values = self._values(content)
        if values is None:  # the registers cannot hold this number
            values, content = self._blank(), SignContent(DisplayMode.DARK)
        if self.registers.function == 16:
            yield self._write(self.registers.first_register, values, function=16)
        else:
            if len(values) > 1 and not is_repeat:
                # Between two frames the sign shows parts of two numbers, for good if the bus fails then. With a dash
                # in the last register that is no number.
                yield self._write(self.registers.first_register + len(values) - 1, (self._dash(),), function=6)
            for index, value in enumerate(values):
                yield self._write(self.registers.first_register + index, (value,), function=6)
        if self.registers.decimal_point is not None:
            yield self._write(
                self.registers.decimal_point[0], (self.registers.decimal_point[1],), function=self.registers.function
            )
        if self.registers.mode_register is not None:
            value = self._values_by_mode.get(content.mode, self._values_by_mode[DisplayMode.STEADY])
            yield self._write(self.registers.mode_register[0], (value,), function=self.registers.function)

    @property
    def _values_by_mode(self) -> Mapping[DisplayMode, int]:
        return {} if self.registers.mode_register is None else self.registers.mode_register[1]

    def _values(self, content: SignContent) -> Sequence[int] | None:
        if content.mode in self.registers.mode_values:
            return [self.registers.mode_values[content.mode]] * self._register_count
        if content.mode in (DisplayMode.STEADY, DisplayMode.BLINK):
            return REGISTER_ENCODERS[self.registers.encoding](self.registers.cells.filled(content.text))
        if content.mode is DisplayMode.DASHES and self.registers.encoding in ("ascii_per_reg", "two_ascii_per_reg"):
            return REGISTER_ENCODERS[self.registers.encoding]("-" * self.registers.cells.width)
        return self._blank()

    def _blank(self) -> Sequence[int]:
        if DisplayMode.DARK in self.registers.mode_values:
            return [self.registers.mode_values[DisplayMode.DARK]] * self._register_count
        return REGISTER_ENCODERS[self.registers.encoding](" " * self.registers.cells.width) or ()

    def _dash(self) -> int:
        """Return a register value that no number has.

        It is a dash, or dark where cells have no dash.
        """
        dashes = self._values(DASHES)
        return dashes[-1] if dashes else self._blank()[-1]

    @property
    def _register_count(self) -> int:
        return len(REGISTER_ENCODERS[self.registers.encoding]("0" * self.registers.cells.width) or ())

    def _write(self, register: int, values: Sequence[int], *, function: int) -> Frame:
        request_class = WriteMultipleRegistersRequest if function == 16 else WriteSingleRegisterRequest
        request = request_class(dev_id=self.address, address=register, registers=values)
        return Frame(_FRAMER.buildFrame(request), partial(read_reply, request), self.registers.reply_timeout_s)


def _int(cells: str) -> Sequence[int] | None:
    value = int(cells.strip() or "0")
    return (value,) if value <= MAX_REGISTER else None


def _ascii(cells: str) -> Sequence[int]:
    return tuple(cells.encode("ascii"))


def _two_ascii(cells: str) -> Sequence[int]:
    padded = cells.encode("ascii") + b" " * (len(cells) % 2)
    return tuple(int.from_bytes(padded[index : index + 2], "big") for index in range(0, len(padded), 2))


def _bcd(cells: str) -> Sequence[int]:
    padded = cells.rjust(-(-len(cells) // 4) * 4, cells[0] if cells[0] in " 0" else "0")
    nibbles = [BLANK_NIBBLE if cell == " " else int(cell) for cell in padded]
    return tuple(
        nibbles[index] << 12 | nibbles[index + 1] << 8 | nibbles[index + 2] << 4 | nibbles[index + 3]
        for index in range(0, len(nibbles), 4)
    )


# Encoding -> function from the characters of all cells to register values; None: the number is too large.
REGISTER_ENCODERS: Mapping[Encoding, Callable[[str], Sequence[int] | None]] = {
    "int": _int,
    "ascii_per_reg": _ascii,
    "two_ascii_per_reg": _two_ascii,
    "bcd": _bcd,
}

_DECODER = DecodePDU(is_server=False)
_FRAMER = FramerRTU(_DECODER)
_MIN_FRAME_BYTES = 4  # a frame without data
_EXCEPTION_BYTES, _CONFIRMATION_BYTES = 5, 8


def read_reply(request: ModbusPDU, received: bytes) -> Reply | None:
    """Return the reply to ``request`` in ``received``; None while there is no complete one.

    Late replies of other signs, and keys of a pad in between, are skipped.
    """
    for start in range(len(received) - _MIN_FRAME_BYTES + 1):
        reply = _parse(received[start:])
        if reply is not None and reply.dev_id == request.dev_id:
            return _outcome(request, reply)
    return None


def _parse(received: bytes) -> ModbusPDU | None:
    """Return the reply at the beginning of ``received``, if it is complete."""
    length = _EXCEPTION_BYTES if received[1] & 0x80 else _CONFIRMATION_BYTES
    try:
        _, address, _, body = _FRAMER.decode(received[:length])
        reply = _DECODER.decode(body) if body and received[0] == address else None
    except (ModbusException, IndexError, KeyError, struct.error):
        return None
    if reply is not None:
        reply.dev_id = address
    return reply


def _outcome(request: ModbusPDU, reply: ModbusPDU) -> Reply:
    if reply.isError():
        code = reply.exception_code
        detail = f"exception {code} ({EXCEPTIONS.get(code, 'unknown')}) at register {request.address}"
        return FrameOutcome.REFUSED, detail
    same = (reply.function_code, reply.address) == (request.function_code, request.address)
    if request.function_code == WriteSingleRegisterRequest.function_code:
        same = same and reply.registers == list(request.registers)
    else:
        same = same and reply.count == request.count
    return (FrameOutcome.DONE, "") if same else (FrameOutcome.GARBLED, f"an answer to something else: {reply}")
