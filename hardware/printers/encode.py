"""The commands that python-escpos does not know, as bytes, and what all commands have in common.

| form | commands; those marked * are composed by python-escpos (``library``), the others here |
|---|---|
| every | ESC @, GS P, ESC J, GS V 66 or 104 (where there is a cutter), GS a, GS r, GS ( H (where probed), DLE EOT |
| raster | GS v 0 * as wide as the head |
| hybrid | GS v 0 *, also doubled (m = 3); ESC a * 0-2; GS ! *, ESC E *, ESC 3 *, LF (number); GS ( k * (code) |
| native | those of hybrid; FS ., ESC t * (TCVN), GS B * |

Cropped pictures are placed by ESC a alone: it is the one placing that makers of clones, too, say they obey for GS v 0;
``GS L`` and ``ESC $`` would save another 3 %. A printer that ignores it prints the same line further left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

from hardware.slip import Slip

RESET = b"\x1b@"
AUTOMATIC_STATUS = b"\x1da\xff"
FENCE = b"\x1dr\x01"
LF = b"\n"
NO_PAIRS = b"\x1c."
"""FS .: high bytes are letters, not halves of Chinese ones."""
LONGEST_FRAGMENT = 255
SHORT_FRAGMENT = 48
"""On slow links: higher than a line of text, and ended by few zeros when the link broke inside it."""
SHORTEST_FEED = 24
AFTER_LAST_ROW = 16
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
FRAGMENT_HEAD = 8
TURNED = bytes(0xFF ^ byte for byte in range(256))
USUAL_DPI = 203


class Side(StrEnum):
    """Where a line stands, as python-escpos names the n of ESC a."""

    LEFT = "left"
    CENTRE = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A slip as a printer's bytes, from after the reset to its cut, and the paper in mm that it takes from the
    roll, what is fed to reach the cutter included."""

    data: bytes
    mm: float


Encoder = Callable[[Slip], Sheet]
"""Turns slips into bytes for one printer. Raises :class:`hardware.printers.drawing.paper.SlipError`."""


def ask(n: int) -> bytes:
    """DLE EOT n."""
    return bytes([0x10, 0x04, n])


def process_id(name: bytes) -> bytes:
    """GS ( H function 48: the printer returns these four characters when it is done with all before."""
    if len(name) != 4 or not all(0x20 <= byte <= 0x7E for byte in name):
        raise ValueError(f"a process id is four characters from space to ~, not {name!r}")
    return b"\x1d(H\x06\x0000" + name


def heal(head_bytes: int, rows: int = LONGEST_FRAGMENT) -> bytes:
    """What ends a raster that a broken link left half-sent: as many zeros as a fragment of so many ``rows`` could
    still want (to a printer that wants none they are nothing), then a reset."""
    return b"\0" * (head_bytes * rows) + RESET


def units(dpi: int) -> bytes:
    """GS P: feeds and line heights count in dots, whatever the printer's own default is."""
    return b"\x1dP" + bytes([dpi, dpi])


def feed(rows: int) -> bytes:
    """ESC J, as often as it takes."""
    return b"".join(b"\x1bJ" + bytes([min(255, rows - start)]) for start in range(0, rows, 255))


def cut(*, back: bool = False) -> bytes:
    """GS V 66: to the cutter and a little more, and cut. ``back``: GS V 104, then draw the paper back to the head."""
    return b"\x1dV" + bytes([104 if back else 66, AFTER_LAST_ROW])


def code_page(n: int) -> bytes:
    return b"\x1bt" + bytes([n])


def rows_of(image: Image.Image) -> list[bytes]:
    """The rows of a 1-bit picture as the head takes them: a set bit is a black dot."""
    width = image.width // 8
    black = image.tobytes().translate(TURNED)
    return [black[at : at + width] for at in range(0, len(black), width)]


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
