"""A Modbus slave written from the specification: a sign whose registers light its cells.

Framing, checksum, functions and exceptions are this file's own; only the register map is the sheet that the driver
reads too, because it stands for the maker's page, which both sides hold. ``mbpoll`` is the third who looks.
"""

from collections.abc import Mapping

from config.signs import ModbusSheet

READ, WRITE_ONE, WRITE_MANY = 0x03, 0x06, 0x10
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
MOST_READ, MOST_WRITTEN = 125, 123
BROADCAST = 0
LONGEST = 256
POWER_ON = 0x0020


class Refusal(Exception):
    """The request gets an exception response with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ModbusSlave:
    """The slave at ``address``. A frame for another address, or with a wrong checksum, gets no answer."""

    answers = addressed = True

    def __init__(self, sheet: ModbusSheet, address: int) -> None:
        self._sheet, self._address = sheet, address
        self._rest = b""
        self.registers: dict[int, int] = {}
        cells = {"int": 1, "ascii_per_reg": sheet.width, "two_ascii_per_reg": -(-sheet.width // 2)}
        self._count = cells.get(sheet.encoding, -(-sheet.width // 4))
        blank = POWER_ON if sheet.blank is None else sheet.blank
        if sheet.blank is None and sheet.encoding == "two_ascii_per_reg":
            blank = POWER_ON << 8 | POWER_ON
        for place in range(self._count):
            self.registers[sheet.first + place] = blank
        for extra in (sheet.attribute, sheet.point):
            if extra is not None:
                self.registers[extra.at] = 0
        if sheet.attribute is not None:
            self.registers[sheet.attribute.at] = sheet.attribute.steady

    @property
    def blinking(self) -> bool:
        attribute = self._sheet.attribute
        return attribute is not None and attribute.blink is not None and self._attribute == attribute.blink

    def move(self, by: int) -> None:
        """Listen at another address."""
        self._address += by

    def memory(self) -> Mapping[str, object]:
        """Its registers, for whoever looks."""
        return {"registers": {str(place): value for place, value in sorted(self.registers.items())}}

    def feed(self, data: bytes) -> bytes:
        """Take bytes in; the answers that they bring about."""
        self._rest = (self._rest + data)[-LONGEST:]
        answers = b""
        while (found := self._frame()) is not None:
            start, end = found
            frame, self._rest = self._rest[start:end], self._rest[end:]
            answers += self._obey(frame)
        return answers

    def lit(self) -> tuple[str, str]:
        """What its cells show."""
        attribute = self._sheet.attribute
        width = self._sheet.width
        if attribute is not None and self._attribute != attribute.steady:
            if self._attribute == attribute.dark:
                return "", ""
            if self._attribute == attribute.dashes:
                return "-" * width, ""
            if self._attribute == attribute.refused:
                return "Err", ""
        values = [self.registers[self._sheet.first + place] for place in range(self._count)]
        fixed = {self._sheet.blank: "", self._sheet.dashes: "-" * width, self._sheet.refused: "Err"}
        if len(set(values)) == 1 and values[0] in fixed:
            return fixed[values[0]], ""
        return self._cells(values).rstrip(), ""

    @property
    def _attribute(self) -> int | None:
        return None if self._sheet.attribute is None else self.registers[self._sheet.attribute.at]

    def _cells(self, values: list[int]) -> str:
        match self._sheet.encoding:
            case "int":
                return str(values[0]).rjust(self._sheet.width, self._sheet.pad)
            case "bcd":
                nibbles = [value >> shift & 0xF for value in values for shift in (12, 8, 4, 0)]
                return "".join(str(one) if one < 10 else " " for one in nibbles)[-self._sheet.width :]
            case "ascii_per_reg":
                codes = values
            case "two_ascii_per_reg":
                codes = [code for value in values for code in (value >> 8, value & 0xFF)]
        return "".join(chr(code) if 0x20 <= code < 0x7F else "?" for code in codes)[: self._sheet.width]

    # --- the line

    def _frame(self) -> tuple[int, int] | None:
        """Where the next whole request lies in what was heard. The specification cuts frames by silence, which a
        pseudo-terminal does not keep; a right checksum at the length of the function says the same."""
        for start in range(len(self._rest)):
            end = start + self._length(start)
            if start < end <= len(self._rest) and crc(self._rest[start : end - 2]) == self._rest[end - 2 : end]:
                return start, end
        return None

    def _length(self, start: int) -> int:
        """Of a request at ``start``; 0 when it cannot be one, or its length is not here yet."""
        rest = self._rest[start:]
        if len(rest) < 4:
            return 0
        if rest[1] == WRITE_MANY:
            return 9 + rest[6] if len(rest) > 6 else 0
        return 8

    def _obey(self, frame: bytes) -> bytes:
        address, function, body = frame[0], frame[1], frame[2:-2]
        if address not in (self._address, BROADCAST):
            return b""
        try:
            said = bytes([function]) + self._done(function, body)
        except Refusal as refusal:
            said = bytes([function | 0x80, refusal.code])
        if address == BROADCAST:
            return b""
        answer = bytes([address]) + said
        return answer + crc(answer)

    def _done(self, function: int, body: bytes) -> bytes:
        register, value = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
        if function == READ:
            self._must(1 <= value <= MOST_READ, ILLEGAL_VALUE)
            self._must(all(register + place in self.registers for place in range(value)), ILLEGAL_ADDRESS)
            data = b"".join(self.registers[register + place].to_bytes(2, "big") for place in range(value))
            return bytes([len(data)]) + data
        if function == WRITE_ONE:
            self._must(register in self.registers, ILLEGAL_ADDRESS)
            self.registers[register] = value
            return body[:4]
        if function == WRITE_MANY:
            data = body[5:]
            self._must(1 <= value <= MOST_WRITTEN and body[4] == 2 * value == len(data), ILLEGAL_VALUE)
            self._must(all(register + place in self.registers for place in range(value)), ILLEGAL_ADDRESS)
            for place in range(value):
                self.registers[register + place] = int.from_bytes(data[2 * place : 2 * place + 2], "big")
            return body[:4]
        raise Refusal(ILLEGAL_FUNCTION)

    @staticmethod
    def _must(right: bool, code: int) -> None:  # noqa: FBT001
        if not right:
            raise Refusal(code)


def crc(data: bytes) -> bytes:
    """The two checksum bytes, low one first, as section 6.2 of the specification for serial lines has it."""
    low_first = 0xFFFF
    for byte in data:
        low_first ^= byte
        for _ in range(8):
            carried = low_first & 1
            low_first >>= 1
            if carried:
                low_first ^= 0xA001
    return bytes([low_first & 0xFF, low_first >> 8])
