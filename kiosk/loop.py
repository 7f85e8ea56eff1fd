"""The kiosk's main loop: wait for events, step, carry out effects, draw changes."""

from collections.abc import Callable, Hashable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from config.clock import Clock
from config.notify import NO_NOTIFIER, SystemdNotifier
from config.setup_notice import SetupNotice
from config.words import words
from hardware.ports import Printer
from hardware.screens.frames import Frames
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Scene
from hardware.screens.theme import Theme
from hardware.screens.touch import Finger, FingersGone, TapResult, Touch
from hardware.screens.window import Inbox, Window, WindowClosed
from kiosk.control_port import describe_state
from kiosk.flow.effects import Effect
from kiosk.flow.events import Event, PrinterHealthRead, SetupNoticeRead, Touched
from kiosk.flow.state import KioskState
from kiosk.flow.step import next_wake_s, step
from kiosk.flow.taps import Tap
from kiosk.screens.draw import draw, theme_of
from kiosk.screens.view import KioskView
from server.wire.station.events import Tick

LoopEvent = Event | Finger | FingersGone | WindowClosed
"""The items that the window and other threads put into the inbox."""


@dataclass(frozen=True, slots=True)
class LoopContext:
    """The parts that the loop works with. ``new_id`` returns a new request id for each tap.

    ``read_setup_notice`` returns the set-up code that this machine's server shows, None without one.
    ``frames``: publishes the drawn frames on the control port; None without one.
    """

    clock: Clock
    new_id: Callable[[], str]
    run_effect: Callable[[Effect, KioskState], None]
    printer: Printer | None
    frames: Frames | None
    notifier: SystemdNotifier = NO_NOTIFIER
    read_setup_notice: Callable[[], SetupNotice | None] = lambda: None


class KioskLoop:
    """Runs the kiosk: holds its state, and draws the screen after each change."""

    def __init__(
        self, state: KioskState, panel: Panel, window: Window, context: LoopContext, touch: Touch | None = None
    ) -> None:
        self._state, self._panel, self._window, self._context = state, panel, window, context
        self._touch = touch or Touch(panel)
        self._scene: Scene = ()
        self._last_drawn: tuple[Scene, str, Hashable | None, Mapping[str, object]] | None = None

    def run(self, inbox: Inbox[LoopEvent]) -> None:
        """Run until the window is closed or the program is to stop."""
        clock, notifier = self._context.clock, self._context.notifier
        self._tick()
        self._redraw()
        notifier.ready(f"shown: {self._state.visit.screen}")
        while True:
            notifier.alive()
            now = clock.now()
            for event in self._window.wait(inbox, notifier.limit_wait(next_wake_s(self._state, now) - now.mono_s)):
                match event:
                    case WindowClosed():
                        notifier.stopping()
                        return
                    case Finger():
                        self._handle_finger(event)
                    case FingersGone():
                        self._touch.release()
                    case _:
                        self._step(event)
            self._tick()
            self._redraw()

    def _handle_finger(self, finger: Finger) -> None:
        """Handle a finger event; report its result after the screen has been drawn.

        Earlier events are drawn first, so that the finger is matched with the screen of this moment.
        """
        self._redraw()
        results: list[TapResult] = []
        answered_here = replace(finger, on_result=results.append)  # the answer is held back until the screen is drawn
        tapped = self._touch.process(answered_here, self._scene, self._context.clock.mono_s())
        if tapped is not None and isinstance(tapped.target, Tap):
            if self._context.printer is not None:
                self._step(PrinterHealthRead(self._context.printer.health()))
            self._step(Touched(tapped.target, self._context.new_id()))
        self._redraw()
        if finger.on_result is not None:
            finger.on_result(results[0])

    def _tick(self) -> None:
        """Do all that is due by time; read the set-up code."""
        notice = self._context.read_setup_notice()
        if notice != self._state.setup_notice:
            self._step(SetupNoticeRead(notice))
        self._step(Tick())

    def _step(self, event: Event) -> None:
        self._state, effects = step(self._state, event, self._context.clock.now())
        for effect in effects:
            self._context.run_effect(effect, self._state)

    def _redraw(self) -> None:
        """Draw and show the screen, if it or its description has changed."""
        state, theme = self._state, theme_of(self._state)
        now = self._context.clock.now()
        self._scene = draw(KioskView(state, words(state.visit.access.language), now, self._panel))
        self._touch.show(self._scene, self._context.clock.mono_s())
        description = describe_state(state)
        drawn = (self._scene, theme.name, self._touch.pressed_id, description)
        if drawn == self._last_drawn:
            return
        self._last_drawn = drawn
        frames = self._context.frames
        with frames.drawing() if frames is not None else nullcontext():
            self._paint(theme)
            if frames is not None:
                frames.publish(self._window.surface, self._scene, self._panel, description)

    def _paint(self, theme: Theme) -> None:
        paint(self._window.surface, self._scene, self._panel, theme, pressed_id=self._touch.pressed_id)
        self._window.show()
