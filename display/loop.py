"""The display's main loop: wait for events, step, carry out effects, draw changes."""

from collections.abc import Callable
from contextlib import nullcontext

from config.clock import Clock
from config.notify import NO_NOTIFIER, SystemdNotifier
from config.words import words
from display.effects.speech_page import SpeechPage
from display.flow.effects import Effect
from display.flow.events import Event, Played, SpeedChanged
from display.flow.state import DisplayState
from display.flow.step import next_wake_s, step
from display.screens.layout import Layout
from display.screens.screen import scene_of
from display.screens.view import DisplayView, ScreenKind, next_view_s, view_of
from hardware.screens.frames import Frames
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.theme import DAY
from hardware.screens.touch import Finger, FingersGone, TapResult
from hardware.screens.window import Inbox, Window, WindowClosed
from server.wire.station.events import Tick

LoopEvent = Event | Finger | FingersGone | WindowClosed
"""The items that the window and other threads put into the inbox."""


class DisplayLoop:
    """Runs the hall TV: holds its state, and draws the screen after each change."""

    def __init__(
        self,
        state: DisplayState,
        clock: Clock,
        run_effect: Callable[[Effect], None],
        *,
        language: str,
        speech_page: SpeechPage,
        notifier: SystemdNotifier = NO_NOTIFIER,
    ) -> None:
        self._state, self._clock, self._run_effect = state, clock, run_effect
        self._words, self._speech_page = words(language), speech_page
        self._notifier = notifier
        self._last_view: DisplayView | None = None

    def run(self, inbox: Inbox[LoopEvent], window: Window, layout: Layout, panel: Panel, frames: Frames | None) -> None:
        """Run until the window is closed or the program is to stop."""
        self._handle(Tick())
        self._draw(window, layout, panel, frames)
        self._notifier.ready("the first picture is shown")
        while True:
            self._notifier.alive()
            now = self._clock.now()
            wake_s = min(next_wake_s(self._state, now), next_view_s(self._state, now))
            for event in window.wait(inbox, self._notifier.limit_wait(max(0.0, wake_s - now.mono_s))):
                match event:
                    case WindowClosed():
                        self._notifier.stopping()
                        return
                    case Finger():  # the TV has no touch targets
                        if event.on_result is not None:
                            event.on_result(TapResult.NOTHING)
                    case FingersGone():
                        pass
                    case _:
                        self._handle(event)
            self._handle(Tick())
            self._draw(window, layout, panel, frames)

    def _handle(self, event: Event) -> None:
        speed = self._clock.speed()
        if speed != self._state.speed:
            self._step(SpeedChanged(speed))
        if isinstance(event, Played):
            self._speech_page.end()
        self._step(event)

    def _step(self, event: Event) -> None:
        self._state, effects = step(self._state, event, self._clock.now())
        for effect in effects:
            self._run_effect(effect)

    def _draw(self, window: Window, layout: Layout, panel: Panel, frames: Frames | None) -> None:
        """Draw the screen, if its content has changed."""
        view = view_of(self._state, self._words, self._clock.now(), lines_per_page=layout.lines_per_page)
        if view == self._last_view:
            return
        self._last_view = view
        scene = scene_of(view, layout, panel, self._words)
        with frames.drawing() if frames is not None else nullcontext():
            paint(window.surface, scene, panel, DAY)
            window.show()
            if frames is not None:
                frames.publish(window.surface, scene, panel, describe_view(view, self._state))


def describe_view(view: DisplayView, state: DisplayState) -> dict[str, object]:
    """Return the content of the screen as JSON values, for the control port."""
    panel, message, board = view.call_panel, view.message, state.board
    description: dict[str, object] = {
        "screen": view.kind.value,
        "text": view.text,
        "stale": view.stale_warning,
        "number": panel.number if panel is not None else None,
        "counter": panel.counter if panel is not None else None,
        "calls": [{"number": row.number, "counter": row.counter, "calling": row.calling} for row in view.rows],
        "message": message.text if message is not None else None,
        "rev": board.rev if board is not None else None,
        "epoch": board.epoch if board is not None else None,
    }
    if view.kind is ScreenKind.BOARD:
        description["waiting"] = [
            {"prefix": line.prefix, "name": line.name, "count": line.count} for page in view.waiting for line in page
        ]
    return description
