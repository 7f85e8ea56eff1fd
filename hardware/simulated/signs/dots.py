"""A dot matrix of our own, five dots wide and seven high, drawn as light on glass: LED boards and nodes look so."""

from collections.abc import Mapping

from hardware.simulated.signs.segments import DARK, FINE, HEIGHT_PX, WIDTH_PX, glass, png

# Seven rows a character, from the top, five dots each; a row is the sum of its dots, the left one 16.
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
ROWS: Mapping[str, tuple[int, ...]] = {
    line.split()[0]: tuple(int(row) for row in line.split()[1:]) for line in _TABLE.strip().splitlines()
} | {" ": (0,) * 7}
_UNKNOWN = (31,) * 7  # nobody takes a full block for a number

LIT = "#FFB000"
_ACROSS, _DOWN = 6, 7
_ROUND = 0.78  # of a dot's room


def draw_dots(text: str, width: int) -> bytes:
    """The face of a matrix with room for ``width`` characters, as PNG."""
    image, pen = glass()
    cells = text.ljust(width)[:width]
    step = min((WIDTH_PX - 60) / (len(cells) * _ACROSS - 1), (HEIGHT_PX - 60) / _DOWN)
    left = (WIDTH_PX - step * (len(cells) * _ACROSS - 1)) / 2
    top = (HEIGHT_PX - step * _DOWN) / 2
    for place, character in enumerate(cells):
        rows = ROWS.get(character, ROWS.get(character.upper(), _UNKNOWN))
        for row in range(_DOWN):
            for column in range(_ACROSS - 1):
                lit = rows[row] >> (_ACROSS - 2 - column) & 1
                x = (left + (place * _ACROSS + column + (1 - _ROUND) / 2) * step) * FINE
                y = (top + (row + (1 - _ROUND) / 2) * step) * FINE
                across = step * _ROUND * FINE
                pen.ellipse((x, y, x + across, y + across), fill=LIT if lit else DARK)
    return png(image)
