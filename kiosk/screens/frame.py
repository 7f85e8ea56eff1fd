"""The frame around the content of every kiosk screen: header, message, navigation, dock. Lengths are in mm."""

from collections.abc import Mapping, Sequence

from hardware.screens import clockface
from hardware.screens.scene import (
    Box,
    Circle,
    Icon,
    Label,
    Picture,
    Piece,
    Rectangle,
    Segment,
    TextAlign,
    picture_width,
)
from hardware.screens.theme import Colour
from kiosk.flow.help import is_helper_coming
from kiosk.flow.state import HelpState
from kiosk.flow.taps import CallForHelp, GoBack, GoHome
from kiosk.screens.dock import dock, dock_buttons
from kiosk.screens.issue_warnings import no_slip_notice
from kiosk.screens.office_notices import notice_text
from kiosk.screens.paragraphs import Paragraph, stack
from kiosk.screens.view import (
    LANDSCAPE_HEIGHT,
    LANDSCAPE_LEFT,
    LANDSCAPE_TOP,
    MARGIN,
    NAV_Y,
    WIDTH,
    KioskView,
    Pieces,
)
from kiosk.screens.widgets import button

NavTap = GoBack | GoHome | CallForHelp
"""The tap of a button of the navigation."""

BACK, HOME, HELP = GoBack(), GoHome(), CallForHelp()
BUTTON_HEIGHT = 26.0
SIDE_COLUMN_WIDTH = 166.0
STRIP_EM = 7.8
LOGO_WIDTH, LOGO_MARGIN = 50.0, 1.5
NAMES_RIGHT = 194.5  # the clock begins here
SIDE_TEXT_X, SIDE_TEXT_WIDTH = LANDSCAPE_LEFT + 14, 140.0


def frame(view: KioskView, nav_taps: Sequence[NavTap] = (BACK, HOME, HELP)) -> Pieces:
    """Draw everything around the content. ``nav_taps``: which buttons the navigation has."""
    if view.landscape:
        return (*side_column(view), *navigation_buttons(view, nav_taps))
    return (
        *header(view),
        *message_strip(view, Box(0, 40, WIDTH, 11.4)),
        *navigation_buttons(view, nav_taps),
        *dock(view),
    )


def _time_and_date(view: KioskView) -> tuple[str, str]:
    """Return the texts of the clock, placeholders while the server does not trust its date."""
    words, office = view.words, view.hall.office
    if office is not None and office.day.state == "open" and office.day.date is None:
        return "--:--", words("day", "Chưa rõ ngày")
    return clockface.hhmm(view.now.wall_ms, view.zone), clockface.date_line(words, view.now.wall_ms, view.zone)


def side_column(view: KioskView) -> Pieces:
    """Draw the side column of a landscape panel: header, message, dock."""
    column_box = Box(LANDSCAPE_LEFT, LANDSCAPE_TOP, SIDE_COLUMN_WIDTH, LANDSCAPE_HEIGHT)
    words, office = view.words, view.hall.office
    time, date = _time_and_date(view)
    hall_name = words.pick(office.name) if office else ""
    band_box = Box(LANDSCAPE_LEFT, LANDSCAPE_TOP, SIDE_COLUMN_WIDTH, 10.6)
    y = LANDSCAPE_TOP + 13
    logo, names_x = _logo_or_mark(view, Box(SIDE_TEXT_X, y, LOGO_WIDTH, 24), 25.0)
    return (
        Rectangle(column_box, Colour.DOCK),
        Segment(column_box.right, column_box.y, column_box.right, column_box.bottom),
        *_mode_band(view, band_box),
        *logo,
        *stack(
            view,
            Box(SIDE_TEXT_X + names_x, y, SIDE_TEXT_WIDTH + 10 - names_x, 26),
            [*_centre_name(view), Paragraph(hall_name, 10.3, bold=True)],
        ),
        Label(Box(SIDE_TEXT_X, y + 27, SIDE_TEXT_WIDTH, 32), time, 28, bold=True),
        Label(Box(SIDE_TEXT_X, y + 59, SIDE_TEXT_WIDTH, 10), date, 7.8, Colour.INK2),
        *message_strip(view, Box(LANDSCAPE_LEFT, LANDSCAPE_TOP + 186, SIDE_COLUMN_WIDTH - 0.6, 25), lines=2),
        *dock_buttons(view, SIDE_TEXT_X, SIDE_TEXT_WIDTH, (LANDSCAPE_TOP + 216, LANDSCAPE_TOP + 242)),
    )


