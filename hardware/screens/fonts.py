"""The two faces that ship with the screens, and how texts are measured and broken into lines."""

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

import pygame.font

FOLDER = Path(__file__).parent / "fonts"
CAP_EM = 0.714  # height of a capital in em
CAP_CENTRE_EM = 0.357  # baseline below the capitals' centre
JOINER = "\u200d"  # makes one sign of its neighbours


@lru_cache(maxsize=128)
def face(px: int, *, bold: bool) -> pygame.font.Font:
    """Noto Sans at an em of ``px`` pixels."""
    if not pygame.font.get_init():
        pygame.font.init()
    return pygame.font.Font(FOLDER / ("NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"), px)


@lru_cache(maxsize=8192)
def width_px(text: str, px: int, *, bold: bool) -> int:
    """How wide ``text`` is on one line."""
    return face(px, bold=bold).size(text)[0]


def tidy(text: str) -> str:
    """NFC, single spaces: the form in which texts are measured and drawn."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def clusters(text: str) -> list[str]:
    """Split ``text`` between grapheme clusters: a letter keeps its combining marks and joined signs."""
    pieces: list[str] = []
    for sign in text:
        if pieces and (unicodedata.category(sign).startswith("M") or JOINER in (sign, pieces[-1][-1])):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _words(text: str) -> list[str]:
    """Split ``text`` into words; a dash or dot between two words stays with the word before it."""
    return tidy(text).replace(" - ", "\u00a0- ").replace(" · ", "\u00a0· ").split(" ")


def _broken(word: str, px: int, room_px: int, *, bold: bool) -> list[str]:
    """Break ``word`` into pieces no wider than ``room_px``, each of one cluster at least."""
    pieces: list[str] = []
    rest = clusters(word)
    while rest:
        fitting = bisect_right(
            range(2, len(rest) + 1), room_px, key=lambda count: width_px("".join(rest[:count]), px, bold=bold)
        )
        pieces.append("".join(rest[: fitting + 1]))
        rest = rest[fitting + 1 :]
    return pieces


@lru_cache(maxsize=4096)
def wrap(text: str, px: int, room_px: int, *, bold: bool) -> tuple[str, ...]:
    """Break ``text`` into lines of at most ``room_px``, at spaces; a wider word between clusters."""
    lines: list[str] = []
    for word in _words(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_px(longer, px, bold=bold) <= room_px:
            lines[-1] = longer
        elif width_px(word, px, bold=bold) <= room_px:
            lines.append(word)
        else:
            lines += _broken(word, px, room_px, bold=bold)
    return tuple(lines)


def fits(text: str, most: int, px: int, room_px: int, *, bold: bool) -> bool:
    """Return whether ``text`` fits into ``most`` lines with every word whole."""
    if len(wrap(text, px, room_px, bold=bold)) > most:
        return False
    return all(width_px(word, px, bold=bold) <= room_px for word in _words(text))


def choose_lines(
    text: str, short: str | None, most: int, px: int, room_px: int, *, bold: bool
) -> tuple[tuple[str, ...], bool]:
    """The lines to show and whether they fit: the text if it does, else its short form."""
    fit = fits(text, most, px, room_px, bold=bold)
    if not fit and short is not None:
        text, fit = short, fits(short, most, px, room_px, bold=bold)
    return wrap(text, px, room_px, bold=bold), fit
