"""The built-in characters of the simulated printer, as dots in cells.

Font A is 12 × 24, font B 9 × 17. They are drawn from an outline font by squeezing each letter into its cell: readable,
but no copy of a maker's font.
"""

from enum import Enum
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

OUTLINE_FONT_FILE = Path(__file__).parents[2] / "screens" / "fonts" / "NotoSans-Regular.ttf"
OVERSAMPLING = 8
MIN_COVERAGE = 0.42
"""A dot is printed where at least this share of its area is covered."""


class BuiltinFont(Enum):
    """(width, height, em, baseline) of a cell in dots.

    ``em`` is the size of the outline font, ``baseline`` a row of the cell.
    """

    A = (12, 24, 20, 19)
    B = (9, 17, 14, 13)

    @property
    def width(self) -> int:
        return int(self.value[0])

    @property
    def height(self) -> int:
        return int(self.value[1])


@lru_cache(maxsize=1024)
def draw_cell(character: str, font: BuiltinFont) -> Image.Image:
    """Return a 1-bit picture of one character in its cell; large letters are squeezed.

    A set bit is black.
    """
    width, height, em, baseline = font.value
    outline_font = _outline_font(em)
    left, top, right, bottom = (round(edge) for edge in outline_font.getbbox(character, mode="1", anchor="ls"))
    picture = Image.new("1", (width, height), 0)
    if right <= left or bottom <= top:
        return picture
    if right - left > width - 1 or -top > baseline or bottom > height - baseline:
        letter = _squeeze(character, font)
        picture.paste(
            letter, ((width - letter.width) // 2, max(0, baseline + min(bottom, height - baseline) - letter.height))
        )
    else:
        # One dot beside it stays free, so that neighbours do not touch.
        pen = ImageDraw.Draw(picture)
        pen.text(((width - (right - left)) // 2 - left, baseline), character, fill=255, font=outline_font, anchor="ls")
    return picture


@lru_cache(maxsize=4)
def _outline_font(em: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(OUTLINE_FONT_FILE), em, layout_engine=ImageFont.Layout.BASIC)


def _squeeze(character: str, font: BuiltinFont) -> Image.Image:
    """Return the letter without margins, no larger than its cell."""
    width, height, em, baseline = font.value
    large_font = _outline_font(em * OVERSAMPLING)
    left, top, right, bottom = (round(edge) for edge in large_font.getbbox(character, anchor="ls"))
    ink = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(ink).text((-left, -top), character, fill=255, font=large_font, anchor="ls")
    letter_width = max(1, min(width - 1, round(ink.width / OVERSAMPLING)))
    letter_height = max(1, min(round(ink.height / OVERSAMPLING), baseline if bottom <= 0 else height))
    return ink.resize((letter_width, letter_height), Image.Resampling.BOX).point(
        lambda value: 255 * (value >= 255 * MIN_COVERAGE), "1"
    )


def draw_placeholder(width: int, height: int) -> Image.Image:
    """Return the placeholder of a Chinese character: a frame with strokes."""
    picture = Image.new("1", (width, height), 0)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((1, 1, width - 3, height - 4), outline=255)
    pen.line((1, height // 2, width - 3, height // 2), fill=255)
    pen.line((width // 2, 1, width // 2, height - 4), fill=255)
    return picture
