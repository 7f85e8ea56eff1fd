"""The kiosk's one loop: wait, think, do, draw what changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from config.clock import Clock
from config.notify import NOBODY, Supervisor
from config.words import words
from hardware.ports import Printer
from hardware.screens.frames import Frames
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.scene import Scene
from hardware.screens.theme import Theme
from hardware.screens.touch import Finger, FingersGone, Touch, Verdict
from hardware.screens.window import Closed, Inbox, Window
from kiosk import state as k
from kiosk.flow import step, wakes_s
from kiosk.parts import View
from kiosk.screens import described, draw, theme_of

Do = Callable[[k.Effect, k.State], None]
Happening = k.What | Finger | FingersGone | Closed


@dataclass(frozen=True, slots=True)
class Outside:
    """What the loop works with. ``new_id``: a fresh request id for each tap."""

    clock: Clock
    new_id: Callable[[], str]
    do: Do
    printer: Printer | None
    frames: Frames | None
    supervisor: Supervisor = NOBODY


class Loop:
    """Holds the state between two things that happen."""

    def __init__(
        self, state: k.State, panel: Panel, window: Window, outside: Outside, touch: Touch | None = None
    ) -> None:
        self._state, self._panel, self._window, self._outside = state, panel, window, outside
        self._touch = touch or Touch(panel)
        self._scene: Scene = ()
        self._shown: tuple[Scene, str, str | None, Mapping[str, object]] | None = None

    def run(self, inbox: Inbox[Happening]) -> None:
        """Until the window is closed or the station is told to end."""
        supervisor = self._outside.supervisor
        self._think(k.Ticked())
        self._redraw()
        supervisor.ready(f"shown: {self._state.screen}")
        while True:
            supervisor.alive()
            now = self._outside.clock.now()
            for what in self._window.wait(inbox, supervisor.within(wakes_s(self._state, now))):
                match what:
                    case Closed():
                        supervisor.stopping()
                        return
                    case Finger():
                        self._feel(what)
                    case FingersGone():
                        self._touch.release()
                    case _:
                        self._think(what)
            self._think(k.Ticked())
            self._redraw()

    def _feel(self, finger: Finger) -> None:
        """Whoever waits to hear what became of the finger hears it when the screen shows it.

        What happened just before is shown first: a finger is judged by the screen of this moment.
        """
        self._redraw()
        verdicts: list[Verdict] = []
        felt = replace(finger, answer=verdicts.append)
        tapped = self._touch.feel(felt, self._scene, self._outside.clock.mono_s())
        if tapped is not None:
            if self._outside.printer is not None:
                self._think(k.PrinterSeen(self._outside.printer.health()))
            self._think(k.Touched(tapped.target, self._outside.new_id()))
        self._redraw()
        if finger.answer is not None:
            finger.answer(verdicts[0])

    def _think(self, what: k.What) -> None:
        self._state, effects = step(self._state, what, self._outside.clock.now())
        for effect in effects:
            self._outside.do(effect, self._state)

    def _redraw(self) -> None:
        """Draw and show, if anything looks different or is told differently."""
        state, theme = self._state, theme_of(self._state)
        view = View(state, words(state.access.language), self._outside.clock.now(), self._panel)
        self._scene = draw(view)
        self._touch.show(self._scene, self._outside.clock.mono_s())
        told = described(state)
        shown = (self._scene, theme.name, self._touch.pressed, told)
        if shown == self._shown:
            return
        self._shown = shown
        self._paint(theme)
        if self._outside.frames is not None:
            self._outside.frames.publish(self._window.surface, self._scene, self._panel, told)

    def _paint(self, theme: Theme) -> None:
        paint(self._window.surface, self._scene, self._panel, theme, pressed=self._touch.pressed)
        self._window.show()
