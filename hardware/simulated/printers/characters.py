"""The characters a printer has built in, as dots in cells: font A is 12 × 24, font B 9 × 17.

Drawn from an outline font by squeezing each letter into its cell, so they are readable, not any maker's own.
"""

from enum import Enum
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).parents[2] / "screens" / "fonts" / "NotoSans-Regular.ttf"
FINE = 8
INK = 0.42
"""A dot is burnt where this share of it is covered."""


class Font(Enum):
    """(width, height, em, row the letters stand on) of a cell in dots."""

    A = (12, 24, 20, 19)
    B = (9, 17, 14, 13)

    @property
    def width(self) -> int:
        return int(self.value[0])

    @property
    def height(self) -> int:
        return int(self.value[1])


@lru_cache(maxsize=1024)
def cell(character: str, font: Font) -> Image.Image:
    """A 1-bit picture of the cell; set is black. Letters too wide or too tall for it are squeezed."""
    width, height, em, foot = font.value
    outline = _outline(em)
    left, top, right, bottom = (round(edge) for edge in outline.getbbox(character, mode="1", anchor="ls"))
    picture = Image.new("1", (width, height), 0)
    if right <= left or bottom <= top:
        return picture
    if right - left > width - 1 or -top > foot or bottom > height - foot:
        letter = _squeezed(character, font)
        picture.paste(letter, ((width - letter.width) // 2, max(0, foot + min(bottom, height - foot) - letter.height)))
    else:
        # One dot stays free beside it, so that neighbours do not touch.
        pen = ImageDraw.Draw(picture)
        pen.text(((width - (right - left)) // 2 - left, foot), character, fill=255, font=outline, anchor="ls")
    return picture


@lru_cache(maxsize=4)
def _outline(em: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), em, layout_engine=ImageFont.Layout.BASIC)


def _squeezed(character: str, font: Font) -> Image.Image:
    """The letter alone, no larger than its cell."""
    width, height, em, foot = font.value
    fine = _outline(em * FINE)
    left, top, right, bottom = (round(edge) for edge in fine.getbbox(character, anchor="ls"))
    ink = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(ink).text((-left, -top), character, fill=255, font=fine, anchor="ls")
    wide = max(1, min(width - 1, round(ink.width / FINE)))
    high = max(1, min(round(ink.height / FINE), foot if bottom <= 0 else height))
    return ink.resize((wide, high), Image.Resampling.BOX).point(lambda value: 255 * (value >= 255 * INK), "1")


def block(width: int, height: int) -> Image.Image:
    """What stands for a Chinese letter: a frame with a stroke through it."""
    picture = Image.new("1", (width, height), 0)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((1, 1, width - 3, height - 4), outline=255)
    pen.line((1, height // 2, width - 3, height // 2), fill=255)
    pen.line((width // 2, 1, width // 2, height - 4), fill=255)
    return picture
