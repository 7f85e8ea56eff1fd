"""The data that kiosk screens are drawn from, and the layout that all screens share.

Positions are in millimetres of the canvas.
"""

from dataclasses import dataclass

from config.clock import Now
from config.words import Words
from hardware.screens import fonts
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Piece
from kiosk.flow.hall import HallData
from kiosk.flow.state import FlowSettings, KioskState, Visit

WIDTH, HEIGHT = 299.0, 532.0  # of a portrait panel
MARGIN = 16.0
CONTENT_WIDTH = WIDTH - 2 * MARGIN
CONTENT_TOP = 53.0
LOW_REACH_TOP = 213.0  # the top of the content with low reach
CONTENT_BOTTOM = 434.0
# The button that requests a number lies below the rows of all screens, so that a double touch on a row never requests
# one.
ROWS_BOTTOM = 390.0
TAKE_NUMBER_BOX = Box(MARGIN, 394.0, CONTENT_WIDTH, 42.0)
NAV_Y = 442.0  # the top of the navigation buttons
DOCK_Y = 476.0
# A landscape panel shows the part of the portrait canvas that low reach uses, and a side column left of it (so its x is
# negative) for header, title and dock. So content has the same positions in both orientations.
LANDSCAPE_WIDTH, LANDSCAPE_HEIGHT = 476.0, 268.0
LANDSCAPE_LEFT, LANDSCAPE_TOP = -172.0, 206.0
SIDE_BOX = Box(LANDSCAPE_LEFT + 14, LANDSCAPE_TOP + 86, 140, 96)  # for the heading, in the side column
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"

Pieces = tuple[Piece, ...]
"""Shapes and texts of a part of a screen, back to front."""


@dataclass(frozen=True, slots=True)
class KioskView:
    """The data of one drawing: state, texts of its language, moment and panel."""

    state: KioskState
    words: Words
    now: Now
    panel: Panel

    @property
    def visit(self) -> Visit:
        """Return the current visit."""
        return self.state.visit

    @property
    def hall(self) -> HallData:
        """Return the data received from the server."""
        return self.state.hall

    @property
    def settings(self) -> FlowSettings:
        """Return the kiosk's settings."""
        return self.state.settings

    @property
    def scale(self) -> float:
        """Return the factor of text sizes: 1.3 for larger text."""
        return 1.3 if self.large_text else 1.0

    @property
    def large_text(self) -> bool:
        """Return whether the visitor wants larger text."""
        return self.visit.access.large_text

    @property
    def landscape(self) -> bool:
        """Return whether the panel is wider than it is high."""
        return self.panel.canvas_mm[0] > self.panel.canvas_mm[1]

    @property
    def low_reach(self) -> bool:
        """Return whether the content takes only the lower part of the canvas.

        A landscape panel has only that part.
        """
        return self.visit.access.low_reach or self.landscape

    @property
    def top(self) -> float:
        """Return the top of content that does not move down for low reach."""
        return LOW_REACH_TOP if self.landscape else CONTENT_TOP

    @property
    def zone(self) -> str:
        """Return the office's time zone."""
        return self.hall.office.zone if self.hall.office else DEFAULT_ZONE

    def line_count(self, text: str, size: float, max_width: float, *, bold: bool) -> int:
        """Return how many lines ``text`` takes. ``size`` (em) and ``max_width`` are in mm."""
        return len(fonts.wrap(text, self.panel.em_px(size), self.panel.px(max_width), bold=bold))

    def text_width(self, text: str, size: float, *, bold: bool) -> float:
        """Return how wide ``text`` is on one line, in mm."""
        return fonts.width_px(fonts.normalize(text), self.panel.em_px(size), bold=bold) / self.panel.px_per_mm
