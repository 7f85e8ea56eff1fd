"""What a printer says, told apart byte by byte.

Answers of four kinds share one stream and may interleave; each byte's fixed bits say what it is (Epson's
table of transmitted data): ``0xx1xx10`` is an answer to DLE EOT, ``0xx1xx00`` begins an automatic status of
four bytes whose others are ``0xx0xxxx``, a lone ``0xx0xxxx`` answers GS r, XON and XOFF are two fixed bytes,
and a block runs from one of five headers to NUL.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

XON, XOFF, NUL = 0x11, 0x13, 0x00
BLOCK_HEADS = frozenset((0x35, 0x37, 0x3B, 0x3D, 0x5F))
LONGEST_BLOCK = 90


@dataclass(frozen=True, slots=True)
class RealTime:
    """An answer to DLE EOT; which one only the asker knows."""

    bits: int


@dataclass(frozen=True, slots=True)
class Automatic:
    """Automatic status (GS a): its four bytes."""

    bits: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sensor:
    """An answer to GS r: everything sent before the question has been done."""

    bits: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block answer without its closing NUL, its header byte first."""

    data: bytes

    @property
    def process_id(self) -> bytes | None:
        """The four characters of a GS ( H answer, ``37 22 d1 d2 d3 d4``; None for other blocks."""
        return self.data[2:] if self.data[:2] == b"\x37\x22" and len(self.data) == 6 else None

    @property
    def cleared(self) -> bool:
        """The answer to DLE DC4 function 8: what the printer held is forgotten."""
        return self.data == b"\x37\x25"


@dataclass(frozen=True, slots=True)
class Flow:
    """XON (``go``) or XOFF."""

    go: bool


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that belong to nothing."""

    data: bytes


Reply = RealTime | Automatic | Sensor | Block | Flow | Noise


def is_real_time(byte: int) -> bool:
    return byte & 0b1001_0011 == 0b0001_0010


def begins_automatic(byte: int) -> bool:
    return byte & 0b1001_0011 == 0b0001_0000


def is_sensor(byte: int) -> bool:
    return byte & 0b1001_0000 == 0


@dataclass(slots=True)
class Responses:
    """The one reader. Feed it what came, in pieces of any size."""

    _automatic: bytearray = field(default_factory=bytearray)
    _block: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Reply]:
        for byte in data:
            yield from self._byte(byte)

    def _byte(self, byte: int) -> Iterator[Reply]:
        # Real-time answers and flow control jump the queue, so they may stand inside anything. Inside a block
        # only those below 20h are certain: the rest could be the block's own text.
        if byte in (XON, XOFF):
            yield Flow(go=byte == XON)
        elif is_real_time(byte) and (not self._block or byte < 0x20):
            yield RealTime(byte)
        elif self._block:
            yield from self._in_block(byte)
        elif self._automatic:
            yield from self._in_automatic(byte)
        else:
            yield from self._first(byte)

    def _first(self, byte: int) -> Iterator[Reply]:
        if byte in BLOCK_HEADS:
            self._block.append(byte)
        elif begins_automatic(byte):
            self._automatic.append(byte)
        elif is_sensor(byte):
            yield Sensor(byte)
        else:
            yield Noise(bytes([byte]))

    def _in_block(self, byte: int) -> Iterator[Reply]:
        if byte == NUL:
            yield Block(bytes(self._block))
            self._block.clear()
        elif byte < 0x20 or byte > 0x7E or len(self._block) >= LONGEST_BLOCK:
            yield Noise(bytes(self._block))
            self._block.clear()
            yield from self._first(byte)
        else:
            self._block.append(byte)

    def _in_automatic(self, byte: int) -> Iterator[Reply]:
        if not is_sensor(byte):
            yield Noise(bytes(self._automatic))
            self._automatic.clear()
            yield from self._first(byte)
            return
        self._automatic.append(byte)
        if len(self._automatic) == 4:
            first, second, third, fourth = self._automatic
            yield Automatic((first, second, third, fourth))
            self._automatic.clear()
