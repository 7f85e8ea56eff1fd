"""Draw the fronts of segment displays: sixteen segments for letters, seven for digits.

The dark segments stay faintly visible, as on a real sign.
"""

import io
from collections.abc import Callable, Mapping
from functools import lru_cache

from PIL import Image, ImageDraw

# a1 a2 top left, right · b c right upper, lower · d1 d2 bottom · e f left lower, upper · g1 g2 middle
# h i j upper diagonal, stem, diagonal · k l m lower diagonal, stem, diagonal
_SIXTEEN_TABLE = """
0 a1 a2 b c d1 d2 e f
1 b c
2 a1 a2 b g1 g2 e d1 d2
3 a1 a2 b g2 c d1 d2
4 f g1 g2 b c
5 a1 a2 f g1 g2 c d1 d2
6 a1 a2 f g1 g2 c d1 d2 e
7 a1 a2 b c
8 a1 a2 b c d1 d2 e f g1 g2
9 a1 a2 b c d1 d2 f g1 g2
A a1 a2 b c e f g1 g2
B a1 a2 b c d1 d2 g2 i l
C a1 a2 d1 d2 e f
D a1 a2 b c d1 d2 i l
E a1 a2 d1 d2 e f g1 g2
F a1 a2 e f g1 g2
G a1 a2 c d1 d2 e f g2
H b c e f g1 g2
I a1 a2 d1 d2 i l
J b c d1 d2 e
K e f g1 j m
L d1 d2 e f
M b c e f h j
N b c e f h m
O a1 a2 b c d1 d2 e f
P a1 a2 b e f g1 g2
Q a1 a2 b c d1 d2 e f m
R a1 a2 b e f g1 g2 m
S a1 a2 f g1 g2 c d1 d2
T a1 a2 i l
U b c d1 d2 e f
V e f j k
W b c e f k m
X h j k m
Y h j l
Z a1 a2 d1 d2 j k
r e g1
- g1 g2
+ g1 g2 i l
/ j k
: i l
* g1 g2 h i j k l m
"""
SIXTEEN_SEGMENTS: Mapping[str, frozenset[str]] = {
    row.split()[0]: frozenset(row.split()[1:]) for row in _SIXTEEN_TABLE.strip().splitlines()
} | {" ": frozenset()}

BACKGROUND_COLOUR, BORDER_COLOUR = "#0A0A0A", "#2A2B33"
LIT_COLOUR, DARK_COLOUR = "#FF4B33", "#1C0D0C"

# The segments in a cell one wide and two high (y down), as start and end points.
_SIXTEEN_ENDPOINTS: Mapping[str, tuple[float, float, float, float]] = {
    "a1": (0.0, 0.0, 0.5, 0.0),
    "a2": (0.5, 0.0, 1.0, 0.0),
    "b": (1.0, 0.0, 1.0, 1.0),
    "c": (1.0, 1.0, 1.0, 2.0),
    "d1": (0.0, 2.0, 0.5, 2.0),
    "d2": (0.5, 2.0, 1.0, 2.0),
    "e": (0.0, 1.0, 0.0, 2.0),
    "f": (0.0, 0.0, 0.0, 1.0),
    "g1": (0.0, 1.0, 0.5, 1.0),
    "g2": (0.5, 1.0, 1.0, 1.0),
    "h": (0.0, 0.0, 0.5, 1.0),
    "i": (0.5, 0.0, 0.5, 1.0),
    "j": (1.0, 0.0, 0.5, 1.0),
    "k": (0.5, 1.0, 0.0, 2.0),
    "l": (0.5, 1.0, 0.5, 2.0),
    "m": (0.5, 1.0, 1.0, 2.0),
}
_DIAGONAL = frozenset("hjkm")

# Seven segments: a top · b c right · d bottom · e f left · g middle
_SEVEN_ENDPOINTS: Mapping[str, tuple[float, float, float, float]] = {
    "a": (0.0, 0.0, 1.0, 0.0),
    "b": (1.0, 0.0, 1.0, 1.0),
    "c": (1.0, 1.0, 1.0, 2.0),
    "d": (0.0, 2.0, 1.0, 2.0),
    "e": (0.0, 1.0, 0.0, 2.0),
    "f": (0.0, 0.0, 0.0, 1.0),
    "g": (0.0, 1.0, 1.0, 1.0),
}
# Each word is a character, followed by its lit segments.
_SEVEN_TABLE = "0abcdef 1bc 2abged 3abgcd 4fgbc 5afgcd 6afgcde 7abc 8abcdefg 9abcdfg -g Eafged reg"
SEVEN_SEGMENTS: Mapping[str, frozenset[str]] = {row[0]: frozenset(row[1:]) for row in _SEVEN_TABLE.split()} | {
    " ": frozenset()
}

WIDTH_PX, HEIGHT_PX = 580, 226
OVERSAMPLING = 4  # drawn larger by this factor, then scaled down
SLANT = 0.09  # of the cells to the right, in widths per height
MARGIN_PX = 42
MAX_CELL_WIDTH = 0.68  # as a fraction of its height
MIN_UPPER_CELLS, LOWER_CELLS = 4, 20


