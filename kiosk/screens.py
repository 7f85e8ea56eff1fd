"""Which screen is drawn how: state in, scene out, and the question whether anybody is still there."""

from collections.abc import Callable, Mapping

from hardware.screens.panel import Panel
from hardware.screens.scene import Align, Box, Circle, Ground, Label, Piece, Scene, Shade, Target, moved
from hardware.screens.theme import CONTRAST, DAY, Theme, Token
from kiosk import choosing, notice, number, search_screen, taking
from kiosk.card import card
from kiosk.flow import seconds_left
from kiosk.parts import HEIGHT, INNER, LEFT, MARGIN, TALL, UP, WIDE, WIDTH, Say, View, key, sentences, stack
from kiosk.state import Screen, State

_SCREENS: Mapping[Screen, Callable[[View], Scene]] = {
    Screen.HOME: choosing.home,
    Screen.SERVICES: choosing.services,
    Screen.PROCEDURES: choosing.procedures,
    Screen.SEARCH: search_screen.search,
    Screen.CARD: card,
    Screen.CONFIRM: taking.confirm,
    Screen.PRIORITY: taking.priority,
    Screen.NO_PAPER: taking.no_paper,
    Screen.WORKING: taking.working,
    Screen.RESULT: number.result,
    Screen.NOTICE: notice.notice,
}


DIALOG = 174.0


def panel_of(width_px: int, height_px: int, width_mm: float) -> Panel:
    """The kiosk's canvas on a panel: portrait or landscape, as the panel stands."""
    canvas = (WIDTH, HEIGHT) if height_px > width_px else (WIDE, TALL)
    return Panel(width_px, height_px, width_mm, canvas_mm=canvas)


def draw(view: View) -> Scene:
    """The scene of the present state."""
    scene = _SCREENS[view.state.screen](view)
    asking = view.state.asked_s is not None
    if not view.landscape:
        return (*scene, *_still_there(view, Box(0, 0, WIDTH, HEIGHT))) if asking else scene
    scene = moved(scene, -LEFT, -UP)
    if not asking:
        return scene
    # The question stands in the middle of the whole panel, not of the content's column.
    aside = (WIDE - WIDTH) / 2
    question = moved(_still_there(view, Box(-aside, DIALOG - 4, WIDE, TALL)), aside, 4 - DIALOG)
    return (*scene, *question)


def theme_of(state: State) -> Theme:
    return CONTRAST if state.access.contrast else DAY


def described(state: State) -> dict[str, object]:
    """The state in words for the control port: what a test or the virtual hall may rely on."""
    return {
        "screen": str(state.screen),
        "page": state.page,
        "language": state.access.language,
        "big": state.access.big,
        "contrast": state.access.contrast,
        "lowered": state.access.lowered,
        "service": state.service,
        "procedure": state.procedure,
        "priority": state.priority,
        "number": state.ticket.number if state.ticket else None,
        "ticket": state.ticket.id if state.ticket else None,
        "slip": str(state.slip) if state.slip else None,
        "trouble": str(state.trouble) if state.trouble else None,
        "help": str(state.help),
        "asking": state.asked_s is not None,
        "stale": state.stale,
    }


def _still_there(view: View, whole_canvas: Box) -> Scene:
    """A countdown over everything: touch to go on."""
    words, left = view.words, seconds_left(view.state, view.now) or 0
    dialog = Box(MARGIN, DIALOG, INNER, 260)
    whole = view.state.bounds.ask_s
    text = words("kiosk", "Về màn hình chính sau {seconds} giây. Chạm để tiếp tục.", seconds=left)
    says = [Say(one, 13 * (1.15 if view.big else 1.0), bold=True, lines=3) for one in sentences(text)]
    found: list[Piece] = [
        Shade(whole_canvas),
        Target("continue", whole_canvas, words("kiosk", "TIẾP TỤC"), None, None, None),
        Ground(dialog, Token.SURFACE, Token.LINE_STRONG if view.state.access.contrast else None, 1.0, 3),
        Circle(WIDTH / 2, 226, 36, Token.LINE, 5),
        Circle(WIDTH / 2, 226, 36, Token.ACCENT, 5, min(1.0, left / whole)),
        Label(Box(WIDTH / 2 - 30, 206, 60, 40), str(left), 34, bold=True, align=Align.CENTRE),
        *stack(view, Box(MARGIN + 12, 266, INNER - 24, 56), says, align=Align.CENTRE),
        *_centred_action(view, Box(MARGIN + 16, 330, INNER - 32, 52)),
        *key(
            view,
            "home",
            Box(MARGIN + 16, 388, INNER - 32, 36),
            words("kiosk", "Màn hình chính"),
            icon="home",
            size=11,
            bold=True,
        ),
    ]
    return tuple(found)


def _centred_action(view: View, box: Box) -> Scene:
    return key(view, "continue", box, view.words("kiosk", "TIẾP TỤC"), size=17, bold=True, filled=True)
