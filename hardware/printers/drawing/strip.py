"""Builds the commands of one slip from top to bottom, for slow links.

The strip tracks the printer's modes (alignment, character size), so that no mode is set twice, and counts the rows of
paper.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from hardware.printers import encode
from hardware.printers.encode import Side

BAND_OVERHEAD_BYTES = encode.FRAGMENT_HEADER_BYTES + 3
"""Extra bytes of one more band (rows of dots in one command): its header and the feed before it."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A piece of a line in the printer's own letters, encoded for its pages. ``inverse``: white on black."""

    data: bytes
    bold: bool = False
    inverse: bool = False


class Strip:
    """Commands for a head of ``width`` bytes (8 dots each). ``rows``: the length so far, in rows of dots.

    Blank rows count only when something follows them.
    """

    def __init__(self, width: int) -> None:
        from hardware.printers.library import Commands  # loads python-escpos, in the printer's thread

        self._width = width
        self._commands = Commands(8 * width)
        # The printer's modes so far: alignment, scale of its letters, height of a line in rows (0: not set yet).
        self._side, self._size, self._height = Side.LEFT, (1, 1), 0
        self._blank_rows = 0  # to be fed before the next dots or text
        self.rows = 0

    def data(self) -> bytes:
        """Return the commands so far; blank rows at the end are left out."""
        return self._commands.data()

    def feed(self, rows: int) -> None:
        """Add blank rows; at the end of the strip they are dropped."""
        self._blank_rows += rows

    def add_command(self, command: bytes) -> None:
        """Add a command that moves no paper."""
        self._commands.add(command)

    def add_image(self, image: Image.Image) -> None:
        """Add dots: blank rows are fed, the rest is sent in cropped bands."""
        next_row = 0
        for top, rows in _bands(encode.rows_of(image)):
            self.feed(top - next_row)
            next_row = top + len(rows)
            self._feed_blank()
            self._add_band(rows)
        self.feed(image.height - next_row)

    def add_doubled_image(self, image: Image.Image) -> None:
        """Add a picture half as wide as the head, doubled by the printer both ways."""
        next_row = 0
        for top, rows in _bands(encode.rows_of(image)):
            self.feed(2 * (top - next_row))
            next_row = top + len(rows)
            self._feed_blank()
            self._set_side(Side.CENTRE)
            left, right = _inked_bytes(rows)
            margin = min(left, len(rows[0]) - right)
            cropped = [row[margin : len(row) - margin] for row in rows]
            self._commands.add_image(cropped, doubled=True, max_rows=encode.SHORT_FRAGMENT_ROWS)
            self.rows += 2 * len(rows)
        self.feed(2 * (image.height - next_row))

    def add_line(self, runs: Sequence[TextRun], side: Side, *, width_scale: int, height_scale: int, rows: int) -> None:
        """Add a line in the printer's own letters.

        They are ``width_scale`` and ``height_scale`` times as large as usual; the next line begins ``rows`` below.
        """
        self._feed_blank()
        self._set_side(side)
        if self._size != (width_scale, height_scale):
            self._size = (width_scale, height_scale)
            self._commands.set(custom_size=True, width=width_scale, height=height_scale)
        if self._height != rows:
            self._height = rows
            self._commands.line_spacing(rows)
        for run in runs:
            if run.data:
                self._add_run(run)
        self._commands.add(encode.LF)
        self.rows += rows

    def add_qr(self, content: str, module_dots: int, side_rows: int) -> None:
        """Add a QR code that the printer draws itself, in the middle.

        ``module_dots``: the side of a module; ``side_rows``: the height of the code without its quiet zone.
        """
        self._feed_blank()
        self._set_side(Side.CENTRE)
        self._commands.add_qr(content, module_dots)
        self.rows += side_rows

    def _feed_blank(self) -> None:
        self._commands.add(encode.feed(self._blank_rows))
        self.rows += self._blank_rows
        self._blank_rows = 0

    def _set_side(self, side: Side) -> None:
        if self._side is not side:
            self._side = side
            self._commands.set(align=side.value)

    def _add_run(self, run: TextRun) -> None:
        if run.bold:
            self._commands.set(bold=True)
        if run.inverse:
            self._commands.set(invert=True)
        self._commands.add(run.data)
        if run.bold:
            self._commands.set(bold=False)
        if run.inverse:
            self._commands.set(invert=False)

    def _add_band(self, rows: list[bytes]) -> None:
        left, right = _inked_bytes(rows)
        # A centred band is cropped by the same width on both sides, so that it stays centred.
        margin = min(left, self._width - right)
        byte_ranges = {
            Side.LEFT: (0, right),
            Side.CENTRE: (margin, self._width - margin),
            Side.RIGHT: (left, self._width),
        }
        shortest = min(byte_ranges, key=lambda side: byte_ranges[side][1] - byte_ranges[side][0])
        start, end = byte_ranges[shortest]
        self._set_side(shortest)
        self._commands.add_image([row[start:end] for row in rows], max_rows=encode.SHORT_FRAGMENT_ROWS)
        self.rows += len(rows)


def _inked_bytes(rows: list[bytes]) -> tuple[int, int]:
    """Return the first column of bytes with ink, and the last one + 1."""
    left = min(len(row) - len(row.lstrip(b"\0")) for row in rows if any(row))
    return left, max(len(row.rstrip(b"\0")) for row in rows)


def _bands(rows: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield each band's first row and its rows.

    Bands are split at blank rows where that takes fewer bytes.
    """
    band: list[bytes] = []
    top = blank = 0
    for y, row in enumerate(rows):
        if not any(row):
            blank += 1
            continue
        if band and blank * max(1, _inked_bytes(band)[1] - _inked_bytes(band)[0]) > BAND_OVERHEAD_BYTES:
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
