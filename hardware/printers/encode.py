"""Dots as ESC/POS bytes: raster in short fragments, blank bands as feeds, nothing a printer could mistake.

``GS v 0``, ``ESC J`` and ``GS V`` are all a slip needs, which every make understands.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from hardware.slip import Slip

RESET = b"\x1b@"
# Feeds count in dots of 203 dpi whatever the printer's own default is.
UNITS = b"\x1dP\xcb\xcb"
AUTOMATIC_STATUS = b"\x1da\xff"
FENCE = b"\x1dr\x01"
LONGEST_FRAGMENT = 255
SHORTEST_FEED = 24
AFTER_LAST_ROW = 16
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
FRAGMENT_HEAD = 8


@dataclass(frozen=True, slots=True)
class Sheet:
    """A slip as a printer's bytes, from after the reset to its cut, and the paper in mm that it takes from the
    roll, what is fed to reach the cutter included."""

    data: bytes
    mm: float


Encoder = Callable[[Slip], Sheet]
"""Turns slips into bytes for one printer. Raises :class:`hardware.printers.raster.SlipError`."""


def ask(n: int) -> bytes:
    """DLE EOT n."""
    return bytes([0x10, 0x04, n])


def process_id(name: bytes) -> bytes:
    """GS ( H function 48: the printer returns these four characters when it is done with all before."""
    if len(name) != 4 or not all(0x20 <= byte <= 0x7E for byte in name):
        raise ValueError(f"a process id is four characters from space to ~, not {name!r}")
    return b"\x1d(H\x06\x0000" + name


def heal(head_bytes: int) -> bytes:
    """What ends a raster that a broken link left half-sent: as many zeros as the longest fragment could still
    want (to a printer that wants none they are nothing), then a reset."""
    return b"\0" * (head_bytes * LONGEST_FRAGMENT) + RESET


def job(image: Image.Image, setup: bytes = b"") -> bytes:
    """The whole slip: reset, what the reset undid (``setup``), dots, feed, cut. ``image`` is 1-bit, 0 black,
    its width a multiple of 8."""
    return RESET + setup + dots(image)


def dots(image: Image.Image) -> bytes:
    """A picture from after the reset to its cut."""
    return UNITS + b"".join(_bands(image)) + b"\x1dVB" + bytes([AFTER_LAST_ROW])


def _bands(image: Image.Image) -> Iterator[bytes]:
    width = image.width // 8
    dots = bytes(0xFF ^ byte for byte in image.tobytes())
    rows = [dots[at : at + width] for at in range(0, len(dots), width)]
    blank = bytes(width)
    while rows and rows[-1] == blank:
        rows.pop()
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and rows[end] == blank:
            end += 1
        if end - at >= SHORTEST_FEED:
            yield from _feed(end - at)
            at = end
            continue
        end = _next_feed(rows, blank, at)
        for start in range(at, end, LONGEST_FRAGMENT):
            yield _fragment(rows[start : min(start + LONGEST_FRAGMENT, end)], width)
        at = end


def _next_feed(rows: list[bytes], blank: bytes, at: int) -> int:
    """Where the next band of blank rows begins that is worth a feed."""
    run = 0
    for index in range(at, len(rows)):
        run = run + 1 if rows[index] == blank else 0
        if run >= SHORTEST_FEED:
            return index + 1 - run
    return len(rows)


def _feed(rows: int) -> Iterator[bytes]:
    for start in range(0, rows, 255):
        yield b"\x1bJ" + bytes([min(255, rows - start)])


def _fragment(rows: list[bytes], width: int) -> bytes:
    return b"\x1dv0\0" + bytes([width % 256, width // 256, len(rows), 0]) + harmless(b"".join(rows))


def harmless(dots: bytes) -> bytes:
    """The same dots but for one black dot more wherever they read like a real-time command: printers obey
    those even inside data, and some would drop the slip or open a drawer."""
    safe = bytearray(dots)
    for command in REAL_TIME:
        at = safe.find(command)
        while at >= 0:
            safe[at] |= 0x20
            at = safe.find(command, at)
    return bytes(safe)
