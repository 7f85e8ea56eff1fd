"""Sixteen-segment characters of our own, drawn as light on glass: every letter of a number has its own shape.

Seven segments cannot show K, M, N, V and X; sixteen can. The dark segments stay faintly visible, as on a real
sign.
"""

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw

# a1 a2 top left, right · b c right upper, lower · d1 d2 bottom · e f left lower, upper · g1 g2 middle
# h i j upper diagonal, stem, diagonal · k l m lower diagonal, stem, diagonal
_TABLE = """
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
LIT_BY: Mapping[str, frozenset[str]] = {
    row.split()[0]: frozenset(row.split()[1:]) for row in _TABLE.strip().splitlines()
} | {" ": frozenset()}

GLASS, RIM = "#0A0A0A", "#2A2B33"
LIT, DARK = "#FF4B33", "#1C0D0C"

# The segments in a cell one wide and two high (y down); each line is from, to.
_ENDS: Mapping[str, tuple[float, float, float, float]] = {
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
_SEVEN: Mapping[str, tuple[float, float, float, float]] = {
    "a": (0.0, 0.0, 1.0, 0.0),
    "b": (1.0, 0.0, 1.0, 1.0),
    "c": (1.0, 1.0, 1.0, 2.0),
    "d": (0.0, 2.0, 1.0, 2.0),
    "e": (0.0, 1.0, 0.0, 2.0),
    "f": (0.0, 0.0, 0.0, 1.0),
    "g": (0.0, 1.0, 1.0, 1.0),
}
_SEVEN_TABLE = "0abcdef 1bc 2abged 3abgcd 4fgbc 5afgcd 6afgcde 7abc 8abcdefg 9abcdfg -g Eafged reg"
SEVEN_LIT_BY: Mapping[str, frozenset[str]] = {row[0]: frozenset(row[1:]) for row in _SEVEN_TABLE.split()} | {
    " ": frozenset()
}

WIDTH_PX, HEIGHT_PX = 580, 226
FINE = 4  # drawn so many times larger, then scaled down
_SLANT = 0.09
_BIG_CELLS, _SMALL_CELLS = 4, 20


def draw(upper: str, lower: str) -> bytes:
    """A sign's face as PNG, 580 × 226: the upper line large in as many cells as it needs (at least four), the
    lower line small. A character without a shape shows all its segments, which nobody takes for a number."""
    image, pen = glass()
    big = upper.strip()
    _line(pen, big.ljust(max(_BIG_CELLS, len(big))), top=26, height=138, thick=15, gap=0.46)
    _line(pen, lower.ljust(_SMALL_CELLS)[:_SMALL_CELLS], top=188, height=20, thick=2.2, gap=0.6)
    return png(image)


def draw_seven(upper: str, width: int) -> bytes:
    """The face of a sign with ``width`` cells of seven segments."""
    image, pen = glass()
    _line(pen, upper.rjust(width)[:width], top=40, height=146, thick=17, gap=0.4, ends=_SEVEN, lit_by=SEVEN_LIT_BY)
    return png(image)


def glass() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty face, drawn finer than it is shown, and a pen for it."""
    size = (WIDTH_PX * FINE, HEIGHT_PX * FINE)
    image = Image.new("RGB", size, RIM)
    pen = ImageDraw.Draw(image)
    rim = 6 * FINE
    pen.rectangle((rim, rim, size[0] - rim, size[1] - rim), fill=GLASS)
    return image, pen


def png(image: Image.Image) -> bytes:
    """A face at the size it is shown in, as PNG."""
    out = io.BytesIO()
    image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _line(
    pen: ImageDraw.ImageDraw,
    text: str,
    *,
    top: float,
    height: float,
    thick: float,
    gap: float,
    ends: Mapping[str, tuple[float, float, float, float]] = _ENDS,
    lit_by: Mapping[str, frozenset[str]] = LIT_BY,
) -> None:
    """One line of cells across the glass; ``gap`` between cells in cell widths, everything else in pixels."""
    room = WIDTH_PX - 84
    wide = min(room / (len(text) + gap * (len(text) - 1)), height * 0.68)
    step = wide * (1 + gap)
    left = (WIDTH_PX - (wide + step * (len(text) - 1))) / 2
    thick = min(thick, wide * 0.2)
    for place, character in enumerate(text):
        lit = lit_by.get(character, lit_by.get(character.upper(), frozenset(ends)))
        for name in sorted(ends, key=lambda name: name in lit):
            shape = _shape(ends[name], name, wide / 1.0, height / 2.0, thick)
            points = [
                ((left + place * step + x + (height / 2 - y) * _SLANT) * FINE, (top + y) * FINE) for x, y in shape
            ]
            pen.polygon(points, fill=LIT if name in lit else DARK)


def _shape(
    ends: tuple[float, float, float, float], name: str, wide: float, high: float, thick: float
) -> list[tuple[float, float]]:
    """The outline of one segment with pointed ends, in pixels from the cell's corner."""
    x1, y1, x2, y2 = ends
    ax, ay, bx, by = x1 * wide, y1 * high, x2 * wide, y2 * high
    if name in _DIAGONAL:
        # Diagonals run inside the frame of the straight segments and meet in the middle.
        right = 1 if bx > ax else -1
        corner_first = ay == 0
        near, far = (0.85, 0.35) if corner_first else (0.35, 0.85)
        ax, bx = ax + right * thick * near, bx - right * thick * far
        ay, by = ay + thick * near, by - thick * far
        across = thick * 0.55
        return [(ax - across, ay), (ax + across, ay), (bx + across, by), (bx - across, by)]
    half, air = thick / 2, thick * 0.12
    if ay == by:
        return [
            (ax + air, ay),
            (ax + air + half, ay - half),
            (bx - air - half, by - half),
            (bx - air, by),
            (bx - air - half, by + half),
            (ax + air + half, ay + half),
        ]
    return [
        (ax, ay + air),
        (ax + half, ay + air + half),
        (bx + half, by - air - half),
        (bx, by - air),
        (bx - half, by - air - half),
        (ax - half, ay + air + half),
    ]
