"""Signs with a proprietary frame format, described in the settings as a data sheet.

A pattern consists of literal bytes, the words ``address``, ``payload`` and ``checksum``, and ``[`` and ``]`` around the
part that the checksum covers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from hardware.serial_bus.device import Frame, FrameOutcome, Reply
from hardware.signs.checksums import CHECKSUMS, Checksum
from hardware.signs.fitting import Cells, SignCapacity
from hardware.signs.rendering import DisplayMode, SignContent

Pattern = Sequence[bytes | str]
"""The parts of a frame: bytes as they are, words and brackets as strings."""

DIGITS: Mapping[str, bytes] = {character: character.encode("ascii") for character in "0123456789 -"}
ASCII: Mapping[str, bytes] = {chr(code): bytes([code]) for code in range(0x20, 0x7F)}


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """A maker's data sheet.

    ``patterns``: the pattern of each mode that has one; STEADY is required. ``glyphs``: the bytes of each character.
    ``digits_only``: numbers are shown without their letters. ``address``: how the sign's address plus
    ``address_offset`` is written, as text in ``address_width`` digits. ``checksum_as``: as bytes, or as ASCII digits.
    ``begin``: sent first on a newly opened port, if it is not empty. ``reply`` and ``refusal``: the sign's replies;
    empty: it has none. ``repeat``: how many times each frame is sent in all, with pauses of ``repeat_s``.
    """

    patterns: Mapping[DisplayMode, Pattern]
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
    reply_timeout_s: float = 0.3
    repeat: int = 1
    repeat_s: float = 0.1


class TemplateSign:
    """Implements ``SignModel``: the sign at ``address`` with this frame format.

    Raises ``ValueError`` when the format cannot hold the address.
    """

    def __init__(self, format: FrameFormat, address: int) -> None:  # noqa: A002 - the plain word
        self._format = format
        self._address = _address_field(format, address)
        self._reply, self._refusal = self._bytes(format.reply, b""), self._bytes(format.refusal, b"")
        self.capacity = SignCapacity(
            format.cells.width, segments=format.digits_only, characters=frozenset(format.glyphs)
        )
        self.blinks, self.shows_refusals = DisplayMode.BLINK in format.patterns, DisplayMode.REFUSED in format.patterns
        self.replies = bool(self._reply)

    def opening_frames(self) -> Iterable[Frame]:
        return self._frames(self._bytes(self._format.begin, b"")) if self._format.begin else ()

    def frames(self, content: SignContent, *, is_repeat: bool = False) -> Iterable[Frame]:
        return self._frames(self._content_bytes(content))

    def _content_bytes(self, content: SignContent) -> bytes:
        patterns, width = self._format.patterns, self._format.cells.width
        if content.mode in (DisplayMode.STEADY, DisplayMode.BLINK):
            return self._bytes(patterns[content.mode], self._payload(self._format.cells.filled(content.text)))
        if content.mode in patterns:
            return self._bytes(patterns[content.mode], b"")
        if content.mode is DisplayMode.DASHES and "-" in self._format.glyphs:
            return self._bytes(patterns[DisplayMode.STEADY], self._payload("-" * width))
        if DisplayMode.DARK in patterns:
            return self._bytes(patterns[DisplayMode.DARK], b"")
        return self._bytes(patterns[DisplayMode.STEADY], self._payload(" " * width))

    def _frames(self, data: bytes) -> Iterable[Frame]:
        read = partial(read_reply, self._reply, self._refusal) if self._reply else None
        pauses = [self._format.repeat_s] * (self._format.repeat - 1) + [0.0]
        return [Frame(data, read, self._format.reply_timeout_s, pause_s=pause_s) for pause_s in pauses]

    def _payload(self, cells: str) -> bytes:
        return b"".join(self._format.glyphs[cell] for cell in cells)

    def _bytes(self, pattern: Pattern, payload: bytes) -> bytes:
        fields = {"address": self._address, "payload": payload, "checksum": b"", "[": b"", "]": b""}
        if "checksum" in pattern:
            covered = pattern[pattern.index("[") : pattern.index("]")]
            fields["checksum"] = self._checksum(b"".join(_part_bytes(part, fields) for part in covered))
        return b"".join(_part_bytes(part, fields) for part in pattern)

    def _checksum(self, data: bytes) -> bytes:
        compute, length = CHECKSUMS[self._format.checksum]
        value = compute(data).to_bytes(length, "little" if self._format.checksum_order == "low_first" else "big")
        return value.hex().upper().encode("ascii") if self._format.checksum_as == "hex" else value


def read_reply(reply: bytes, refusal: bytes, received: bytes) -> Reply | None:
    """Return the outcome of the received bytes; None while they may become a reply.

    ``reply``: the sheet's reply that confirms a frame; ``refusal``: the one that rejects it, or empty.
    """
    if received.startswith(reply):
        return FrameOutcome.DONE, ""
    if refusal and received.startswith(refusal):
        return FrameOutcome.REFUSED, f"the sign turned a frame down: {refusal.hex(' ')}"
    if reply.startswith(received) or refusal.startswith(received):
        return None
    return FrameOutcome.GARBLED, f"an answer that is not on its sheet: {received.hex(' ')}"


def _part_bytes(part: bytes | str, fields: Mapping[str, bytes]) -> bytes:
    return part if isinstance(part, bytes) else fields[part]


def _address_field(format: FrameFormat, address: int) -> bytes:  # noqa: A002 - the plain word
    value, width = address + format.address_offset, format.address_width
    text = {
        "none": "",
        "byte": chr(value) if 0 <= value <= 255 else None,
        "decimal": f"{value:0{width}d}" if 0 <= value < 10**width else None,
        "hex": f"{value:0{width}X}" if 0 <= value < 16**width else None,
    }[format.address]
    if text is None:
        raise ValueError(f"address {address} cannot be written as {format.address} of {width} digits, offset included")
    return text.encode("latin-1")
