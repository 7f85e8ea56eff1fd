"""The pieces that the hall display's screens share: header, numbers in their cells, the boxed ƯT, the band below."""

from collections.abc import Iterable, Sequence

from config.words import Words
from display.places import MARGIN, Places, downwards
from display.view import Header, Message
from hardware.screens import fonts
from hardware.screens.panel import Panel
from hardware.screens.scene import (
    Align,
    Box,
    Circle,
    Ground,
    Icon,
    Label,
    Line,
    Number,
    Piece,
    number_em,
)
from hardware.screens.theme import Token

Pieces = tuple[Piece, ...]

HEAD_EM, BAND_EM = 17.0, 17.0
MARK_WIDE, MARK_HIGH, MARK_EM = 53.0, 36.0, 24.0


def wide(text: str, em: float, panel: Panel, *, bold: bool = False) -> float:
    """How wide ``text`` is on one line, in mm."""
    return fonts.width_px(fonts.tidy(text), panel.em_px(em), bold=bold) / panel.px_per_mm


def first_fitting(
    text: str, sizes: Sequence[tuple[float, int, float]], room: float, panel: Panel
) -> tuple[float, int, float]:
    """The first of ``sizes`` (em, lines, leading) in which ``text`` has its room, else the last."""
    for em, lines, leading in sizes:
        if fonts.choose_lines(text, None, lines, panel.em_px(em), panel.px(room), bold=False)[1]:
            return em, lines, leading
    return sizes[-1]


def common_em(texts: Iterable[str], most: float, room: float) -> float:
    """The one size of all these numbers: ``most``, or what the widest needs to fit ``room``."""
    widest = max((number_em(text) for text in texts), default=0.0)
    return min(most, room / widest) if widest else most


def header(head: Header | None, at: Places) -> Pieces:
    """Mark, hall, date and clock; before the office is known, the mark alone."""
    middle = at.head_high / 2 + (9.0 if at.two_lines else 0.0)
    marks: Pieces = tuple(
        Circle(29.5 + 13.6 * place, middle, 5.4, Token.ON_NIGHT, 0.0 if place == 0 else 1.8) for place in range(3)
    )
    if head is None:
        return marks
    room = at.band.x - 80 if not at.two_lines else at.clock.x - 80
    names = (
        Label(Box(74, middle - 21, max(room, 232), 20), head.centre, 13.5, Token.NIGHT_TEXT),
        Label(Box(74, middle - 3, max(room, 232), 22), head.hall, 18.0, Token.ON_NIGHT, bold=True),
    )
    times = (
        Label(at.date, head.date, 15.0, Token.NIGHT_TEXT, align=Align.RIGHT),
        Label(at.clock, head.clock, 38.0, Token.ON_NIGHT, bold=True, align=Align.RIGHT),
    )
    return (*marks, *names, *times, *_band(head.band, at))


def _band(text: str | None, at: Places) -> Pieces:
    """That nothing here is real, in a frame that no other thing has."""
    if text is None:
        return ()
    lines = 1 if at.two_lines else 2
    size = 12.5 if at.two_lines else 15.0
    return (
        Ground(at.band, None, Token.ON_NIGHT, 1.0, 4.0),
        Label(
            at.band.inset(6, 0, 6, 0),
            text,
            size,
            Token.ON_NIGHT,
            bold=True,
            align=Align.CENTRE,
            lines=lines,
            leading=1.2,
        ),
    )


def priority(box: Box, colour: Token, words: Words) -> Pieces:
    """The boxed ƯT: priority has no colour."""
    edge = 1.6 * box.h / MARK_HIGH
    text = Label(box, words("clerk", "ƯT"), MARK_EM * box.h / MARK_HIGH, colour, bold=True, align=Align.CENTRE)
    return (Ground(box, None, colour, edge, 3.0 * box.h / MARK_HIGH), text)


def to_counter(
    box: Box, text: str, counter: str, em: float, colour: Token, *, mark: Pieces, arrow: float = 24.0
) -> Pieces:
    """Number, arrow and counter in a narrow place; ``mark`` stands above the arrow."""
    left, right = number_em(text) * em, number_em(counter) * em
    space = arrow / 4
    gap = box.x + left + space
    down = 10.0 if mark else 0.0
    return (
        Number(Box(box.x, box.y, left + 0.2, box.h), text, em, colour, Align.LEFT),
        Icon(Box(gap, box.y + box.h / 2 - arrow / 2 + down, arrow, arrow), "arrow", colour, 2.0),
        *mark,
        Number(Box(gap + arrow + space, box.y, right + 0.2, box.h), counter, em, colour, Align.LEFT),
    )


def small_mark(box: Box, text: str, em: float, colour: Token, words: Words) -> Pieces:
    """The boxed ƯT above the arrow of ``to_counter``."""
    x = box.x + number_em(text) * em + 4
    return priority(Box(x, box.y + box.h / 2 - 23, 29, 19.5), colour, words)


def message(told: Message, at: Places, panel: Panel, words: Words) -> Pieces:
    """The message band: one text, or one at each side."""
    box = at.footer
    ground = Ground(downwards(box), Token.NIGHT2)
    room = box.w - 2 * MARGIN
    if told.aside is None:
        lines = 2
        return (ground, Label(Box(MARGIN, box.y, room, box.h), told.text, BAND_EM, Token.ON_NIGHT, lines=lines))
    aside = wide(told.aside, BAND_EM, panel) + 2
    mark_wide = 34.0 if told.mark else 0.0
    if at.two_lines:
        first, second = Box(MARGIN, box.y + 8, room, 29), Box(MARGIN, box.y + 37, room, 29)
        left = MARGIN
    else:
        left = box.w - MARGIN - aside - (mark_wide + 8 if told.mark else 0)
        first, second = Box(MARGIN, box.y, left - MARGIN - 8, box.h), Box(left, box.y, box.w - MARGIN - left, box.h)
    text_x = left + (mark_wide + 8 if told.mark else 0)
    mark = priority(Box(left, second.y + second.h / 2 - 11.3, mark_wide, 22.6), Token.ON_NIGHT, words)
    return (
        ground,
        Label(first, told.text, BAND_EM, Token.ON_NIGHT, lines=1 if at.two_lines else 2, leading=1.15),
        *(mark if told.mark else ()),
        Label(Box(text_x, second.y, aside, second.h), told.aside, BAND_EM, Token.ON_NIGHT),
    )


def stale(text: str, at: Places) -> Pieces:
    """White across the whole width: the picture is old."""
    box = at.stale
    return (
        Ground(downwards(box), Token.BAND),
        Icon(Box(MARGIN, box.y + box.h / 2 - 14, 28, 28), "broken", Token.ON_BAND, 2.0),
        Label(
            Box(MARGIN + 42, box.y, box.w - 2 * MARGIN - 42, box.h),
            text,
            24.0,
            Token.ON_BAND,
            bold=True,
            lines=2,
            leading=1.15,
        ),
    )


def rule_line(x: float, y: float, width: float) -> Line:
    """A thin line between rows."""
    return Line(x, y, x + width, y, Token.NIGHT_LINE, 1.0)
