"""Icons as lines and circles on a grid of 24 × 24 units.

They are drawn ``SUPERSAMPLING`` times as large and scaled down.
"""

import math
from functools import lru_cache
from itertools import pairwise

import pygame

from hardware.screens.theme import Rgb

Point = tuple[float, float]
Path = tuple[Point, ...]
SUPERSAMPLING = 4


def _arc(x: float, y: float, radius: float, start: float, end: float, steps: int = 16) -> Path:
    """Return an arc as a path; degrees, 0 is right, clockwise on the screen."""
    span = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return tuple((x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in span)


def _circle(x: float, y: float, radius: float) -> Path:
    return _arc(x, y, radius, 0, 360, 32)


_ZIGZAG: Path = ((19, 21), (16.7, 19), (14.3, 21), (12, 19), (9.7, 21), (7.3, 19), (5, 21))
_PERSON: tuple[Path, ...] = (_circle(12, 7, 3.5), ((5, 21), (5, 17), (8.5, 14), (15.5, 14), (19, 17), (19, 21)))

# name -> paths to stroke
STROKES: dict[str, tuple[Path, ...]] = {
    "ticket": (((5, 21), (5, 3), (19, 3), (19, 21), *_ZIGZAG[1:]), ((9, 8), (15, 8)), ((9, 12), (15, 12))),
    "result": (((5, 3), (14.5, 3), (19, 7.5), (19, 21), (5, 21), (5, 3)), ((8.5, 13), (11, 15.5), (15.5, 10.5))),
    "lookup": (
        ((2, 5), (17, 5)),
        ((2, 11), (8, 11)),
        ((2, 17), (7, 17)),
        _circle(14.5, 13.5, 4.5),
        ((17.8, 16.8), (21.5, 20.5)),
    ),
    "folder": (
        ((2.5, 19.5), (2.5, 5), (9, 5), (11.5, 8), (21.5, 8), (21.5, 19.5), (2.5, 19.5)),
        ((6.5, 13), (17, 13)),
        ((6.5, 16), (13, 16)),
    ),
    "back": (((15, 5), (8, 12), (15, 19)),),
    "next": (((9, 5), (16, 12), (9, 19)),),
    "up": (((5, 15), (12, 8), (19, 15)),),
    "home": (((3, 12), (12, 4), (21, 12)), ((5.5, 10), (5.5, 20), (18.5, 20), (18.5, 10))),
    "help": (
        _circle(9.5, 6.5, 3.2),
        ((3, 21), (3, 16.5), (6, 13.5), (13, 13.5), (16, 16.5), (17.5, 12), (20.5, 4)),
    ),
    "check": (((4, 12.5), (9.5, 18), (20, 6.5)),),
    "cross": (((6, 6), (18, 18)), ((18, 6), (6, 18))),
    "sound": (
        ((3, 9.5), (3, 14.5), (6.5, 14.5), (11, 18.5), (11, 5.5), (6.5, 9.5), (3, 9.5)),
        _arc(11.5, 12, 4, -50, 50),
        _arc(11.5, 12, 8, -50, 50),
    ),
    "bigger": (
        ((1.5, 19), (5, 10), (8.5, 19)),
        ((2.8, 16), (7.2, 16)),
        ((10, 19), (16, 4), (22, 19)),
        ((12.2, 14), (19.8, 14)),
    ),
    "contrast": (_circle(12, 12, 9),),
    "lower": (((12, 3), (12, 15)), ((6.5, 10), (12, 15.5), (17.5, 10)), ((4, 20.5), (20, 20.5))),
    "search": (_circle(10.5, 10.5, 6.5), ((15.5, 15.5), (21, 21))),
    "papers": (
        ((8, 2.5), (20, 2.5), (20, 17), (8, 17), (8, 2.5)),
        ((5.5, 7), (4, 7), (4, 21.5), (16, 21.5), (16, 19.5)),
        ((11.5, 7.5), (16.5, 7.5)),
        ((11.5, 12), (16.5, 12)),
    ),
    "clock": (_circle(12, 12, 9), ((12, 6.5), (12, 12), (16, 14.5))),
    "money": (((2, 5.5), (22, 5.5), (22, 18.5), (2, 18.5), (2, 5.5)), _circle(12, 12, 3)),
    "person": _PERSON,
    "people": (
        _circle(9, 7.5, 3.3),
        ((2.5, 20), (2.5, 17), (5.5, 14), (12.5, 14), (15.5, 17), (15.5, 20)),
        _arc(15.5, 7.5, 3.3, -80, 80),
        ((18, 14), (21.5, 17), (21.5, 20)),
    ),
    "printer": (
        ((6.5, 8), (6.5, 3), (17.5, 3), (17.5, 8)),
        ((6.5, 17), (3, 17), (3, 8), (21, 8), (21, 17), (17.5, 17)),
        ((6.5, 13.5), (17.5, 13.5), (17.5, 21), (6.5, 21), (6.5, 13.5)),
    ),
    "down": (((12, 3), (12, 20)), ((4.5, 13), (12, 20.5), (19.5, 13))),
    "arrow": (((3, 12), (20, 12)), ((13, 5), (20, 12), (13, 19))),
    "warning": (((12, 3), (22.5, 20.5), (1.5, 20.5), (12, 3)), ((12, 10), (12, 14.5))),
    "bell": (
        ((4, 17.5), (6, 15), (6, 10.5), *_arc(12, 10.5, 6, 180, 360), (18, 15), (20, 17.5), (4, 17.5)),
        _arc(12, 18.5, 2.5, 20, 160),
    ),
    "pause": (((8.5, 5), (8.5, 19)), ((15.5, 5), (15.5, 19))),
    "ring": (_circle(12, 12, 8.5),),
    "chosen": (((7.5, 12.3), (10.8, 15.6), (16.8, 9)),),
    "broken": (((2, 12), (8, 12)), ((16, 12), (22, 12)), ((10.5, 7.5), (13.5, 16.5))),
    "elder": (
        _circle(10, 4.5, 2.6),
        ((9.5, 9.5), (8, 14.5), (5, 21)),
        ((8, 14.5), (12, 16.5), (12, 21)),
        ((9.5, 9.5), (13, 12.5), (19, 12.5), (19, 21)),
    ),
    "disabled": (
        _circle(9.5, 4, 2.4),
        ((9.5, 8.5), (10, 13.5), (16, 13.5), (19, 19), (22, 19)),
        ((10, 10.5), (15, 10.5)),
        _arc(9.5, 16, 5.5, 225, 30),
    ),
    "pregnant": (
        _circle(11, 4, 2.6),
        ((10, 9), (8.5, 14), (8.5, 21)),
        ((10, 9), (14, 10.5), (16.5, 14), (13.5, 16), (13, 21)),
    ),
    "child": (
        _circle(7.5, 5, 2.8),
        ((4, 21), (4, 10.5), (11, 10.5), (14, 15.5)),
        ((9.5, 15), (9.5, 21)),
        _circle(17.5, 11, 2.2),
        ((15.5, 21), (15.5, 16), (19.8, 16), (19.8, 21)),
    ),
    "merit": (
        ((6, 2), (10, 9.3)),
        ((18, 2), (14, 9.3)),
        _circle(12, 15, 6),
        ((12, 12.5), (12, 17.5)),
        ((9.5, 15), (14.5, 15)),
    ),
    "erase": (
        ((8, 5), (22, 5), (22, 19), (8, 19), (2, 12), (8, 5)),
        ((12, 9.5), (17, 14.5)),
        ((17, 9.5), (12, 14.5)),
    ),
    "info": (_circle(12, 12, 9), ((12, 11), (12, 16.5))),
    "question": (_circle(12, 12, 9), (*_arc(12, 9.6, 2.9, 180, 400), (12, 12.6), (12, 14))),
    "place": ((*_arc(12, 10, 7, 150, 390), (12, 22), _arc(12, 10, 7, 150, 390)[0]), _circle(12, 10, 2.5)),
    "phone": (((6.5, 2), (17.5, 2), (17.5, 22), (6.5, 22), (6.5, 2)), ((10.5, 18.7), (13.5, 18.7))),
    "lunch": (((4, 9), (17, 9), (17, 13), (14, 19), (7, 19), (4, 13), (4, 9)), _arc(17.5, 12, 3, -60, 60)),
}

# name -> shapes to fill in addition
FILLS: dict[str, tuple[Path, ...]] = {
    "contrast": ((*_arc(12, 12, 9, 90, 270), (12, 3)),),
    "warning": (_circle(12, 17.5, 1.1),),
    "info": (_circle(12, 7.5, 1.2),),
    "question": (_circle(12, 17, 1.2),),
    "money": (_circle(5.7, 12, 0.9), _circle(18.3, 12, 0.9)),
    "person-filled": (_circle(12, 7, 4.4), ((4, 22), (4, 16.5), (8.1, 13), (15.9, 13), (20, 16.5), (20, 22))),
    "disc": (_circle(12, 12, 9.5),),
}


@lru_cache(maxsize=256)
def icon(name: str, px: int, colour: Rgb, stroke: float) -> pygame.Surface:
    """Return the icon, ``px`` pixels square. ``stroke``: line width in units of the grid.

    Raises ``KeyError`` for an unknown name.
    """
    if name not in STROKES and name not in FILLS:
        raise KeyError(name)
    scale = px * SUPERSAMPLING / 24
    enlarged = pygame.Surface((px * SUPERSAMPLING, px * SUPERSAMPLING), pygame.SRCALPHA)
    enlarged.fill((*colour, 0))
    for path in FILLS.get(name, ()):
        pygame.draw.polygon(enlarged, colour, [(x * scale, y * scale) for x, y in path])
    for path in STROKES.get(name, ()):
        _draw_stroke(enlarged, colour, [(x * scale, y * scale) for x, y in path], stroke * scale)
    return pygame.transform.smoothscale(enlarged, (px, px))


def _draw_stroke(enlarged: pygame.Surface, colour: Rgb, points: list[Point], width: float) -> None:
    """Draw a line of even width with round ends and corners."""
    half = width / 2
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        if length == 0:
            continue
        dx, dy = (y1 - y0) / length * half, (x0 - x1) / length * half
        pygame.draw.polygon(
            enlarged, colour, [(x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)]
        )
    for point in points:
        pygame.draw.circle(enlarged, colour, point, half)