def header(view: KioskView) -> Pieces:
    """Draw logo, hall and clock; above them the band of a demonstration or practice."""
    band = _mode_band(view, Box(0, 0, WIDTH, 10.6))
    shift = 4.0 if band else 0.0  # down, below the band
    words, office = view.words, view.hall.office
    time, date = _time_and_date(view)
    hall_name = words.pick(office.name) if office else ""
    time_label = Label(
        Box(203, 7 + shift, 80, 16),
        time,
        15,
        bold=True,
        align=TextAlign.RIGHT,
    )
    date_label = Label(
        Box(193, 23 + shift * 0.8, 90, 9),
        date,
        7.1,
        Colour.INK2,
        align=TextAlign.RIGHT,
    )
    logo, names_x = _logo_or_mark(view, Box(MARGIN, 6 + shift, LOGO_WIDTH, 27), 28.5)
    return (
        *band,
        *logo,
        *_names(view, hall_name, MARGIN + names_x, shift),
        time_label,
        date_label,
        Segment(MARGIN, 39.5, WIDTH - MARGIN, 39.5),
    )


def _names(view: KioskView, hall_name: str, x: float, shift: float) -> Pieces:
    """Draw the office's name, from ``x`` on, below the kind of the office.

    A long name takes the place of both.
    """
    width = NAMES_RIGHT - x
    if view.line_count(hall_name, 10.3, width, bold=True) <= 1:
        centre_name = _centre_name(view)
        return (
            *(Label(Box(x, 9 + shift, width, 9), line.text, 7.1, Colour.INK2) for line in centre_name),
            Label(Box(x, (18 if centre_name else 13) + shift, width, 13), hall_name, 10.3, bold=True),
        )
    size = 9.2 if view.line_count(hall_name, 9.2, width, bold=True) <= 2 else 7.1
    return (Label(Box(x, 8 + shift, width, 24), hall_name, size, bold=True, max_lines=3, leading=1.15),)


def _centre_name(view: KioskView) -> Sequence[Paragraph]:
    """Return the line above the office's name; only a one-stop centre has it."""
    office = view.hall.office
    if office is not None and not office.one_stop:
        return ()
    return (Paragraph(view.words("visitor", "Trung tâm Phục vụ hành chính công"), 6.9, colour=Colour.INK2),)


def _logo_or_mark(view: KioskView, box: Box, mark_width: float) -> tuple[Pieces, float]:
    """Draw the office's logo, else our mark: a queue of three, the first being served.

    Return it with how far from the left of ``box`` the names begin; ``mark_width``: where the mark is drawn.
    """
    if (logo := view.hall.logo) is not None:
        margin = LOGO_MARGIN if view.visit.access.contrast else None  # on black it needs a sheet of white
        return (Picture(box, logo, margin),), picture_width(logo, box, margin or 0.0) + 6.0
    x, y = box.x + 3.2, box.y + (10.0 if view.landscape else 13.5)
    mark = (Circle(x + 8.2 * index, y, 3.0, Colour.ACCENT, 0.0 if index == 0 else 1.0) for index in range(3))
    return tuple(mark), mark_width


