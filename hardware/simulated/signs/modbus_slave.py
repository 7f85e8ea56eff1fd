"""A Modbus slave written from the specification: a sign that displays its registers.

Framing, checksum, functions and exceptions are implemented here independently of the driver. Only the register map is
the driver's sheet, which stands for the maker's data sheet. The tests check driver and slave against ``mbpoll``, an
independent Modbus master.
"""

from collections.abc import Mapping

from config.signs import ModbusDataSheet

# Function codes and exception codes of the specification.
READ_REGISTERS, WRITE_REGISTER, WRITE_REGISTERS = 0x03, 0x06, 0x10
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
MAX_READ_REGISTERS, MAX_WRITTEN_REGISTERS = 125, 123
BROADCAST = 0
MAX_FRAME_BYTES = 256
POWER_ON_VALUE = 0x0020  # a space in a register after power-on


class ModbusException(Exception):
    """The request is answered with an exception response of this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class ModbusSlave:
    """The slave at ``address``, with the register map of ``sheet``.

    A frame for another address, or with a wrong checksum, gets no reply.
    """

    has_replies = has_address = True

    def __init__(self, sheet: ModbusDataSheet, address: int) -> None:
        self._sheet, self._address = sheet, address
        self._buffer = b""
        self.registers: dict[int, int] = {}
        cells = {"int": 1, "ascii_per_reg": sheet.width, "two_ascii_per_reg": -(-sheet.width // 2)}
        self._register_count = cells.get(sheet.encoding, -(-sheet.width // 4))
        blank = POWER_ON_VALUE if sheet.blank is None else sheet.blank
        if sheet.blank is None and sheet.encoding == "two_ascii_per_reg":
            blank = POWER_ON_VALUE << 8 | POWER_ON_VALUE
        for index in range(self._register_count):
            self.registers[sheet.first + index] = blank
        for setting_register in (sheet.attribute, sheet.point):
            if setting_register is not None:
                self.registers[setting_register.at] = 0
        if sheet.attribute is not None:
            self.registers[sheet.attribute.at] = sheet.attribute.steady

    @property
    def is_blinking(self) -> bool:
        attribute = self._sheet.attribute
        return attribute is not None and attribute.blink is not None and self._attribute == attribute.blink

    def shift_address(self, by: int) -> None:
        self._address += by

    def extra_state(self) -> Mapping[str, object]:
        """Return the registers."""
        return {"registers": {str(index): value for index, value in sorted(self.registers.items())}}

    def feed(self, data: bytes) -> bytes:
        """Process received bytes; return the replies."""
        self._buffer = (self._buffer + data)[-MAX_FRAME_BYTES:]
        replies = b""
        while (span := self._find_frame()) is not None:
            start, end = span
            frame, self._buffer = self._buffer[start:end], self._buffer[end:]
            replies += self._process(frame)
        return replies

    def displayed_lines(self) -> tuple[str, str]:
        """Return the displayed line, and an empty one."""
        attribute = self._sheet.attribute
        width = self._sheet.width
        if attribute is not None and self._attribute != attribute.steady:
            if self._attribute == attribute.dark:
                return "", ""
            if self._attribute == attribute.dashes:
                return "-" * width, ""
            if self._attribute == attribute.refused:
                return "Err", ""
        values = [self.registers[self._sheet.first + index] for index in range(self._register_count)]
        fixed = {self._sheet.blank: "", self._sheet.dashes: "-" * width, self._sheet.refused: "Err"}
        if len(set(values)) == 1 and values[0] in fixed:
            return fixed[values[0]], ""
        return self._decode_cells(values).rstrip(), ""

    @property
    def _attribute(self) -> int | None:
        """Return the value of the register of the display attribute; None without one."""
        return None if self._sheet.attribute is None else self.registers[self._sheet.attribute.at]

    def _decode_cells(self, values: list[int]) -> str:
        match self._sheet.encoding:
            case "int":
                return str(values[0]).rjust(self._sheet.width, self._sheet.pad)
            case "bcd":
                nibbles = [value >> shift & 0xF for value in values for shift in (12, 8, 4, 0)]
                return "".join(str(nibble) if nibble < 10 else " " for nibble in nibbles)[-self._sheet.width :]
            case "ascii_per_reg":
                codes = values
            case "two_ascii_per_reg":
                codes = [code for value in values for code in (value >> 8, value & 0xFF)]
        return "".join(chr(code) if 0x20 <= code < 0x7F else "?" for code in codes)[: self._sheet.width]

    # --- the bus

    def _find_frame(self) -> tuple[int, int] | None:
        """Return start and end of the next complete request in the received bytes.

        The specification separates frames by silence, which a pseudo-terminal does not preserve; a correct checksum at
        the length of the function is equivalent.
        """
        for start in range(len(self._buffer)):
            end = start + self._request_length(start)
            if start < end <= len(self._buffer) and crc(self._buffer[start : end - 2]) == self._buffer[end - 2 : end]:
                return start, end
        return None

    def _request_length(self, start: int) -> int:
        """Return the length of a request at ``start``.

        It is 0 when there is no request, or its length has not arrived yet.
        """
        rest = self._buffer[start:]
        if len(rest) < 4:
            return 0
        if rest[1] == WRITE_REGISTERS:
            return 9 + rest[6] if len(rest) > 6 else 0
        return 8

    def _process(self, frame: bytes) -> bytes:
        address, function, body = frame[0], frame[1], frame[2:-2]
        if address not in (self._address, BROADCAST):
            return b""
        try:
            response = bytes([function]) + self._execute(function, body)
        except ModbusException as error:
            response = bytes([function | 0x80, error.code])
        if address == BROADCAST:
            return b""
        reply = bytes([address]) + response
        return reply + crc(reply)

    def _execute(self, function: int, body: bytes) -> bytes:
        register, value = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
        if function == READ_REGISTERS:
            self._require(1 <= value <= MAX_READ_REGISTERS, ILLEGAL_VALUE)
            self._require(all(register + index in self.registers for index in range(value)), ILLEGAL_ADDRESS)
            data = b"".join(self.registers[register + index].to_bytes(2, "big") for index in range(value))
            return bytes([len(data)]) + data
        if function == WRITE_REGISTER:
            self._require(register in self.registers, ILLEGAL_ADDRESS)
            self.registers[register] = value
            return body[:4]
        if function == WRITE_REGISTERS:
            data = body[5:]
            self._require(1 <= value <= MAX_WRITTEN_REGISTERS and body[4] == 2 * value == len(data), ILLEGAL_VALUE)
            self._require(all(register + index in self.registers for index in range(value)), ILLEGAL_ADDRESS)
            for index in range(value):
                self.registers[register + index] = int.from_bytes(data[2 * index : 2 * index + 2], "big")
            return body[:4]
        raise ModbusException(ILLEGAL_FUNCTION)

    @staticmethod
    def _require(valid: bool, code: int) -> None:  # noqa: FBT001
        """Raise :class:`ModbusException` with ``code`` unless ``valid``."""
        if not valid:
            raise ModbusException(code)


def crc(data: bytes) -> bytes:
    """Return the two checksum bytes, low byte first (Modbus over serial line, section 6.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            carry = value & 1
            value >>= 1
            if carry:
                value ^= 0xA001
    return bytes([value & 0xFF, value >> 8])
