"""Build the scene of a view: board, call or text, in millimetres. Pure."""

from config.words import Words
from display.screens import board, call, waiting_list, widgets
from display.screens.layout import MARGIN, Layout
from display.screens.view import DisplayView, ScreenKind
from display.screens.widgets import Pieces
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Label, Rectangle, Scene, TextAlign
from hardware.screens.theme import Colour


def scene_of(view: DisplayView, layout: Layout, panel: Panel, words: Words) -> Scene:
    """Return the pieces to draw for ``view``, back to front."""
    background = Rectangle(layout.background, Colour.NIGHT)
    header = widgets.header(view.header, view.logo, layout, panel)
    if view.kind is ScreenKind.TEXT:
        return (background, *header, *_text(view.text, layout))
    if view.kind is ScreenKind.CALL and view.call_panel is not None:
        call_pieces = call.call_panel(view.call_panel, layout, panel, words)
        return (background, *header, *call_pieces, *call.recent_calls(view.rows, layout, words))
    return (
        background,
        *header,
        *board.called_numbers(view, layout, panel, words),
        *waiting_list.heading(layout, words),
        *waiting_list.page(view, layout, panel, words),
        *_bottom_band(view, layout, panel, words),
    )


def _text(text: str, layout: Layout) -> Pieces:
    """Draw the only text of a screen without a board."""
    width, height = layout.canvas
    box = Box(MARGIN * 2, layout.header_height, width - 4 * MARGIN, height - 2 * layout.header_height)
    return (Label(box, text, 40.0, Colour.ON_NIGHT, bold=True, align=TextAlign.CENTRE, max_lines=6, leading=1.25),)


def _bottom_band(view: DisplayView, layout: Layout, panel: Panel, words: Words) -> Pieces:
    """Draw the warning that the board is out of date, else the message."""
    if view.stale_warning is not None:
        return widgets.stale_band(view.stale_warning, layout)
    return () if view.message is None else widgets.message_band(view.message, layout, panel, words)
