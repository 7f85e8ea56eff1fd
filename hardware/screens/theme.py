"""Colours by their use, as tokens; high contrast changes the tokens and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Token(StrEnum):
    """What a colour is for. ``ON_…`` is text or lines on that ground; ``…2`` is supporting text."""

    PAPER = "paper"
    SURFACE = "surface"
    INK = "ink"
    INK2 = "ink2"
    ACTION = "action"
    ACTION_PRESSED = "action_pressed"
    ON_ACTION = "on_action"
    ON_ACTION2 = "on_action2"
    KEY_PRESSED = "key_pressed"
    ACCENT = "accent"
    CHOSEN = "chosen"
    TILE = "tile"
    ON_TILE = "on_tile"
    DOCK = "dock"
    PANEL = "panel"
    ON_PANEL = "on_panel"
    ON_PANEL2 = "on_panel2"
    WARN = "warn"
    ON_WARN = "on_warn"
    CODE = "code"
    ON_CODE = "on_code"
    GREEN = "green"
    GREEN_PALE = "green_pale"
    RED = "red"
    RED_PALE = "red_pale"
    LINE = "line"
    LINE_STRONG = "line_strong"
    NIGHT = "night"
    NIGHT2 = "night2"
    ON_NIGHT = "on_night"
    NIGHT_TEXT = "night_text"
    NIGHT_LINE = "night_line"
    CALL = "call"
    ON_CALL = "on_call"
    CALL_TILE = "call_tile"
    ON_CALL_TILE = "on_call_tile"
    BAND = "band"
    ON_BAND = "on_band"


Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Theme:
    """``edge_mm``: how thick the edge of what can be touched is."""

    name: str
    colours: Mapping[Token, Rgb]
    edge_mm: float

    def rgb(self, token: Token) -> Rgb:
        return self.colours[token]


def _rgb(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


_DAY: dict[Token, str] = {
    Token.PAPER: "#F6F4EF",
    Token.SURFACE: "#FFFFFF",
    Token.INK: "#171A21",
    Token.INK2: "#40454F",
    Token.ACTION: "#1F3573",
    Token.ACTION_PRESSED: "#142450",
    Token.ON_ACTION: "#FFFFFF",
    Token.ON_ACTION2: "#E6EAF5",
    Token.KEY_PRESSED: "#E6EAF5",
    Token.ACCENT: "#1F3573",
    Token.CHOSEN: "#E6EAF5",
    Token.TILE: "#E6EAF5",
    Token.ON_TILE: "#1F3573",
    Token.DOCK: "#E6EAF5",
    Token.PANEL: "#142450",
    Token.ON_PANEL: "#FFFFFF",
    Token.ON_PANEL2: "#C9D2EA",
    Token.WARN: "#FFF1CC",
    Token.ON_WARN: "#171A21",
    Token.CODE: "#FFFFFF",
    Token.ON_CODE: "#171A21",
    Token.GREEN: "#0C5238",
    Token.GREEN_PALE: "#E1F0E8",
    Token.RED: "#8C1B17",
    Token.RED_PALE: "#FBE7E3",
    Token.LINE: "#D5D0C5",
    Token.LINE_STRONG: "#767B87",
    Token.NIGHT: "#0B1430",
    Token.NIGHT2: "#172450",
    Token.ON_NIGHT: "#FFFFFF",
    Token.NIGHT_TEXT: "#C9D2EA",
    Token.NIGHT_LINE: "#3A4A7C",
    Token.CALL: "#FFC93C",
    Token.ON_CALL: "#171A21",
    Token.CALL_TILE: "#171A21",
    Token.ON_CALL_TILE: "#FFC93C",
    Token.BAND: "#FFFFFF",
    Token.ON_BAND: "#171A21",
}
_BLACK, _WHITE, _YELLOW = "#000000", "#FFFFFF", "#FFE04A"
_CONTRAST: dict[Token, str] = _DAY | {
    Token.PAPER: _BLACK,
    Token.SURFACE: _BLACK,
    Token.INK: _WHITE,
    Token.INK2: _WHITE,
    Token.ACTION: _YELLOW,
    Token.ACTION_PRESSED: _WHITE,
    Token.ON_ACTION: _BLACK,
    Token.ON_ACTION2: _BLACK,
    Token.KEY_PRESSED: "#333333",
    Token.ACCENT: _YELLOW,
    Token.CHOSEN: _BLACK,
    Token.TILE: _BLACK,
    Token.ON_TILE: _YELLOW,
    Token.DOCK: _BLACK,
    Token.PANEL: _BLACK,
    Token.ON_PANEL: _WHITE,
    Token.ON_PANEL2: _WHITE,
    Token.WARN: _BLACK,
    Token.ON_WARN: _WHITE,
    Token.GREEN: _WHITE,
    Token.GREEN_PALE: _BLACK,
    Token.RED: _WHITE,
    Token.RED_PALE: _BLACK,
    Token.LINE: _WHITE,
    Token.LINE_STRONG: _WHITE,
}

DAY = Theme("day", {token: _rgb(text) for token, text in _DAY.items()}, edge_mm=0.6)
CONTRAST = Theme("contrast", {token: _rgb(text) for token, text in _CONTRAST.items()}, edge_mm=1.0)


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
