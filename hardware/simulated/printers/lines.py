"""The line a printer composes before it prints it: built-in characters in their styles, where they stand."""

import unicodedata
from dataclasses import dataclass, replace
from itertools import islice

from PIL import Image, ImageChops

from hardware.simulated.printers.characters import Font, block, cell

LINE_DOTS = 30
TAB_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Style:
    """What holds until it is set otherwise; the defaults are those after power-on. Lengths in dots."""

    font: Font = Font.A
    wide: int = 1
    high: int = 1
    bold: bool = False
    underline: int = 0
    inverse: bool = False
    space: int = 0
    justify: int = 0
    left: int = 0
    area: int | None = None
    line_dots: int = LINE_DOTS


class Line:
    """The print buffer: one line of at most ``head_dots``."""

    def __init__(self, head_dots: int) -> None:
        self.style = Style()
        self._head_dots = head_dots
        self._cells: list[tuple[int, Image.Image]] = []
        self._x = 0
        self._last = ""

    @property
    def has_text(self) -> bool:
        return bool(self._cells)

    def set(self, **changes: object) -> None:
        self.style = replace(self.style, **changes)  # type: ignore[arg-type]

    def width(self) -> int:
        """Of the printing area."""
        room = self._head_dots - self.style.left
        return room if self.style.area is None else min(room, self.style.area)

    def move_to(self, x: int) -> None:
        """To the absolute place ``x``; one beyond the area is ignored."""
        if x <= self.width():
            self._x = x

    def tab(self) -> None:
        step = TAB_CHARACTERS * self.style.font.width * self.style.wide
        self.move_to((self._x // step + 1) * step)

    def fits(self, character: str) -> bool:
        return self._x + self._picture(character).width <= self.width() or not self._cells

    def put(self, character: str, *, composes: bool = False) -> None:
        """Behind what is there. ``composes``: a combining mark joins the letter before it."""
        if composes and unicodedata.combining(character) and self._cells and self._last:
            both = unicodedata.normalize("NFC", self._last + character)
            if len(both) == 1:
                at, _ = self._cells.pop()
                self._x = at
                character = both
        picture = self._picture(character)
        self._cells.append((self._x, picture))
        self._x += picture.width
        self._last = character

    def put_pair(self) -> None:
        """A Chinese letter: two cells wide."""
        picture = self._styled(block(24, 24))
        self._cells.append((self._x, picture))
        self._x += picture.width
        self._last = ""

    def rows(self) -> list[bytes]:
        """The line's dots across the whole head, top first; the line is empty then."""
        if not self._cells:
            self.drop()
            return []
        high = max(picture.height for _, picture in self._cells)
        long = max(x + picture.width for x, picture in self._cells)
        start = self._justified(long)
        whole = Image.new("1", (self._head_dots, high), 0)
        for x, picture in self._cells:
            whole.paste(picture, (start + x, high - picture.height))
        self.drop()
        return split(whole)

    def place(self, long: int) -> int:
        """Where a picture ``long`` dots wide stands, counted from the head's first dot: where it was moved to, else
        as lines are justified."""
        return self.style.left + self._x if self._x else self._justified(long)

    def _justified(self, long: int) -> int:
        free = max(0, self.width() - long)
        return self.style.left + (0, free // 2, free)[self.style.justify]

    def drop(self) -> None:
        self._cells.clear()
        self._x, self._last = 0, ""

    def _picture(self, character: str) -> Image.Image:
        return self._styled(cell(character, self.style.font))

    def _styled(self, plain: Image.Image) -> Image.Image:
        style = self.style
        picture = plain
        if style.bold:
            picture = ImageChops.logical_or(picture, ImageChops.offset(picture, 1, 0))
        if style.space:
            wider = Image.new("1", (picture.width + style.space, picture.height), 0)
            wider.paste(picture, (0, 0))
            picture = wider
        picture = picture.resize((picture.width * style.wide, picture.height * style.high), Image.Resampling.NEAREST)
        if style.underline:
            picture.paste(255, (0, picture.height - style.underline, picture.width, picture.height))
        return ImageChops.invert(picture) if style.inverse else picture


def split(picture: Image.Image) -> list[bytes]:
    """A 1-bit picture as rows of bytes."""
    wide = (picture.width + 7) // 8
    data = iter(picture.tobytes())
    return [bytes(islice(data, wide)) for _ in range(picture.height)]
