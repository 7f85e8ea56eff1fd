"""A strip of paper that is being filled from top to bottom by commands, for printers on slow links.

It keeps what a printer keeps (side, size), so that no command is sent twice, and counts the rows it takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from hardware.printers import encode
from hardware.printers.encode import Side

BAND_COST = encode.FRAGMENT_HEAD + 3
"""What one more band costs in bytes: its head and the feed before it."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """A piece of a line in the printer's own letters, encoded for its pages."""

    data: bytes
    bold: bool = False
    inverse: bool = False


class Strip:
    """Commands for a head of ``width`` bytes; ``rows`` so far."""

    def __init__(self, width: int) -> None:
        from hardware.printers.library import Commands  # loads python-escpos, in the printer's thread

        self._width = width
        self._commands = Commands(8 * width)
        self._side, self._size, self._height = Side.LEFT, (1, 1), 0
        self._blank = 0
        self.rows = 0

    def data(self) -> bytes:
        """The commands so far; blank rows at the end are left out."""
        return self._commands.data()

    def feed(self, rows: int) -> None:
        """Blank rows, which come to nothing at the end of the strip."""
        self._blank += rows

    def say(self, command: bytes) -> None:
        """A command that moves no paper."""
        self._commands.add(command)

    def picture(self, image: Image.Image) -> None:
        """Dots: blank rows are fed, the rest goes out in bands, each cut to where it has ink."""
        at = 0
        for top, rows in _bands(encode.rows_of(image)):
            self.feed(top - at)
            at = top + len(rows)
            self._settle()
            self._band(rows)
        self.feed(image.height - at)

    def doubled(self, image: Image.Image) -> None:
        """A picture half as wide as the head, in its middle; every dot is printed as two by two."""
        at = 0
        for top, rows in _bands(encode.rows_of(image)):
            self.feed(2 * (top - at))
            at = top + len(rows)
            self._settle()
            self._to(Side.CENTRE)
            left, right = _ink(rows)
            both = min(left, len(rows[0]) - right)
            kept = [row[both : len(row) - both] for row in rows]
            self._commands.picture(kept, doubled=True, longest=encode.SHORT_FRAGMENT)
            self.rows += 2 * len(rows)
        self.feed(2 * (image.height - at))

    def line(self, pieces: Sequence[Lettering], where: Side, *, wide: int, high: int, rows: int) -> None:
        """A line in the printer's own letters, so many times as large; ``rows`` from this line to the next."""
        self._settle()
        self._to(where)
        if self._size != (wide, high):
            self._size = (wide, high)
            self._commands.set(custom_size=True, width=wide, height=high)
        if self._height != rows:
            self._height = rows
            self._commands.line_spacing(rows)
        for piece in pieces:
            if piece.data:
                self._piece(piece)
        self._commands.add(encode.LF)
        self.rows += rows

    def code(self, content: str, module: int, side_rows: int) -> None:
        """A QR code that the printer draws itself, in the middle; ``side_rows`` high."""
        self._settle()
        self._to(Side.CENTRE)
        self._commands.code(content, module)
        self.rows += side_rows

    def _settle(self) -> None:
        self._commands.add(encode.feed(self._blank))
        self.rows += self._blank
        self._blank = 0

    def _to(self, where: Side) -> None:
        if self._side is not where:
            self._side = where
            self._commands.set(align=where.value)

    def _piece(self, piece: Lettering) -> None:
        if piece.bold:
            self._commands.set(bold=True)
        if piece.inverse:
            self._commands.set(invert=True)
        self._commands.add(piece.data)
        if piece.bold:
            self._commands.set(bold=False)
        if piece.inverse:
            self._commands.set(invert=False)

    def _band(self, rows: list[bytes]) -> None:
        left, right = _ink(rows)
        # What stands in the middle is cut alike on both sides, so that the middle stays where it is.
        both = min(left, self._width - right)
        kept = {
            Side.LEFT: (0, right),
            Side.CENTRE: (both, self._width - both),
            Side.RIGHT: (left, self._width),
        }
        where = min(kept, key=lambda side: kept[side][1] - kept[side][0])
        start, end = kept[where]
        self._to(where)
        self._commands.picture([row[start:end] for row in rows], longest=encode.SHORT_FRAGMENT)
        self.rows += len(rows)


def _ink(rows: list[bytes]) -> tuple[int, int]:
    """From which byte to which there is ink in any of the rows."""
    left = min(len(row) - len(row.lstrip(b"\0")) for row in rows if any(row))
    return left, max(len(row.rstrip(b"\0")) for row in rows)


def _bands(rows: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Where each band begins, and its rows: parted by blank rows where that makes fewer bytes."""
    band: list[bytes] = []
    top = blank = 0
    for y, row in enumerate(rows):
        if not any(row):
            blank += 1
            continue
        if band and blank * max(1, _ink(band)[1] - _ink(band)[0]) > BAND_COST:
            yield top, band
            band = []
        if band:
            band += rows[y - blank : y]
        else:
            top = y
        band.append(row)
        blank = 0
    if band:
        yield top, band
