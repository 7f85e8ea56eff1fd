"""Finding what is wrong with a layout: texts that overflow or lie on each other, targets too small."""

from hardware.screens import fonts
from hardware.screens.paint import label_lines, line_tops
from hardware.screens.panel import Panel
from hardware.screens.scene import Align, Code, Ground, Icon, Label, Number, Scene, Shade, Target, number_em

LEAST_TARGET_MM = 20.0
_SLACK_PX = 1
ACCENT_EM = 0.2  # what an accent on a capital needs above it
TAIL_EM = 0.22  # and a letter's tail below

Rect = tuple[int, int, int, int]


def problems(scene: Scene, panel: Panel) -> list[str]:
    """Sentences about texts that do not fit their boxes, leave the canvas or lie on another text; empty is good.

    What lies under a shade is not looked at.
    """
    shades = [place for place, piece in enumerate(scene) if isinstance(piece, Shade)]
    seen = scene[shades[-1] + 1 :] if shades else scene
    found: list[str] = []
    inked: list[tuple[str, Rect]] = []
    for piece in seen:
        match piece:
            case Label():
                lines, fit = label_lines(piece, panel)
                if not fit:
                    found.append(f"{piece.text!r} does not fit {piece.box.w:.0f} mm in {piece.lines} line(s)")
                tall = len(lines) * piece.leading * piece.size_mm
                if len(lines) > 1 and tall > piece.box.h + 0.1:
                    found.append(f"{piece.text!r}: {len(lines)} lines are {tall:.0f} mm high, box {piece.box.h:.0f}")
                inked.append((piece.text, _label_rect(piece, lines, panel)))
            case Number():
                wide = number_em(piece.text) * piece.size_mm
                if wide > piece.box.w + 0.1:
                    found.append(f"{piece.text!r} is {wide:.0f} mm wide, box {piece.box.w:.0f}")
                inked.append((piece.text, _number_rect(piece, panel)))
            case Icon() | Code():
                name = piece.name if isinstance(piece, Icon) else "QR"
                inked.append((f"({name})", panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h)))
            case _:
                pass
    found += _sticking_out(seen, panel)
    left, top = panel.origin_px
    canvas = (left, top, panel.px(panel.canvas_mm[0]), panel.px(panel.canvas_mm[1]))
    found += [f"{text!r} leaves the canvas" for text, rect in inked if not _inside(rect, canvas)]
    for place, (text, rect) in enumerate(inked):
        found += [f"{text!r} lies on {other!r}" for other, under in inked[:place] if _meet(rect, under)]
    return found


def small_targets(scene: Scene, least_mm: float = LEAST_TARGET_MM) -> list[str]:
    """Sentences about targets narrower or lower than ``least_mm``, and about targets that overlap."""
    touched = [piece for piece in scene if isinstance(piece, Target)]
    found = [
        f"{one.id}: {one.box.w:.0f} x {one.box.h:.0f} mm"
        for one in touched
        if min(one.box.w, one.box.h) < least_mm - 0.01
    ]
    for place, one in enumerate(touched):
        for other in touched[:place]:
            apart = (
                one.box.x >= other.box.right - 0.01
                or other.box.x >= one.box.right - 0.01
                or one.box.y >= other.box.bottom - 0.01
                or other.box.y >= one.box.bottom - 0.01
            )
            if not apart and not any(isinstance(piece, Shade) for piece in scene):
                found.append(f"{one.id} lies on {other.id}")
    return found


def _label_rect(label: Label, lines: tuple[str, ...], panel: Panel) -> Rect:
    """Around the capitals of the lines: what the eye reads as the text's place."""
    px = panel.em_px(label.size_mm)
    width = max(fonts.width_px(line, px, bold=label.bold) for line in lines)
    left, _, room, _ = panel.rect(label.box.x, label.box.y, label.box.w, label.box.h)
    aside = {Align.LEFT: 0, Align.CENTRE: (room - width) // 2, Align.RIGHT: room - width}[label.align]
    centres = line_tops(label, len(lines), panel)
    half = round(fonts.CAP_CENTRE_EM * px)
    return left + aside, centres[0] - half, width, centres[-1] - centres[0] + 2 * half


def _number_rect(number: Number, panel: Panel) -> Rect:
    px = panel.em_px(number.size_mm)
    width = round(number_em(number.text) * px)
    left, top, room, height = panel.rect(number.box.x, number.box.y, number.box.w, number.box.h)
    aside = {Align.LEFT: 0, Align.CENTRE: (room - width) // 2, Align.RIGHT: room - width}[number.align]
    half = round(fonts.CAP_CENTRE_EM * px)
    return left + aside, top + height // 2 - half, width, 2 * half


def _sticking_out(seen: Scene, panel: Panel) -> list[str]:
    """Texts that stand on a key or panel and leave it, accents and tails included, or run into a key."""
    found: list[str] = []
    holders: list[Rect] = []
    keys = [
        panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h)
        for piece in seen
        if isinstance(piece, Target) and piece.fill is not None
    ]
    for piece in seen:
        if isinstance(piece, Target | Ground) and (piece.fill is not None or piece.edge is not None):
            holders.append(panel.rect(piece.box.x, piece.box.y, piece.box.w, piece.box.h))
        elif isinstance(piece, Label):
            lines, _ = label_lines(piece, panel)
            rect = _label_rect(piece, lines, panel)
            px = panel.em_px(piece.size_mm)
            middle = (rect[0] + rect[2] // 2, rect[1] + rect[3] // 2)
            whole = (rect[0], rect[1] - round(ACCENT_EM * px), rect[2], rect[3] + round((ACCENT_EM + TAIL_EM) * px))
            found += [
                f"{piece.text!r} sticks out of its key or panel"
                for holder in holders
                if _holds(holder, middle) and not _inside(whole, holder)
            ]
            found += [f"{piece.text!r} runs into a key" for key in keys if not _holds(key, middle) and _meet(rect, key)]
    return found


def _holds(rect: Rect, point: tuple[int, int]) -> bool:
    return rect[0] <= point[0] < rect[0] + rect[2] and rect[1] <= point[1] < rect[1] + rect[3]


def _inside(rect: Rect, canvas: Rect) -> bool:
    return (
        rect[0] >= canvas[0] - _SLACK_PX
        and rect[1] >= canvas[1] - _SLACK_PX
        and rect[0] + rect[2] <= canvas[0] + canvas[2] + _SLACK_PX
        and rect[1] + rect[3] <= canvas[1] + canvas[3] + _SLACK_PX
    )


def _meet(one: Rect, other: Rect) -> bool:
    return (
        one[0] + _SLACK_PX < other[0] + other[2]
        and other[0] + _SLACK_PX < one[0] + one[2]
        and one[1] + _SLACK_PX < other[1] + other[3]
        and other[1] + _SLACK_PX < one[1] + one[3]
    )
