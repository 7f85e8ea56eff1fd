"""Widgets shared by the hall display's screens: header, numbers, the boxed ƯT, message band.

ƯT (ưu tiên) marks a number with priority. Lengths are in millimetres.
"""

from collections.abc import Iterable, Sequence

from config.words import Words
from display.screens.layout import MARGIN, Layout, to_lower_edge
from hardware.screens import fonts
from hardware.screens.panel import Panel
from hardware.screens.scene import (
    Box,
    Circle,
    Icon,
    Label,
    NumberLabel,
    Picture,
    Piece,
    Rectangle,
    Segment,
    TextAlign,
    number_width_em,
    picture_width,
)
from hardware.screens.theme import Colour
from server.display_content.messages import Message
from server.display_content.texts import Header

Pieces = tuple[Piece, ...]
"""Shapes and texts of a part of a screen, back to front."""

HEADING_EM, BAND_EM = 17.0, 17.0
LOGO_WIDTH, LOGO_HEIGHT, LOGO_MARGIN = 110.0, 42.0, 3.0
"""The most that the office's logo takes, and the white around it."""
LONG_NAME_SIZES = ((18.0, 2, 1.15), (12.0, 3, 1.15))
"""Of an office's name that does not fit on one line: em, lines, leading."""
PRIORITY_MARK_WIDTH, PRIORITY_MARK_HEIGHT, PRIORITY_MARK_EM = 53.0, 36.0, 24.0


def text_width(text: str, em: float, panel: Panel, *, bold: bool = False) -> float:
    """Return the width of ``text`` on one line, in mm."""
    return fonts.width_px(fonts.normalize(text), panel.em_px(em), bold=bold) / panel.px_per_mm


def first_fitting_size(
    text: str, sizes: Sequence[tuple[float, int, float]], max_width: float, panel: Panel, *, bold: bool = False
) -> tuple[float, int, float]:
    """Return the first of ``sizes`` in which ``text`` fits ``max_width``, else the last.

    Each size is (em, lines, leading).
    """
    for em, lines, leading in sizes:
        if fonts.choose_lines(text, None, lines, panel.em_px(em), panel.px(max_width), bold=bold)[1]:
            return em, lines, leading
    return sizes[-1]


def common_em(texts: Iterable[str], max_em: float, max_width: float) -> float:
    """Return one font size for all texts: at most ``max_em``, so that all fit ``max_width``."""
    widest = max((number_width_em(text) for text in texts), default=0.0)
    return min(max_em, max_width / widest) if widest else max_em


def header(content: Header | None, logo: bytes | None, layout: Layout, panel: Panel) -> Pieces:
    """Draw logo, hall, date and clock; before the office is known, only our mark.

    ``logo`` None: the office has none, and our mark is in its place.
    """
    centre_y = layout.header_height / 2 + (9.0 if layout.is_narrow else 0.0)
    mark: Pieces = tuple(
        Circle(29.5 + 13.6 * index, centre_y, 5.4, Colour.ON_NIGHT, 0.0 if index == 0 else 1.8) for index in range(3)
    )
    names_x = 74.0
    if logo is not None:
        box = Box(MARGIN, centre_y - LOGO_HEIGHT / 2, LOGO_WIDTH, LOGO_HEIGHT)
        mark = (Picture(box, logo, LOGO_MARGIN),)
        names_x = MARGIN + picture_width(logo, box, LOGO_MARGIN) + 12
    if content is None:
        return mark
    time_labels = (
        Label(layout.date, content.date, 15.0, Colour.NIGHT_TEXT, align=TextAlign.RIGHT),
        Label(layout.clock, content.time, 38.0, Colour.ON_NIGHT, bold=True, align=TextAlign.RIGHT),
    )
    names = _names(content, layout, panel, names_x, centre_y)
    return (*mark, *names, *time_labels, *_mode_band(content.mode_warning, layout))


def _names(content: Header, layout: Layout, panel: Panel, x: float, centre_y: float) -> Pieces:
    """Draw the office's name below the kind of the office.

    A long name takes the place of both.
    """
    max_width = max((layout.clock if layout.is_narrow else layout.mode_band).x - x - 6, 232)
    if text_width(content.hall_name, 18.0, panel, bold=True) <= max_width:
        y = centre_y - (11 if content.centre_name is None else 3)
        name = Label(Box(x, y, max_width, 22), content.hall_name, 18.0, Colour.ON_NIGHT, bold=True)
        if content.centre_name is None:
            return (name,)
        return (Label(Box(x, centre_y - 21, max_width, 20), content.centre_name, 13.5, Colour.NIGHT_TEXT), name)
    if content.mode_warning is None and not layout.is_narrow:
        max_width = max(layout.date.x - x - 6, 232)
    em, lines, leading = first_fitting_size(content.hall_name, LONG_NAME_SIZES, max_width, panel, bold=True)
    box = Box(x, centre_y - 22, max_width, 44)
    return (Label(box, content.hall_name, em, Colour.ON_NIGHT, bold=True, max_lines=lines, leading=leading),)


