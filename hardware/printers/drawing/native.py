"""The slip in the printer's own letters: half a second at 9600 baud, on printers whose letters a person has read.

A line that the printer's pages cannot hold goes out as dots among the others; nothing is ever printed as "?".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from hardware.printers import encode
from hardware.printers.drawing.codepages import PLAIN, Letters
from hardware.printers.drawing.hybrid import CHARACTER_HEIGHT, CHARACTER_WIDTH, Slow, beside
from hardware.printers.drawing.lettering import balanced, clean
from hardware.printers.drawing.paper import Paper
from hardware.printers.drawing.strip import Lettering, Strip
from hardware.printers.encode import Side
from hardware.printers.profile import CodePage, Profile
from hardware.slip import Align, Bullets, Element, Inverse, Number, Pair, Qr, Rule, Slip, Text

BETWEEN_LINES = 3
TALL_FROM = 30
"""A text of this size and more is printed twice as high."""
SIDES: Mapping[Align, Side] = {Align.LEFT: Side.LEFT, Align.CENTRE: Side.CENTRE, Align.RIGHT: Side.RIGHT}


class _Typed:
    """Puts elements on a strip as text. Its margin is made of spaces, which every make obeys, so it is a whole number
    of them, and rules begin where text begins."""

    def __init__(self, paper: Paper, profile: Profile, pages: CodePage) -> None:
        spaces = ceil(paper.margin / CHARACTER_WIDTH - 0.5)  # half of one: none, lines are paper and paper is time
        self.paper = replace(paper, margin=spaces * CHARACTER_WIDTH)
        self.slow = Slow(self.paper, profile)
        self.slow.strip.say(encode.NO_PAIRS)
        self._letters = Letters(pages)
        self._margin = " " * spaces

    def lines(self, text: str, *, indent: str = "") -> list[str]:
        """The text in lines as wide as the paper and as even as can be, parted at its dots first."""
        width = self.paper.width - _wide(indent)
        parts = [text] if _wide(text) <= width else text.split(" · ")
        return [indent + line for one in parts for line in balanced(one, width, _wide)]

    def says(self, lines: list[tuple[str, str, str]], where: Side = Side.LEFT, *, high: int = 1) -> bool:
        """Lines, each in three parts: plain, bold, white on black. False, and nothing said, when the printer's pages do
        not hold them."""
        margin = self._margin if where is Side.LEFT else ""
        page = self._letters.page
        coded = [[self._letters.bytes_of(part) for part in (margin + plain, *more)] for plain, *more in lines]
        if any(part is None for line in coded for part in line):
            self._letters.page = page  # the printer never receives the parts that could be encoded
            return False
        for plain, heavy, white in coded:
            pieces = [
                Lettering(plain or b""),
                Lettering(heavy or b"", bold=True),
                Lettering(white or b"", inverse=True),
            ]
            rows = high * CHARACTER_HEIGHT + BETWEEN_LINES
            self.slow.strip.line(pieces, where, wide=1, high=high, rows=rows)
        return True


def _wide(text: str) -> int:
    """In dots; a sign that no page has may take several characters' room."""
    return CHARACTER_WIDTH * sum(len(PLAIN.get(one, one)) for one in text)


def _text(typed: _Typed, text: Text) -> bool:
    lines = typed.lines(clean(text.text))
    parts = [("", line, "") if text.bold else (line, "", "") for line in lines]
    return typed.says(parts, SIDES[text.align], high=2 if text.size >= TALL_FROM else 1)


def _pair(typed: _Typed, pair: Pair) -> bool:
    label, value = clean(pair.label), clean(pair.value)
    if len(typed.lines(f"{label} {value}")) == 1:
        return typed.says([(f"{label} ", value, "")])
    return typed.says([*((line, "", "") for line in typed.lines(label)), *_bold(typed.lines(value, indent="  "))])


def _bold(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    return (("", line, "") for line in lines)


def _inverse(typed: _Typed, mark: Inverse) -> bool:
    return typed.says([("", "", f" {line} ") for line in typed.lines(clean(mark.text))], Side.CENTRE, high=2)


def _bullets(typed: _Typed, bullets: Bullets) -> bool:
    lines: list[str] = []
    for item in bullets.items:
        first, *more = typed.lines(clean(item), indent="  ") or [""]
        lines += [f"-{first[1:]}" if first else "", *more]
    return typed.says([(line, "", "") for line in lines if line])


def _number(typed: _Typed, number: Number) -> bool:
    typed.slow.number(number)
    return True


def _qr(typed: _Typed, qr: Qr) -> bool:
    typed.slow.code(qr)
    for text in beside(qr):
        _place(typed, text)
    return True


def _rule(typed: _Typed, rule: Rule) -> bool:
    typed.slow.rule(rule)
    return True


_SAID: Mapping[type[Element], Callable[[_Typed, Any], bool]] = {
    Text: _text,
    Pair: _pair,
    Inverse: _inverse,
    Bullets: _bullets,
    Number: _number,
    Qr: _qr,
    Rule: _rule,
}


def _place(typed: _Typed, element: Element) -> None:
    if not _SAID[type(element)](typed, element):
        typed.slow.drawn([element])


def native(slip: Slip, paper: Paper, profile: Profile) -> Strip:
    """The profile must have a code page. Raises :class:`hardware.printers.drawing.paper.SlipError`."""
    assert profile.code_page is not None
    typed = _Typed(paper, profile, profile.code_page)
    for element in slip.elements:
        _place(typed, element)
    return typed.slow.strip
