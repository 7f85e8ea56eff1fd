"""A screen as data: shapes and texts in millimetres, from back to front.

``hardware.screens.paint`` turns a scene into pixels.
"""

from collections.abc import Hashable, Iterator
from dataclasses import KW_ONLY, dataclass, replace
from enum import StrEnum

from hardware.screens.theme import Colour


class TextAlign(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class VAlign(StrEnum):
    """Vertical alignment of lines in their box, by capital height and line height."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in millimetres of the canvas."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    def inset(self, left: float, top: float, right: float, bottom: float) -> "Box":
        """Return the box without a margin on each side."""
        return Box(self.x + left, self.y + top, self.w - left - right, self.h - top - bottom)

    def contains(self, x: float, y: float) -> bool:
        """Return whether a point lies in the box."""
        return self.x <= x < self.right and self.y <= y < self.bottom


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled or outlined rectangle.

    ``fill`` None: only the outline; ``edge_colour`` None or ``edge_mm`` 0: no outline.
    """

    box: Box
    fill: Colour | None
    _: KW_ONLY
    edge_colour: Colour | None = None
    edge_mm: float = 0.6
    radius_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Label:
    """A text of at most ``max_lines`` lines, never cut or shrunk.

    ``short_text`` is drawn where the text does not fit; None: the text is drawn all the same. ``size_mm``: font size
    (em). ``leading``: line height in em. ``underline``: the underlined part, as the index of its first character and
    the index behind its last.
    """

    box: Box
    text: str
    size_mm: float
    colour: Colour = Colour.INK
    bold: bool = False
    align: TextAlign = TextAlign.LEFT
    valign: VAlign = VAlign.MIDDLE
    max_lines: int = 1
    leading: float = 1.2
    short_text: str | None = None
    underline: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class NumberLabel:
    """A ticket number: each character centred in its own cell, never wrapped or cut.

    Digits share one width and a letter has its own, so that the digits of numbers below each other are aligned.
    """

    box: Box
    text: str
    size_mm: float
    colour: Colour = Colour.INK
    align: TextAlign = TextAlign.CENTRE


@dataclass(frozen=True, slots=True)
class Icon:
    """An icon of ``hardware.screens.icons``, centred in its box. ``stroke``: line width on the grid of 24."""

    box: Box
    name: str
    _: KW_ONLY
    colour: Colour = Colour.ACCENT
    stroke: float = 2.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    _: KW_ONLY
    colour: Colour = Colour.LINE_STRONG
    width_mm: float = 0.6


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc (``width_mm`` 0) or a ring.

    ``fraction`` < 1 draws that part of the ring, from the top, clockwise.
    """

    x: float
    y: float
    radius_mm: float
    colour: Colour
    width_mm: float = 0.0
    fraction: float = 1.0


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled shape with an optional edge."""

    points: tuple[tuple[float, float], ...]
    fill: Colour
    edge_colour: Colour | None = None
    edge_mm: float = 0.6


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code with its quiet zone, as large as fits in whole pixels."""

    box: Box
    content: str


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picture file, as large as fits the box without cutting."""

    box: Box
    path: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, as large as fits the box, at its left edge.

    ``on_paper_mm``: on a white sheet with this margin around it, for a picture made for paper on a dark ground; None:
    without.
    """

    box: Box
    png: bytes
    on_paper_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Shade:
    """Darkens everything behind it, for a dialog on top. ``strength``: 0 to 1."""

    box: Box
    colour: Colour = Colour.NIGHT
    strength: float = 0.8


@dataclass(frozen=True, slots=True)
class Target:
    """A touchable rectangle. While a finger is on it, its fill is ``pressed_fill``; ``edge_colour``: of its outline.

    ``id``: the station's own value for the meaning of a tap (``Tap``). ``label`` describes it in words (control port,
    tests). ``quick`` targets (keys of a keyboard) may be touched in quick succession. ``fill`` None: an invisible area.
    ``edge_mm`` None: the outline's thickness is the theme's.
    """

    id: Hashable
    box: Box
    label: str
    _: KW_ONLY
    fill: Colour | None = Colour.SURFACE
    pressed_fill: Colour | None = Colour.KEY_PRESSED
    edge_colour: Colour | None = Colour.LINE_STRONG
    edge_mm: float | None = None
    radius_mm: float = 3.0
    enabled: bool = True
    quick: bool = False


Piece = (
    Rectangle | Label | NumberLabel | Icon | Segment | Circle | Polygon | QrCode | ImageFile | Picture | Shade | Target
)
Scene = tuple[Piece, ...]


def picture_width(png: bytes, box: Box, margin_mm: float = 0.0) -> float:
    """Return how wide a logo is drawn in ``box``, with its margin."""
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    ratio = min((box.w - 2 * margin_mm) / width, (box.h - 2 * margin_mm) / height)
    return ratio * width + 2 * margin_mm


def moved(scene: Scene, right_mm: float, down_mm: float) -> Scene:
    """Return the scene moved to the right and down."""
    return tuple(_moved(piece, right_mm, down_mm) for piece in scene)


def _moved(piece: Piece, right_mm: float, down_mm: float) -> Piece:
    match piece:
        case Segment():
            ends = (piece.x0 + right_mm, piece.y0 + down_mm, piece.x1 + right_mm, piece.y1 + down_mm)
            return Segment(*ends, colour=piece.colour, width_mm=piece.width_mm)
        case Circle():
            return replace(piece, x=piece.x + right_mm, y=piece.y + down_mm)
        case Polygon():
            return replace(piece, points=tuple((x + right_mm, y + down_mm) for x, y in piece.points))
        case _:
            box = Box(piece.box.x + right_mm, piece.box.y + down_mm, piece.box.w, piece.box.h)
            return replace(piece, box=box)


# Widths of the cells of a ticket number in bold Noto Sans; letters that are not listed have 0.71.
DIGIT_WIDTH_EM = 0.59
LETTER_WIDTH_EM = {"I": 0.46, "J": 0.46, "M": 0.96, "W": 0.96, "H": 0.79, "N": 0.83, "Q": 0.81, "G": 0.74}


def cell_width_em(character: str) -> float:
    """Return the cell width of one character in em."""
    return DIGIT_WIDTH_EM if character.isdigit() else LETTER_WIDTH_EM.get(character, 0.71)


def number_width_em(text: str) -> float:
    """Return the width of ``text`` in cells, in em."""
    return sum(map(cell_width_em, text))


def targets(scene: Scene) -> Iterator[Target]:
    """Yield the touchable targets, front first: those above the last shade."""
    for piece in reversed(scene):
        if isinstance(piece, Shade):
            return
        if isinstance(piece, Target):
            yield piece
