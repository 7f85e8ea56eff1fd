"""A sign with frames of its own: its twin reads them as its maker's page would have them read.

The page is the sheet that the driver reads too, because both sides hold the same sheet of paper; finding frames in
a stream, checking their sums and reading their cells are this file's own.
"""

import re
from collections.abc import Mapping
from functools import reduce

from config.frames import Part, parts
from config.signs import TemplateSheet
from hardware.simulated.signs.slave import crc

LONGEST = 512


class FramedBoard:
    """The board with number ``address`` of the make on this ``sheet``."""

    def __init__(self, sheet: TemplateSheet, address: int) -> None:
        self._sheet, self._address = sheet, address
        self._rest = b""
        self._text, self._look = "", "dark"
        self.answers, self.addressed = bool(sheet.reply), sheet.address != "none"
        self.bad_sums = 0
        looks = ("frame", "blink", "dark", "dashes", "refused", "begin")
        self._patterns = [(look, parts(getattr(sheet, look))) for look in looks if getattr(sheet, look)]
        # Of two frames that begin alike the one that says more by itself is meant.
        self._patterns.sort(key=lambda row: -sum(len(part) for part in row[1] if isinstance(part, bytes)))

    @property
    def blinking(self) -> bool:
        return self._look == "blink"

    def move(self, by: int) -> None:
        """Listen at another address."""
        self._address += by

    def memory(self) -> Mapping[str, object]:
        return {}

    def lit(self) -> tuple[str, str]:
        """What its cells show."""
        fixed = {"dark": "", "begin": "", "dashes": "-" * self._sheet.width, "refused": "Err"}
        return fixed.get(self._look, self._text), ""

    def feed(self, data: bytes) -> bytes:
        """Take bytes in; the answers that they bring about."""
        self._rest = (self._rest + data)[-LONGEST:]
        answers = b""
        while (found := self._next()) is not None:
            look, pattern, match = found
            self._rest = self._rest[match.end() :]
            answers += self._obey(look, pattern, match)
        return answers

    def _next(self) -> tuple[str, tuple[Part, ...], re.Match[bytes]] | None:
        """The earliest frame in what was heard."""
        found = [(look, pattern, re.search(self._expression(pattern), self._rest)) for look, pattern in self._patterns]
        whole = [(look, pattern, match) for look, pattern, match in found if match is not None]
        return min(whole, key=lambda row: row[2].start(), default=None)

    def _expression(self, pattern: tuple[Part, ...]) -> re.Pattern[bytes]:
        kinds = {"payload": self._cells(), "address": b".{%d}" % len(self._own()), "checksum": b".{%d}" % self._sum()}
        pieces = (
            re.escape(part)
            if isinstance(part, bytes)
            else b"(?P<covered>"
            if part == "["
            else b")"
            if part == "]"
            else b"(?P<%s>%s)" % (part.encode("ascii"), kinds[part])
            for part in pattern
        )
        return re.compile(b"".join(pieces), re.DOTALL)

    def _cells(self) -> bytes:
        if self._sheet.characters != "map":
            return b"[ -~]{%d}" % self._sheet.width
        glyphs = b"|".join(re.escape(bytes.fromhex(pairs)) for pairs in self._sheet.map.values())
        return b"(?:%s){%d}" % (glyphs, self._sheet.width)

    def _own(self) -> bytes:
        """Its number as the page has it written."""
        number, width = self._address + self._sheet.address_offset, self._sheet.address_width
        match self._sheet.address:
            case "byte":
                return bytes([number & 0xFF])
            case "decimal":
                return str(number).zfill(width).encode("ascii")
            case "hex":
                return format(number, "X").zfill(width).encode("ascii")
        return b""

    def _sum(self) -> int:
        size = 2 if self._sheet.checksum == "crc16" else 1
        return size * (2 if self._sheet.checksum_as == "hex" else 1)

    def _obey(self, look: str, pattern: tuple[Part, ...], match: re.Match[bytes]) -> bytes:
        fields = match.groupdict()
        if "checksum" in fields:
            told = fields["checksum"]
            told = told.upper() if self._sheet.checksum_as == "hex" else told
            if told != self._counted(fields["covered"]):
                self.bad_sums += 1
                return b""
        if fields.get("address", self._own()) != self._own():
            return b""
        self._look = look
        if "payload" in fields:
            self._text = self._read(fields["payload"]).rstrip()
        return self._reply()

    def _read(self, payload: bytes) -> str:
        if self._sheet.characters != "map":
            return payload.decode("ascii", "replace")
        characters = {bytes.fromhex(pairs): character for character, pairs in self._sheet.map.items()}
        text = ""
        while payload:
            code = next(code for code in sorted(characters, key=len, reverse=True) if payload.startswith(code))
            text, payload = text + characters[code], payload[len(code) :]
        return text

    def _counted(self, covered: bytes) -> bytes:
        match self._sheet.checksum:
            case "sum8":
                value = bytes([sum(covered) % 256])
            case "xor8":
                value = bytes([reduce(lambda one, other: one ^ other, covered, 0)])
            case "lrc":
                value = bytes([(256 - sum(covered) % 256) % 256])
            case _:
                value = crc(covered) if self._sheet.checksum_order == "low_first" else crc(covered)[::-1]
        return value.hex().upper().encode("ascii") if self._sheet.checksum_as == "hex" else value

    def _reply(self) -> bytes:
        if not self._sheet.reply:
            return b""
        pattern = parts(self._sheet.reply)
        said = {"address": self._own(), "[": b"", "]": b"", "checksum": b""}
        if "checksum" in pattern:
            covered = pattern[pattern.index("[") : pattern.index("]")]
            said["checksum"] = self._counted(_filled(covered, said))
        return _filled(pattern, said)


def _filled(pattern: tuple[Part, ...], said: Mapping[str, bytes]) -> bytes:
    return b"".join(part if isinstance(part, bytes) else said[part] for part in pattern)
