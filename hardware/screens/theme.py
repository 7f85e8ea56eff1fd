"""Colours named by their use; each theme gives each name its RGB value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Colour(StrEnum):
    """The use of a colour. ``ON_X``: text or lines on a background ``X``; ``…2``: supporting text, less prominent.

    ``PAPER``: background of the kiosk's screens; ``SURFACE``: of buttons and dialogs; ``INK``: texts. ``ACTION``: the
    main button. ``…_PRESSED``: that of a button under a finger. ``WARN``: background of warnings; ``GREEN``: text of
    good news, ``RED``: of bad news, each on the background ``…_PALE``. ``LINE``: thin lines; ``LINE_STRONG``: outlines
    of buttons. ``ACCENT``: icons, marks and ticket numbers; ``CHOSEN``: background of a chosen answer. ``TILE``: the
    square of a service's letter. ``DOCK``: the row of settings. ``PANEL``: the notice of a closed hall. ``CODE``:
    background of a QR code and of the notice about a missing slip. ``NIGHT``: background of the TV, with ``NIGHT_TEXT``
    and ``NIGHT_LINE`` on it. ``CALL``: background of a call on the TV; ``CALL_TILE``: the square of its counter.
    ``BAND``: the band of messages at the bottom of the TV.
    """

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
    """The RGB values of all colours. ``edge_mm``: thickness of the outline of touch targets."""

    name: str
    colours: Mapping[Colour, Rgb]
    edge_mm: float

    def rgb(self, colour: Colour) -> Rgb:
        return self.colours[colour]


def _rgb(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


_DAY: dict[Colour, str] = {
    Colour.PAPER: "#F6F4EF",
    Colour.SURFACE: "#FFFFFF",
    Colour.INK: "#171A21",
    Colour.INK2: "#40454F",
    Colour.ACTION: "#1F3573",
    Colour.ACTION_PRESSED: "#142450",
    Colour.ON_ACTION: "#FFFFFF",
    Colour.ON_ACTION2: "#E6EAF5",
    Colour.KEY_PRESSED: "#E6EAF5",
    Colour.ACCENT: "#1F3573",
    Colour.CHOSEN: "#E6EAF5",
    Colour.TILE: "#E6EAF5",
    Colour.ON_TILE: "#1F3573",
    Colour.DOCK: "#E6EAF5",
    Colour.PANEL: "#142450",
    Colour.ON_PANEL: "#FFFFFF",
    Colour.ON_PANEL2: "#C9D2EA",
    Colour.WARN: "#FFF1CC",
    Colour.ON_WARN: "#171A21",
    Colour.CODE: "#FFFFFF",
    Colour.ON_CODE: "#171A21",
    Colour.GREEN: "#0C5238",
    Colour.GREEN_PALE: "#E1F0E8",
    Colour.RED: "#8C1B17",
    Colour.RED_PALE: "#FBE7E3",
    Colour.LINE: "#D5D0C5",
    Colour.LINE_STRONG: "#767B87",
    Colour.NIGHT: "#0B1430",
    Colour.NIGHT2: "#172450",
    Colour.ON_NIGHT: "#FFFFFF",
    Colour.NIGHT_TEXT: "#C9D2EA",
    Colour.NIGHT_LINE: "#3A4A7C",
    Colour.CALL: "#FFC93C",
    Colour.ON_CALL: "#171A21",
    Colour.CALL_TILE: "#171A21",
    Colour.ON_CALL_TILE: "#FFC93C",
    Colour.BAND: "#FFFFFF",
    Colour.ON_BAND: "#171A21",
}
_BLACK, _WHITE, _YELLOW = "#000000", "#FFFFFF", "#FFE04A"
_CONTRAST: dict[Colour, str] = _DAY | {
    Colour.PAPER: _BLACK,
    Colour.SURFACE: _BLACK,
    Colour.INK: _WHITE,
    Colour.INK2: _WHITE,
    Colour.ACTION: _YELLOW,
    Colour.ACTION_PRESSED: _WHITE,
    Colour.ON_ACTION: _BLACK,
    Colour.ON_ACTION2: _BLACK,
    Colour.KEY_PRESSED: "#333333",
    Colour.ACCENT: _YELLOW,
    Colour.CHOSEN: _BLACK,
    Colour.TILE: _BLACK,
    Colour.ON_TILE: _YELLOW,
    Colour.DOCK: _BLACK,
    Colour.PANEL: _BLACK,
    Colour.ON_PANEL: _WHITE,
    Colour.ON_PANEL2: _WHITE,
    Colour.WARN: _BLACK,
    Colour.ON_WARN: _WHITE,
    Colour.GREEN: _WHITE,
    Colour.GREEN_PALE: _BLACK,
    Colour.RED: _WHITE,
    Colour.RED_PALE: _BLACK,
    Colour.LINE: _WHITE,
    Colour.LINE_STRONG: _WHITE,
}

DAY = Theme("day", {colour: _rgb(text) for colour, text in _DAY.items()}, edge_mm=0.6)
CONTRAST = Theme("contrast", {colour: _rgb(text) for colour, text in _CONTRAST.items()}, edge_mm=1.0)


def contrast_ratio(colour: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    light, dark = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Rgb) -> float:
    channels = [channel / 255 for channel in colour]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
