"""What surrounds the content of every kiosk screen: header, message, navigation, dock; portrait and landscape."""

from collections.abc import Sequence

from config.words import LANGUAGES
from hardware.screens import clockface
from hardware.screens.scene import Align, Box, Circle, Ground, Icon, Label, Line, Piece
from hardware.screens.theme import Token
from kiosk.parts import (
    DOCK,
    HEIGHT,
    INNER,
    KEY_HIGH,
    LEFT,
    MARGIN,
    NAV,
    TALL,
    UP,
    WIDTH,
    Pieces,
    Say,
    View,
    columns,
    key,
    stack,
)
from kiosk.promise import no_slip_line
from kiosk.state import HelpState

_Key = tuple[str, str, str | None, bool]  # id, text, icon, on

COLUMN = 166.0
COLUMN_X, COLUMN_WIDE = LEFT + 14, 140.0


def frame(view: View, nav_keys: Sequence[str]) -> Pieces:
    """All that surrounds the content."""
    if view.landscape:
        return (*column(view), *nav(view, nav_keys))
    return (*header(view), *strip(view, Box(0, 40, WIDTH, 11.4)), *nav(view, nav_keys), *dock(view))


def _time_and_date(view: View) -> tuple[str, str]:
    """What the clock shows; nothing of a clock that the server does not believe."""
    words, office = view.words, view.state.office
    if office is not None and office.day.state == "open" and office.day.date is None:
        return "--:--", words("day", "Chưa rõ ngày")
    return clockface.hhmm(view.now.wall_ms, view.zone), clockface.date_line(words, view.now.wall_ms, view.zone)


def column(view: View) -> Pieces:
    """The left column of a landscape panel: header, message, room for the title, dock."""
    ground = Box(LEFT, UP, COLUMN, TALL)
    words, office = view.words, view.state.office
    time, date = _time_and_date(view)
    centre = words("visitor", "Trung tâm Phục vụ hành chính công")
    hall = words.pick(office.name) if office else ""
    band = Box(LEFT, UP, COLUMN, 10.6)
    y = UP + 13
    return (
        Ground(ground, Token.DOCK),
        Line(ground.right, ground.y, ground.right, ground.bottom),
        *_band(view, band),
        *_mark(COLUMN_X + 3.2, y + 10),
        *stack(
            view,
            Box(COLUMN_X + 25, y, COLUMN_WIDE - 15, 26),
            [Say(centre, 6.9, colour=Token.INK2), Say(hall, 10.3, bold=True)],
        ),
        Label(Box(COLUMN_X, y + 27, COLUMN_WIDE, 32), time, 28, bold=True),
        Label(Box(COLUMN_X, y + 59, COLUMN_WIDE, 10), date, 7.8, Token.INK2),
        *strip(view, Box(LEFT, UP + 186, COLUMN - 0.6, 25), lines=2),
        *_dock_keys(view, COLUMN_X, COLUMN_WIDE, (UP + 216, UP + 242)),
    )


def header(view: View) -> Pieces:
    """Mark, hall, clock; above them the band of a demonstration or practice."""
    band = _band(view, Box(0, 0, WIDTH, 10.6))
    down = 4.0 if band else 0.0
    words, office = view.words, view.state.office
    time, date = _time_and_date(view)
    hall = words.pick(office.name) if office else ""
    centre = words("visitor", "Trung tâm Phục vụ hành chính công")
    clock = Label(
        Box(203, 7 + down, 80, 16),
        time,
        15,
        bold=True,
        align=Align.RIGHT,
    )
    day = Label(
        Box(193, 23 + down * 0.8, 90, 9),
        date,
        7.1,
        Token.INK2,
        align=Align.RIGHT,
    )
    names = (
        Label(Box(44.5, 9 + down, 150, 9), centre, 7.1, Token.INK2),
        Label(Box(44.5, 18 + down, 150, 13), hall, 10.3, bold=True),
    )
    return (*band, *_mark(19.2, 19.5 + down), *names, clock, day, Line(MARGIN, 39.5, WIDTH - MARGIN, 39.5))


def _mark(x: float, y: float) -> Pieces:
    """A queue of three, the first being served."""
    return tuple(Circle(x + 8.2 * place, y, 3.0, Token.ACCENT, 0.0 if place == 0 else 1.0) for place in range(3))


