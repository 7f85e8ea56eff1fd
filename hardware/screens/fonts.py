"""Load the two fonts of the screens, measure texts and break them into lines.

Widths are in pixels, and ``px`` is the font size (em) in pixels.
"""

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

import pygame.font

FONT_FOLDER = Path(__file__).parent / "fonts"
CAP_HEIGHT_EM = 0.714  # height of a capital in em
CAP_CENTRE_EM = 0.357  # from the centre of a capital down to the baseline, in em
JOINER = "\u200d"  # zero-width joiner: joins its neighbours to one character


@lru_cache(maxsize=128)
def font(px: int, *, bold: bool) -> pygame.font.Font:
    """Return Noto Sans at a font size (em) of ``px`` pixels."""
    if not pygame.font.get_init():
        pygame.font.init()
    return pygame.font.Font(FONT_FOLDER / ("NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"), px)


@lru_cache(maxsize=8192)
def width_px(text: str, px: int, *, bold: bool) -> int:
    """Return the width of ``text`` on one line."""
    return font(px, bold=bold).size(text)[0]


def normalize(text: str) -> str:
    """Return ``text`` as it is measured and drawn: NFC with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clusters(text: str) -> list[str]:
    """Split ``text`` into grapheme clusters: a letter with its combining marks, or joined characters."""
    pieces: list[str] = []
    for character in text:
        if pieces and (unicodedata.category(character).startswith("M") or JOINER in (character, pieces[-1][-1])):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _words(text: str) -> list[str]:
    """Split ``text`` where lines may break: at spaces not before a dash or dot."""
    return normalize(text).replace(" - ", "\u00a0- ").replace(" · ", "\u00a0· ").split(" ")


def _break_word(word: str, px: int, max_width_px: int, *, bold: bool) -> list[str]:
    """Split a word into pieces no wider than ``max_width_px``, each of at least one cluster."""
    pieces: list[str] = []
    remaining = clusters(word)
    while remaining:
        fit_count = bisect_right(
            range(2, len(remaining) + 1),
            max_width_px,
            key=lambda count: width_px("".join(remaining[:count]), px, bold=bold),
        )
        pieces.append("".join(remaining[: fit_count + 1]))
        remaining = remaining[fit_count + 1 :]
    return pieces


@lru_cache(maxsize=4096)
def wrap(text: str, px: int, max_width_px: int, *, bold: bool) -> tuple[str, ...]:
    """Break ``text`` into lines no wider than ``max_width_px``, at spaces; a wider word between clusters."""
    lines: list[str] = []
    for word in _words(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_px(longer, px, bold=bold) <= max_width_px:
            lines[-1] = longer
        elif width_px(word, px, bold=bold) <= max_width_px:
            lines.append(word)
        else:
            lines += _break_word(word, px, max_width_px, bold=bold)
    return tuple(lines)


def fits(text: str, max_lines: int, px: int, max_width_px: int, *, bold: bool) -> bool:
    """Return whether ``text`` fits into ``max_lines`` lines with no word broken."""
    if len(wrap(text, px, max_width_px, bold=bold)) > max_lines:
        return False
    return all(width_px(word, px, bold=bold) <= max_width_px for word in _words(text))


def choose_lines(
    text: str, short_text: str | None, max_lines: int, px: int, max_width_px: int, *, bold: bool
) -> tuple[tuple[str, ...], bool]:
    """Return the lines to draw, and whether they fit.

    They are the lines of the text if it fits or has no short form, else those of its short form.
    """
    fitted = fits(text, max_lines, px, max_width_px, bold=bold)
    if not fitted and short_text is not None:
        text, fitted = short_text, fits(short_text, max_lines, px, max_width_px, bold=bold)
    return wrap(text, px, max_width_px, bold=bold), fitted
