"""Where everything on a slip stands: a slip and a paper give boxes in dots. Pure; ``raster`` draws them.

Text wraps and is never cut; on 58 mm the lines of the QR code stand under it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

import segno

from hardware.printers.drawing.lettering import advance, balanced, clean, fall, font, lettered, rise, wrap
from hardware.printers.drawing.paper import Paper, SlipError
from hardware.slip import Align, Bullets, Element, Inverse, Number, Pair, Qr, Rule, Slip, Text

LONGEST_QR = 180
MODULE = 6
QUIET = 4
RULE_GAP = 5


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text. ``x`` is its left edge, ``baseline`` where it stands, ``top`` and ``bottom`` its line."""

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
class Bar:
    """A filled rectangle; right and bottom edges are not part of it."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Modules:
    """A QR code without its margin; ``rows`` of dark and light modules."""

    left: int
    top: int
    rows: tuple[tuple[bool, ...], ...]

    @property
    def side(self) -> int:
        return len(self.rows) * MODULE


Box = Words | Bar | Modules


@dataclass(frozen=True, slots=True)
class Layout:
    paper: Paper
    height: int
    boxes: tuple[Box, ...]


class _Pen:
    """Puts boxes under one another."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.y = 0
        self.boxes: list[Box] = []

    def em(self, size: int) -> int:
        return max(self.paper.text_floor, round(size * self.paper.text_scale))

    def lines(
        self, text: str, size: int, *, bold: bool = False, align: Align = Align.LEFT, left: int = 0, width: int = 0
    ) -> None:
        """A paragraph from ``left`` (from the margin) over ``width``, which is all that is left by default."""
        em = self.em(size)
        width = width or self.paper.width - left
        fill = wrap if align is Align.LEFT else balanced
        for line in fill(clean(text), width, lettered(em, bold=bold)):
            self.line(line, em, bold=bold, align=align, left=left, width=width)

    def line(
        self, line: str, em: int, *, bold: bool, align: Align, left: int, width: int, baseline: int | None = None
    ) -> None:
        """One line; given a ``baseline`` it stands there, beside another."""
        wide = advance(line, em, bold=bold)
        spare = {Align.LEFT: 0, Align.CENTRE: (width - wide) // 2, Align.RIGHT: width - wide}[align]
        top = self.y
        if baseline is None:
            baseline = top + rise(line, em, bold=bold)
        else:
            top = baseline - rise(line, em, bold=bold)
        bottom = baseline + fall(line, em, bold=bold)
        x = self.paper.margin + left + spare
        self.boxes.append(Words(x, baseline, top, bottom, wide, line, em, bold))
        self.y = max(self.y, bottom)

    def gap(self, dots: int) -> None:
        self.y += dots


def _text(pen: _Pen, text: Text) -> None:
    pen.lines(text.text, text.size, bold=text.bold, align=text.align)


def _pair(pen: _Pen, pair: Pair) -> None:
    width = pen.paper.width
    label, value = clean(pair.label), clean(pair.value)
    if not pen.paper.pairs_apart:
        _pair_together(pen, label, value, pen.em(pair.size))
        return
    # Up to two dots smaller is better than a second line.
    for em in (pen.em(pair.size - less) for less in range(3)):
        if advance(label, em, bold=False) + em // 2 + advance(value, em, bold=True) > width:
            continue
        baseline = pen.y + max(rise(label, em, bold=False), rise(value, em, bold=True))
        pen.line(label, em, bold=False, align=Align.LEFT, left=0, width=width, baseline=baseline)
        pen.line(value, em, bold=True, align=Align.RIGHT, left=0, width=width, baseline=baseline)
        return
    pen.lines(label, pair.size)
    pen.lines(value, pair.size, bold=True, align=Align.RIGHT)


def _pair_together(pen: _Pen, label: str, value: str, em: int) -> None:
    """The value right behind its label: half as many dots to send as with white between them."""
    width = pen.paper.width
    start = advance(label, em, bold=False) + em // 3
    if start + advance(value, em, bold=True) > width:
        pen.lines(label, em)
        pen.lines(value, em, bold=True, left=em)
        return
    baseline = pen.y + max(rise(label, em, bold=False), rise(value, em, bold=True))
    pen.line(label, em, bold=False, align=Align.LEFT, left=0, width=width, baseline=baseline)
    pen.line(value, em, bold=True, align=Align.LEFT, left=start, width=width - start, baseline=baseline)


def _number(pen: _Pen, number: Number) -> None:
    """Each character in the middle of its own cell; all cells shrink together until they fit."""
    text = clean(number.number, 12)
    em = pen.paper.number_em
    while em > pen.paper.text_floor and sum(_cell(one, em) for one in text) > pen.paper.width:
        em -= 1
    if not text or sum(_cell(one, em) for one in text) > pen.paper.width:
        raise SlipError(f"the number {text!r} does not fit on {pen.paper.mm} mm")
    high = round(em * 0.714)
    top, baseline = pen.y, pen.y + round(em * 0.11) + high
    x = pen.paper.margin + (pen.paper.width - sum(_cell(one, em) for one in text)) // 2
    tail = int(font(em, bold=True).getbbox(text, mode="1", anchor="ls")[3])
    bottom = baseline + max(round(em * 0.09), tail)
    for one in text:
        wide = advance(one, em, bold=True)
        left = x + (_cell(one, em) - wide) // 2
        pen.boxes.append(Words(left, baseline, top, bottom, wide, one, em, bold=True))
        x += _cell(one, em)
    pen.y = bottom


def _cell(character: str, em: int) -> int:
    if character.isdigit():
        return round(em * 0.59)
    return max(round(em * 0.59), advance(character, em, bold=True) + round(em * 0.02))


def _inverse(pen: _Pen, mark: Inverse) -> None:
    text, side = clean(mark.text), max(6, round(14 * pen.paper.text_scale))
    width = pen.paper.width - 2 * side
    # One line that is smaller is shorter and reads better than two; two are as large as they may be.
    smaller = range(pen.em(33), pen.paper.text_floor - 1, -1)
    em = next((one for one in smaller if advance(text, one, bold=True) <= width), pen.em(27))
    lines = balanced(text, width, lettered(em, bold=True))
    pen.gap(4)
    top, pad = pen.y, 3
    widest = max((advance(line, em, bold=True) for line in lines), default=0)
    pen.gap(pad)
    words: list[Words] = []
    for line in lines:
        wide = advance(line, em, bold=True)
        baseline = pen.y + rise(line, em, bold=True)
        bottom = baseline + fall(line, em, bold=True)
        x = pen.paper.margin + (pen.paper.width - wide) // 2
        words.append(Words(x, baseline, pen.y, bottom, wide, line, em, bold=True, white=True))
        pen.y = bottom
    pen.gap(pad)
    left = pen.paper.margin + (pen.paper.width - widest) // 2 - side
    if words:
        pen.boxes.extend([Bar(left, top, left + widest + 2 * side, pen.y), *words])
    pen.gap(4)


def _bullets(pen: _Pen, bullets: Bullets) -> None:
    em = pen.em(bullets.size)
    square = round(em * 0.34)
    for item in bullets.items:
        top = pen.y
        pen.lines(item, bullets.size, left=em)
        if pen.y > top:
            middle = top + round(em * 0.65)
            left = pen.paper.margin + 2
            pen.boxes.append(Bar(left, middle - square // 2, left + square, middle - square // 2 + square))


def _qr(pen: _Pen, qr: Qr) -> None:
    rows = modules(qr.content)
    # The white that a rule leaves above and below counts towards the code's own.
    pen.gap(-min(RULE_GAP, pen.y))
    side, quiet = len(rows) * MODULE, QUIET * MODULE
    if side + 2 * quiet > pen.paper.dots:
        raise SlipError(f"a QR code of {len(qr.content)} characters does not fit on {pen.paper.mm} mm")
    if not pen.paper.qr_beside:
        left = (pen.paper.dots - side) // 2
        pen.boxes.append(Modules(left, pen.y + quiet, rows))
        pen.gap(side + 2 * quiet)
        for text in qr.beside:
            pen.lines(text, 24, align=Align.CENTRE)
            pen.gap(4)
        pen.gap(RULE_GAP)
        return
    # The paper beyond the head's edge is white too, but what is beside the slip is not ours to promise.
    left, top = quiet, pen.y
    pen.boxes.append(Modules(left, top + quiet, rows))
    start = left + side + quiet - pen.paper.margin
    beside = _Pen(pen.paper)
    for number, text in enumerate(qr.beside):
        beside.gap(8 if number else 0)
        beside.lines(text, 25, left=start)
    height = max(side + 2 * quiet, beside.y + 2 * RULE_GAP)
    pen.boxes.extend(_moved(beside.boxes, top + (height - beside.y) // 2))
    pen.y = top + height - RULE_GAP


def modules(content: str) -> tuple[tuple[bool, ...], ...]:
    """A QR code's rows of dark and light modules. Raises :class:`SlipError`."""
    try:
        length = len(content.encode())
    except UnicodeEncodeError as error:
        raise SlipError("a QR code holds text, not half of a character") from error
    if not 0 < length <= LONGEST_QR:
        raise SlipError(f"a QR code holds 1 to {LONGEST_QR} bytes, not {length}")
    code = segno.make(content, micro=False, error="m", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def _moved(boxes: Sequence[Box], down: int) -> Iterator[Box]:
    for box in boxes:
        if isinstance(box, Words):
            yield Words(
                box.x, box.baseline + down, box.top + down, box.bottom + down, box.width, box.text, box.em, box.bold
            )


def _rule(pen: _Pen, rule: Rule) -> None:
    pen.gap(RULE_GAP)
    left, right = pen.paper.margin, pen.paper.dots - pen.paper.margin
    if rule.dashed:
        pen.boxes.extend(Bar(x, pen.y, min(x + 5, right), pen.y + 2) for x in range(left, right, 9))
        pen.gap(2)
    else:
        pen.boxes.append(Bar(left, pen.y, right, pen.y + 3))
        pen.gap(3)
    pen.gap(RULE_GAP)


def lay_out(slip: Slip, paper: Paper) -> Layout:
    """Where everything stands, in dots from the top left. Raises :class:`SlipError`."""
    pen = _Pen(paper)
    for element in slip.elements:
        _place(pen, element)
    return Layout(paper, max(1, pen.y), tuple(pen.boxes))


def _place(pen: _Pen, element: Element) -> None:
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
        case Rule():
            _rule(pen, element)
        case _:
            assert_never(element)
