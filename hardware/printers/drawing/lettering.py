"""Letters in dots: what a text may hold, how wide it is, where it wraps.

Everything that a slip prints passes ``clean``.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parents[2] / "screens" / "fonts"
Measure = Callable[[str], int]
"""How wide a piece of a line is."""

LONGEST_TEXT = 400
MEASURED, DRAWN = 4096, 256  # most lines of a slip are those of the slip before
DASHES = frozenset("-–·")
LINE = 1.2
BASELINE = 0.95
"""In em: the height of a line, and where in it the letters stand. Tight, because paper is time; a line with the
stacked marks of Ẫ takes as much more as they need (``rise``)."""


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text that is only text: NFC, white space as single spaces, no control, bidi, zero-width, private or
    unassigned characters, at most ``longest`` characters. Everything a slip prints passes here."""
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(character for character in flat if unicodedata.category(character)[0] != "C")
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


@lru_cache(maxsize=64)
def font(em: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    # Basic layout: after NFC every Vietnamese letter is one glyph, and nothing may reorder.
    return ImageFont.truetype(str(FONTS / name), em, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=MEASURED)
def advance(text: str, em: int, *, bold: bool) -> int:
    """The width of a line in dots, rounded up."""
    return -int(-font(em, bold=bold).getlength(text, mode="1") // 1)


def lettered(em: int, *, bold: bool) -> Measure:
    """Measures in dots, as drawn."""
    return lambda text: advance(text, em, bold=bold)


@lru_cache(maxsize=MEASURED)
def _edges(text: str, em: int, *, bold: bool) -> tuple[int, int, int, int]:
    """Where a line's ink lies, from where its letters begin and stand; to measure it takes as long as to draw it."""
    left, top, right, bottom = font(em, bold=bold).getbbox(text, mode="1", anchor="ls")
    return round(left), round(top), round(right), round(bottom)


def rise(text: str, em: int, *, bold: bool) -> int:
    """Dots from the top of a line to where its letters stand."""
    return max(round(em * BASELINE), 1 - _edges(text, em, bold=bold)[1])


def fall(text: str, em: int, *, bold: bool) -> int:
    """Dots from where the letters stand to the bottom of the line."""
    return max(round(em * (LINE - BASELINE)), _edges(text, em, bold=bold)[3])


@lru_cache(maxsize=DRAWN)
def ink(text: str, em: int, *, bold: bool) -> tuple[Image.Image, int, int]:
    """A line's dots, set where there is ink, and how far right of its start and below its baseline they begin."""
    left, top, right, bottom = _edges(text, em, bold=bold)
    dots = Image.new("1", (max(1, right - left), max(1, bottom - top)), 0)
    ImageDraw.Draw(dots).text((-left, -top), text, font=font(em, bold=bold), fill=1, anchor="ls")
    return dots, left, top


def wrap(text: str, width: int, wide: Measure) -> list[str]:
    """Lines no wider than ``width``; a word that is too wide alone is broken between characters."""
    lines: list[str] = []
    line, used, space = "", 0, wide(" ")
    for word in _words(text):
        # Letters have whole widths and are not kerned: words that are measured once add up.
        longer = used + space + wide(word) if line else wide(word)
        if longer <= width:
            line, used = f"{line} {word}" if line else word, longer
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, width, wide)
        used = wide(line)
        lines.extend(whole)
    return [*lines, line] if line else lines


def _words(text: str) -> list[str]:
    """What may not be parted: words, each with the dash that follows it, so that no line begins with one."""
    words: list[str] = []
    for word in text.split():
        if word in DASHES and words:
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def balanced(text: str, width: int, wide: Measure) -> list[str]:
    """As ``wrap``, in as many lines, but the lines as even as can be: no last word stands alone."""
    lines = wrap(text, width, wide)
    narrowest, widest = width // max(1, len(lines)), width
    while len(lines) > 1 and widest - narrowest > 4:
        middle = (narrowest + widest) // 2
        tried = wrap(text, middle, wide)
        if len(tried) == len(lines) and tried[0].count(" ") and " ".join(tried) == " ".join(lines):
            lines, widest = tried, middle
        else:
            narrowest = middle
    return lines


def _broken(word: str, width: int, wide: Measure) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and wide(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
