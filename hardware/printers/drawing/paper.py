"""The paper under a printer's head: how wide it is, and how large text on it may be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

LEAST_EM = 21


class SlipError(ValueError):
    """The slip cannot be drawn on this paper."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A width of roll: ``dots`` under the head, margin and text sizes in dots. ``pairs_apart``: values stand at the
    right edge, not behind their labels."""

    mm: int
    dots: int
    margin: int
    text_scale: float
    text_floor: int
    number_em: int
    qr_beside: bool
    pairs_apart: bool = True

    @property
    def width(self) -> int:
        """Dots between the margins."""
        return self.dots - 2 * self.margin


PAPERS: Mapping[int, Paper] = {
    80: Paper(80, 576, 20, 1.0, 23, 204, qr_beside=True),
    58: Paper(58, 384, 10, 0.89, 21, 144, qr_beside=False),
}


def paper(mm: int, dots: int | None = None) -> Paper:
    """The paper of a printer whose head has ``dots``, None for as many as usual. On a narrower head all is smaller in
    proportion; a wider one takes longer lines. Raises ``ValueError`` when the head does not go with the roll."""
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
        text_floor=min(usual.text_floor, max(LEAST_EM, round(usual.text_floor * ratio))),
        number_em=round(usual.number_em * ratio),
    )
