"""Signs with frames of their own, described in settings as their maker's page describes them.

A pattern is a row of literal bytes, the words ``address``, ``payload`` and ``checksum``, and ``[`` and ``]`` around
what the checksum is counted over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from hardware.lines.talking import Frame, Verdict
from hardware.signs.cells import Cells
from hardware.signs.checksums import CHECKSUMS, Checksum
from hardware.signs.fitting import Fit
from hardware.signs.showing import Look, Shown

Pattern = Sequence[bytes | str]

DIGITS: Mapping[str, bytes] = {character: character.encode("ascii") for character in "0123456789 -"}
ASCII: Mapping[str, bytes] = {chr(code): bytes([code]) for code in range(0x20, 0x7F)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A maker's page. ``looks``: a pattern for each look that has one; STEADY must be there. ``glyphs``: the bytes
    of each character; ``digits_only``: numbers are shown without their letters. ``reply`` and ``refusal``: what
    comes back, or nothing."""

    looks: Mapping[Look, Pattern]
    cells: Cells
    glyphs: Mapping[str, bytes] = field(default_factory=lambda: ASCII)
    digits_only: bool = False
    address: Literal["none", "byte", "decimal", "hex"] = "none"
    address_offset: int = 0
    address_width: int = 2
    checksum: Checksum = "none"
    checksum_as: Literal["byte", "hex"] = "byte"
    checksum_order: Literal["low_first", "high_first"] = "low_first"
    begin: Pattern = ()
    reply: Pattern = ()
    refusal: Pattern = ()
    reply_s: float = 0.3
    repeat: int = 1
    repeat_s: float = 0.1


class TemplateBoard:
    """The sign at ``address`` of such a make. Raises ``ValueError`` when its address cannot be written so."""

    def __init__(self, sheet: Sheet, address: int) -> None:
        self._sheet = sheet
        self._address = _address_field(sheet, address)
        self._reply, self._refusal = self._bytes(sheet.reply, b""), self._bytes(sheet.refusal, b"")
        self.fit = Fit(sheet.cells.width, segments=sheet.digits_only, characters=frozenset(sheet.glyphs))
        self.blinks, self.refuses = Look.BLINK in sheet.looks, Look.REFUSED in sheet.looks
        self.answers = bool(self._reply)

    def begin(self) -> Iterable[Frame]:
        return self._frames(self._bytes(self._sheet.begin, b"")) if self._sheet.begin else ()

    def frames(self, what: Shown, *, again: bool = False) -> Iterable[Frame]:
        return self._frames(self._face(what))

    def _face(self, what: Shown) -> bytes:
        looks, width = self._sheet.looks, self._sheet.cells.width
        if what.look in (Look.STEADY, Look.BLINK):
            return self._bytes(looks[what.look], self._payload(self._sheet.cells.filled(what.text)))
        if what.look in looks:
            return self._bytes(looks[what.look], b"")
        if what.look is Look.DASHES and "-" in self._sheet.glyphs:
            return self._bytes(looks[Look.STEADY], self._payload("-" * width))
        if Look.DARK in looks:
            return self._bytes(looks[Look.DARK], b"")
        return self._bytes(looks[Look.STEADY], self._payload(" " * width))

    def _frames(self, data: bytes) -> Iterable[Frame]:
        sheet = self._sheet
        read = partial(answer, self._reply, self._refusal) if self._reply else None
        pauses = [sheet.repeat_s] * (sheet.repeat - 1) + [0.0]
        return [Frame(data, read, sheet.reply_s, pause_s=pause_s) for pause_s in pauses]

    def _payload(self, cells: str) -> bytes:
        return b"".join(self._sheet.glyphs[cell] for cell in cells)

    def _bytes(self, pattern: Pattern, payload: bytes) -> bytes:
        fields = {"address": self._address, "payload": payload, "checksum": b"", "[": b"", "]": b""}
        if "checksum" in pattern:
            covered = pattern[pattern.index("[") : pattern.index("]")]
            fields["checksum"] = self._checksum(b"".join(_part(part, fields) for part in covered))
        return b"".join(_part(part, fields) for part in pattern)

    def _checksum(self, covered: bytes) -> bytes:
        count, length = CHECKSUMS[self._sheet.checksum]
        value = count(covered).to_bytes(length, "little" if self._sheet.checksum_order == "low_first" else "big")
        return value.hex().upper().encode("ascii") if self._sheet.checksum_as == "hex" else value


def answer(reply: bytes, refusal: bytes, heard: bytes) -> tuple[Verdict, str] | None:
    """What ``heard`` is, when ``reply`` or ``refusal`` is due; None while it may still become one of them."""
    if heard.startswith(reply):
        return Verdict.DONE, ""
    if refusal and heard.startswith(refusal):
        return Verdict.REFUSED, f"the sign turned a frame down: {refusal.hex(' ')}"
    if reply.startswith(heard) or refusal.startswith(heard):
        return None
    return Verdict.GARBLED, f"an answer that is not on its sheet: {heard.hex(' ')}"


def _part(part: bytes | str, fields: Mapping[str, bytes]) -> bytes:
    return part if isinstance(part, bytes) else fields[part]


def _address_field(sheet: Sheet, address: int) -> bytes:
    value, width = address + sheet.address_offset, sheet.address_width
    written = {
        "none": "",
        "byte": chr(value) if 0 <= value <= 255 else None,
        "decimal": f"{value:0{width}d}" if 0 <= value < 10**width else None,
        "hex": f"{value:0{width}X}" if 0 <= value < 16**width else None,
    }[sheet.address]
    if written is None:
        raise ValueError(f"address {address} cannot be written as {sheet.address} of {width} digits, offset included")
    return written.encode("latin-1")
