"""Tap a kiosk twice: at every distance, over every place of every screen.

The parts are the kiosk's own: its pure step, the scenes that it draws, and the touch logic of its loop. Time is an
argument. The witness beside it knows nothing of that logic: it records which scenes were on the screen when, and looks
up for itself what lay under the finger. Whatever a tap carries out has to be what the witness saw at that place for
``SEEN_S`` before the finger went down, on the same screen. ``kiosk_places`` chooses the places.

As a program (``make prove``) it walks everything on all cores and prints how far it is.
"""

import copy
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import cache, partial
from multiprocessing import Pool

from config.clock import Now
from config.words import words
from hardware.ports import DeviceHealth, HealthState, PrintResult, PrintState, Proof
from hardware.screens.panel import Panel
from hardware.screens.scene import Scene, Shade, Target
from hardware.screens.touch import SETTLE_S, Finger, Touch
from kiosk.flow import effects, events
from kiosk.flow.state import Accessibility, KioskState
from kiosk.flow.step import step
from kiosk.flow.taps import Tap
from kiosk.screens.draw import draw
from kiosk.screens.view import KioskView
from server.wire.station.events import PictureReceived
from support.kiosk_places import Place, middle, places, touchable
from tools.pictures import kiosk as demo

DISTANCES_S = (0.05, 0.1, 0.2, 0.4, 0.6, 0.69, 0.7, 1.0, 2.0)
SEEN_S = 0.7
REST_S = 5.0
ANSWER_S = 0.03
FRESH = "00000000-0000-4000-8000-000000000001"

GRID_MM, QUICK_GRID_MM = 30.0, 60.0

