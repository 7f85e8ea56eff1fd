"""A slip as dots: every line is drawn, so that Vietnamese prints alike on every make of printer."""

from collections.abc import Callable
from typing import assert_never

from PIL import Image, ImageDraw

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