def _band(view: View, box: Box) -> Pieces:
    """That this is a demonstration or practice; nothing in a hall at work."""
    office, words = view.state.office, view.words
    texts = {
        "demo": words("mode", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        "practice": words("mode", "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"),
    }
    text = texts.get(office.mode) if office else None
    if text is None:
        return ()
    return (
        Ground(box, Token.PANEL, Token.ON_PANEL if view.state.access.contrast else None),
        Label(Box(box.x, box.y + 1, box.w, 10), text, 7.1, Token.ON_PANEL, bold=True, align=Align.CENTRE),
    )


def strip(view: View, box: Box, *, lines: int = 1) -> Pieces:
    """What became of a call for help, that the hall is silent, or that no slip would come out."""
    state, words = view.state, view.words
    warn = (Token.WARN, Token.ON_WARN)
    says = {
        HelpState.ASKING: ("bell", words("kiosk", "Đang báo cán bộ…"), (Token.DOCK, Token.INK)),
        HelpState.SENT: (
            "check",
            words("kiosk", "Đã báo cán bộ. Mời Ông/Bà chờ tại máy."),
            (Token.GREEN_PALE, Token.GREEN),
        ),
        HelpState.FAILED: (
            "warning",
            words("kiosk", "Chưa báo được cán bộ. Mời Ông/Bà đến quầy gần nhất."),
            warn,
        ),
    }
    if state.help is not HelpState.NONE:
        icon, text, (ground, ink) = says[state.help]
    elif state.stale and state.told_ms:
        time = clockface.hhmm(state.told_ms, view.zone)
        icon, text = "broken", words("tv", "Mất kết nối. Thông tin cập nhật lúc {time}", time=time)
        ground, ink = warn
    elif (line := no_slip_line(state, words)) is not None:
        icon, text, (ground, ink) = "printer", line, warn
    else:
        return ()
    edge = Token.LINE_STRONG if state.access.contrast else None
    return (
        Ground(box, ground, edge),
        Icon(Box(box.x + 16, box.y + box.h / 2 - 4, 8, 8), icon, ink),
        Label(Box(box.x + 28, box.y, box.w - 44 + 12 * (lines - 1), box.h), text, 7.8, ink, bold=True, lines=lines),
    )


def nav(view: View, keys: Sequence[str]) -> Pieces:
    """Back, home and help; a missing key leaves its neighbour wider, help keeps its corner: where another key lay on
    the screen before, help would call staff for whoever presses that one twice."""
    words = view.words
    shown = {
        "back": ("back", words("kiosk", "Quay lại")),
        "home": ("home", words("kiosk", "Màn hình chính")),
        "help": ("help", words("kiosk", "NHỜ HỖ TRỢ")),
    }
    left = {"back": 16.0, "home": 82.0 if "back" in keys else 16.0, "help": 187.0}
    right = {"back": 79.0 if "home" in keys else 184.0, "home": 184.0, "help": 283.0}
    found: list[Piece] = []
    for key_id in keys:
        icon, text = shown[key_id]
        box = Box(left[key_id], NAV, right[key_id] - left[key_id], KEY_HIGH)
        found += key(view, key_id, box, text, icon=icon, size=10.3, bold=True)
    return tuple(found)


def dock(view: View) -> Pieces:
    """Languages and the keys of access, at the same place on every screen."""
    ground = Box(0, DOCK, WIDTH, HEIGHT - DOCK)
    return (
        Ground(ground, Token.DOCK),
        Line(0, DOCK, WIDTH, DOCK),
        *_dock_keys(view, MARGIN, INNER, (DOCK + 6, DOCK + 30)),
    )


def _dock_keys(view: View, x: float, wide: float, at: tuple[float, float]) -> Pieces:
    """A landscape panel is lower as a whole than lowered controls are: it needs no key for them."""
    state, words = view.state, view.words
    languages: list[_Key] = [
        (f"lang-{one}", LANGUAGES.get(one, one), None, one == state.access.language) for one in state.bounds.languages
    ]
    access: list[_Key] = [
        ("big", words("kiosk", "Chữ to"), "bigger", state.access.big),
        ("contrast", words("kiosk", "Tương phản"), "contrast", state.access.contrast),
    ]
    if not view.landscape:
        access.append(("low", words("kiosk", "Nút thấp"), "lower", state.access.lowered))
    found: list[Piece] = []
    for y, keys in zip(at, (languages, access), strict=True):
        for box, (key_id, text, icon, on) in zip(columns(Box(x, y, wide, 20), len(keys), 4), keys, strict=True):
            found += key(view, key_id, box, text, icon="check" if on else icon, size=7.8, bold=on, filled=on)
    return tuple(found)
