"""Checks of a layout: texts that overflow or overlap, targets that are too small."""

from hardware.screens import fonts
from hardware.screens.paint import label_lines, line_centres
from hardware.screens.panel import Panel
from hardware.screens.scene import (
    Icon,
    Label,
    NumberLabel,
    QrCode,
    Rectangle,
    Scene,
    Shade,
    Target,
    TextAlign,
    number_width_em,
)

MIN_TARGET_MM = 20.0
_SLACK_PX = 1
ACCENT_EM = 0.2  # height of an accent above a capital
TAIL_EM = 0.22  # depth of a letter below the baseline

Rect = tuple[int, int, int, int]


def problems(scene: Scene, panel: Panel) -> list[str]:
    """Return a sentence for each text that overflows its box or the canvas, or overlaps.

    Pieces under a shade are not checked.
    """
    shades = [place for place, piece in enumerate(scene) if isinstance(piece, Shade)]
    visible = scene[shades[-1] + 1 :] if shades else scene
    sentences: list[str] = []
    inked: list[tuple[str, Rect]] = []
    for piece in visible:
        match piece:
            case Label():
                lines, fit = label_lines(piece, panel)
                if not fit:
                    sentences.append(f"{piece.text!r} does not fit {piece.box.w:.0f} mm in {piece.max_lines} line(s)")
                tall = len(lines) * piece.leading * piece.size_mm
                if len(lines) > 1 and tall > piece.box.h + 0.1:
                    sentences.append(
                        f"{piece.text!r}: {len(lines)} lines are {tall:.0f} mm high, box {piece.box.h:.0f}"
                    )
                inked.append((piece.text, _label_rect(piece, lines, panel)))
            case NumberLabel():
                wide = number_width_em(piece.text) * piece.size_mm
                if wide > piece.box.w + 0.1:
                    sentences.append(f"{piece.text!r} is {wide:.0f} mm wide, box {piece.box.w:.0f}")
                inked.append((piece.text, _number_rect(piece, panel)))
            case Icon() | QrCode():
                name = piece.name if isinstance(piece, Icon) else "QR"
                inked.append((f"({name})", panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h)))
            case _:
                pass
    sentences += _overflowing(visible, panel)
    left, top = panel.origin_px
    canvas = (left, top, panel.px(panel.canvas_mm[0]), panel.px(panel.canvas_mm[1]))
    sentences += [f"{text!r} leaves the canvas" for text, rect in inked if not _inside(rect, canvas)]
    for place, (text, rect) in enumerate(inked):
        sentences += [f"{text!r} lies on {other!r}" for other, under in inked[:place] if _meet(rect, under)]
    return sentences


def small_targets(scene: Scene, min_mm: float = MIN_TARGET_MM) -> list[str]:
    """Return a sentence for each target smaller than ``min_mm``, and for targets that overlap."""
    touched = [piece for piece in scene if isinstance(piece, Target)]
    sentences = [
        f"{target.id}: {target.box.w:.0f} x {target.box.h:.0f} mm"
        for target in touched
        if min(target.box.w, target.box.h) < min_mm - 0.01
    ]
    for index, target in enumerate(touched):
        for other in touched[:index]:
            apart = (
                target.box.x >= other.box.right - 0.01
                or other.box.x >= target.box.right - 0.01
                or target.box.y >= other.box.bottom - 0.01
                or other.box.y >= target.box.bottom - 0.01
            )
            if not apart and not any(isinstance(piece, Shade) for piece in scene):
                sentences.append(f"{target.id} lies on {other.id}")
    return sentences


def _label_rect(label: Label, lines: tuple[str, ...], panel: Panel) -> Rect:
    """Return the rectangle around the capitals of the lines."""
    px = panel.em_px(label.size_mm)
    width = max(fonts.width_px(line, px, bold=label.bold) for line in lines)
    left, _, room, _ = panel.rect(label.box.x, label.box.y, label.box.w, label.box.h)
    aside = {TextAlign.LEFT: 0, TextAlign.CENTRE: (room - width) // 2, TextAlign.RIGHT: room - width}[label.align]
    centres = line_centres(label, len(lines), panel)
    half = round(fonts.CAP_CENTRE_EM * px)
    return left + aside, centres[0] - half, width, centres[-1] - centres[0] + 2 * half


def _number_rect(number: NumberLabel, panel: Panel) -> Rect:
    px = panel.em_px(number.size_mm)
    width = round(number_width_em(number.text) * px)
    left, top, room, height = panel.rect(number.box.x, number.box.y, number.box.w, number.box.h)
    aside = {TextAlign.LEFT: 0, TextAlign.CENTRE: (room - width) // 2, TextAlign.RIGHT: room - width}[number.align]
    half = round(fonts.CAP_CENTRE_EM * px)
    return left + aside, top + height // 2 - half, width, 2 * half


def _overflowing(visible: Scene, panel: Panel) -> list[str]:
    """Return a sentence for each text that leaves its panel or touches a key."""
    sentences: list[str] = []
    holders: list[Rect] = []
    keys = [
        panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h)
        for piece in visible
        if isinstance(piece, Target) and piece.fill is not None
    ]
    for piece in visible:
        if isinstance(piece, Target | Rectangle) and (piece.fill is not None or piece.edge_colour is not None):
            holders.append(panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h))
        elif isinstance(piece, Label):
            lines, _ = label_lines(piece, panel)
            rect = _label_rect(piece, lines, panel)
            px = panel.em_px(piece.size_mm)
            middle = (rect[0] + rect[2] // 2, rect[1] + rect[3] // 2)
            extent = (
                rect[0],
                rect[1] - round(ACCENT_EM * px),
                rect[2],
                rect[3] + round((ACCENT_EM + TAIL_EM) * px),
            )
            sentences += [
                f"{piece.text!r} sticks out of its key or panel"
                for holder in holders
                if _holds(holder, middle) and not _inside(extent, holder)
            ]
            sentences += [
                f"{piece.text!r} runs into a key" for key in keys if not _holds(key, middle) and _meet(rect, key)
            ]
    return sentences


def _holds(rect: Rect, point: tuple[int, int]) -> bool:
    return rect[0] <= point[0] < rect[0] + rect[2] and rect[1] <= point[1] < rect[1] + rect[3]


def _inside(rect: Rect, canvas: Rect) -> bool:
    return (
        rect[0] >= canvas[0] - _SLACK_PX
        and rect[1] >= canvas[1] - _SLACK_PX
        and rect[0] + rect[2] <= canvas[0] + canvas[2] + _SLACK_PX
        and rect[1] + rect[3] <= canvas[1] + canvas[3] + _SLACK_PX
    )


def _meet(rect: Rect, other: Rect) -> bool:
    return (
        rect[0] + _SLACK_PX < other[0] + other[2]
        and other[0] + _SLACK_PX < rect[0] + rect[2]
        and rect[1] + _SLACK_PX < other[1] + other[3]
        and other[1] + _SLACK_PX < rect[1] + rect[3]
    )
