"""Parses a printer's reply stream byte by byte.

Replies of four kinds share one stream and may interleave; the fixed bits of each byte give its kind (Epson's
table of transmitted data): ``0xx1xx10`` is a reply to DLE EOT, ``0xx1xx00`` begins an automatic status of
four bytes whose others are ``0xx0xxxx``, a lone ``0xx0xxxx`` answers GS r, XON and XOFF are two fixed bytes,
and a block runs from one of five headers to NUL.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

XON, XOFF, NUL = 0x11, 0x13, 0x00
# The first bytes of replies that run to NUL, such as those to GS I and GS ( H.
BLOCK_HEADERS = frozenset((0x35, 0x37, 0x3B, 0x3D, 0x5F))
MAX_BLOCK_BYTES = 90
"""A longer block is noise."""


@dataclass(frozen=True, slots=True)
class RealTimeReply:
    """A reply to DLE EOT n: status bits. It does not contain n."""

    bits: int


@dataclass(frozen=True, slots=True)
class AutomaticReply:
    """Automatic status (GS a): its four bytes."""

    bits: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class SensorReply:
    """A reply to GS r: all commands before it have been executed."""

    bits: int


@dataclass(frozen=True, slots=True)
class BlockReply:
    """A block reply without its closing NUL, its header byte first."""

    data: bytes

    @property
    def process_id(self) -> bytes | None:
        """Return d1 to d4 of a GS ( H reply, ``37 22 d1 d2 d3 d4``, else None."""
        return self.data[2:] if self.data[:2] == b"\x37\x22" and len(self.data) == 6 else None

    @property
    def confirms_clear(self) -> bool:
        """Return whether this is the reply to DLE DC4 function 8: the buffers are clear."""
        return self.data == b"\x37\x25"


@dataclass(frozen=True, slots=True)
class FlowReply:
    """Flow control: XON (``may_send``) or XOFF."""

    may_send: bool


@dataclass(frozen=True, slots=True)
class NoiseReply:
    """Bytes that belong to no reply."""

    data: bytes


Reply = RealTimeReply | AutomaticReply | SensorReply | BlockReply | FlowReply | NoiseReply


def is_real_time(byte: int) -> bool:
    """Return whether a byte has the fixed bits of a reply to DLE EOT."""
    return byte & 0b1001_0011 == 0b0001_0010


def begins_automatic(byte: int) -> bool:
    """Return whether a byte has the fixed bits of an automatic status' first byte."""
    return byte & 0b1001_0011 == 0b0001_0000


def is_sensor(byte: int) -> bool:
    """Return whether a byte has the fixed bits of a reply to GS r."""
    return byte & 0b1001_0000 == 0


@dataclass(slots=True)
class ReplyParser:
    """Yields replies from bytes that are fed to it in pieces of any size."""

    # The bytes so far of an automatic status or a block that is not complete yet.
    _automatic: bytearray = field(default_factory=bytearray)
    _block: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Yield the replies that are complete with ``data``."""
        for byte in data:
            yield from self._parse_byte(byte)

    def _parse_byte(self, byte: int) -> Iterator[Reply]:
        # Real-time replies and flow control jump the queue, so they may come inside any other reply. Inside a block
        # only bytes below 20h are unambiguous: others could be the block's own text.
        if byte in (XON, XOFF):
            yield FlowReply(may_send=byte == XON)
        elif is_real_time(byte) and (not self._block or byte < 0x20):
            yield RealTimeReply(byte)
        elif self._block:
            yield from self._parse_block_byte(byte)
        elif self._automatic:
            yield from self._parse_automatic_byte(byte)
        else:
            yield from self._parse_first_byte(byte)

    def _parse_first_byte(self, byte: int) -> Iterator[Reply]:
        if byte in BLOCK_HEADERS:
            self._block.append(byte)
        elif begins_automatic(byte):
            self._automatic.append(byte)
        elif is_sensor(byte):
            yield SensorReply(byte)
        else:
            yield NoiseReply(bytes([byte]))

    def _parse_block_byte(self, byte: int) -> Iterator[Reply]:
        if byte == NUL:
            yield BlockReply(bytes(self._block))
            self._block.clear()
        elif byte < 0x20 or byte > 0x7E or len(self._block) >= MAX_BLOCK_BYTES:
            yield NoiseReply(bytes(self._block))
            self._block.clear()
            yield from self._parse_first_byte(byte)
        else:
            self._block.append(byte)

    def _parse_automatic_byte(self, byte: int) -> Iterator[Reply]:
        if not is_sensor(byte):
            yield NoiseReply(bytes(self._automatic))
            self._automatic.clear()
            yield from self._parse_first_byte(byte)
            return
        self._automatic.append(byte)
        if len(self._automatic) == 4:
            first, second, third, fourth = self._automatic
            yield AutomaticReply((first, second, third, fourth))
            self._automatic.clear()
