"""Composes slips for slow lines: Vietnamese as dots, number and QR code by the printer.

At 9600 baud a slip sent only as dots takes a minute. So lines are cropped to their ink, values follow directly after
their labels, letters are a little smaller, dashed rules are left out, and the printer draws large elements itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PIL import Image

from hardware.printers import encode
from hardware.printers.drawing import layout, raster
from hardware.printers.drawing.lettering import clean
from hardware.printers.drawing.paper import MIN_EM, PaperFormat, SlipError
from hardware.printers.drawing.strip import Strip, TextRun
from hardware.printers.encode import Side
from hardware.printers.profile import Profile
from hardware.slips.slip import Align, Element, HorizontalRule, Number, Qr, Slip, Text

CHARACTER_WIDTH, CHARACTER_HEIGHT = 12, 24
"""Size in dots of the printer's font A, the same on every make."""
TEXT_SCALE = 0.86
"""The text sizes are those of the raster form, times this factor."""
RULE_MARGIN = 7
"""Blank rows above and below a rule."""
DASHED_RULE_ROWS = 5
"""Blank rows in the place of a dashed rule."""
CAPTION_SIZE = 24
"""Text size of a QR code's caption, as in ``Text.size``."""


class HybridComposer:
    """Puts a slip's elements on a strip, one after the other.

    ``fine``: the number is drawn smoothly, which takes about two thousand bytes more than the printer's own digits.
    """

    def __init__(self, paper: PaperFormat, profile: Profile, *, fine: bool = False) -> None:
        min_em = max(MIN_EM, round(paper.min_em * TEXT_SCALE))
        scale = paper.text_scale * TEXT_SCALE
        self._paper = replace(paper, text_scale=scale, min_em=min_em, qr_beside=False, pairs_apart=False)
        self._half_width = paper.dots // 16 * 8
        self._profile, self._fine = profile, fine
        self.strip = Strip(paper.dots // 8)
        self.strip.add_command(encode.motion_units(profile.dpi))

    def add_number(self, number: Number) -> None:
        """Add the number, in the printer's own letters if these can be enlarged enough.

        Else, and always with ``fine``, it is drawn at half its size and doubled by the printer.
        """
        text = clean(number.number, layout.MAX_NUMBER_LENGTH)
        scale = min(self._profile.largest, self._paper.dots // (CHARACTER_WIDTH * max(1, len(text))))
        if self._fine or not text or not text.isascii() or scale < 2:
            half_paper = replace(self._paper, dots=self._half_width, margin=self._paper.margin // 2)
            half_paper = replace(half_paper, number_em=self._paper.number_em // 2)
            self.strip.add_doubled_image(raster.slip_image(Slip("", (number,)), half_paper))
            return
        rows = scale * CHARACTER_HEIGHT
        run = TextRun(text.encode(), bold=True)
        self.strip.add_line([run], Side.CENTRE, width_scale=scale, height_scale=scale, rows=rows)

    def add_qr(self, qr: Qr) -> None:
        """Add the QR code in the middle."""
        modules = layout.qr_modules(qr.content)
        side = len(modules) * layout.MODULE_DOTS
        quiet = layout.QUIET_MODULES * layout.MODULE_DOTS
        if side + 2 * quiet > self._paper.dots:
            raise SlipError(f"a QR code of {len(qr.content)} characters does not fit on {self._paper.paper_mm} mm")
        self.strip.feed(quiet)
        if self._profile.native_qr and qr.content.isascii() and qr.content.isprintable():
            self.strip.add_qr(qr.content, layout.MODULE_DOTS, side)
        else:
            self.strip.add_doubled_image(self._half_size_qr(modules))
        self.strip.feed(quiet)

    def add_rule(self, rule: HorizontalRule) -> None:
        """Add a thin line; for a dashed rule add only blank rows."""
        if rule.dashed:
            self.strip.feed(DASHED_RULE_ROWS)
            return
        self.strip.feed(RULE_MARGIN)
        line = Image.new("1", (self._half_width, 1), 1)
        margin = self._paper.margin // 2
        line.paste(0, (margin, 0, self._half_width - margin, 1))
        self.strip.add_doubled_image(line)
        self.strip.feed(RULE_MARGIN)

    def add_as_dots(self, elements: Sequence[Element]) -> None:
        """Add elements as dots."""
        if elements:
            self.strip.add_image(raster.slip_image(Slip("", tuple(elements)), self._paper))

    def _half_size_qr(self, modules: Sequence[Sequence[bool]]) -> Image.Image:
        """Return a QR code at half its size, centred; the printer doubles it."""
        module = layout.MODULE_DOTS // 2
        image = Image.new("1", (self._half_width, len(modules) * module), 1)
        left = (self._half_width - len(modules) * module) // 2
        for y, row in enumerate(modules):
            for x, dark in enumerate(row):
                if dark:
                    corner = (left + x * module, y * module)
                    image.paste(0, (*corner, corner[0] + module, corner[1] + module))
        return image


def caption_lines(qr: Qr) -> Iterator[Text]:
    """Return the caption of a QR code, to be printed below it. Other forms print it beside the code."""
    return (Text(text, CAPTION_SIZE, align=Align.CENTRE) for text in qr.caption)


def compose_hybrid(slip: Slip, paper: PaperFormat, profile: Profile, *, fine: bool = False) -> Strip:
    """Compose a slip for a slow link; ``fine``: with a smooth number, as in ``HybridComposer``.

    Raises :class:`hardware.printers.drawing.paper.SlipError`.
    """
    composer = HybridComposer(paper, profile, fine=fine)
    pending: list[Element] = []
    for element in slip.elements:
        if not isinstance(element, Number | Qr | HorizontalRule):
            pending.append(element)
            continue
        composer.add_as_dots(pending)
        pending = []
        match element:
            case Number():
                composer.add_number(element)
            case Qr():
                composer.add_qr(element)
                pending += caption_lines(element)
            case HorizontalRule():
                composer.add_rule(element)
    composer.add_as_dots(pending)
    return composer.strip
