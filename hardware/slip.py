"""A slip as data: the lines from top to bottom, before anyone knows what printer will take it.

``kiosk.slip`` turns a ticket into a :class:`Slip`; ``hardware.printers.drawing.raster`` turns a slip into dots.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; wraps, never cut. ``size`` is the em in dots of an 80 mm slip (scaled for 58 mm)."""

    text: str
    size: int = 27
    bold: bool = False
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Pair:
    """A label on the left, its value on the right in bold; the value wraps under when both do not fit."""

    label: str
    value: str
    size: int = 27


@dataclass(frozen=True, slots=True)
class Number:
    """The ticket number, the largest thing on the slip."""

    number: str


@dataclass(frozen=True, slots=True)
class Inverse:
    """White on black, centred: ƯU TIÊN, BẢN IN LẠI, DIỄN TẬP."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]
    size: int = 27


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code with a few lines beside it (under it on 58 mm)."""

    content: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across: 3 dots solid, or dashes of 2."""

    dashed: bool = False


Element = Text | Pair | Number | Inverse | Bullets | Qr | Rule


@dataclass(frozen=True, slots=True)
class Slip:
    """What is to be printed. ``number`` names the job for people; the elements come top to bottom."""

    number: str
    elements: tuple[Element, ...] = field(default=())
