"""Composes slips in the printer's own letters, on a code page confirmed by a person.

Such a slip takes half a second at 9600 baud. A line with letters that the code page lacks is sent as dots; no letter
is ever replaced by "?".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from hardware.printers import encode
from hardware.printers.drawing.codepages import REPLACEMENTS, CodePageEncoder
from hardware.printers.drawing.hybrid import CHARACTER_HEIGHT, CHARACTER_WIDTH, HybridComposer, caption_lines
from hardware.printers.drawing.lettering import clean, wrap_evenly
from hardware.printers.drawing.paper import PaperFormat
from hardware.printers.drawing.strip import Strip, TextRun
from hardware.printers.encode import Side
from hardware.printers.profile import Profile, VietnameseCodePage
from hardware.slips.slip import Align, Bullets, Element, HorizontalRule, Inverse, Logo, Number, Pair, Qr, Slip, Text

LINE_GAP = 3
"""Blank rows between two lines."""
MIN_DOUBLE_HEIGHT_SIZE = 30
"""A text of this size (``Text.size``) and more is printed twice as high."""
SIDE_BY_ALIGN: Mapping[Align, Side] = {Align.LEFT: Side.LEFT, Align.CENTRE: Side.CENTRE, Align.RIGHT: Side.RIGHT}


class _NativeComposer:
    """Puts elements on a strip as text.

    The margin is a whole number of spaces, which work on every make, and rules begin where text begins.
    """

    def __init__(self, paper: PaperFormat, profile: Profile, code_page: VietnameseCodePage) -> None:
        # Round half down: narrow margins save lines, and lines take time.
        spaces = ceil(paper.margin / CHARACTER_WIDTH - 0.5)
        self.paper = replace(paper, margin=spaces * CHARACTER_WIDTH)
        self.hybrid = HybridComposer(self.paper, profile)
        self.hybrid.strip.add_command(encode.SINGLE_BYTE_MODE)
        self._letters = CodePageEncoder(code_page)
        self._margin = " " * spaces

    def lines(self, text: str, *, indent: str = "") -> list[str]:
        """Return the text in even lines no wider than the paper.

        Each has ``indent`` before it. A text that is too long is broken at its middle dots first.
        """
        width = self.paper.width - _text_dots(indent)
        parts = [text] if _text_dots(text) <= width else text.split(" · ")
        return [indent + line for part in parts for line in wrap_evenly(part, width, _text_dots)]

    def add(self, lines: list[tuple[str, str, str]], side: Side = Side.LEFT, *, height_scale: int = 1) -> bool:
        """Add lines, each in three parts: plain, bold, white on black.

        Return False, with nothing added, when the printer's pages lack a letter of them.
        """
        margin = self._margin if side is Side.LEFT else ""
        page = self._letters.page
        encoded = [[self._letters.bytes_of(part) for part in (margin + plain, *others)] for plain, *others in lines]
        if any(part is None for line in encoded for part in line):
            self._letters.page = page  # the printer never receives the parts that could be encoded
            return False
        for plain, bold, white in encoded:
            pieces = [
                TextRun(plain or b""),
                TextRun(bold or b"", bold=True),
                TextRun(white or b"", inverse=True),
            ]
            rows = height_scale * CHARACTER_HEIGHT + LINE_GAP
            self.hybrid.strip.add_line(pieces, side, width_scale=1, height_scale=height_scale, rows=rows)
        return True


def _text_dots(text: str) -> int:
    """Return the width in dots. A character that is replaced may become several ("…" becomes "...")."""
    return CHARACTER_WIDTH * sum(len(REPLACEMENTS.get(character, character)) for character in text)


def _text(composer: _NativeComposer, text: Text) -> bool:
    lines = composer.lines(clean(text.text))
    parts = [("", line, "") if text.bold else (line, "", "") for line in lines]
    return composer.add(parts, SIDE_BY_ALIGN[text.align], height_scale=2 if text.size >= MIN_DOUBLE_HEIGHT_SIZE else 1)


def _pair(composer: _NativeComposer, pair: Pair) -> bool:
    label, value = clean(pair.label), clean(pair.value)
    if len(composer.lines(f"{label} {value}")) == 1:
        return composer.add([(f"{label} ", value, "")])
    return composer.add(
        [*((line, "", "") for line in composer.lines(label)), *_bold(composer.lines(value, indent="  "))]
    )


def _bold(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    return (("", line, "") for line in lines)


def _inverse(composer: _NativeComposer, mark: Inverse) -> bool:
    return composer.add(
        [("", "", f" {line} ") for line in composer.lines(clean(mark.text))], Side.CENTRE, height_scale=2
    )


def _bullets(composer: _NativeComposer, bullets: Bullets) -> bool:
    lines: list[str] = []
    for item in bullets.items:
        first, *others = composer.lines(clean(item), indent="  ") or [""]
        lines += [f"-{first[1:]}" if first else "", *others]
    return composer.add([(line, "", "") for line in lines if line])


def _number(composer: _NativeComposer, number: Number) -> bool:
    composer.hybrid.add_number(number)
    return True


def _qr(composer: _NativeComposer, qr: Qr) -> bool:
    composer.hybrid.add_qr(qr)
    for text in caption_lines(qr):
        _place(composer, text)
    return True


def _rule(composer: _NativeComposer, rule: HorizontalRule) -> bool:
    composer.hybrid.add_rule(rule)
    return True


def _logo(_composer: _NativeComposer, _element: Logo) -> bool:
    return False  # it is sent as dots


# Class of an element -> function that adds it; False: nothing was added, because a letter is on no page.
_COMPOSERS: Mapping[type[Element], Callable[[_NativeComposer, Any], bool]] = {
    Text: _text,
    Pair: _pair,
    Inverse: _inverse,
    Bullets: _bullets,
    Number: _number,
    Qr: _qr,
    Logo: _logo,
    HorizontalRule: _rule,
}


def _place(composer: _NativeComposer, element: Element) -> None:
    if not _COMPOSERS[type(element)](composer, element):
        composer.hybrid.add_as_dots([element])


def compose_native(slip: Slip, paper: PaperFormat, profile: Profile) -> Strip:
    """Compose a slip in the printer's own letters; its profile must have a code page.

    Raises :class:`hardware.printers.drawing.paper.SlipError`.
    """
    assert profile.code_page is not None
    composer = _NativeComposer(paper, profile, profile.code_page)
    for element in slip.elements:
        _place(composer, element)
    return composer.hybrid.strip
