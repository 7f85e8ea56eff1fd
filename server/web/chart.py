"""A bar chart as data for the SVG template: where each bar, grid line and label goes, in px of the view box.

The drawing is in ``templates/chart.svg``; the same rows stand in a table under it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 6.0, 30.0, 26.0
WIDEST = 44.0
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``hatched`` marks it without colour (over the target). ``label`` is empty where it is left out."""

    x: float
    y: float
    width: float
    height: float
    centre: float
    value: str
    label: str
    hatched: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A grid line and its figure."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """``mark`` is where a vertical line stands (the target), between two bars."""

    bars: Sequence[Bar]
    lines: Sequence[Line]
    mark: float | None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    floor: float = HEIGHT - BOTTOM
    ceiling: float = TOP


@dataclass(frozen=True, slots=True)
class Column:
    """What a bar stands for: its name, how many, and whether it lies over the target."""

    label: str
    n: int
    hatched: bool = False


def bars(columns: Sequence[Column], *, every: int = 1, first: int = 0) -> Chart:
    """A chart of ``columns``; every ``every``-th name from ``first`` on is written under the axis.

    The mark stands before the first hatched column.
    """
    most = max((column.n for column in columns), default=0)
    step = _step(most)
    top = max(step * -(-most // step), step)
    room = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    drawn = [
        _bar(column, LEFT + room * i, room, top, named=(i - first) % every == 0) for i, column in enumerate(columns)
    ]
    lines = [Line(_y(value, top), str(value)) for value in range(0, top + 1, step)]
    over = next((i for i, column in enumerate(columns) if column.hatched), None)
    return Chart(drawn, lines, None if over is None else round(LEFT + room * over, 1))


def _bar(column: Column, x: float, room: float, top: int, *, named: bool) -> Bar:
    y, width = _y(column.n, top), min(room * 0.8, WIDEST)
    return Bar(
        x=round(x + (room - width) / 2, 1),
        y=y,
        width=round(width, 1),
        height=round(HEIGHT - BOTTOM - y, 1),
        centre=round(x + room / 2, 1),
        value=str(column.n) if column.n else "",
        label=column.label if named else "",
        hatched=column.hatched,
    )


def _y(value: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top, 1)


def _step(most: int) -> int:
    """A round distance of grid lines, at most four of them above zero."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size * 4 >= most:
                return step * size
        size *= 10
