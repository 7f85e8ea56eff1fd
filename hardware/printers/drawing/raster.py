"""A slip as dots: every line is drawn, so that Vietnamese prints alike on every make of printer."""

from collections.abc import Callable, Iterator
from typing import assert_never

from PIL import Image, ImageDraw

from hardware.printers import encode
from hardware.printers.drawing.layout import MODULE, Bar, Layout, Modules, Words, lay_out
from hardware.printers.drawing.lettering import ink
from hardware.printers.drawing.paper import Paper
from hardware.slip import Slip


def draw(layout: Layout) -> Image.Image:
    """The slip as a 1-bit image, 0 black on 1 white, as wide as the head."""
    image = Image.new("1", (layout.paper.dots, layout.height), 1)
    pencil = ImageDraw.Draw(image)
    for box in layout.boxes:
        match box:
            case Words():
                dots, right, down = ink(box.text, box.em, bold=box.bold)
                image.paste(int(box.white), (box.x + right, box.baseline + down), dots)
            case Bar():
                pencil.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=0)
            case Modules():
                _draw_modules(pencil.rectangle, box)
            case _:
                assert_never(box)
    return image


def _draw_modules(rectangle: Callable[..., None], code: Modules) -> None:
    for y, row in enumerate(code.rows):
        for x, dark in enumerate(row):
            if dark:
                left, top = code.left + x * MODULE, code.top + y * MODULE
                rectangle((left, top, left + MODULE - 1, top + MODULE - 1), fill=0)


def picture(slip: Slip, paper: Paper) -> Image.Image:
    """A slip as dots. Raises :class:`SlipError`."""
    return draw(lay_out(slip, paper))


def as_commands(image: Image.Image, *, dpi: int = encode.USUAL_DPI, ending: bytes | None = None) -> bytes:
    """Return a picture's commands from after the reset to its ``ending``, a cut unless another is given."""
    from hardware.printers.library import Commands  # loads python-escpos, in the printer's thread

    commands = Commands(image.width)
    commands.add(encode.units(dpi))
    for feed, rows in _bands(image):
        commands.add(encode.feed(feed))
        if rows:
            commands.picture(rows)
    commands.add(encode.cut() if ending is None else ending)
    return commands.data()


def _bands(image: Image.Image) -> Iterator[tuple[int, list[bytes]]]:
    """Blank rows to be fed and the rows of dots behind them; blank rows at the end are left out."""
    rows = encode.rows_of(image)
    blank = bytes(image.width // 8)
    while rows and rows[-1] == blank:
        rows.pop()
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and rows[end] == blank:
            end += 1
        if end - at >= encode.SHORTEST_FEED:
            yield end - at, []
            at = end
            continue
        end = _next_feed(rows, blank, at)
        yield 0, rows[at:end]
        at = end


def _next_feed(rows: list[bytes], blank: bytes, at: int) -> int:
    """Where the next band of blank rows begins that is worth a feed."""
    run = 0
    for index in range(at, len(rows)):
        run = run + 1 if rows[index] == blank else 0
        if run >= encode.SHORTEST_FEED:
            return index + 1 - run
    return len(rows)
