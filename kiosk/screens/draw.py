"""Draw the scene of a state. The question "Are you still there?" lies over the screen. Lengths are in mm."""

from collections.abc import Callable, Mapping

from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Circle, Label, Rectangle, Scene, Shade, Target, TextAlign, moved
from hardware.screens.theme import CONTRAST, DAY, Colour, Theme
from kiosk.flow.idle import seconds_left
from kiosk.flow.state import KioskState, ScreenName
from kiosk.flow.taps import GoHome, StayHere
from kiosk.screens.confirm import confirm
from kiosk.screens.home import home
from kiosk.screens.issue import no_paper, working
from kiosk.screens.notice import notice
from kiosk.screens.paragraphs import Paragraph, split_sentences, stack
from kiosk.screens.priority import priority
from kiosk.screens.procedure import procedure
from kiosk.screens.procedures import procedures
from kiosk.screens.result import result
from kiosk.screens.search import search
from kiosk.screens.services import groups, services
from kiosk.screens.view import (
    CONTENT_WIDTH,
    HEIGHT,
    LANDSCAPE_HEIGHT,
    LANDSCAPE_LEFT,
    LANDSCAPE_TOP,
    LANDSCAPE_WIDTH,
    MARGIN,
    WIDTH,
    KioskView,
)
from kiosk.screens.widgets import button

_SCREENS: Mapping[ScreenName, Callable[[KioskView], Scene]] = {
    ScreenName.HOME: home,
    ScreenName.GROUPS: groups,
    ScreenName.SERVICES: services,
    ScreenName.PROCEDURES: procedures,
    ScreenName.SEARCH: search,
    ScreenName.PROCEDURE: procedure,
    ScreenName.CONFIRM: confirm,
    ScreenName.PRIORITY: priority,
    ScreenName.NO_PAPER: no_paper,
    ScreenName.WORKING: working,
    ScreenName.RESULT: result,
    ScreenName.NOTICE: notice,
}

DIALOG_Y = 174.0  # the top of the question's dialog


def make_panel(width_px: int, height_px: int, width_mm: float) -> Panel:
    """Return the panel with the kiosk's canvas, portrait or landscape."""
    canvas = (WIDTH, HEIGHT) if height_px > width_px else (LANDSCAPE_WIDTH, LANDSCAPE_HEIGHT)
    return Panel(width_px, height_px, width_mm, canvas_mm=canvas)


def draw(view: KioskView) -> Scene:
    """Return the scene of the view's state."""
    scene = _SCREENS[view.visit.screen](view)
    is_asking = view.visit.idle_question_at_s is not None
    if not view.landscape:
        return (*scene, *_still_there_question(view, Box(0, 0, WIDTH, HEIGHT))) if is_asking else scene
    scene = moved(scene, -LANDSCAPE_LEFT, -LANDSCAPE_TOP)
    if not is_asking:
        return scene
    # The question is centred on the whole panel, not on the content beside the side column.
    shift = (LANDSCAPE_WIDTH - WIDTH) / 2
    question = moved(
        _still_there_question(view, Box(-shift, DIALOG_Y - 4, LANDSCAPE_WIDTH, LANDSCAPE_HEIGHT)), shift, 4 - DIALOG_Y
    )
    return (*scene, *question)


def theme_of(state: KioskState) -> Theme:
    """Return the colours that the visitor chose."""
    return CONTRAST if state.visit.access.contrast else DAY


def _still_there_question(view: KioskView, whole_canvas: Box) -> Scene:
    """Draw the question over everything, with a countdown."""
    words, countdown_s = view.words, seconds_left(view.state, view.now) or 0
    dialog = Box(MARGIN, DIALOG_Y, CONTENT_WIDTH, 260)
    stay_box, leave_box = Box(MARGIN + 16, 330, CONTENT_WIDTH - 32, 52), Box(MARGIN + 16, 388, CONTENT_WIDTH - 32, 36)
    text = words("kiosk", "Về màn hình chính sau {seconds} giây. Chạm để tiếp tục.", seconds=countdown_s)
    paragraphs = [
        Paragraph(sentence, 13 * (1.15 if view.large_text else 1.0), bold=True, max_lines=3)
        for sentence in split_sentences(text)
    ]
    return (
        Shade(whole_canvas),
        Target(StayHere(), whole_canvas, words("kiosk", "TIẾP TỤC"), fill=None, pressed_fill=None, edge_colour=None),
        Rectangle(
            dialog,
            Colour.SURFACE,
            edge_colour=Colour.LINE_STRONG if view.visit.access.contrast else None,
            edge_mm=1.0,
            radius_mm=3,
        ),
        Circle(WIDTH / 2, 226, 36, Colour.LINE, 5),
        Circle(WIDTH / 2, 226, 36, Colour.ACCENT, 5, min(1.0, countdown_s / view.settings.ask_s)),
        Label(Box(WIDTH / 2 - 30, 206, 60, 40), str(countdown_s), 34, bold=True, align=TextAlign.CENTRE),
        *stack(view, Box(MARGIN + 12, 266, CONTENT_WIDTH - 24, 56), paragraphs, align=TextAlign.CENTRE),
        *button(view, StayHere(), stay_box, words("kiosk", "TIẾP TỤC"), size=17, bold=True, filled=True),
        *button(view, GoHome(), leave_box, words("kiosk", "Màn hình chính"), icon="home", size=11, bold=True),
    )
