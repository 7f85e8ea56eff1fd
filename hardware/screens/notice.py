"""A notice that fills the screen of a station which cannot work yet."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from hardware.screens import fonts
from hardware.screens.frames import Frames
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Label, Piece, Rectangle, Scene, TextAlign, VAlign
from hardware.screens.theme import DAY, Colour
from hardware.screens.touch import Finger, TapResult
from hardware.screens.window import Inbox, Window, WindowClosed

SHORT_SIDE_MM = 300.0
"""The short side of the canvas of a notice."""
MARGIN_MM = 18.0
LEADING = 1.25
MIN_SCALE = 0.4
IDLE_S = 60.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ScreenNotice:
    """The content, from top to bottom, each text in two languages. ``number``: a code, over its ``number_label``."""

    titles: tuple[str, ...]
    number_label: str = ""
    number: str = ""
    texts: tuple[str, ...] = ()
    footer: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float
    colour: Colour
    bold: bool = False
    gap: float = 0.0


def notice_panel(width_px: int, height_px: int, width_mm: float) -> Panel:
    """Return the panel with the canvas of a notice, which fills every shape of screen."""
    scale = SHORT_SIDE_MM / min(width_px, height_px)
    return Panel(width_px, height_px, width_mm, canvas_mm=(width_px * scale, height_px * scale))


def notice_scene(notice: ScreenNotice, panel: Panel) -> Scene:
    """Return the scene of a notice, smaller where its texts do not fit."""
    width, height = panel.canvas_mm
    inner = Box(MARGIN_MM, MARGIN_MM, width - 2 * MARGIN_MM, height - 2 * MARGIN_MM)
    scale = 1.0
    while scale > MIN_SCALE and _height(_lines(notice, scale), panel, inner.w) > inner.h:
        scale *= 0.94
    lines = _lines(notice, scale)
    y = inner.y + max(0.0, (inner.h - _height(lines, panel, inner.w)) / 2)
    pieces: list[Piece] = [Rectangle(Box(0, 0, width, height), Colour.NIGHT)]
    for line in lines:
        count = _count(line, panel, inner.w)
        line_height = count * line.size * LEADING
        y += line.gap
        pieces.append(
            Label(
                Box(inner.x, y, inner.w, line_height),
                line.text,
                line.size,
                line.colour,
                bold=line.bold,
                align=TextAlign.CENTRE,
                valign=VAlign.MIDDLE,
                max_lines=count,
                leading=LEADING,
            )
        )
        y += line_height
    return tuple(pieces)


def _lines(notice: ScreenNotice, scale: float) -> Sequence[_Line]:
    lines = [
        _Line(text, (20 if index == 0 else 15) * scale, Colour.ON_NIGHT if index == 0 else Colour.NIGHT_TEXT, bold=True)
        for index, text in enumerate(notice.titles)
    ]
    if notice.number:
        lines.append(_Line(notice.number_label, 13 * scale, Colour.NIGHT_TEXT, gap=14 * scale))
        lines.append(_Line(notice.number, 52 * scale, Colour.CALL, bold=True))
    for index, text in enumerate(notice.texts):
        colour = Colour.ON_NIGHT if index == 0 else Colour.NIGHT_TEXT
        lines.append(_Line(text, 12 * scale, colour, gap=(14 if index == 0 else 6) * scale))
    if notice.footer:
        lines.append(_Line(notice.footer, 8 * scale, Colour.NIGHT_TEXT, gap=16 * scale))
    return lines


def _count(line: _Line, panel: Panel, width: float) -> int:
    return len(fonts.wrap(line.text, panel.em_px(line.size), panel.px(width), bold=line.bold))


def _height(lines: Sequence[_Line], panel: Panel, width: float) -> float:
    return sum(line.gap + _count(line, panel, width) * line.size * LEADING for line in lines)


class NoticeNotifier(Protocol):
    """Reports to systemd that the program is alive, implemented in ``config.notify``."""

    def ready(self, status: str) -> None: ...

    def alive(self) -> None: ...

    def limit_wait(self, wait_s: float) -> float: ...


@dataclass(frozen=True, slots=True)
class NoticeScreen:
    """The screen on which notices are shown. ``frames``: for the control port; None without one."""

    window: Window
    panel: Panel
    frames: Frames | None
    notifier: NoticeNotifier

    def draw(self, notice: ScreenNotice) -> None:
        """Draw and show a notice."""
        scene = notice_scene(notice, self.panel)
        with self.frames.drawing() if self.frames is not None else nullcontext():
            paint(self.window.surface, scene, self.panel, DAY)
            self.window.show()
            if self.frames is not None:
                description = {"screen": "notice", "title": notice.titles[0], "code": notice.number or None}
                self.frames.publish(self.window.surface, scene, self.panel, description)


class NoticeEnd:
    """The work behind the notices has ended."""


NoticeEvent = ScreenNotice | NoticeEnd | Finger | WindowClosed
"""The items of the inbox while notices are shown."""


class NoticeWork(Generic[Result]):
    """Runs ``work`` in a thread, and shows its notices meanwhile in the main thread.

    ``work`` shows a notice by ``inbox.put``. ``on_touch`` is called for each touch; ``on_stop`` must let ``work`` end.
    """

    def __init__(
        self,
        inbox: Inbox[NoticeEvent],
        work: Callable[[], Result],
        *,
        on_touch: Callable[[], object],
        on_stop: Callable[[], object],
    ) -> None:
        self._inbox, self._work = inbox, work
        self._on_touch, self._on_stop = on_touch, on_stop
        self._result: queue.SimpleQueue[Result] = queue.SimpleQueue()

    def run(self, screen: NoticeScreen) -> Result | None:
        """Return the result of the work; None after it was stopped or has failed."""
        thread = threading.Thread(target=self._run_work, name="notices")
        thread.start()
        self._show_until_end(screen)
        thread.join()
        return None if self._result.empty() else self._result.get()

    def _run_work(self) -> None:
        try:
            self._result.put(self._work())
        finally:
            self._inbox.put(NoticeEnd())

    def _show_until_end(self, screen: NoticeScreen) -> None:
        notifier = screen.notifier
        notifier.ready("waiting for enrolment")
        while True:
            notifier.alive()
            for event in screen.window.wait(self._inbox, notifier.limit_wait(IDLE_S)):
                match event:
                    case ScreenNotice():
                        screen.draw(event)
                    case NoticeEnd():
                        return
                    case WindowClosed():
                        self._on_stop()
                    case Finger():
                        if event.down:
                            self._on_touch()
                        if event.on_result is not None:
                            event.on_result(TapResult.NOTHING)
                    case _:
                        pass
