"""Lays out a slip: a slip and a paper give boxes in dots. Pure; ``raster`` draws them.

Text wraps and is never cut; on 58 mm the lines of the QR code stand under it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

import segno

from hardware.printers.drawing.lettering import (
    ascent,
    clean,
    descent,
    font,
    text_measure,
    text_width,
    wrap,
    wrap_evenly,
)
from hardware.printers.drawing.logo import logo_size
from hardware.printers.drawing.paper import PaperFormat, SlipError
from hardware.slips.slip import Align, Bullets, Element, HorizontalRule, Inverse, Logo, Number, Pair, Qr, Slip, Text

MAX_QR_BYTES = 180
"""The longest content of a QR code, in bytes of UTF-8."""
MODULE_DOTS = 6
"""Side in dots of a module, one square of a QR code."""
QUIET_MODULES = 4
"""Width in modules of the white margin (quiet zone) that a QR code needs."""
RULE_GAP = 5
"""Blank rows above and below a rule."""
MAX_NUMBER_LENGTH = 12
"""Characters of a ticket number on a slip; a longer one ends in "…" there."""
# Sizes of the number, in em: height of a capital, blank above and below it, cell of a digit, space beside a letter.
CAP_HEIGHT, NUMBER_GAP_ABOVE, NUMBER_GAP_BELOW, DIGIT_CELL, LETTER_SPACE = 0.714, 0.11, 0.09, 0.59, 0.02
# Sizes of the text on a black bar, as in ``Text.size``: on one line at most, and on two lines.
BAR_SIZE, BAR_SIZE_ON_TWO_LINES = 33, 27
BAR_GAP, BAR_PADDING_Y, BAR_PADDING_X, MIN_BAR_PADDING_X = 4, 3, 14, 6
"""Dots around a black bar, and between its edge and its text. The padding at the sides is that of an 80 mm slip."""
BULLET_SIDE, BULLET_MIDDLE = 0.34, 0.65
"""In em: the side of a bullet's square, and its middle from the top of the line."""
CAPTION_SIZE_BESIDE, CAPTION_SIZE_BELOW, CAPTION_GAP_BESIDE, CAPTION_GAP_BELOW = 25, 24, 8, 4
"""Text sizes of a QR code's caption, and dots between two of its texts, beside the code and below it."""
LOGO_WIDTH, LOGO_HEIGHT, LOGO_GAP = 0.75, 96, 8
"""The largest logo: its part of the slip's width, and dots on 80 mm paper; the blank dots below it."""
RULE_DOTS, DASH_DOTS, DASH_LENGTH, DASH_INTERVAL = 3, 2, 5, 9
"""Thickness of a solid and of a dashed rule; length of a dash, and dots from one dash to the next."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text, in dots.

    ``x`` is its left edge, ``baseline`` the row on which its letters stand; ``top`` is the first row of the line,
    ``bottom`` the first one below it. ``em``: the size of its letters. ``white``: white letters, on a black box.
    """

    x: int
    baseline: int
    top: int
    bottom: int
    width: int
    text: str
    em: int
    bold: bool
    white: bool = False


@dataclass(frozen=True, slots=True)
class FilledBox:
    """A black rectangle; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class QrModules:
    """A QR code without its quiet zone; ``rows`` of modules, True is dark. ``left``, ``top``, ``side``: in dots."""

    left: int
    top: int
    rows: tuple[tuple[bool, ...], ...]

    @property
    def side(self) -> int:
        return len(self.rows) * MODULE_DOTS


@dataclass(frozen=True, slots=True)
class LogoDots:
    """The office's logo, ``width`` by ``height`` dots large."""

    left: int
    top: int
    width: int
    height: int
    png: bytes


Box = TextLine | FilledBox | QrModules | LogoDots


@dataclass(frozen=True, slots=True)
class DotLayout:
    """A slip as boxes, in dots from the top left.

    ``height``: the slip's length, without the feed to the cutter.
    """

    paper: PaperFormat
    height: int
    boxes: tuple[Box, ...]


