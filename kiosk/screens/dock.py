"""The dock: buttons for language and accessibility, at the same place on every screen. Lengths are in mm."""

from config.words import LANGUAGES
from hardware.screens.scene import Box, Piece, Rectangle, Segment
from hardware.screens.theme import Colour
from kiosk.flow.taps import ChooseLanguage, SwitchContrast, SwitchLargeText, SwitchLowReach, Tap
from kiosk.screens.view import CONTENT_WIDTH, DOCK_Y, HEIGHT, MARGIN, WIDTH, KioskView, Pieces
from kiosk.screens.widgets import button, split_columns

_DockButton = tuple[Tap, str, str | None, bool]
"""(tap, text, icon, whether it is switched on)"""


def dock(view: KioskView) -> Pieces:
    """Draw the dock of a portrait panel."""
    dock_box = Box(0, DOCK_Y, WIDTH, HEIGHT - DOCK_Y)
    return (
        Rectangle(dock_box, Colour.DOCK),
        Segment(0, DOCK_Y, WIDTH, DOCK_Y),
        *dock_buttons(view, MARGIN, CONTENT_WIDTH, (DOCK_Y + 6, DOCK_Y + 30)),
    )


def dock_buttons(view: KioskView, x: float, width: float, row_ys: tuple[float, float]) -> Pieces:
    """Draw the buttons of the dock in two rows, at the heights ``row_ys``.

    A landscape panel is low as a whole and has no button for low reach.
    """
    words, access = view.words, view.visit.access
    language_buttons: list[_DockButton] = [
        (ChooseLanguage(language), LANGUAGES.get(language, language), None, language == access.language)
        for language in view.settings.languages
    ]
    access_buttons: list[_DockButton] = [
        (SwitchLargeText(), words("kiosk", "Chữ to"), "bigger", access.large_text),
        (SwitchContrast(), words("kiosk", "Tương phản"), "contrast", access.contrast),
    ]
    if not view.landscape:
        access_buttons.append((SwitchLowReach(), words("kiosk", "Nút thấp"), "lower", access.low_reach))
    pieces: list[Piece] = []
    for y, buttons in zip(row_ys, (language_buttons, access_buttons), strict=True):
        for box, (tap, text, icon, is_on) in zip(
            split_columns(Box(x, y, width, 20), len(buttons), 4), buttons, strict=True
        ):
            pieces += button(view, tap, box, text, icon="check" if is_on else icon, size=7.8, bold=is_on, filled=is_on)
    return tuple(pieces)
