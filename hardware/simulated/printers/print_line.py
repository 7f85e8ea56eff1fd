"""The print buffer of the simulated printer: one line of built-in characters.

Each character has its style and position.
"""

import unicodedata
from dataclasses import dataclass, replace
from itertools import islice

from PIL import Image, ImageChops

from hardware.simulated.printers.builtin_font import BuiltinFont, draw_cell, draw_placeholder

LINE_SPACING_DOTS = 30
TAB_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Style:
    """The current style; the defaults are those after power-on. Lengths in dots.

    ``underline``: thickness, 0 for none. ``character_spacing``: to the right of each character. ``justify``: 0 left, 1
    centred, 2 right. ``area_width``: of the printing area; None: up to the end of the head.
    """

    font: BuiltinFont = BuiltinFont.A
    width_scale: int = 1
    height_scale: int = 1
    bold: bool = False
    underline: int = 0
    inverse: bool = False
    character_spacing: int = 0
    justify: int = 0
    left_margin: int = 0
    area_width: int | None = None
    line_spacing: int = LINE_SPACING_DOTS


class PrintLine:
    """The print buffer: one line of at most ``head_dots``."""

    def __init__(self, head_dots: int) -> None:
        self.style = Style()
        self._head_dots = head_dots
        self._cells: list[tuple[int, Image.Image]] = []
        self._next_x = 0
        self._last_character = ""

    @property
    def has_text(self) -> bool:
        return bool(self._cells)

    def set(self, **changes: object) -> None:
        """Change the style of the characters that follow."""
        self.style = replace(self.style, **changes)  # type: ignore[arg-type]

    def width(self) -> int:
        """Return the width of the printing area."""
        room = self._head_dots - self.style.left_margin
        return room if self.style.area_width is None else min(room, self.style.area_width)

    def move_to(self, x: int) -> None:
        """Move to the absolute position ``x``; a position beyond the area is ignored."""
        if x <= self.width():
            self._next_x = x

    def tab(self) -> None:
        """Move to the next tab stop."""
        step = TAB_CHARACTERS * self.style.font.width * self.style.width_scale
        self.move_to((self._next_x // step + 1) * step)

    def fits(self, character: str) -> bool:
        """Return whether the character fits on this line; the first one always does."""
        return self._next_x + self._picture(character).width <= self.width() or not self._cells

    def put(self, character: str, *, composes_mark: bool = False) -> None:
        """Append a character. ``composes_mark``: a combining mark is composed with the letter before."""
        if composes_mark and unicodedata.combining(character) and self._cells and self._last_character:
            composed = unicodedata.normalize("NFC", self._last_character + character)
            if len(composed) == 1:
                x, _ = self._cells.pop()
                self._next_x = x
                character = composed
        picture = self._picture(character)
        self._cells.append((self._next_x, picture))
        self._next_x += picture.width
        self._last_character = character

    def put_chinese(self) -> None:
        """Append a Chinese character, two cells wide."""
        picture = self._styled(draw_placeholder(24, 24))
        self._cells.append((self._next_x, picture))
        self._next_x += picture.width
        self._last_character = ""

    def rows(self) -> list[bytes]:
        """Return the line's rows across the whole head, top first, and clear the line."""
        if not self._cells:
            self.clear()
            return []
        height = max(picture.height for _, picture in self._cells)
        width = max(x + picture.width for x, picture in self._cells)
        start = self._justified(width)
        line = Image.new("1", (self._head_dots, height), 0)
        for x, picture in self._cells:
            line.paste(picture, (start + x, height - picture.height))
        self.clear()
        return rows_of(line)

    def image_start(self, width: int) -> int:
        """Return the first dot of an image.

        It is at the current position, else as lines are justified.
        """
        return self.style.left_margin + self._next_x if self._next_x else self._justified(width)

    def _justified(self, width: int) -> int:
        free = max(0, self.width() - width)
        return self.style.left_margin + (0, free // 2, free)[self.style.justify]

    def clear(self) -> None:
        self._cells.clear()
        self._next_x, self._last_character = 0, ""

    def _picture(self, character: str) -> Image.Image:
        return self._styled(draw_cell(character, self.style.font))

    def _styled(self, plain: Image.Image) -> Image.Image:
        style = self.style
        picture = plain
        if style.bold:
            picture = ImageChops.logical_or(picture, ImageChops.offset(picture, 1, 0))
        if style.character_spacing:
            spaced = Image.new("1", (picture.width + style.character_spacing, picture.height), 0)
            spaced.paste(picture, (0, 0))
            picture = spaced
        picture = picture.resize(
            (picture.width * style.width_scale, picture.height * style.height_scale), Image.Resampling.NEAREST
        )
        if style.underline:
            picture.paste(255, (0, picture.height - style.underline, picture.width, picture.height))
        return ImageChops.invert(picture) if style.inverse else picture


def rows_of(picture: Image.Image) -> list[bytes]:
    """Return a 1-bit picture as rows of bytes."""
    row_bytes = (picture.width + 7) // 8
    data = iter(picture.tobytes())
    return [bytes(islice(data, row_bytes)) for _ in range(picture.height)]
