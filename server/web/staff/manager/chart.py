"""The layout of a bar chart for the SVG in ``templates/staff/chart.html``.

All positions of bars, grid lines and labels are in px of the SVG's view box.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 230.0
LEFT_MARGIN, RIGHT_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 34.0, 6.0, 30.0, 26.0
MAX_BAR_WIDTH = 44.0
MAX_GRID_LINES = 4
_ROUND_STEPS = (1, 2, 5)
"""Distances of grid lines, times a power of ten."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``hatched`` marks it (over the target) without colour.

    ``x``, ``y``: its upper left corner; ``centre``: the x of its two texts, ``value`` above it (empty for 0) and
    ``label`` under the axis (empty where it is left out).
    """

    x: float
    y: float
    width: float
    height: float
    centre: float
    value: str
    label: str
    hatched: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    """A horizontal grid line and its label."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The layout of a chart. ``target_x``: a vertical line between two bars, the target; None without one.

    ``left``, ``right``, ``floor`` and ``ceiling``: the edges of the area that has the bars.
    """

    bars: Sequence[Bar]
    grid_lines: Sequence[GridLine]
    target_x: float | None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT_MARGIN
    right: float = WIDTH - RIGHT_MARGIN
    floor: float = HEIGHT - BOTTOM_MARGIN
    ceiling: float = TOP_MARGIN


@dataclass(frozen=True, slots=True)
class Column:
    """The data of a bar: label, count, and whether it is hatched (over the target)."""

    label: str
    count: int
    hatched: bool = False


def bar_chart(columns: Sequence[Column], *, label_every: int = 1, first_label: int = 0) -> Chart:
    """Return a chart of ``columns``, with the target before the first hatched column.

    Every ``label_every``-th column from ``first_label`` on has a label under the axis.
    """
    max_count = max((column.count for column in columns), default=0)
    step = _step(max_count)
    axis_max = max(step * -(-max_count // step), step)
    slot_width = (WIDTH - LEFT_MARGIN - RIGHT_MARGIN) / max(1, len(columns))  # of a bar with the gaps beside it
    bars = [
        _bar(
            column,
            LEFT_MARGIN + slot_width * index,
            slot_width,
            axis_max,
            with_label=(index - first_label) % label_every == 0,
        )
        for index, column in enumerate(columns)
    ]
    grid_lines = [GridLine(_y(value, axis_max), str(value)) for value in range(0, axis_max + 1, step)]
    first_hatched = next((index for index, column in enumerate(columns) if column.hatched), None)
    target_x = None if first_hatched is None else round(LEFT_MARGIN + slot_width * first_hatched, 1)
    return Chart(bars, grid_lines, target_x)


def _bar(column: Column, slot_x: float, slot_width: float, axis_max: int, *, with_label: bool) -> Bar:
    """Return the bar in the slot that begins at ``slot_x``."""
    y, width = _y(column.count, axis_max), min(slot_width * 0.8, MAX_BAR_WIDTH)
    return Bar(
        x=round(slot_x + (slot_width - width) / 2, 1),
        y=y,
        width=round(width, 1),
        height=round(HEIGHT - BOTTOM_MARGIN - y, 1),
        centre=round(slot_x + slot_width / 2, 1),
        value=str(column.count) if column.count else "",
        label=column.label if with_label else "",
        hatched=column.hatched,
    )


def _y(value: int, axis_max: int) -> float:
    """Return the position of a value on the vertical axis."""
    return round(HEIGHT - BOTTOM_MARGIN - (HEIGHT - BOTTOM_MARGIN - TOP_MARGIN) * value / axis_max, 1)


def _step(max_count: int) -> int:
    """Return a round distance for at most ``MAX_GRID_LINES`` grid lines above zero."""
    magnitude = 1
    while True:
        for step in _ROUND_STEPS:
            if step * magnitude * MAX_GRID_LINES >= max_count:
                return step * magnitude
        magnitude *= 10
