"""Choose places of a kiosk's panel to touch, one for each class of like places.

Two places are alike when the same targets lie under both on every scene that was on the screen. Of each such class one
place is touched, and of each target its middle and the pixels on both sides of its corners. A coarse grid is touched
too, in case the place itself matters.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Scene, Shade, Target
from kiosk.control_port import name_of_tap
from kiosk.flow.taps import Tap

Place = tuple[int, int]
Offered = tuple[Hashable, str, Box, bool] | None
"""The target at a place: id, label, box, and whether it is a keyboard key. None: no target."""


def places(scenes: Sequence[Scene], panel: Panel, grid_mm: float) -> list[Place]:
    """Return a place of each class, places at the last scene's targets, and a grid."""
    chosen = dict.fromkeys(representatives(scenes, panel))
    for target in touchable(scenes[-1]):
        chosen |= dict.fromkeys((middle(target, panel), *_corners(target, panel)))
    return list(chosen | dict.fromkeys(_grid(panel, grid_mm)))


def tap_of(target: Target) -> Tap:
    """Return the tap that a kiosk's target stands for."""
    assert isinstance(target.id, Tap)
    return target.id


def name_of(target: Target) -> str:
    """Return the name of a kiosk's target on its control port."""
    return name_of_tap(tap_of(target))


def touchable(scene: Scene) -> list[Target]:
    """Return the targets above the last shade, from back to front."""
    shade = max((at for at, piece in enumerate(scene) if isinstance(piece, Shade)), default=-1)
    return [piece for piece in scene[shade + 1 :] if isinstance(piece, Target)]


def middle(target: Target, panel: Panel) -> Place:
    box = target.box
    return panel.rect(box.x + box.w / 2, box.y + box.h / 2, 1, 1)[:2]


def representatives(scenes: Sequence[Scene], panel: Panel) -> Iterator[Place]:
    """Yield the middle of the largest cell of each class. The targets' edges divide the panel into cells."""
    layers = [[(target, _edges(target, panel)) for target in touchable(scene)] for scene in scenes]
    rects = [rect for layer in layers for _, rect in layer]
    xs = sorted({0, panel.width_px, *(x for left, _, right, _ in rects for x in (left, right))})
    ys = sorted({0, panel.height_px, *(y for _, top, _, bottom in rects for y in (top, bottom))})
    covers = [_cover(layer, xs, ys) for layer in layers]
    largest: dict[tuple[Offered, ...], tuple[int, Place]] = {}
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for column, (left, right) in enumerate(pairwise(xs)):
            alike = tuple(cover[row][column] for cover in covers)
            size = (right - left) * (bottom - top)
            if alike not in largest or size > largest[alike][0]:
                largest[alike] = size, ((left + right) // 2, (top + bottom) // 2)
    return (place for _, place in largest.values())


def _cover(
    layer: Sequence[tuple[Target, tuple[int, int, int, int]]], xs: Sequence[int], ys: Sequence[int]
) -> list[list[Offered]]:
    """Return the topmost target of each cell, row by row."""
    rows: list[list[Offered]] = [[None] * (len(xs) - 1) for _ in range(len(ys) - 1)]
    for target, (left, top, right, bottom) in layer:
        first, last = bisect_left(xs, left), bisect_left(xs, right)
        offered = (target.id, target.label, target.box, target.quick)
        for row in range(bisect_left(ys, top), bisect_left(ys, bottom)):
            rows[row][first:last] = [offered] * (last - first)
    return rows


def _edges(target: Target, panel: Panel) -> tuple[int, int, int, int]:
    """Return the target's left, top, right and bottom pixel edge within the panel."""
    left, top, wide, high = panel.rect(target.box.x, target.box.y, target.box.w, target.box.h)
    x, y = panel.width_px, panel.height_px
    return min(max(left, 0), x), min(max(top, 0), y), min(max(left + wide, 0), x), min(max(top + high, 0), y)


def _corners(target: Target, panel: Panel) -> Iterator[Place]:
    """Yield the pixels on both sides of two opposite corners, within the panel."""
    left, top, right, bottom = _edges(target, panel)
    for x, y in ((left, top), (right - 1, bottom - 1), (left - 1, top - 1), (right, bottom)):
        if 0 <= x < panel.width_px and 0 <= y < panel.height_px:
            yield x, y


def _grid(panel: Panel, grid_mm: float) -> Iterator[Place]:
    wide, high = panel.canvas_mm
    for row in range(int(high // grid_mm)):
        for column in range(int(wide // grid_mm)):
            yield panel.rect((column + 0.5) * grid_mm, (row + 0.5) * grid_mm, 1, 1)[:2]
