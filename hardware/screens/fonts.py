"""The two faces that ship with the screens, and how texts are measured and broken into lines."""

import unicodedata
from functools import lru_cache
from pathlib import Path

import pygame.font

FOLDER = Path(__file__).parent / "fonts"
CAP_EM = 0.714  # height of a capital in em
CAP_CENTRE_EM = 0.357  # baseline below the capitals' centre


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


@lru_cache(maxsize=4096)
def wrap(text: str, px: int, room_px: int, *, bold: bool) -> tuple[str, ...]:
    """``text`` in lines no wider than ``room_px``, broken at spaces only; a longer word stands alone."""
    lines: list[str] = []
    for word in tidy(text).replace(" - ", "\u00a0- ").replace(" · ", "\u00a0· ").split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_px(longer, px, bold=bold) <= room_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def fits(lines: tuple[str, ...], most: int, px: int, room_px: int, *, bold: bool) -> bool:
    """Whether all ``lines`` have their room."""
    return len(lines) <= most and all(width_px(line, px, bold=bold) <= room_px for line in lines)


def choose_lines(
    text: str, short: str | None, most: int, px: int, room_px: int, *, bold: bool
) -> tuple[tuple[str, ...], bool]:
    """The lines to show and whether they fit: the text if it does, else its short form."""
    lines = wrap(text, px, room_px, bold=bold)
    if fits(lines, most, px, room_px, bold=bold):
        return lines, True
    if short is not None:
        lines = wrap(short, px, room_px, bold=bold)
        return lines, fits(lines, most, px, room_px, bold=bold)
    return lines, False
