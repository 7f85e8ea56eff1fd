"""Draw the fronts of dot-matrix signs: characters five dots wide and seven dots high.

Such signs are LED boards and nodes.
"""

from collections.abc import Mapping
from functools import lru_cache

from hardware.simulated.signs.segments import (
    DARK_COLOUR,
    HEIGHT_PX,
    OVERSAMPLING,
    WIDTH_PX,
    DrawFront,
    as_png,
    blank_front,
)

# Seven rows for each character from the top, five dots each; a row is the sum of its dots, the left one is 16.
_TABLE = """
0 14 17 19 21 25 17 14
1 4 12 4 4 4 4 14
2 14 17 1 2 4 8 31
3 31 2 4 2 1 17 14
4 2 6 10 18 31 2 2
5 31 16 30 1 1 17 14
6 6 8 16 30 17 17 14
7 31 1 2 4 8 8 8
8 14 17 17 14 17 17 14
9 14 17 17 15 1 2 12
A 14 17 17 31 17 17 17
B 30 17 17 30 17 17 30
C 14 17 16 16 16 17 14
D 28 18 17 17 17 18 28
E 31 16 16 30 16 16 31
F 31 16 16 30 16 16 16
G 14 17 16 23 17 17 15
H 17 17 17 31 17 17 17
I 14 4 4 4 4 4 14
J 7 2 2 2 2 18 12
K 17 18 20 24 20 18 17
L 16 16 16 16 16 16 31
M 17 27 21 21 17 17 17
N 17 25 21 19 17 17 17
O 14 17 17 17 17 17 14
P 30 17 17 30 16 16 16
Q 14 17 17 17 21 18 13
R 30 17 17 30 20 18 17
S 15 16 16 14 1 1 30
T 31 4 4 4 4 4 4
U 17 17 17 17 17 17 14
V 17 17 17 17 17 10 4
W 17 17 17 21 21 27 17
X 17 17 10 4 10 17 17
Y 17 17 10 4 4 4 4
Z 31 1 2 4 8 16 31
r 0 0 22 25 16 16 16
- 0 0 0 31 0 0 0
"""
DOT_ROWS: Mapping[str, tuple[int, ...]] = {
    line.split()[0]: tuple(int(row) for row in line.split()[1:]) for line in _TABLE.strip().splitlines()
} | {" ": (0,) * 7}
_UNKNOWN_CHARACTER = (31,) * 7  # a full block cannot be mistaken for a number

LIT_COLOUR = "#FFB000"
_COLUMNS_PER_CELL, _ROWS_PER_CELL = 6, 7  # five dots and a gap; seven dots
_MARGIN_PX = 30
_DOT_DIAMETER = 0.78  # of a dot, as a fraction of its square


def draw_dot_matrix(text: str, width: int) -> bytes:
    """Return the front of a matrix with room for ``width`` characters, as PNG."""
    image, pen = blank_front()
    cells = text.ljust(width)[:width]
    available_width, available_height = WIDTH_PX - 2 * _MARGIN_PX, HEIGHT_PX - 2 * _MARGIN_PX
    step = min(available_width / (len(cells) * _COLUMNS_PER_CELL - 1), available_height / _ROWS_PER_CELL)
    left = (WIDTH_PX - step * (len(cells) * _COLUMNS_PER_CELL - 1)) / 2
    top = (HEIGHT_PX - step * _ROWS_PER_CELL) / 2
    for index, character in enumerate(cells):
        rows = DOT_ROWS.get(character, DOT_ROWS.get(character.upper(), _UNKNOWN_CHARACTER))
        for row in range(_ROWS_PER_CELL):
            for column in range(_COLUMNS_PER_CELL - 1):
                lit = rows[row] >> (_COLUMNS_PER_CELL - 2 - column) & 1
                x = (left + (index * _COLUMNS_PER_CELL + column + (1 - _DOT_DIAMETER) / 2) * step) * OVERSAMPLING
                y = (top + (row + (1 - _DOT_DIAMETER) / 2) * step) * OVERSAMPLING
                diameter = step * _DOT_DIAMETER * OVERSAMPLING
                pen.ellipse((x, y, x + diameter, y + diameter), fill=LIT_COLOUR if lit else DARK_COLOUR)
    return as_png(image)


def dot_matrix_front(width: int) -> DrawFront:
    """Return the function that draws a dot matrix with room for ``width`` characters."""
    return lru_cache(maxsize=64)(lambda upper, _lower: draw_dot_matrix(upper, width))
