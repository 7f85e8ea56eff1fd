"""The office's notices: a part at a time in the message strip. Lengths are in millimetres."""

from collections.abc import Sequence

from hardware.screens import fonts
from kiosk.flow.state import ScreenName
from kiosk.screens.view import KioskView
from server.wire.messages import Notice

PART_S = 5
"""Each part of the notices is shown for so many seconds."""


def notice_text(view: KioskView, size: float, width: float, lines: int) -> str | None:
    """Return the part of the notices that is shown now.

    None without a notice, and beside a visitor's number. ``size`` (em), ``width`` and ``lines`` are those of the strip.
    """
    if view.visit.screen is ScreenName.RESULT:
        return None
    parts = [part for notice in _current_notices(view) for part in _parts(view, notice, size, width, lines)]
    return parts[view.now.wall_ms // (PART_S * 1000) % len(parts)] if parts else None


def _parts(view: KioskView, notice: Notice, size: float, width: float, lines: int) -> Sequence[str]:
    """Return the parts of a notice that fill the strip one after the other."""
    panel = view.panel
    text = fonts.normalize(view.words.pick(notice.text))
    wrapped = fonts.wrap(text, panel.em_px(size), panel.px(width), bold=True)
    return [" ".join(wrapped[start : start + lines]) for start in range(0, len(wrapped), lines)]


def _current_notices(view: KioskView) -> Sequence[Notice]:
    """Return the notices whose time it is."""
    office, now_ms = view.hall.office, view.now.wall_ms
    if office is None:
        return ()
    return [notice for notice in office.notices if notice.on_kiosk and notice.is_current(now_ms)]
