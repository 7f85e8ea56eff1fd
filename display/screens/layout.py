"""The layouts of the hall display, in millimetres of a 43" television: landscape and portrait."""

from dataclasses import dataclass

from hardware.screens.scene import Box

MARGIN = 24.0
# Backgrounds extend beyond the canvas by this bleed, so that a panel of another shape has no strip of another colour at
# its edge.
BLEED = 600.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The positions of everything on one shape of panel, in millimetres.

    ``mode_band``: the warning of a demonstration or practice. ``footer_height``: of the message band. ``headings_y``:
    the middle of the headings over ``calls``, the box of the five rows, and ``waiting_heading_y`` of those over the
    waiting list. ``number_em``: the greatest font size in a row; ``arrow_x`` and ``counter_x``: the middle of the arrow
    and of the counter's number. ``waiting``: one box per column, with ``lines_per_column`` lines of ``line_height``.
    ``stale_height``: of the band that warns of an old board. ``call``: the yellow background of a call, with number,
    arrow and the counter's tile; ``recent_y``: the middle of the heading of the earlier calls below it, in
    ``recent_columns`` columns. ``is_narrow``: the header, the message and the service need two lines each.
    """

    canvas: tuple[float, float]
    header_height: float
    mode_band: Box
    date: Box
    clock: Box
    headings_y: float
    calls: Box
    row_height: float
    number_em: float
    arrow_x: float
    counter_x: float
    waiting: tuple[Box, ...]
    waiting_heading_y: float
    lines_per_column: int
    line_height: float
    footer_height: float
    stale_height: float
    is_narrow: bool
    call: Box
    call_number: Box
    call_arrow: Box | None
    call_tile: Box
    call_heading: Box
    recent_y: float
    recent_columns: int
    recent_height: float

    @property
    def background(self) -> Box:
        """The background of the whole screen."""
        return Box(-BLEED, -BLEED, self.canvas[0] + 2 * BLEED, self.canvas[1] + 2 * BLEED)

    @property
    def footer(self) -> Box:
        """The message band at the bottom."""
        return Box(0, self.canvas[1] - self.footer_height, self.canvas[0], self.footer_height)

    @property
    def stale_band(self) -> Box:
        """The warning that the board is out of date, in place of the message band."""
        return Box(0, self.canvas[1] - self.stale_height, self.canvas[0], self.stale_height)

    @property
    def lines_per_page(self) -> int:
        """The number of services on one page of the waiting list."""
        return self.lines_per_column * len(self.waiting)


LANDSCAPE = Layout(
    canvas=(941, 529),
    header_height=54,
    mode_band=Box(318, 7, 330, 40),
    date=Box(650, 16, 155, 22),
    clock=Box(812, 6, 105, 42),
    headings_y=69,
    calls=Box(24, 84, 600, 390),
    row_height=78,
    number_em=76,
    arrow_x=415,
    counter_x=535,
    waiting=(Box(656, 84, 261, 392),),
    waiting_heading_y=69,
    lines_per_column=7,
    line_height=56,
    footer_height=44,
    stale_height=52,
    is_narrow=False,
    call=Box(0, 54, 941, 346),
    call_number=Box(24, 140, 552, 228),
    call_arrow=Box(577, 213, 84, 84),
    call_tile=Box(692, 136, 225, 226),
    call_heading=Box(24, 66, 893, 66),
    recent_y=420,
    recent_columns=3,
    recent_height=98,
)

PORTRAIT = Layout(
    canvas=(529, 941),
    header_height=74,
    mode_band=Box(24, 2, 481, 16),
    date=Box(345, 56, 160, 16),
    clock=Box(385, 20, 120, 34),
    headings_y=94,
    calls=Box(24, 110, 481, 480),
    row_height=96,
    number_em=92,
    arrow_x=347,
    counter_x=436,
    waiting=(Box(24, 636, 228, 212), Box(277, 636, 228, 212)),
    waiting_heading_y=621,
    lines_per_column=4,
    line_height=53,
    footer_height=74,
    stale_height=74,
    is_narrow=True,
    call=Box(0, 76, 529, 600),
    call_number=Box(24, 150, 481, 190),
    call_arrow=None,
    call_tile=Box(192, 398, 313, 220),
    call_heading=Box(24, 88, 481, 56),
    recent_y=696,
    recent_columns=1,
    recent_height=74,
)


def layout_for(width_px: int, height_px: int) -> Layout:
    """Return the layout for a panel of this shape."""
    return LANDSCAPE if width_px >= height_px else PORTRAIT


def full_width(box: Box) -> Box:
    """Return ``box`` from edge to edge of any panel."""
    return Box(-BLEED, box.y, box.w + 2 * BLEED, box.h)


def to_lower_edge(box: Box) -> Box:
    """Return ``box`` from edge to edge and to the lower edge of any panel."""
    return Box(-BLEED, box.y, box.w + 2 * BLEED, box.h + BLEED)