class _LayoutPen:
    """Adds boxes from top to bottom. ``y``: the row, in dots, at which the next one begins."""

    def __init__(self, paper: PaperFormat) -> None:
        self.paper = paper
        self.y = 0
        self.boxes: list[Box] = []

    def em(self, size: int) -> int:
        """Return the em on this paper, in dots. ``size``: the em in dots on 80 mm paper."""
        return max(self.paper.min_em, round(size * self.paper.text_scale))

    def lines(
        self, text: str, size: int, *, bold: bool = False, align: Align = Align.LEFT, left: int = 0, width: int = 0
    ) -> None:
        """Add a paragraph, ``left`` dots from the margin; ``width`` 0: up to the other margin."""
        em = self.em(size)
        width = width or self.paper.width - left
        wrap_text = wrap if align is Align.LEFT else wrap_evenly
        for line in wrap_text(clean(text), width, text_measure(em, bold=bold)):
            self.line(line, em, bold=bold, align=align, left=left, width=width)

    def line(
        self, text: str, em: int, *, bold: bool, align: Align, left: int, width: int, baseline: int | None = None
    ) -> None:
        """Add one line, at ``baseline`` if given (beside another line), else below the last box.

        ``align`` it within ``width`` dots, ``left`` dots from the margin. ``em``: in dots.
        """
        line_width = text_width(text, em, bold=bold)
        offset = {Align.LEFT: 0, Align.CENTRE: (width - line_width) // 2, Align.RIGHT: width - line_width}[align]
        top = self.y
        if baseline is None:
            baseline = top + ascent(text, em, bold=bold)
        else:
            top = baseline - ascent(text, em, bold=bold)
        bottom = baseline + descent(text, em, bold=bold)
        x = self.paper.margin + left + offset
        self.boxes.append(TextLine(x, baseline, top, bottom, line_width, text, em, bold))
        self.y = max(self.y, bottom)

    def gap(self, dots: int) -> None:
        """Leave blank rows."""
        self.y += dots


def _text(pen: _LayoutPen, text: Text) -> None:
    pen.lines(text.text, text.size, bold=text.bold, align=text.align)


def _pair(pen: _LayoutPen, pair: Pair) -> None:
    width = pen.paper.width
    label, value = clean(pair.label), clean(pair.value)
    if not pen.paper.pairs_apart:
        _pair_together(pen, label, value, pen.em(pair.size))
        return
    # A size up to two dots smaller is better than a second line.
    for em in (pen.em(pair.size - reduction) for reduction in range(3)):
        if text_width(label, em, bold=False) + em // 2 + text_width(value, em, bold=True) > width:
            continue
        baseline = pen.y + max(ascent(label, em, bold=False), ascent(value, em, bold=True))
        pen.line(label, em, bold=False, align=Align.LEFT, left=0, width=width, baseline=baseline)
        pen.line(value, em, bold=True, align=Align.RIGHT, left=0, width=width, baseline=baseline)
        return
    pen.lines(label, pair.size)
    pen.lines(value, pair.size, bold=True, align=Align.RIGHT)


def _pair_together(pen: _LayoutPen, label: str, value: str, em: int) -> None:
    """Put the value right behind its label.

    That halves the dots to send, compared with a value at the right edge.
    """
    width = pen.paper.width
    start = text_width(label, em, bold=False) + em // 3
    if start + text_width(value, em, bold=True) > width:
        pen.lines(label, em)
        pen.lines(value, em, bold=True, left=em)
        return
    baseline = pen.y + max(ascent(label, em, bold=False), ascent(value, em, bold=True))
    pen.line(label, em, bold=False, align=Align.LEFT, left=0, width=width, baseline=baseline)
    pen.line(value, em, bold=True, align=Align.LEFT, left=start, width=width - start, baseline=baseline)


def _number(pen: _LayoutPen, number: Number) -> None:
    """Put each character in the middle of its own cell. All cells shrink together until they fit."""
    text = clean(number.number, MAX_NUMBER_LENGTH)
    em = pen.paper.number_em
    while em > pen.paper.min_em and sum(_cell_width(character, em) for character in text) > pen.paper.width:
        em -= 1
    if not text or sum(_cell_width(character, em) for character in text) > pen.paper.width:
        raise SlipError(f"the number {text!r} does not fit on {pen.paper.paper_mm} mm")
    top, baseline = pen.y, pen.y + round(em * NUMBER_GAP_ABOVE) + round(em * CAP_HEIGHT)
    x = pen.paper.margin + (pen.paper.width - sum(_cell_width(character, em) for character in text)) // 2
    below_baseline = int(font(em, bold=True).getbbox(text, mode="1", anchor="ls")[3])
    bottom = baseline + max(round(em * NUMBER_GAP_BELOW), below_baseline)
    for character in text:
        glyph_width = text_width(character, em, bold=True)
        left = x + (_cell_width(character, em) - glyph_width) // 2
        pen.boxes.append(TextLine(left, baseline, top, bottom, glyph_width, character, em, bold=True))
        x += _cell_width(character, em)
    pen.y = bottom


def _cell_width(character: str, em: int) -> int:
    if character.isdigit():
        return round(em * DIGIT_CELL)
    return max(round(em * DIGIT_CELL), text_width(character, em, bold=True) + round(em * LETTER_SPACE))


def _inverse(pen: _LayoutPen, inverse: Inverse) -> None:
    text = clean(inverse.text)
    padding_x = max(MIN_BAR_PADDING_X, round(BAR_PADDING_X * pen.paper.text_scale))
    width = pen.paper.width - 2 * padding_x
    # One smaller line takes less paper and reads better than two lines; two lines get the largest size.
    ems = range(pen.em(BAR_SIZE), pen.paper.min_em - 1, -1)
    em = next((em for em in ems if text_width(text, em, bold=True) <= width), pen.em(BAR_SIZE_ON_TWO_LINES))
    lines = wrap_evenly(text, width, text_measure(em, bold=True))
    pen.gap(BAR_GAP)
    top = pen.y
    widest = max((text_width(line, em, bold=True) for line in lines), default=0)
    pen.gap(BAR_PADDING_Y)
    text_lines: list[TextLine] = []
    for line in lines:
        line_width = text_width(line, em, bold=True)
        baseline = pen.y + ascent(line, em, bold=True)
        bottom = baseline + descent(line, em, bold=True)
        x = pen.paper.margin + (pen.paper.width - line_width) // 2
        text_lines.append(TextLine(x, baseline, pen.y, bottom, line_width, line, em, bold=True, white=True))
        pen.y = bottom
    pen.gap(BAR_PADDING_Y)
    left = pen.paper.margin + (pen.paper.width - widest) // 2 - padding_x
    if text_lines:
        pen.boxes.extend([FilledBox(left, top, left + widest + 2 * padding_x, pen.y), *text_lines])
    pen.gap(BAR_GAP)


def _bullets(pen: _LayoutPen, bullets: Bullets) -> None:
    em = pen.em(bullets.size)
    side = round(em * BULLET_SIDE)
    for item in bullets.items:
        top = pen.y
        pen.lines(item, bullets.size, left=em)
        if pen.y > top:
            square_top = top + round(em * BULLET_MIDDLE) - side // 2
            left = pen.paper.margin + 2
            pen.boxes.append(FilledBox(left, square_top, left + side, square_top + side))


def _qr(pen: _LayoutPen, qr: Qr) -> None:
    rows = qr_modules(qr.content)
    # The gap that a rule leaves above and below counts towards the code's quiet zone.
    pen.gap(-min(RULE_GAP, pen.y))
    side, quiet = len(rows) * MODULE_DOTS, QUIET_MODULES * MODULE_DOTS
    if side + 2 * quiet > pen.paper.dots:
        raise SlipError(f"a QR code of {len(qr.content)} characters does not fit on {pen.paper.paper_mm} mm")
    if not pen.paper.qr_beside:
        left = (pen.paper.dots - side) // 2
        pen.boxes.append(QrModules(left, pen.y + quiet, rows))
        pen.gap(side + 2 * quiet)
        for text in qr.caption:
            pen.lines(text, CAPTION_SIZE_BELOW, align=Align.CENTRE)
            pen.gap(CAPTION_GAP_BELOW)
        pen.gap(RULE_GAP)
        return
    # The quiet zone lies within the head's width: the surroundings of the slip may not be white.
    left, top = quiet, pen.y
    pen.boxes.append(QrModules(left, top + quiet, rows))
    caption_left = left + side + quiet - pen.paper.margin
    caption_pen = _LayoutPen(pen.paper)
    for index, text in enumerate(qr.caption):
        caption_pen.gap(CAPTION_GAP_BESIDE if index else 0)
        caption_pen.lines(text, CAPTION_SIZE_BESIDE, left=caption_left)
    height = max(side + 2 * quiet, caption_pen.y + 2 * RULE_GAP)
    pen.boxes.extend(_moved_down(caption_pen.boxes, top + (height - caption_pen.y) // 2))
    pen.y = top + height - RULE_GAP


def qr_modules(content: str) -> tuple[tuple[bool, ...], ...]:
    """Return a QR code's rows of dark and light modules. Raises :class:`SlipError`."""
    try:
        length = len(content.encode())
    except UnicodeEncodeError as error:
        raise SlipError("a QR code holds text, not half of a character") from error
    if not 0 < length <= MAX_QR_BYTES:
        raise SlipError(f"a QR code holds 1 to {MAX_QR_BYTES} bytes, not {length}")
    code = segno.make(content, micro=False, error="m", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def _moved_down(boxes: Sequence[Box], dots: int) -> Iterator[Box]:
    """Yield a caption's lines of text (it has no other boxes) moved down by ``dots``."""
    for box in boxes:
        if isinstance(box, TextLine):
            yield TextLine(
                box.x, box.baseline + dots, box.top + dots, box.bottom + dots, box.width, box.text, box.em, box.bold
            )


def _logo(pen: _LayoutPen, logo: Logo) -> None:
    most = round(pen.paper.width * LOGO_WIDTH), round(LOGO_HEIGHT * pen.paper.text_scale)
    width, height = logo_size(logo.png, *most)
    pen.boxes.append(LogoDots((pen.paper.dots - width) // 2, pen.y, width, height, logo.png))
    pen.gap(height + LOGO_GAP)


def _rule(pen: _LayoutPen, rule: HorizontalRule) -> None:
    pen.gap(RULE_GAP)
    left, right = pen.paper.margin, pen.paper.dots - pen.paper.margin
    if rule.dashed:
        pen.boxes.extend(
            FilledBox(x, pen.y, min(x + DASH_LENGTH, right), pen.y + DASH_DOTS)
            for x in range(left, right, DASH_INTERVAL)
        )
        pen.gap(DASH_DOTS)
    else:
        pen.boxes.append(FilledBox(left, pen.y, right, pen.y + RULE_DOTS))
        pen.gap(RULE_DOTS)
    pen.gap(RULE_GAP)


def lay_out(slip: Slip, paper: PaperFormat) -> DotLayout:
    """Return the boxes of a slip, in dots from the top left. Raises :class:`SlipError`."""
    pen = _LayoutPen(paper)
    for element in slip.elements:
        _place(pen, element)
    return DotLayout(paper, max(1, pen.y), tuple(pen.boxes))


def _place(pen: _LayoutPen, element: Element) -> None:
    match element:
        case Text():
            _text(pen, element)
        case Pair():
            _pair(pen, element)
        case Number():
            _number(pen, element)
        case Inverse():
            _inverse(pen, element)
        case Bullets():
            _bullets(pen, element)
        case Qr():
            _qr(pen, element)
        case Logo():
            _logo(pen, element)
        case HorizontalRule():
            _rule(pen, element)
        case _:
            assert_never(element)
