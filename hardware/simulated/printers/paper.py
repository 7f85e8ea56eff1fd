"""The paper of the simulated printer: dots that were really printed, cut into slips, drawn as PNG.

The cutter sits 15 mm above the print head, as in real printers: the first 15 mm of each slip are blank, and
what was just printed is not yet out of the slot.
"""

import io
from collections import deque
from dataclasses import dataclass, field

from PIL import Image

DOTS_PER_MM = 8
HEAD_DOTS = {80: 576, 58: 384}
HEAD_TO_CUTTER_MM = 15
HEAD_TO_CUTTER = HEAD_TO_CUTTER_MM * DOTS_PER_MM
KEPT = 50


@dataclass(slots=True)
class Piece:
    """One slip, or the strip that still hangs in the slot (``cut`` is False)."""

    n: int
    rows: list[bytes] = field(default_factory=list)
    cut: bool = False
    taken: bool = False


class Paper:
    """A strip from the roll and the slips cut from it. Not thread-safe: the printer holds its lock."""

    def __init__(self, paper_mm: int, head_dots: int | None = None) -> None:
        """``head_dots``: narrower than such paper's usual head."""
        self.head_bytes = (head_dots or HEAD_DOTS[paper_mm]) // 8
        self._paper_mm = paper_mm
        self._blank = bytes(self.head_bytes)
        self._slips: deque[Piece] = deque(maxlen=KEPT)
        self._strip = Piece(1, [self._blank] * HEAD_TO_CUTTER)

    def row(self, dots: bytes) -> None:
        """One row under the head, then one step on; wider rows are clipped as a head does."""
        self._strip.rows.append(dots[: self.head_bytes].ljust(self.head_bytes, b"\0"))

    def feed(self, rows: int) -> None:
        self._strip.rows.extend([self._blank] * rows)

    def cut(self) -> None:
        """Cut at the cutter: what is between it and the head begins the next slip."""
        rows = self._strip.rows
        out, inside = rows[:-HEAD_TO_CUTTER], rows[-HEAD_TO_CUTTER:]
        if out:
            self._slips.append(Piece(self._strip.n, out, cut=True))
            self._strip = Piece(self._strip.n + 1, inside)

    def back(self) -> None:
        """Draw the strip back until its edge is under the head."""
        del self._strip.rows[:HEAD_TO_CUTTER]

    def new_roll(self) -> None:
        """The rest of the old roll falls out as it is, up to where the head stood."""
        rows, n = self._strip.rows, self._strip.n
        if any(any(row) for row in rows):
            self._slips.append(Piece(n, rows, cut=True))
            n += 1
        self._strip = Piece(n, [self._blank] * HEAD_TO_CUTTER)

    def take(self, *, tear: bool = False) -> int | None:
        """Take the newest finished slip away; its number, or None when nothing lies there. ``tear``: off at the
        edge, where there is no cutter."""
        if tear:
            self.cut()
        for slip in reversed(self._slips):
            if not slip.taken:
                slip.taken = True
                return slip.n
        return None

    def pieces(self) -> list[Piece]:
        """The slips kept, oldest first, and last what comes out of the slot now, if anything does."""
        growing = self._strip.rows[:-HEAD_TO_CUTTER]
        return [*self._slips, *([Piece(self._strip.n, growing)] if growing else [])]

    def png(self, n: int) -> bytes | None:
        """Piece ``n`` as paper: the head's dots in the middle of the roll's width; None when it is not kept."""
        for piece in self.pieces():
            if piece.n == n:
                return draw(piece.rows, self._paper_mm, self.head_bytes * 8)
        return None


def draw(rows: list[bytes], paper_mm: int, width: int) -> bytes:
    """Rows of ``width`` dots (a set bit is black) as a 1-bit PNG of the whole paper's width."""
    dots = Image.frombytes("1", (width, len(rows)), bytes(0xFF ^ byte for byte in b"".join(rows)))
    paper = Image.new("1", (paper_mm * DOTS_PER_MM, len(rows)), 1)
    paper.paste(dots, ((paper.width - width) // 2, 0))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()
