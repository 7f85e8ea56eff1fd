"""Cleans, measures, wraps and draws the text of slips, in dots of the print head.

All printed text passes through ``clean``. ``em``, here and below, is the size of the font in dots.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parents[2] / "screens" / "fonts"
Measure = Callable[[str], int]
"""Returns the width in dots of a text that stands on one line."""

MAX_TEXT_LENGTH = 400
"""Characters of one text on a slip."""
MEASURES_CACHED, BITMAPS_CACHED = 4096, 256  # most lines of a slip are the same as on the slip before
SEPARATORS = frozenset("-–·")
"""Dashes and the middle dot: a line may end with one, but does not begin with one."""
LINE_HEIGHT = 1.2
"""The height of a line, in em. It is small, because paper takes time to print."""
BASELINE = 0.95
"""The distance from the top of a line to its baseline, in em. Only a line with stacked marks, as on Ẫ, has a larger one
(``ascent``), and is that much higher."""


def clean(text: str, max_length: int = MAX_TEXT_LENGTH) -> str:
    """Return ``text`` as NFC with single spaces, at most ``max_length`` characters long.

    A longer one ends in "…". Control, bidi, zero-width, private and unassigned characters are removed, so that no text
    can act as a command.
    """
    flat = " ".join(unicodedata.normalize("NFC", text).split())
    cleaned = "".join(character for character in flat if unicodedata.category(character)[0] != "C")
    cleaned = " ".join(cleaned.split())
    return cleaned if len(cleaned) <= max_length else cleaned[: max_length - 1].rstrip() + "…"


@lru_cache(maxsize=64)
def font(em: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """Return Noto Sans at a size of ``em`` dots."""
    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    # Basic layout: after NFC every Vietnamese letter is one glyph, and no letters may be reordered.
    return ImageFont.truetype(str(FONTS / name), em, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=MEASURES_CACHED)
def text_width(text: str, em: int, *, bold: bool) -> int:
    """Return the width of a line in dots, rounded up."""
    return -int(-font(em, bold=bold).getlength(text, mode="1") // 1)


def text_measure(em: int, *, bold: bool) -> Measure:
    """Return a function that measures text of this size, in dots."""
    return lambda text: text_width(text, em, bold=bold)


@lru_cache(maxsize=MEASURES_CACHED)
def _ink_box(text: str, em: int, *, bold: bool) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of a line's ink in dots.

    Right and bottom are exclusive. All are counted from the line's start and from its baseline, downwards: ``top`` is
    negative above the baseline. Measuring takes as long as drawing.
    """
    left, top, right, bottom = font(em, bold=bold).getbbox(text, mode="1", anchor="ls")
    return round(left), round(top), round(right), round(bottom)


def ascent(text: str, em: int, *, bold: bool) -> int:
    """Return the dots from the top of a line to its baseline."""
    return max(round(em * BASELINE), 1 - _ink_box(text, em, bold=bold)[1])


def descent(text: str, em: int, *, bold: bool) -> int:
    """Return the dots from the baseline to the bottom of the line."""
    return max(round(em * (LINE_HEIGHT - BASELINE)), _ink_box(text, em, bold=bold)[3])


@lru_cache(maxsize=BITMAPS_CACHED)
def text_bitmap(text: str, em: int, *, bold: bool) -> tuple[Image.Image, int, int]:
    """Return (dots, left, top) of a line. 1 is ink; left and top are those of ``_ink_box``."""
    left, top, right, bottom = _ink_box(text, em, bold=bold)
    dots = Image.new("1", (max(1, right - left), max(1, bottom - top)), 0)
    ImageDraw.Draw(dots).text((-left, -top), text, font=font(em, bold=bold), fill=1, anchor="ls")
    return dots, left, top


def wrap(text: str, width: int, measure: Measure) -> list[str]:
    """Return ``text`` in lines no wider than ``width`` dots.

    A word that is wider than that by itself is broken between characters.
    """
    lines: list[str] = []
    line, line_width, space = "", 0, measure(" ")
    for word in _words(text):
        # Letters have whole widths and are not kerned: words that are measured once add up.
        width_with_word = line_width + space + measure(word) if line else measure(word)
        if width_with_word <= width:
            line, line_width = f"{line} {word}" if line else word, width_with_word
            continue
        if line:
            lines.append(line)
        *full_lines, line = _break_word(word, width, measure)
        line_width = measure(line)
        lines.extend(full_lines)
    return [*lines, line] if line else lines


def _words(text: str) -> list[str]:
    """Return the words, each with the separator after it: no line begins with one."""
    words: list[str] = []
    for word in text.split():
        if word in SEPARATORS and words:
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def wrap_evenly(text: str, width: int, measure: Measure) -> list[str]:
    """Return ``text`` in as few lines as ``wrap`` returns, of nearly equal width.

    ``wrap`` alone may leave one short word on the last line. The lines are made narrower only as long as the first one
    has two words, and no word is broken that ``wrap`` leaves whole.
    """
    lines = wrap(text, width, measure)
    # Bisect for the smallest width that keeps the number of lines: `too_narrow` does not, `wide_enough` does.
    too_narrow, wide_enough = width // max(1, len(lines)), width
    while len(lines) > 1 and wide_enough - too_narrow > 4:
        candidate = (too_narrow + wide_enough) // 2
        narrower = wrap(text, candidate, measure)
        if len(narrower) == len(lines) and narrower[0].count(" ") and " ".join(narrower) == " ".join(lines):
            lines, wide_enough = narrower, candidate
        else:
            too_narrow = candidate
    return lines


def _break_word(word: str, width: int, measure: Measure) -> list[str]:
    """Return ``word`` in pieces no wider than ``width`` dots, each of a character or more."""
    pieces = [""]
    for character in word:
        if pieces[-1] and measure(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
