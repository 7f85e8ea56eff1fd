"""A simulated sign with a proprietary frame format.

The format is the data sheet of the settings (``sheet``), which the driver uses too. Finding frames in the received
bytes, checking checksums and decoding cells are implemented here independently of the driver.
"""

import re
from collections.abc import Mapping
from functools import reduce

from config.frames import FramePart, parse_frame
from config.signs import TemplateDataSheet
from hardware.simulated.signs.modbus_slave import crc

MAX_BUFFERED_BYTES = 512


class FramedSign:
    """The controller at ``address`` with the frame format of ``sheet``.

    Its mode is the data sheet's name of the frame that it received last: ``frame`` (a number), ``blink``, ``dark`` and
    so on. ``bad_checksums`` counts the frames that it ignored because of them.
    """

    def __init__(self, sheet: TemplateDataSheet, address: int) -> None:
        self._sheet, self._address = sheet, address
        self._buffer = b""
        self._text, self._mode = "", "dark"
        self.has_replies, self.has_address = bool(sheet.reply), sheet.address != "none"
        self.bad_checksums = 0
        modes = ("frame", "blink", "dark", "dashes", "refused", "begin")
        self._patterns = [(mode, parse_frame(getattr(sheet, mode))) for mode in modes if getattr(sheet, mode)]
        # Of two frames with a common beginning the one with more literal bytes is meant.
        self._patterns.sort(key=lambda named: -sum(len(part) for part in named[1] if isinstance(part, bytes)))

    @property
    def is_blinking(self) -> bool:
        return self._mode == "blink"

    def shift_address(self, by: int) -> None:
        self._address += by

    def extra_state(self) -> Mapping[str, object]:
        return {}

    def displayed_lines(self) -> tuple[str, str]:
        """Return the displayed line, and an empty one."""
        fixed = {"dark": "", "begin": "", "dashes": "-" * self._sheet.width, "refused": "Err"}
        return fixed.get(self._mode, self._text), ""

    def feed(self, data: bytes) -> bytes:
        """Process received bytes; return the replies."""
        self._buffer = (self._buffer + data)[-MAX_BUFFERED_BYTES:]
        replies = b""
        while (frame := self._next_frame()) is not None:
            mode, pattern, match = frame
            self._buffer = self._buffer[match.end() :]
            replies += self._process(mode, pattern, match)
        return replies

    def _next_frame(self) -> tuple[str, tuple[FramePart, ...], re.Match[bytes]] | None:
        """Return the earliest frame in the received bytes."""
        matches = [
            (mode, pattern, re.search(self._expression(pattern), self._buffer)) for mode, pattern in self._patterns
        ]
        frames = [(mode, pattern, match) for mode, pattern, match in matches if match is not None]
        return min(frames, key=lambda frame: frame[2].start(), default=None)

    def _expression(self, pattern: tuple[FramePart, ...]) -> re.Pattern[bytes]:
        """Return a regular expression of a frame.

        It has a group for each field, and the group ``covered`` for the bytes that the checksum covers.
        """
        address_bytes, checksum_bytes = len(self._address_field()), self._checksum_size()
        fields = {
            "payload": self._payload_expression(),
            "address": b".{%d}" % address_bytes,
            "checksum": b".{%d}" % checksum_bytes,
        }
        pieces = (
            re.escape(part)
            if isinstance(part, bytes)
            else b"(?P<covered>"
            if part == "["
            else b")"
            if part == "]"
            else b"(?P<%s>%s)" % (part.encode("ascii"), fields[part])
            for part in pattern
        )
        return re.compile(b"".join(pieces), re.DOTALL)

    def _payload_expression(self) -> bytes:
        if self._sheet.characters != "map":
            return b"[ -~]{%d}" % self._sheet.width
        glyphs = b"|".join(re.escape(bytes.fromhex(pairs)) for pairs in self._sheet.map.values())
        return b"(?:%s){%d}" % (glyphs, self._sheet.width)

    def _address_field(self) -> bytes:
        """Return the own address in the format of the sheet."""
        number, width = self._address + self._sheet.address_offset, self._sheet.address_width
        match self._sheet.address:
            case "byte":
                return bytes([number & 0xFF])
            case "decimal":
                return str(number).zfill(width).encode("ascii")
            case "hex":
                return format(number, "X").zfill(width).encode("ascii")
        return b""

    def _checksum_size(self) -> int:
        size = 2 if self._sheet.checksum == "crc16" else 1
        return size * (2 if self._sheet.checksum_as == "hex" else 1)

    def _process(self, mode: str, pattern: tuple[FramePart, ...], match: re.Match[bytes]) -> bytes:
        fields = match.groupdict()
        if "checksum" in fields:
            checksum = fields["checksum"]
            checksum = checksum.upper() if self._sheet.checksum_as == "hex" else checksum
            if checksum != self._checksum(fields["covered"]):
                self.bad_checksums += 1
                return b""
        if fields.get("address", self._address_field()) != self._address_field():
            return b""
        self._mode = mode
        if "payload" in fields:
            self._text = self._decode(fields["payload"]).rstrip()
        return self._reply()

    def _decode(self, payload: bytes) -> str:
        if self._sheet.characters != "map":
            return payload.decode("ascii", "replace")
        characters = {bytes.fromhex(pairs): character for character, pairs in self._sheet.map.items()}
        text = ""
        while payload:
            code = next(code for code in sorted(characters, key=len, reverse=True) if payload.startswith(code))
            text, payload = text + characters[code], payload[len(code) :]
        return text

    def _checksum(self, covered: bytes) -> bytes:
        match self._sheet.checksum:
            case "sum8":
                value = bytes([sum(covered) % 256])
            case "xor8":
                value = bytes([reduce(lambda left, right: left ^ right, covered, 0)])
            case "lrc":
                value = bytes([(256 - sum(covered) % 256) % 256])
            case _:
                value = crc(covered) if self._sheet.checksum_order == "low_first" else crc(covered)[::-1]
        return value.hex().upper().encode("ascii") if self._sheet.checksum_as == "hex" else value

    def _reply(self) -> bytes:
        if not self._sheet.reply:
            return b""
        pattern = parse_frame(self._sheet.reply)
        fields = {"address": self._address_field(), "[": b"", "]": b"", "checksum": b""}
        if "checksum" in pattern:
            covered = pattern[pattern.index("[") : pattern.index("]")]
            fields["checksum"] = self._checksum(_fill(covered, fields))
        return _fill(pattern, fields)


def _fill(pattern: tuple[FramePart, ...], fields: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a frame whose fields have these values."""
    return b"".join(part if isinstance(part, bytes) else fields[part] for part in pattern)
