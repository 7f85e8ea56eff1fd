"""The paper under a printer's head: its width and the sizes of text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

MIN_EM = 21
"""The smallest text on any paper, in dots."""


class SlipError(ValueError):
    """The slip cannot be drawn on this paper."""


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """A width of paper, with the sizes of a slip on it, in dots.

    ``paper_mm``: the paper's width in mm; ``dots``: the head's; ``margin``: blank dots on the left, and as many on the
    right. ``text_scale``: text sizes in proportion to an 80 mm slip, but not below ``min_em``. ``number_em``: size of
    the ticket number. ``qr_beside``: a QR code has its caption beside it, else below it. ``pairs_apart``: values stand
    at the right edge, not behind their labels.
    """

    paper_mm: int
    dots: int
    margin: int
    text_scale: float
    min_em: int
    number_em: int
    qr_beside: bool
    pairs_apart: bool = True

    @property
    def width(self) -> int:
        """Return the dots between the margins."""
        return self.dots - 2 * self.margin


PAPERS: Mapping[int, PaperFormat] = {
    80: PaperFormat(80, 576, 20, 1.0, 23, 204, qr_beside=True),
    58: PaperFormat(58, 384, 10, 0.89, 21, 144, qr_beside=False),
}
"""The usual formats, by the paper's width in mm."""


def paper(mm: int, dots: int | None = None) -> PaperFormat:
    """Return the format of a roll of paper under a head of ``dots``.

    ``mm``: the width of the roll, 80 or 58. ``dots`` None: the usual number. On a narrower head everything is smaller
    in proportion; a wider one takes longer lines. Raises ``ValueError`` when the head does not go with the roll.
    """
    usual = PAPERS[mm]
    if dots is None or dots == usual.dots:
        return usual
    ratio = dots / usual.dots
    if dots % 8 or not 0.85 <= ratio <= 1.15:
        raise ValueError(f"no printer for {mm} mm has {dots} dots; usual are {usual.dots}")
    if ratio > 1:
        return replace(usual, dots=dots)
    return replace(
        usual,
        dots=dots,
        margin=round(usual.margin * ratio),
        text_scale=usual.text_scale * ratio,
        min_em=min(usual.min_em, max(MIN_EM, round(usual.min_em * ratio))),
        number_em=round(usual.number_em * ratio),
    )
