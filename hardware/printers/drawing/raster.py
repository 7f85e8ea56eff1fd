"""Draws a slip as dots, so that Vietnamese prints on every make of printer."""

from collections.abc import Callable, Iterator
from typing import assert_never

from PIL import Image, ImageDraw

from hardware.printers import encode
from hardware.printers.drawing.layout import MODULE_DOTS, DotLayout, FilledBox, LogoDots, QrModules, TextLine, lay_out
from hardware.printers.drawing.lettering import text_bitmap
from hardware.printers.drawing.logo import logo_dots
from hardware.printers.drawing.paper import PaperFormat
from hardware.slips.slip import Slip


def layout_image(layout: DotLayout) -> Image.Image:
    """Return the slip as a 1-bit image as wide as the head; 0 is black."""
    image = Image.new("1", (layout.paper.dots, layout.height), 1)
    pen = ImageDraw.Draw(image)
    for box in layout.boxes:
        match box:
            case TextLine():
                dots, left, top = text_bitmap(box.text, box.em, bold=box.bold)
                image.paste(int(box.white), (box.x + left, box.baseline + top), dots)
            case FilledBox():
                pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=0)
            case QrModules():
                _draw_modules(pen.rectangle, box)
            case LogoDots():
                image.paste(logo_dots(box.png, box.width, box.height), (box.left, box.top))
            case _:
                assert_never(box)
    return image


def _draw_modules(rectangle: Callable[..., None], code: QrModules) -> None:
    for y, row in enumerate(code.rows):
        for x, dark in enumerate(row):
            if dark:
                left, top = code.left + x * MODULE_DOTS, code.top + y * MODULE_DOTS
                rectangle((left, top, left + MODULE_DOTS - 1, top + MODULE_DOTS - 1), fill=0)


def slip_image(slip: Slip, paper: PaperFormat) -> Image.Image:
    """Return a slip as dots. Raises :class:`SlipError`."""
    return layout_image(lay_out(slip, paper))


def raster_commands(image: Image.Image, *, dpi: int = encode.USUAL_DPI, ending: bytes | None = None) -> bytes:
    """Return the commands that print a picture, without a reset.

    ``dpi``: the resolution of the print head, in which feeds are counted. ``ending``: the commands after the last row;
    None: a cut.
    """
    from hardware.printers.library import Commands  # loads python-escpos, in the printer's thread

    commands = Commands(image.width)
    commands.add(encode.motion_units(dpi))
    for feed_rows, rows in _bands(image):
        commands.add(encode.feed(feed_rows))
        if rows:
            commands.add_image(rows)
    commands.add(encode.cut() if ending is None else ending)
    return commands.data()


def _bands(image: Image.Image) -> Iterator[tuple[int, list[bytes]]]:
    """Yield bands: (number of blank rows to feed, rows of dots to print).

    One of the two is 0 or empty. Blank rows at the end are left out.
    """
    rows = encode.rows_of(image)
    blank = bytes(image.width // 8)
    while rows and rows[-1] == blank:
        rows.pop()
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and rows[end] == blank:
            end += 1
        if end - start >= encode.MIN_FEED_ROWS:
            yield end - start, []
            start = end
            continue
        end = _next_feed(rows, blank, start)
        yield 0, rows[start:end]
        start = end


def _next_feed(rows: list[bytes], blank: bytes, start: int) -> int:
    """Return the index of the next blank row with which a feed begins.

    ``start`` is the first row that is looked at. Without such a row return the number of rows.
    """
    blank_rows = 0
    for index in range(start, len(rows)):
        blank_rows = blank_rows + 1 if rows[index] == blank else 0
        if blank_rows >= encode.MIN_FEED_ROWS:
            return index + 1 - blank_rows
    return len(rows)
