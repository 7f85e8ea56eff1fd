"""Taps that follow each other: none carries out a target not seen at that place.

The quick form of ``prove.kiosk_taps``, and where the keys lie that take a number or call staff.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from config.clock import Clock
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Scene, Target
from hardware.screens.touch import Finger, TapResult, Touch
from hardware.screens.window import Inbox, Window, WindowClosed
from kiosk.flow import effects, events
from kiosk.flow.state import Accessibility, KioskState, ScreenName, with_hall
from kiosk.flow.step import step
from kiosk.flow.taps import (
    CallForHelp,
    CollectResult,
    GoHome,
    LookUpProcedures,
    SeeStaff,
    TakeNumber,
    TakeWithoutSlip,
    Tap,
)
from kiosk.loop import KioskLoop, LoopContext, LoopEvent
from kiosk.screens.draw import draw, make_panel
from prove.kiosk_taps import (
    BETWEEN,
    FRESH,
    SEEN_S,
    Between,
    Count,
    Kiosk,
    at_rest,
    lies_under,
    nothing,
    walk,
)
from server.wire.station.events import PictureReceived
from support.kiosk_places import Place, middle, representatives, tap_of, touchable
from tools.pictures import kiosk as demo

QUICK = ("home", "services-1", "procedures-1", "confirm", "priority", "nopaper", "idle", "result-printing")
SHOTS = {shot.name: shot.state for shot in demo.shots(Accessibility())}
NOWHERE = "no target"
EARLY_S = (0.05, 0.31, 0.4, SEEN_S - 0.01)
PANELS = pytest.mark.parametrize("panel", [demo.PORTRAIT, demo.LANDSCAPE], ids=["portrait", "landscape"])
ACCESS = [
    Accessibility(language, large_text=large, low_reach=low)
    for language in ("vi", "en")
    for large in (False, True)
    for low in (False, True)
]


# --- two taps ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", BETWEEN, ids=lambda between: between.__name__)
@pytest.mark.parametrize("shot", QUICK)
def test_a_second_tap_carries_out_nothing_that_its_person_did_not_see(shot: str, between: Between) -> None:
    start = at_rest(SHOTS[shot], demo.PORTRAIT, Touch(demo.PORTRAIT))
    assert list(walk(shot, start, [between], EARLY_S, Count())) == []


def test_the_witness_finds_a_kiosk_that_takes_touches_at_once() -> None:
    start = at_rest(SHOTS["services-1"], demo.PORTRAIT, Touch(demo.PORTRAIT, settle_s=0.0))
    unseen_taps = list(walk("services-1", start, [nothing], EARLY_S, Count()))
    assert {unseen.distance_s for unseen in unseen_taps} == {0.31, 0.4, SEEN_S - 0.01}


class WideTouch(Touch):
    """A fault: every target can be touched a little beside its edge."""

    def show(self, scene: Scene, now_s: float) -> None:
        super().show(scene, now_s)
        self._target_rects = [
            (target, (left - 2, top - 2, width + 4, height + 4))
            for target, (left, top, width, height) in self._target_rects
        ]


def test_the_witness_finds_a_kiosk_whose_targets_reach_beyond_their_edges() -> None:
    start = at_rest(SHOTS["services-1"], demo.PORTRAIT, WideTouch(demo.PORTRAIT))
    unseen_taps = list(walk("services-1", start, [nothing], [1.0], Count()))
    assert {GoHome(), CallForHelp()} <= {unseen.second for unseen in unseen_taps}


@PANELS
@pytest.mark.parametrize("shot", ["services-1", "search", "idle"])
def test_every_place_of_a_panel_is_like_one_that_is_touched(shot: str, panel: Panel) -> None:
    kiosk = at_rest(SHOTS[shot], panel, Touch(panel))
    first = touchable(kiosk.scene)[-1]
    assert kiosk.tap(middle(first, panel)) == first.id
    kiosk.happens(events.Touched(tap_of(first), FRESH))

    def stack(place: Place) -> tuple[Target | None, ...]:
        return tuple(lies_under(seen.scene, panel, place) for seen in kiosk.seen)

    touched = {stack(place) for place in representatives([seen.scene for seen in kiosk.seen], panel)}
    every = {stack((x, y)) for x in range(3, panel.width_px, 16) for y in range(3, panel.height_px, 16)}
    assert every <= touched
    assert len(touched) > 1


def test_every_target_of_the_next_screen_is_carried_out_once_it_was_seen() -> None:
    kiosk = at_rest(SHOTS["home"], demo.PORTRAIT, Touch(demo.PORTRAIT))
    main = next(target for target in touchable(kiosk.scene) if target.id == TakeNumber())
    assert kiosk.tap(middle(main, kiosk.panel)) == TakeNumber()
    kiosk.happens(events.Touched(TakeNumber(), FRESH))
    for target in touchable(kiosk.scene):
        assert kiosk.later(SEEN_S).tap(middle(target, kiosk.panel)) == target.id


@pytest.mark.parametrize("distance_s", [0.05, 0.31, 0.5, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("shot", ["confirm", "services-1", "card", "result", "nopaper"])
def test_the_home_key_touched_again_and_again_calls_nobody_and_takes_no_number(shot: str, distance_s: float) -> None:
    kiosk = at_rest(SHOTS[shot], demo.PORTRAIT, Touch(demo.PORTRAIT))
    place = middle(next(target for target in touchable(kiosk.scene) if target.id == GoHome()), kiosk.panel)
    wanted = _touches(kiosk, place, times=6, distance_s=distance_s)
    assert wanted == []
    assert kiosk.state.visit.screen is ScreenName.HOME


def _touches(kiosk: Kiosk, place: tuple[int, int], *, times: int, distance_s: float) -> list[effects.Effect]:
    wanted: list[effects.Effect] = []
    for _ in range(times):
        target = kiosk.tap(place)
        if target is not None:
            wanted += kiosk.happens(events.Touched(target, FRESH))
        kiosk.now_s += distance_s
    return wanted


# --- where keys lie ------------------------------------------------------------------------------------


def committing(state: KioskState, scene: Scene) -> Iterator[Target]:
    """The targets that take a number or call staff."""
    for target in touchable(scene):
        takes = target.id == TakeNumber() and (
            state.visit.screen in (ScreenName.CONFIRM, ScreenName.NO_PAPER) or state.visit.pending is not None
        )
        if takes or target.id in (CallForHelp(), TakeWithoutSlip(), SeeStaff()):
            yield target


def overlaps(first: Box, other: Box) -> bool:
    return first.x < other.right and other.x < first.right and first.y < other.bottom and other.y < first.bottom


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=str)
def test_no_key_that_takes_a_number_or_calls_staff_lies_where_the_touch_before_it_was(
    access: Accessibility, panel: Panel
) -> None:
    wrong = []
    for shot in demo.shots(access):
        if shot.state.visit.idle_question_at_s is not None:
            continue  # the question is touched anywhere, and leads back to a screen that its person knows
        for first in touchable(draw(demo.view_of(shot.state, panel))):
            state, _ = step(shot.state, events.Touched(tap_of(first), FRESH), demo.NOW)
            if (state.visit.screen, state.visit.page) == (shot.state.visit.screen, shot.state.visit.page):
                continue
            scene = draw(demo.view_of(state, panel))
            wrong += [
                f"{shot.name}: {first.id} -> {state.visit.screen}: {second.id}"
                for second in committing(state, scene)
                if (second.id != first.id or first.id == TakeNumber()) and overlaps(first.box, second.box)
            ]
    assert wrong == []


# --- the kiosk's own loop ------------------------------------------------------------------------------


class Hand:
    """Fingers on a running kiosk. After each of them the clock of the test goes on."""

    def __init__(self) -> None:
        self.inbox: Inbox[LoopEvent] = Inbox()
        self.now_s, self.results, self.done = demo.NOW.mono_s, list[TapResult](), list[effects.Effect]()

    def tap(self, target: Tap | None, then_s: float) -> None:
        """Tap a target, or where none is."""

        def answer(result: TapResult) -> None:
            self.results.append(result)
            self.now_s += then_s

        for down in (True, False):
            self.inbox.put(Finger(down=down, x=0, y=0, target=target or NOWHERE, on_result=None if down else answer))

    def runs(self, state: KioskState) -> None:
        """The kiosk, from ``state`` on, until all that was put in is worked off."""
        panel = make_panel(270, 480, 299.0)
        clock = Clock(lambda: demo.NOW.wall_ms * 1_000_000, lambda: round(self.now_s * 1e9), "boot")
        context = LoopContext(clock, lambda: FRESH, self._does, None, None)
        self.inbox.put(WindowClosed())
        with closing(Window(panel, title="", fullscreen=False, fitted=False)) as window:
            KioskLoop(state, panel, window, context).run(self.inbox)

    def _does(self, effect: effects.Effect, _state: Any) -> None:
        self.done.append(effect)


def test_the_loop_shows_a_new_screen_before_it_judges_the_next_finger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    hand = Hand()
    hand.tap(None, then_s=1.0)
    hand.tap(CollectResult(), then_s=0.4)
    hand.tap(TakeNumber(), then_s=0.4)
    hand.tap(TakeNumber(), then_s=0.4)
    hand.runs(demo.idle_kiosk())
    assert hand.results == [TapResult.NOTHING, TapResult.TAPPED, TapResult.TOO_SOON, TapResult.TAPPED]
    assert len([effect for effect in hand.done if isinstance(effect, effects.RequestTicket)]) == 1


def test_what_is_reported_together_with_a_finger_is_shown_before_the_finger_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    hand = Hand()
    hand.tap(None, then_s=1.0)
    closed = demo.office(**{service.id: "closed" for service in demo.office().services})
    hand.inbox.put(PictureReceived(closed.model_copy(update={"rev": 2})))
    hand.tap(LookUpProcedures(), then_s=1.0)
    hand.tap(LookUpProcedures(), then_s=0.1)
    hand.runs(with_hall(demo.idle_kiosk(), last_fetch_at_s=demo.NOW.mono_s))
    assert hand.results == [TapResult.NOTHING, TapResult.TOO_SOON, TapResult.TAPPED]
