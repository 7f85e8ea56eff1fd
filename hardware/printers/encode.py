"""ESC/POS commands that python-escpos does not know, and constants of all commands.

| form | commands; those marked * are composed by python-escpos (``library``), the others here |
|---|---|
| every | ESC @, GS P, ESC J, GS V 66 or 104 (where there is a cutter), GS a, GS r, GS ( H (where probed), DLE EOT |
| raster | GS v 0 * as wide as the head |
| hybrid | GS v 0 *, also doubled (m = 3); ESC a * 0-2; GS ! *, ESC E *, ESC 3 *, LF (number); GS ( k * (code) |
| native | those of hybrid; FS ., ESC t * (TCVN), GS B * |

Cropped pictures are placed by ESC a alone: it is the one placing that makers of clones, too, state for GS v 0;
``GS L`` and ``ESC $`` would save another 3 %. A printer that ignores it prints the same line further left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

from hardware.slips.slip import Slip

RESET = b"\x1b@"
AUTOMATIC_STATUS = b"\x1da\xff"
"""GS a: report each change of the status without a question."""
FENCE = b"\x1dr\x01"
"""GS r 1: a question that the printer answers after everything before it."""
LF = b"\n"
SINGLE_BYTE_MODE = b"\x1c."
"""FS .: high bytes are letters, not halves of Chinese ones."""
MAX_FRAGMENT_ROWS = 255
"""The rows of one raster command; a higher picture is sent as several."""
SHORT_FRAGMENT_ROWS = 48
"""On slow links: higher than a line of text, and completed with few zeros after a broken link."""
MIN_FEED_ROWS = 24
"""So many blank rows are fed; fewer are sent as dots."""
ROWS_AFTER_LAST = 16
"""Blank rows between a slip's last row and the cut."""
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
"""The beginnings of real-time commands: DLE EOT, DLE ENQ, DLE DC4."""
FRAGMENT_HEADER_BYTES = 8
"""The bytes of GS v 0 before its dots."""
# A table for bytes.translate: in Pillow's 1-bit pictures 0 is black, in raster commands 1 is.
INVERTED_BYTES = bytes(0xFF ^ byte for byte in range(256))
USUAL_DPI = 203
"""The resolution of most print heads, in dots to the inch."""


class Side(StrEnum):
    """Alignment of a line, by python-escpos' names for the n of ESC a."""

    LEFT = "left"
    CENTRE = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class EncodedSlip:
    """A slip as printer commands, from after the reset to its cut.

    ``length_mm``: the paper that it takes from the roll. The feed to the cutter, or to where slips are torn off, is
    included, except on a printer that draws the paper back.
    """

    data: bytes
    length_mm: float


Encoder = Callable[[Slip], EncodedSlip]
"""Encodes slips for one printer. Raises :class:`hardware.printers.drawing.paper.SlipError`."""


def status_question(n: int) -> bytes:
    """Return DLE EOT ``n``, the question for a real-time status (1 to 4)."""
    return bytes([0x10, 0x04, n])


def process_id(name: bytes) -> bytes:
    """Return GS ( H function 48 with four characters.

    The printer returns these characters after all before is printed.
    """
    if len(name) != 4 or not all(0x20 <= byte <= 0x7E for byte in name):
        raise ValueError(f"a process id is four characters from space to ~, not {name!r}")
    return b"\x1d(H\x06\x0000" + name


def resync(head_bytes: int, rows: int = MAX_FRAGMENT_ROWS) -> bytes:
    """Return bytes that terminate a raster that a broken link left half-sent, and a reset.

    ``head_bytes``: the width of the print head, 8 dots a byte. These are as many zeros as a fragment of ``rows`` could
    still lack; a printer that lacks none ignores them.
    """
    return b"\0" * (head_bytes * rows) + RESET


def motion_units(dpi: int) -> bytes:
    """Return GS P: feeds and line heights count in dots of this resolution."""
    return b"\x1dP" + bytes([dpi, dpi])


def feed(rows: int) -> bytes:
    """Return ESC J, as many as ``rows`` need."""
    return b"".join(b"\x1bJ" + bytes([min(255, rows - start)]) for start in range(0, rows, 255))


def cut(*, back: bool = False) -> bytes:
    """Return GS V 66: feed to the cutter and cut. ``back``: GS V 104, which then draws the paper back."""
    return b"\x1dV" + bytes([104 if back else 66, ROWS_AFTER_LAST])


def code_page(n: int) -> bytes:
    """Return ESC t: select the printer's page number ``n``."""
    return b"\x1bt" + bytes([n])


def rows_of(image: Image.Image) -> list[bytes]:
    """Return the rows of a 1-bit picture; a set bit is a black dot."""
    width = image.width // 8
    black = image.tobytes().translate(INVERTED_BYTES)
    return [black[start : start + width] for start in range(0, len(black), width)]


def without_real_time_commands(dots: bytes) -> bytes:
    """Return the dots with one more black dot wherever they equal a real-time command.

    Printers execute those even inside data: some would drop the slip or open a drawer.
    """
    safe = bytearray(dots)
    for command in REAL_TIME:
        index = safe.find(command)
        while index >= 0:
            safe[index] |= 0x20
            index = safe.find(command, index)
    return bytes(safe)