Between = Callable[[KioskState, tuple[effects.Effect, ...]], tuple[events.Event, ...]]
"""What happens by itself soon after the first tap, given the state and what the tap wanted done."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A scene that was shown from ``since_s`` on, and the targets looked up on it."""

    since_s: float
    screen: str
    scene: Scene
    under: dict[Place, Target | None] = field(default_factory=dict, compare=False)

    def at(self, place: Place, panel: Panel) -> Target | None:
        """Return the target at ``place``."""
        if place not in self.under:
            self.under[place] = lies_under(self.scene, panel, place)
        return self.under[place]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A tap that carried out a target not seen at that place for long enough."""

    shot: str
    first: Tap
    distance_s: float
    place: Place
    second: Tap


@dataclass
class Kiosk:
    """A kiosk as its loop holds it, and the scenes that a person has seen."""

    state: KioskState
    panel: Panel
    touch: Touch
    now_s: float = demo.NOW.mono_s
    seen: list[Seen] = field(default_factory=list)

    @property
    def now(self) -> Now:
        return replace(demo.NOW, mono_s=self.now_s)

    @property
    def scene(self) -> Scene:
        return self.seen[-1].scene

    def show(self) -> None:
        """Draw what holds now."""
        scene = draw(KioskView(self.state, words(self.state.visit.access.language), self.now, self.panel))
        self.touch.show(scene, self.now_s)
        self.seen.append(Seen(self.now_s, str(self.state.visit.screen), scene))

    def happens(self, *several: events.Event) -> tuple[effects.Effect, ...]:
        wanted: tuple[effects.Effect, ...] = ()
        for event in several:
            self.state, more = step(self.state, event, self.now)
            wanted += more
        self.show()
        return wanted

    def tap(self, place: Place) -> Tap | None:
        """Return the tap that a finger at ``place`` carries out, if any."""
        self.touch.process(Finger(down=True, x=place[0], y=place[1]), self.scene, self.now_s)
        tapped = self.touch.process(Finger(down=False, x=place[0], y=place[1]), self.scene, self.now_s)
        if tapped is None:
            return None
        assert isinstance(tapped.target, Tap)
        return tapped.target

    def later(self, seconds: float) -> "Kiosk":
        """The same kiosk, ``seconds`` on; the first goes on to stand where it is."""
        return Kiosk(self.state, self.panel, copy.copy(self.touch), self.now_s + seconds, list(self.seen))


# --- the witness ---------------------------------------------------------------------------------------


def lies_under(scene: Scene, panel: Panel, place: Place) -> Target | None:
    """Return the uppermost target at the pixel ``place``, as a person sees it."""
    x_mm = (place[0] + 0.5 - panel.rect(0, 0, 1, 1)[0]) / panel.px_per_mm
    y_mm = (place[1] + 0.5 - panel.rect(0, 0, 1, 1)[1]) / panel.px_per_mm
    for piece in reversed(scene):
        if isinstance(piece, Shade):
            return None
        if isinstance(piece, Target) and piece.box.contains(x_mm, y_mm):
            return piece
    return None


def was_seen(seen: Sequence[Seen], panel: Panel, place: Place, target: Tap, down_s: float) -> bool:
    """Return whether ``target`` lay at ``place`` for ``SEEN_S`` before ``down_s``, on one screen."""
    last = seen[-1]
    shown = last.at(place, panel)
    for scene in reversed(seen):
        under = scene.at(place, panel)
        same_screen = scene.screen == last.screen or (under is not None and under.quick)
        if under is None or shown is None or (under.id, under.label) != (target, shown.label) or not same_screen:
            return False
        if down_s - scene.since_s >= SEEN_S - 1e-6:
            return True
    return False


# --- what happens between two taps ---------------------------------------------------------------------


def nothing(state: KioskState, wanted: tuple[effects.Effect, ...]) -> tuple[events.Event, ...]:
    return ()


def answers(state: KioskState, wanted: tuple[effects.Effect, ...]) -> tuple[events.Event, ...]:
    """The server and the printer answer at once."""
    events_then: list[events.Event] = []
    for effect in wanted:
        match effect:
            case effects.RequestTicket():
                ticket = demo.ticket()
                printed = PrintResult(ticket.id, PrintState.PRINTED, Proof.NONE)
                events_then += [events.TicketReceived(effect.request.request_id, ticket), events.PrintFinished(printed)]
            case effects.RequestHelp():
                events_then.append(events.HelpAnswered(effect.request_id, sent=True))
            case effects.PrintList():
                events_then.append(events.PrintFinished(PrintResult(effect.job, PrintState.PRINTED, Proof.NONE)))
    return tuple(events_then)


def news(state: KioskState, wanted: tuple[effects.Effect, ...]) -> tuple[events.Event, ...]:
    """The printer changes its mind, and every service opens or closes."""
    ready = state.printer.health is not None and state.printer.health.state is not HealthState.READY
    health = DeviceHealth(HealthState.READY) if ready else DeviceHealth(HealthState.FAULT, "paper_out")
    is_open = state.hall.office is not None and any(service.state == "open" for service in state.hall.office.services)
    changes = {service.id: "closed" for service in demo.office().services} if is_open else {}
    return events.PrinterHealthRead(health), PictureReceived(demo.office(**changes).model_copy(update={"rev": 99}))


BETWEEN: tuple[Between, ...] = (nothing, answers, news)


# --- the walk ------------------------------------------------------------------------------------------


def at_rest(state: KioskState, panel: Panel, touch: Touch) -> Kiosk:
    """A kiosk whose screen its person has looked at for long."""
    kiosk = Kiosk(state, panel, touch)
    kiosk.show()
    kiosk.now_s += REST_S
    return kiosk


@dataclass(slots=True)
class Count:
    """Numbers of first taps, of second taps, and of second taps that were carried out."""

    firsts: int = 0
    seconds: int = 0
    done: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def walk(
    shot: str,
    start: Kiosk,
    betweens: Sequence[Between],
    distances_s: Sequence[float],
    count: Count,
    grid_mm: float = QUICK_GRID_MM,
) -> Iterator[Unseen]:
    """Tap every target, let each of ``betweens`` happen, then tap every place after every distance."""
    for target in touchable(start.scene):
        tapped = start.later(0)
        first = tapped.tap(middle(target, tapped.panel))
        if first is None:
            continue
        wanted = tapped.happens(events.Touched(first, FRESH))
        for between in betweens:
            kiosk = tapped.later(0)
            then = between(kiosk.state, wanted)
            if between is not nothing and not then:
                continue
            count.firsts += 1
            if then:
                kiosk.now_s += ANSWER_S
                kiosk.happens(*then)
            everywhere = places([seen.scene for seen in kiosk.seen], kiosk.panel, grid_mm)
            for distance_s in distances_s:
                kiosk.now_s = tapped.now_s + distance_s
                yield from (
                    Unseen(shot, first, distance_s, place, second)
                    for place, second in _carried_out(kiosk, everywhere, count)
                    if not was_seen(kiosk.seen, kiosk.panel, place, second, kiosk.now_s)
                )


def _carried_out(kiosk: Kiosk, everywhere: Sequence[Place], count: Count) -> Iterator[tuple[Place, Tap]]:
    """The second taps that carry something out, each as if no other had been tried."""
    before = kiosk.touch
    for place in everywhere:
        kiosk.touch = copy.copy(before)
        second = kiosk.tap(place)
        count.seconds += 1
        if second is not None:
            count.done += 1
            yield place, second
    kiosk.touch = before


ACCESS = (
    Accessibility(),
    Accessibility(large_text=True),
    Accessibility(low_reach=True),
    Accessibility(language="en", large_text=True, low_reach=True),
)
SETTINGS = [(access, demo.PORTRAIT) for access in ACCESS] + [(access, demo.LANDSCAPE) for access in ACCESS[:2]]
Job = tuple[int, int]
"""A setting and a screen, by their turn."""


@cache
def _shots(access: Accessibility) -> Sequence[demo.Shot]:
    return list(demo.shots(access))


def _walk_job(settle_s: float, job: Job) -> tuple[Count, list[Unseen]]:
    access, panel = SETTINGS[job[0]]
    shot, count = _shots(access)[job[1]], Count()
    start = at_rest(shot.state, panel, Touch(panel, settle_s=settle_s))
    return count, list(walk(shot.name, start, BETWEEN, DISTANCES_S, count, GRID_MM))


def everything(report: Callable[[str], None], settle_s: float = SETTLE_S) -> tuple[Count, list[Unseen]]:
    """Walk every screen on both panels: every target, place and distance, on all cores."""
    jobs = [(setting, shot) for setting, (access, _) in enumerate(SETTINGS) for shot in range(len(_shots(access)))]
    count, all_unseen = Count(), list[Unseen]()
    with Pool(len(os.sched_getaffinity(0))) as pool:
        for job, (more, unseen) in zip(jobs, pool.imap(partial(_walk_job, settle_s), jobs), strict=True):
            count += more
            all_unseen += unseen
            shots = _shots(SETTINGS[job[0]][0])
            report(
                f"setting {job[0] + 1}/{len(SETTINGS)}, screen {job[1] + 1}/{len(shots)} {shots[job[1]].name}: "
                f"{count.firsts} first taps, {count.seconds} second taps, {count.done} carried out, "
                f"{len(all_unseen)} unseen"
            )
    return count, all_unseen


def main() -> int:
    """Walk everything; 1 when an action came out that its person had not seen."""
    _, all_unseen = everything(report=lambda line: print(line, flush=True))
    for unseen in all_unseen[:20]:
        print(unseen)
    return 1 if all_unseen else 0


if __name__ == "__main__":
    sys.exit(main())
