"""The paper of the simulated printer: printed dots, cut into slips, drawn as PNG.

The cutter is 15 mm above the print head, as in real printers: the first 15 mm of each slip are blank, and the last
printed rows are still inside the printer.
"""

import io
from collections import deque
from dataclasses import dataclass, field

from PIL import Image

DOTS_PER_MM = 8
HEAD_DOTS = {80: 576, 58: 384}
"""Dots of the usual print head, by the paper's width in mm."""
HEAD_TO_CUTTER_MM = 15
HEAD_TO_CUTTER_ROWS = HEAD_TO_CUTTER_MM * DOTS_PER_MM
MAX_SLIPS = 50


@dataclass(slots=True)
class Piece:
    """One slip, or the strip still hanging from the printer (``cut`` is False).

    ``number``: slips are counted from 1. ``rows``: printed dots, a set bit is black. ``taken``: somebody took the slip.
    """

    number: int
    rows: list[bytes] = field(default_factory=list)
    cut: bool = False
    taken: bool = False


class SimulatedPaper:
    """The strip of the roll and the slips cut from it. Not thread-safe: the printer holds its lock."""

    def __init__(self, paper_mm: int, head_dots: int | None = None) -> None:
        """``head_dots``: None for the usual head of such paper."""
        self.head_bytes = (head_dots or HEAD_DOTS[paper_mm]) // 8
        self._paper_mm = paper_mm
        self._blank = bytes(self.head_bytes)
        self._slips: deque[Piece] = deque(maxlen=MAX_SLIPS)
        self._strip = Piece(1, [self._blank] * HEAD_TO_CUTTER_ROWS)

    def print_row(self, dots: bytes) -> None:
        """Print one row and advance by one; a real head clips wider rows, too."""
        self._strip.rows.append(dots[: self.head_bytes].ljust(self.head_bytes, b"\0"))

    def feed(self, rows: int) -> None:
        self._strip.rows.extend([self._blank] * rows)

    def cut(self) -> None:
        """Cut; the paper between cutter and head begins the next slip."""
        rows = self._strip.rows
        slip_rows, remaining_rows = rows[:-HEAD_TO_CUTTER_ROWS], rows[-HEAD_TO_CUTTER_ROWS:]
        if slip_rows:
            self._slips.append(Piece(self._strip.number, slip_rows, cut=True))
            self._strip = Piece(self._strip.number + 1, remaining_rows)

    def retract(self) -> None:
        """Retract the strip until its edge is under the head."""
        del self._strip.rows[:HEAD_TO_CUTTER_ROWS]

    def new_roll(self) -> None:
        """Release the rest of the old roll, up to the head."""
        rows, number = self._strip.rows, self._strip.number
        if any(any(row) for row in rows):
            self._slips.append(Piece(number, rows, cut=True))
            number += 1
        self._strip = Piece(number, [self._blank] * HEAD_TO_CUTTER_ROWS)

    def take(self, *, tear: bool = False) -> int | None:
        """Take the newest finished slip; return its number, None when there is none.

        ``tear``: tear it off, where there is no cutter.
        """
        if tear:
            self.cut()
        for slip in reversed(self._slips):
            if not slip.taken:
                slip.taken = True
                return slip.number
        return None

    def pieces(self) -> list[Piece]:
        """Return the stored slips, oldest first, then the strip outside the printer."""
        strip_outside = self._strip.rows[:-HEAD_TO_CUTTER_ROWS]
        return [*self._slips, *([Piece(self._strip.number, strip_outside)] if strip_outside else [])]

    def png(self, number: int) -> bytes | None:
        """Return piece ``number`` as PNG; None when it is not stored.

        The head's dots are centred on the roll's width.
        """
        for piece in self.pieces():
            if piece.number == number:
                return draw_paper(piece.rows, self._paper_mm, self.head_bytes * 8)
        return None


def draw_paper(rows: list[bytes], paper_mm: int, width: int) -> bytes:
    """Return rows of ``width`` dots as a 1-bit PNG of the paper's full width.

    A set bit is black.
    """
    dots = Image.frombytes("1", (width, len(rows)), bytes(0xFF ^ byte for byte in b"".join(rows)))
    paper = Image.new("1", (paper_mm * DOTS_PER_MM, len(rows)), 1)
    paper.paste(dots, ((paper.width - width) // 2, 0))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()