def draw_sixteen_segments(upper: str, lower: str) -> bytes:
    """Return a sign's front as PNG, 580 × 226.

    The upper line is large, in as many cells as it needs (at least four); the lower line is small. A character without
    a shape lights all its segments, which cannot be mistaken for a number.
    """
    image, pen = blank_front()
    large_text = upper.strip()
    _draw_line(pen, large_text.ljust(max(MIN_UPPER_CELLS, len(large_text))), top=26, height=138, thickness=15, gap=0.46)
    _draw_line(pen, lower.ljust(LOWER_CELLS)[:LOWER_CELLS], top=188, height=20, thickness=2.2, gap=0.6)
    return as_png(image)


def draw_seven_segments(upper: str, width: int) -> bytes:
    """Return the front of a sign with ``width`` seven-segment cells as PNG."""
    image, pen = blank_front()
    _draw_line(
        pen,
        upper.rjust(width)[:width],
        top=40,
        height=146,
        thickness=17,
        gap=0.4,
        endpoints=_SEVEN_ENDPOINTS,
        segments=SEVEN_SEGMENTS,
    )
    return as_png(image)


DrawFront = Callable[[str, str], bytes]
"""Draws a sign's front with its upper and its lower line; returns PNG."""

sixteen_segment_front: DrawFront = lru_cache(maxsize=64)(draw_sixteen_segments)


def seven_segment_front(width: int) -> DrawFront:
    """Return the function that draws the front of a sign with ``width`` seven-segment cells."""
    return lru_cache(maxsize=64)(lambda upper, _lower: draw_seven_segments(upper, width))


def blank_front() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty front and its pen (PIL), ``OVERSAMPLING`` times as large."""
    size = (WIDTH_PX * OVERSAMPLING, HEIGHT_PX * OVERSAMPLING)
    image = Image.new("RGB", size, BORDER_COLOUR)
    pen = ImageDraw.Draw(image)
    rim = 6 * OVERSAMPLING
    pen.rectangle((rim, rim, size[0] - rim, size[1] - rim), fill=BACKGROUND_COLOUR)
    return image, pen


def as_png(image: Image.Image) -> bytes:
    """Return a front at its final size, as PNG."""
    out = io.BytesIO()
    image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _draw_line(
    pen: ImageDraw.ImageDraw,
    text: str,
    *,
    top: float,
    height: float,
    thickness: float,
    gap: float,
    endpoints: Mapping[str, tuple[float, float, float, float]] = _SIXTEEN_ENDPOINTS,
    segments: Mapping[str, frozenset[str]] = SIXTEEN_SEGMENTS,
) -> None:
    """Draw one line of cells.

    ``gap`` between cells is in cell widths, all other lengths in pixels. ``thickness``: of a segment. ``endpoints``:
    where each segment of a cell begins and ends; ``segments``: the lit segments of each character.
    """
    available_width = WIDTH_PX - 2 * MARGIN_PX
    cell_width = min(available_width / (len(text) + gap * (len(text) - 1)), height * MAX_CELL_WIDTH)
    step = cell_width * (1 + gap)
    left = (WIDTH_PX - (cell_width + step * (len(text) - 1))) / 2
    thickness = min(thickness, cell_width * 0.2)
    for index, character in enumerate(text):
        lit = segments.get(character, segments.get(character.upper(), frozenset(endpoints)))
        for name in sorted(endpoints, key=lambda name: name in lit):
            shape = _shape(endpoints[name], name, cell_width / 1.0, height / 2.0, thickness)
            points = [
                ((left + index * step + x + (height / 2 - y) * SLANT) * OVERSAMPLING, (top + y) * OVERSAMPLING)
                for x, y in shape
            ]
            pen.polygon(points, fill=LIT_COLOUR if name in lit else DARK_COLOUR)


def _shape(
    endpoints: tuple[float, float, float, float], name: str, cell_width: float, cell_height: float, thickness: float
) -> list[tuple[float, float]]:
    """Return the outline of one segment with pointed ends, in pixels from the cell's corner."""
    x1, y1, x2, y2 = endpoints
    ax, ay, bx, by = x1 * cell_width, y1 * cell_height, x2 * cell_width, y2 * cell_height
    if name in _DIAGONAL:
        # Diagonals lie inside the frame of the straight segments and meet in the middle.
        direction = 1 if bx > ax else -1
        corner_first = ay == 0
        near_inset, far_inset = (0.85, 0.35) if corner_first else (0.35, 0.85)
        ax, bx = ax + direction * thickness * near_inset, bx - direction * thickness * far_inset
        ay, by = ay + thickness * near_inset, by - thickness * far_inset
        half_width = thickness * 0.55
        return [(ax - half_width, ay), (ax + half_width, ay), (bx + half_width, by), (bx - half_width, by)]
    half_thickness, gap = thickness / 2, thickness * 0.12
    if ay == by:
        return [
            (ax + gap, ay),
            (ax + gap + half_thickness, ay - half_thickness),
            (bx - gap - half_thickness, by - half_thickness),
            (bx - gap, by),
            (bx - gap - half_thickness, by + half_thickness),
            (ax + gap + half_thickness, ay + half_thickness),
        ]
    return [
        (ax, ay + gap),
        (ax + half_thickness, ay + gap + half_thickness),
        (bx + half_thickness, by - gap - half_thickness),
        (bx, by - gap),
        (bx - half_thickness, by - gap - half_thickness),
        (ax - half_thickness, ay + gap + half_thickness),
    ]
