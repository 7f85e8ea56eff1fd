"""A screen as data: boxes in millimetres from back to front, made by pure functions.

Nothing here draws. ``hardware.screens.paint`` turns a scene into pixels, ``hardware.screens.layout`` finds
texts that overflow or overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from hardware.screens.theme import Token


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Stand(StrEnum):
    """Where lines stand in their box, by the height of capitals and the line height."""

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
        return Box(self.x + left, self.y + top, self.w - left - right, self.h - top - bottom)

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom


@dataclass(frozen=True, slots=True)
class Ground:
    """A filled or edged rectangle. ``fill`` None: only the edge; ``edge_mm`` 0: no edge."""

    box: Box
    fill: Token | None
    edge: Token | None = None
    edge_mm: float = 0.6
    radius_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Label:
    """A text. Wraps to ``lines``; where that does not fit, ``short`` is shown; never cut, never smaller.

    ``size_mm`` is the em. ``mark`` underlines text[mark[0]:mark[1]].
    """

    box: Box
    text: str
    size_mm: float
    colour: Token = Token.INK
    bold: bool = False
    align: Align = Align.LEFT
    stand: Stand = Stand.MIDDLE
    lines: int = 1
    leading: float = 1.2
    short: str | None = None
    mark: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A ticket number: each character centred in its own cell, never wrapped or cut. Digits share one width, a letter
    has its own, so that digits stand under digits wherever numbers begin with the same letter."""

    box: Box
    text: str
    size_mm: float
    colour: Token = Token.INK
    align: Align = Align.CENTRE


@dataclass(frozen=True, slots=True)
class Icon:
    """A drawn sign of ``hardware.screens.icons``, centred in its box. ``stroke`` on the grid of 24."""

    box: Box
    name: str
    colour: Token = Token.ACCENT
    stroke: float = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: Token = Token.LINE_STRONG
    width_mm: float = 0.6


@dataclass(frozen=True, slots=True)
class Circle:
    """A disc (``width_mm`` 0) or a ring; ``share`` < 1 draws that part of the ring, from the top, clockwise."""

    x: float
    y: float
    radius_mm: float
    colour: Token
    width_mm: float = 0.0
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled shape with an optional edge."""

    points: tuple[tuple[float, float], ...]
    fill: Token
    edge: Token | None = None
    edge_mm: float = 0.6


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code with its quiet zone, as large as fits the box in whole pixels."""

    box: Box
    content: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file, as large as fits the box without cutting."""

    box: Box
    path: str


@dataclass(frozen=True, slots=True)
class Shade:
    """Darkens everything behind it, for a question on top. ``strength`` 0 to 1."""

    box: Box
    colour: Token = Token.NIGHT
    strength: float = 0.8


@dataclass(frozen=True, slots=True)
class Target:
    """Something to touch, with its ground. While a finger is on it the ground is ``pressed``.

    ``label`` says in words what it is (control port, tests). ``quick`` targets (keys of a keyboard) may be
    touched in quick succession. ``fill`` None: a bare area.
    """

    id: str
    box: Box
    label: str
    fill: Token | None = Token.SURFACE
    pressed: Token | None = Token.KEY_PRESSED
    edge: Token | None = Token.LINE_STRONG
    edge_mm: float | None = None
    radius_mm: float = 3.0
    enabled: bool = True
    quick: bool = False


Piece = Ground | Label | Number | Icon | Line | Circle | Polygon | Code | Picture | Shade | Target
Scene = tuple[Piece, ...]


def moved(scene: Scene, right: float, down: float) -> Scene:
    """The same scene ``right`` and ``down`` by so many mm."""
    return tuple(_moved(piece, right, down) for piece in scene)


def _moved(piece: Piece, right: float, down: float) -> Piece:
    match piece:
        case Line():
            ends = (piece.x0 + right, piece.y0 + down, piece.x1 + right, piece.y1 + down)
            return Line(*ends, piece.colour, piece.width_mm)
        case Circle():
            return replace(piece, x=piece.x + right, y=piece.y + down)
        case Polygon():
            return replace(piece, points=tuple((x + right, y + down) for x, y in piece.points))
        case _:
            box = Box(piece.box.x + right, piece.box.y + down, piece.box.w, piece.box.h)
            return replace(piece, box=box)


DIGIT_EM = 0.59
LETTER_EM = {"I": 0.46, "J": 0.46, "M": 0.96, "W": 0.96, "H": 0.79, "N": 0.83, "Q": 0.81, "G": 0.74}


def cell_em(sign: str) -> float:
    """How many em wide the cell of one character is."""
    return DIGIT_EM if sign.isdigit() else LETTER_EM.get(sign, 0.71)


def number_em(text: str) -> float:
    """How many em wide ``text`` is in its cells."""
    return sum(map(cell_em, text))


def targets(scene: Scene) -> Iterator[Target]:
    """What can be touched: what lies above the last shade, front first."""
    for piece in reversed(scene):
        if isinstance(piece, Shade):
            return
        if isinstance(piece, Target):
            yield piece