def _mode_band(text: str | None, layout: Layout) -> Pieces:
    """Draw the warning of a demonstration or practice, in an outline of its own."""
    if text is None:
        return ()
    lines = 1 if layout.is_narrow else 2
    size = 12.5 if layout.is_narrow else 15.0
    return (
        Rectangle(layout.mode_band, None, edge_colour=Colour.ON_NIGHT, edge_mm=1.0, radius_mm=4.0),
        Label(
            layout.mode_band.inset(6, 0, 6, 0),
            text,
            size,
            Colour.ON_NIGHT,
            bold=True,
            align=TextAlign.CENTRE,
            max_lines=lines,
            leading=1.2,
        ),
    )


def priority_mark(box: Box, colour: Colour, words: Words) -> Pieces:
    """Draw the boxed ƯT; priority has no colour of its own."""
    edge_mm = 1.6 * box.h / PRIORITY_MARK_HEIGHT
    text = Label(
        box,
        words("clerk", "ƯT"),
        PRIORITY_MARK_EM * box.h / PRIORITY_MARK_HEIGHT,
        colour,
        bold=True,
        align=TextAlign.CENTRE,
    )
    return (
        Rectangle(box, None, edge_colour=colour, edge_mm=edge_mm, radius_mm=3.0 * box.h / PRIORITY_MARK_HEIGHT),
        text,
    )


def number_to_counter(
    box: Box,
    text: str,
    counter: str,
    em: float,
    colour: Colour,
    *,
    priority_mark_pieces: Pieces,
    arrow_size: float = 24.0,
) -> Pieces:
    """Draw the number ``text``, an arrow and a counter close together.

    ``priority_mark_pieces``: the boxed ƯT, drawn above the arrow.
    """
    number_width, counter_width = number_width_em(text) * em, number_width_em(counter) * em
    gap = arrow_size / 4
    arrow_x = box.x + number_width + gap
    shift = 10.0 if priority_mark_pieces else 0.0
    return (
        NumberLabel(Box(box.x, box.y, number_width + 0.2, box.h), text, em, colour, TextAlign.LEFT),
        Icon(
            Box(arrow_x, box.y + box.h / 2 - arrow_size / 2 + shift, arrow_size, arrow_size),
            "arrow",
            colour=colour,
            stroke=2.0,
        ),
        *priority_mark_pieces,
        NumberLabel(
            Box(arrow_x + arrow_size + gap, box.y, counter_width + 0.2, box.h), counter, em, colour, TextAlign.LEFT
        ),
    )


def small_priority_mark(box: Box, text: str, em: float, colour: Colour, words: Words) -> Pieces:
    """Draw the boxed ƯT above the arrow of ``number_to_counter``."""
    x = box.x + number_width_em(text) * em + 4
    return priority_mark(Box(x, box.y + box.h / 2 - 23, 29, 19.5), colour, words)


def message_band(message: Message, layout: Layout, panel: Panel, words: Words) -> Pieces:
    """Draw the message band: one text, or one at each side."""
    box = layout.footer
    background = Rectangle(to_lower_edge(box), Colour.NIGHT2)
    max_width = box.w - 2 * MARGIN
    if message.right_text is None:
        return (
            background,
            Label(Box(MARGIN, box.y, max_width, box.h), message.text, BAND_EM, Colour.ON_NIGHT, max_lines=2),
        )
    right_width = text_width(message.right_text, BAND_EM, panel) + 2
    mark_width = 34.0 if message.has_priority_mark else 0.0
    if layout.is_narrow:
        text_box, right_box = Box(MARGIN, box.y + 8, max_width, 29), Box(MARGIN, box.y + 37, max_width, 29)
        right_x = MARGIN
    else:
        right_x = box.w - MARGIN - right_width - (mark_width + 8 if message.has_priority_mark else 0)
        text_box = Box(MARGIN, box.y, right_x - MARGIN - 8, box.h)
        right_box = Box(right_x, box.y, box.w - MARGIN - right_x, box.h)
    right_text_x = right_x + (mark_width + 8 if message.has_priority_mark else 0)
    priority_mark_pieces = priority_mark(
        Box(right_x, right_box.y + right_box.h / 2 - 11.3, mark_width, 22.6), Colour.ON_NIGHT, words
    )
    return (
        background,
        Label(text_box, message.text, BAND_EM, Colour.ON_NIGHT, max_lines=1 if layout.is_narrow else 2, leading=1.15),
        *(priority_mark_pieces if message.has_priority_mark else ()),
        Label(Box(right_text_x, right_box.y, right_width, right_box.h), message.right_text, BAND_EM, Colour.ON_NIGHT),
    )


def stale_band(text: str, layout: Layout) -> Pieces:
    """Draw the warning that the board is out of date, a full-width white band."""
    box = layout.stale_band
    return (
        Rectangle(to_lower_edge(box), Colour.BAND),
        Icon(Box(MARGIN, box.y + box.h / 2 - 14, 28, 28), "broken", colour=Colour.ON_BAND, stroke=2.0),
        Label(
            Box(MARGIN + 42, box.y, box.w - 2 * MARGIN - 42, box.h),
            text,
            24.0,
            Colour.ON_BAND,
            bold=True,
            max_lines=2,
            leading=1.15,
        ),
    )


def rule_line(x: float, y: float, width: float) -> Segment:
    """Draw a thin line between rows."""
    return Segment(x, y, x + width, y, colour=Colour.NIGHT_LINE, width_mm=1.0)
