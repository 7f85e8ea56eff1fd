"""The slip for a slow serial line: Vietnamese as small pictures, the number and the code as the printer's own.

At 9600 baud a slip all of dots takes a minute. So lines are cut to their ink, values stand right behind their labels,
letters are a little smaller, dashed rules are left out, and what is large is drawn by the printer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PIL import Image

from hardware.printers import encode
from hardware.printers.drawing import layout, raster
from hardware.printers.drawing.lettering import clean
from hardware.printers.drawing.paper import LEAST_EM, Paper, SlipError
from hardware.printers.drawing.strip import Lettering, Strip
from hardware.printers.encode import Side
from hardware.printers.profile import Profile
from hardware.slip import Align, Element, Number, Qr, Rule, Slip, Text

CHARACTER_WIDTH, CHARACTER_HEIGHT = 12, 24
"""Dots of the printer's font A, in which every make agrees."""
SMALLER = 0.86
LONGEST_NUMBER = 12
AROUND_RULE = 7
AROUND_DASHES = 5
BESIDE_EM = 24


class Slow:
    """Puts a slip's elements on a strip, one after the other. ``fine``: the number is drawn smoothly, which takes
    about two thousand bytes more than the printer's own digits."""

    def __init__(self, paper: Paper, profile: Profile, *, fine: bool = False) -> None:
        floor = max(LEAST_EM, round(paper.text_floor * SMALLER))
        scale = paper.text_scale * SMALLER
        self._paper = replace(paper, text_scale=scale, text_floor=floor, qr_beside=False, pairs_apart=False)
        self._half = paper.dots // 16 * 8
        self._profile, self._fine = profile, fine
        self.strip = Strip(paper.dots // 8)
        self.strip.say(encode.units(profile.dpi))

    def number(self, number: Number) -> None:
        """As large as the printer's own letters get; as dots of twice the size where it has no such letters."""
        text = clean(number.number, LONGEST_NUMBER)
        times = min(self._profile.largest, self._paper.dots // (CHARACTER_WIDTH * max(1, len(text))))
        if self._fine or not text or not text.isascii() or times < 2:
            half = replace(self._paper, dots=self._half, margin=self._paper.margin // 2)
            half = replace(half, number_em=self._paper.number_em // 2)
            self.strip.doubled(raster.picture(Slip("", (number,)), half))
            return
        rows = times * CHARACTER_HEIGHT
        heavy = Lettering(text.encode(), bold=True)
        self.strip.line([heavy], Side.CENTRE, wide=times, high=times, rows=rows)

    def code(self, qr: Qr) -> None:
        """The code in the middle, its lines under it."""
        modules = layout.modules(qr.content)
        side = len(modules) * layout.MODULE
        quiet = layout.QUIET * layout.MODULE
        if side + 2 * quiet > self._paper.dots:
            raise SlipError(f"a QR code of {len(qr.content)} characters does not fit on {self._paper.mm} mm")
        self.strip.feed(quiet)
        if self._profile.native_qr and qr.content.isascii() and qr.content.isprintable():
            self.strip.code(qr.content, layout.MODULE, side)
        else:
            self.strip.doubled(self._drawn_code(modules))
        self.strip.feed(quiet)

    def rule(self, rule: Rule) -> None:
        """A thin line; of a dashed one only the room that it took."""
        if rule.dashed:
            self.strip.feed(AROUND_DASHES)
            return
        self.strip.feed(AROUND_RULE)
        line = Image.new("1", (self._half, 1), 1)
        margin = self._paper.margin // 2
        line.paste(0, (margin, 0, self._half - margin, 1))
        self.strip.doubled(line)
        self.strip.feed(AROUND_RULE)

    def drawn(self, elements: Sequence[Element]) -> None:
        """Anything at all, as dots."""
        if elements:
            self.strip.picture(raster.picture(Slip("", tuple(elements)), self._paper))

    def _drawn_code(self, modules: Sequence[Sequence[bool]]) -> Image.Image:
        """A QR code at half its size, in the middle."""
        module = layout.MODULE // 2
        image = Image.new("1", (self._half, len(modules) * module), 1)
        left = (self._half - len(modules) * module) // 2
        for y, row in enumerate(modules):
            for x, dark in enumerate(row):
                if dark:
                    at = (left + x * module, y * module)
                    image.paste(0, (*at, at[0] + module, at[1] + module))
        return image


def beside(qr: Qr) -> Iterator[Text]:
    """The lines that stand beside a code elsewhere, to stand under it."""
    return (Text(text, BESIDE_EM, align=Align.CENTRE) for text in qr.beside)


def hybrid(slip: Slip, paper: Paper, profile: Profile, *, fine: bool = False) -> Strip:
    """Raises :class:`hardware.printers.drawing.paper.SlipError`."""
    slow = Slow(paper, profile, fine=fine)
    lines: list[Element] = []
    for element in slip.elements:
        if not isinstance(element, Number | Qr | Rule):
            lines.append(element)
            continue
        slow.drawn(lines)
        lines = []
        match element:
            case Number():
                slow.number(element)
            case Qr():
                slow.code(element)
                lines += beside(element)
            case Rule():
                slow.rule(element)
    slow.drawn(lines)
    return slow.strip
