"""The display's one loop: wait, think, do, draw what changed."""

from collections.abc import Callable

from config.clock import Clock
from config.notify import NOBODY, Supervisor
from config.words import words
from display.board import Display, due, step
from display.events import Effect, Paced, Played, Tick, What
from display.places import Places
from display.screen import scene
from display.speech import Speech
from display.view import Kind, View, look, next_look
from hardware.screens.frames import Frames
from hardware.screens.paint import paint
from hardware.screens.panel import Panel
from hardware.screens.theme import DAY
from hardware.screens.touch import Finger, FingersGone, Verdict
from hardware.screens.window import Closed, Inbox, Window

Happening = What | Finger | FingersGone | Closed


class Loop:
    """Holds the state between two things that happen."""

    def __init__(
        self,
        state: Display,
        clock: Clock,
        do: Callable[[Effect], None],
        *,
        language: str,
        speech: Speech,
        supervisor: Supervisor = NOBODY,
    ) -> None:
        self._state, self._clock, self._do = state, clock, do
        self._words, self._speech = words(language), speech
        self._supervisor = supervisor
        self._shown: View | None = None

    def run(self, inbox: Inbox[Happening], window: Window, at: Places, panel: Panel, frames: Frames | None) -> None:
        """Until the window is closed or the station is told to end."""
        self._think(Tick())
        self._draw(window, at, panel, frames)
        self._supervisor.ready("the first picture is shown")
        while True:
            self._supervisor.alive()
            now = self._clock.now()
            until_s = min(due(self._state, now), next_look(self._state, now))
            for what in window.wait(inbox, self._supervisor.within(max(0.0, until_s - now.mono_s))):
                match what:
                    case Closed():
                        self._supervisor.stopping()
                        return
                    case Finger():  # a television has nothing to touch
                        if what.answer is not None:
                            what.answer(Verdict.NOTHING)
                    case FingersGone():
                        pass
                    case _:
                        self._think(what)
            self._think(Tick())
            self._draw(window, at, panel, frames)

    def _think(self, what: What) -> None:
        speed = self._clock.speed()
        if speed != self._state.speed:
            self._take(Paced(speed))
        if isinstance(what, Played):
            self._speech.ends()
        self._take(what)

    def _take(self, what: What) -> None:
        self._state, effects = step(self._state, what, self._clock.now())
        for effect in effects:
            self._do(effect)

    def _draw(self, window: Window, at: Places, panel: Panel, frames: Frames | None) -> None:
        """Draw and show, if anything looks different."""
        view = look(self._state, self._words, self._clock.now(), a_page=at.a_page)
        if view == self._shown:
            return
        self._shown = view
        drawn = scene(view, at, panel, self._words)
        paint(window.surface, drawn, panel, DAY)
        window.show()
        if frames is not None:
            frames.publish(window.surface, drawn, panel, described(view, self._state))


def described(view: View, state: Display) -> dict[str, object]:
    """What is on the screen, for the control port."""
    called = view.panel
    shown: dict[str, object] = {
        "screen": view.kind.value,
        "text": view.text,
        "stale": view.stale,
        "number": called.number if called is not None else None,
        "counter": called.counter if called is not None else None,
        "calls": [{"number": row.number, "counter": row.counter, "calling": row.calling} for row in view.rows],
        "message": view.message.text if view.message is not None else None,
        "rev": state.board.rev if state.board is not None else None,
        "epoch": state.board.epoch if state.board is not None else None,
    }
    if view.kind is Kind.BOARD:
        shown["waiting"] = [
            {"prefix": line.prefix, "name": line.name, "count": line.count} for page in view.waiting for line in page
        ]
    return shown
