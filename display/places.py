"""Where things stand on the hall display, in millimetres of a 43" television, lying or standing."""

from dataclasses import dataclass

from hardware.screens.scene import Box

MARGIN = 24.0
# Grounds go on beyond the canvas: a panel of another shape has no strip of another colour at its edge.
BEYOND = 600.0


@dataclass(frozen=True, slots=True)
class Places:
    """``calls``: the five rows. ``waiting``: one box a column, ``lines`` rows of ``line_high`` in each.

    ``arrow`` and ``counter``: the middle of the arrow and of the counter's number in a row.
    ``call``: the yellow ground; ``recent``: what was called before, under it.
    """

    canvas: tuple[float, float]
    head_high: float
    band: Box
    date: Box
    clock: Box
    heads_y: float
    calls: Box
    row_high: float
    number_em: float
    arrow: float
    counter: float
    waiting: tuple[Box, ...]
    waiting_head_y: float
    lines: int
    line_high: float
    footer_high: float
    stale_high: float
    two_lines: bool
    call: Box
    call_number: Box
    call_arrow: Box | None
    call_tile: Box
    call_head: Box
    recent_y: float
    recent_columns: int
    recent_high: float

    @property
    def ground(self) -> Box:
        return Box(-BEYOND, -BEYOND, self.canvas[0] + 2 * BEYOND, self.canvas[1] + 2 * BEYOND)

    @property
    def footer(self) -> Box:
        return Box(0, self.canvas[1] - self.footer_high, self.canvas[0], self.footer_high)

    @property
    def stale(self) -> Box:
        return Box(0, self.canvas[1] - self.stale_high, self.canvas[0], self.stale_high)

    @property
    def a_page(self) -> int:
        return self.lines * len(self.waiting)


LYING = Places(
    canvas=(941, 529),
    head_high=54,
    band=Box(318, 7, 330, 40),
    date=Box(650, 16, 155, 22),
    clock=Box(812, 6, 105, 42),
    heads_y=69,
    calls=Box(24, 84, 600, 390),
    row_high=78,
    number_em=76,
    arrow=415,
    counter=535,
    waiting=(Box(656, 84, 261, 392),),
    waiting_head_y=69,
    lines=7,
    line_high=56,
    footer_high=44,
    stale_high=52,
    two_lines=False,
    call=Box(0, 54, 941, 346),
    call_number=Box(24, 140, 552, 228),
    call_arrow=Box(577, 213, 84, 84),
    call_tile=Box(692, 136, 225, 226),
    call_head=Box(24, 66, 893, 66),
    recent_y=420,
    recent_columns=3,
    recent_high=98,
)

STANDING = Places(
    canvas=(529, 941),
    head_high=74,
    band=Box(24, 2, 481, 16),
    date=Box(345, 56, 160, 16),
    clock=Box(385, 20, 120, 34),
    heads_y=94,
    calls=Box(24, 110, 481, 480),
    row_high=96,
    number_em=92,
    arrow=347,
    counter=436,
    waiting=(Box(24, 636, 228, 212), Box(277, 636, 228, 212)),
    waiting_head_y=621,
    lines=4,
    line_high=53,
    footer_high=74,
    stale_high=74,
    two_lines=True,
    call=Box(0, 76, 529, 600),
    call_number=Box(24, 150, 481, 190),
    call_arrow=None,
    call_tile=Box(192, 398, 313, 220),
    call_head=Box(24, 88, 481, 56),
    recent_y=696,
    recent_columns=1,
    recent_high=74,
)


def places(width_px: int, height_px: int) -> Places:
    """The layout for a panel of this shape."""
    return LYING if width_px >= height_px else STANDING


def across(box: Box) -> Box:
    """``box`` from edge to edge of any panel."""
    return Box(-BEYOND, box.y, box.w + 2 * BEYOND, box.h)


def downwards(box: Box) -> Box:
    """``box`` from edge to edge and to the lower end of any panel."""
    return Box(-BEYOND, box.y, box.w + 2 * BEYOND, box.h + BEYOND)
