"""A slip as data: its elements from top to bottom, for any printer.

``kiosk.effects.slip`` turns a ticket into a :class:`Slip`; ``hardware.printers.drawing.raster`` turns a slip into dots.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, which wraps.

    ``size``, here and in other elements, is the em in dots on 80 mm paper; on 58 mm it is scaled down.
    """

    text: str
    size: int = 27
    bold: bool = False
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Pair:
    """A label on the left, its value on the right in bold.

    The value wraps below the label when both do not fit.
    """

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
    """A list: each item wraps, with a bullet before its first line."""

    items: tuple[str, ...]
    size: int = 27


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code with a caption: texts beside it, on 58 mm below it. ``content``: the text in the code."""

    content: str
    caption: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Logo:
    """The office's logo in the middle of the slip. ``png``: a picture of the form of ``config.logo``."""

    png: bytes


@dataclass(frozen=True, slots=True)
class HorizontalRule:
    """A line across the slip: solid, 3 dots thick; or dashed, 2 dots thick."""

    dashed: bool = False


Element = Text | Pair | Number | Inverse | Bullets | Qr | Logo | HorizontalRule


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip to be printed.

    ``label`` names it for people in the log: a ticket's number, the code of a procedure, TEST. The elements come from
    top to bottom.
    """

    label: str
    elements: tuple[Element, ...] = field(default=())