def _mode_band(view: KioskView, box: Box) -> Pieces:
    """Draw the band of a demonstration or practice; nothing otherwise."""
    office, words = view.hall.office, view.words
    texts = {
        "demo": words("mode", "BẢN TRÌNH DIỄN - KHÔNG PHẢI SỐ THẬT"),
        "practice": words("mode", "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"),
    }
    text = texts.get(office.mode) if office else None
    if text is None:
        return ()
    return (
        Rectangle(box, Colour.PANEL, edge_colour=Colour.ON_PANEL if view.visit.access.contrast else None),
        Label(Box(box.x, box.y + 1, box.w, 10), text, 7.1, Colour.ON_PANEL, bold=True, align=TextAlign.CENTRE),
    )


def message_strip(view: KioskView, box: Box, *, lines: int = 1) -> Pieces:
    """Draw one message: help, a silent server, a printer's fault, else a notice."""
    words = view.words
    text_box = Box(box.x + 28, box.y, box.w - 44 + 12 * (lines - 1), box.h)
    warning_colours = (Colour.WARN, Colour.ON_WARN)
    help_messages = {
        HelpState.ASKING: ("bell", words("kiosk", "Đang báo cán bộ…"), (Colour.DOCK, Colour.INK)),
        HelpState.SENT: (
            "check",
            words("kiosk", "Đã báo cán bộ. Mời Ông/Bà chờ tại máy."),
            (Colour.GREEN_PALE, Colour.GREEN),
        ),
        HelpState.FAILED: (
            "warning",
            words("kiosk", "Chưa báo được cán bộ. Mời Ông/Bà đến quầy gần nhất."),
            warning_colours,
        ),
    }
    if is_helper_coming(view.state, view.now):
        icon, text = "person", words("kiosk", "Cán bộ đang đến. Mời Ông/Bà chờ tại máy.")
        background, text_colour = Colour.GREEN_PALE, Colour.GREEN
    elif view.visit.help is not HelpState.NONE:
        icon, text, (background, text_colour) = help_messages[view.visit.help]
    elif view.hall.stale and view.hall.picture_at_ms:
        time = clockface.hhmm(view.hall.picture_at_ms, view.zone)
        icon, text = "broken", words("tv", "Mất kết nối. Thông tin cập nhật lúc {time}", time=time)
        background, text_colour = warning_colours
    elif (notice := no_slip_notice(view)) is not None:
        icon, text, (background, text_colour) = "printer", notice, warning_colours
    elif (part := notice_text(view, STRIP_EM, text_box.w, lines)) is not None:
        icon, text, (background, text_colour) = "info", part, (Colour.DOCK, Colour.INK)
    else:
        return ()
    edge_colour = Colour.LINE_STRONG if view.visit.access.contrast else None
    return (
        Rectangle(box, background, edge_colour=edge_colour),
        Icon(Box(box.x + 16, box.y + box.h / 2 - 4, 8, 8), icon, colour=text_colour),
        Label(text_box, text, STRIP_EM, text_colour, bold=True, max_lines=lines),
    )


def navigation_buttons(view: KioskView, nav_taps: Sequence[NavTap]) -> Pieces:
    """Draw the buttons back, home and help. Where one is missing, its neighbour is wider, but help keeps its place.

    If help took the place of another button, a double touch on the screen before would call staff.
    """
    words = view.words
    back_right = 79.0 if HOME in nav_taps else 184.0
    home_left = 82.0 if BACK in nav_taps else 16.0
    layout: Mapping[NavTap, tuple[str, str, float, float]] = {  # icon, text, left, right
        BACK: ("back", words("kiosk", "Quay lại"), 16.0, back_right),
        HOME: ("home", words("kiosk", "Màn hình chính"), home_left, 184.0),
        HELP: ("help", words("kiosk", "NHỜ HỖ TRỢ"), 187.0, 283.0),
    }
    pieces: list[Piece] = []
    for tap in nav_taps:
        icon, text, left, right = layout[tap]
        pieces += button(
            view, tap, Box(left, NAV_Y, right - left, BUTTON_HEIGHT), text, icon=icon, size=10.3, bold=True
        )
    return tuple(pieces)
