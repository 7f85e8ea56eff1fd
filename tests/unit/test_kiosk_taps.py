"""Taps that follow each other: none carries out what nobody saw offered at that place.

The quick form of ``prove.kiosk_taps``, and where the keys lie that take a number or call staff.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from config.clock import Clock
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Scene, Target
from hardware.screens.touch import Finger, Touch, Verdict
from hardware.screens.window import Closed, Inbox, Window
from kiosk import state as k
from kiosk.flow import step
from kiosk.loop import Happening, Loop, Outside
from kiosk.screens import draw, panel_of
from kiosk.state import Access, Screen, State
from kiosk_places import Place, middle, representatives, touchable
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
from tools.pictures import kiosk as demo

QUICK = ("home", "services-1", "procedures-1", "confirm", "priority", "nopaper", "idle", "result-printing")
SHOTS = {shot.name: shot.state for shot in demo.shots(Access())}
EARLY_S = (0.05, 0.31, 0.4, SEEN_S - 0.01)
PANELS = pytest.mark.parametrize("panel", [demo.PORTRAIT, demo.LANDSCAPE], ids=["portrait", "landscape"])
ACCESS = [Access(language, big=big, lowered=low) for language in ("vi", "en") for big in (0, 1) for low in (0, 1)]  # type: ignore[arg-type]


# --- two taps ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("between", BETWEEN, ids=lambda between: between.__name__)
@pytest.mark.parametrize("shot", QUICK)
def test_a_second_tap_carries_out_nothing_that_its_person_did_not_see(shot: str, between: Between) -> None:
    start = at_rest(SHOTS[shot], demo.PORTRAIT, Touch(demo.PORTRAIT))
    assert list(walk(shot, start, [between], EARLY_S, Count())) == []


def test_the_witness_finds_a_kiosk_that_takes_touches_at_once() -> None:
    start = at_rest(SHOTS["services-1"], demo.PORTRAIT, Touch(demo.PORTRAIT, settle_s=0.0))
    found = list(walk("services-1", start, [nothing], EARLY_S, Count()))
    assert {unseen.distance_s for unseen in found} == {0.31, 0.4, SEEN_S - 0.01}


class WideTouch(Touch):
    """A fault: every target can be touched a little beside its edge."""

    def show(self, scene: Scene, now_s: float) -> None:
        super().show(scene, now_s)
        self._places = [
            (target, (left - 2, top - 2, width + 4, height + 4)) for target, (left, top, width, height) in self._places
        ]


def test_the_witness_finds_a_kiosk_whose_targets_reach_beyond_their_edges() -> None:
    start = at_rest(SHOTS["services-1"], demo.PORTRAIT, WideTouch(demo.PORTRAIT))
    found = list(walk("services-1", start, [nothing], [1.0], Count()))
    assert {"home", "help"} <= {unseen.second for unseen in found}


@PANELS
@pytest.mark.parametrize("shot", ["services-1", "search", "idle"])
def test_every_place_of_a_panel_is_like_one_that_is_touched(shot: str, panel: Panel) -> None:
    kiosk = at_rest(SHOTS[shot], panel, Touch(panel))
    first = touchable(kiosk.scene)[-1]
    assert kiosk.tap(middle(first, panel)) == first.id
    kiosk.happens(k.Touched(first.id, FRESH))

    def stack(place: Place) -> tuple[Target | None, ...]:
        return tuple(lies_under(seen.scene, panel, place) for seen in kiosk.seen)

    touched = {stack(place) for place in representatives([seen.scene for seen in kiosk.seen], panel)}
    every = {stack((x, y)) for x in range(3, panel.width_px, 16) for y in range(3, panel.height_px, 16)}
    assert every <= touched
    assert len(touched) > 1


def test_every_target_of_the_next_screen_is_carried_out_once_it_was_seen() -> None:
    kiosk = at_rest(SHOTS["home"], demo.PORTRAIT, Touch(demo.PORTRAIT))
    main = next(target for target in touchable(kiosk.scene) if target.id == "take")
    assert kiosk.tap(middle(main, kiosk.panel)) == "take"
    kiosk.happens(k.Touched("take", FRESH))
    for target in touchable(kiosk.scene):
        assert kiosk.later(SEEN_S).tap(middle(target, kiosk.panel)) == target.id


@pytest.mark.parametrize("distance_s", [0.05, 0.31, 0.5, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("shot", ["confirm", "services-1", "card", "result", "nopaper"])
def test_the_home_key_touched_again_and_again_calls_nobody_and_takes_no_number(shot: str, distance_s: float) -> None:
    kiosk = at_rest(SHOTS[shot], demo.PORTRAIT, Touch(demo.PORTRAIT))
    place = middle(next(target for target in touchable(kiosk.scene) if target.id == "home"), kiosk.panel)
    wanted = _touches(kiosk, place, times=6, distance_s=distance_s)
    assert wanted == []
    assert kiosk.state.screen is Screen.HOME


def _touches(kiosk: Kiosk, place: tuple[int, int], *, times: int, distance_s: float) -> list[k.Effect]:
    wanted: list[k.Effect] = []
    for _ in range(times):
        target = kiosk.tap(place)
        if target is not None:
            wanted += kiosk.happens(k.Touched(target, FRESH))
        kiosk.now_s += distance_s
    return wanted


# --- where keys lie ------------------------------------------------------------------------------------


def committing(state: State, scene: Scene) -> Iterator[Target]:
    """The targets that take a number or call staff."""
    for target in touchable(scene):
        takes = target.id == "take" and (state.screen in (Screen.CONFIRM, Screen.NO_PAPER) or state.pending is not None)
        if takes or target.id in ("help", "nopaper-yes", "nopaper-no"):
            yield target


def overlaps(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=str)
def test_no_key_that_takes_a_number_or_calls_staff_lies_where_the_touch_before_it_was(
    access: Access, panel: Panel
) -> None:
    wrong = []
    for shot in demo.shots(access):
        if shot.state.asked_s is not None:
            continue  # the question is touched anywhere, and leads back to a screen that its person knows
        for first in touchable(draw(demo.view_of(shot.state, panel))):
            state, _ = step(shot.state, k.Touched(first.id, FRESH), demo.NOW)
            if (state.screen, state.page) == (shot.state.screen, shot.state.page):
                continue
            scene = draw(demo.view_of(state, panel))
            wrong += [
                f"{shot.name}: {first.id} -> {state.screen}: {second.id}"
                for second in committing(state, scene)
                if (second.id != first.id and overlaps(first.box, second.box))
                or (second.id == first.id == "take" and overlaps(first.box, second.box))
            ]
    assert wrong == []


# --- the kiosk's own loop ------------------------------------------------------------------------------


class Hand:
    """Fingers on a running kiosk. After each of them the clock of the test goes on."""

    def __init__(self) -> None:
        self.inbox: Inbox[Happening] = Inbox()
        self.now_s, self.verdicts, self.done = demo.NOW.mono_s, list[Verdict](), list[k.Effect]()

    def tap(self, target: str, then_s: float) -> None:
        def answer(verdict: Verdict) -> None:
            self.verdicts.append(verdict)
            self.now_s += then_s

        for down in (True, False):
            self.inbox.put(Finger(down=down, x=0, y=0, target=target, answer=None if down else answer))

    def runs(self, state: State) -> None:
        """The kiosk, from ``state`` on, until all that was put in is worked off."""
        panel = panel_of(270, 480, 299.0)
        clock = Clock(lambda: demo.NOW.wall_ms * 1_000_000, lambda: round(self.now_s * 1e9), "boot")
        outside = Outside(clock, lambda: FRESH, self._does, None, None)
        self.inbox.put(Closed())
        with closing(Window(panel, title="", fullscreen=False, fitted=False)) as window:
            Loop(state, panel, window, outside).run(self.inbox)

    def _does(self, effect: k.Effect, _state: Any) -> None:
        self.done.append(effect)


def test_the_loop_shows_a_new_screen_before_it_judges_the_next_finger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    hand = Hand()
    hand.tap("nobody", then_s=1.0)
    hand.tap("return", then_s=0.4)
    hand.tap("take", then_s=0.4)
    hand.tap("take", then_s=0.4)
    hand.runs(demo.rest())
    assert hand.verdicts == [Verdict.NOTHING, Verdict.TAPPED, Verdict.TOO_SOON, Verdict.TAPPED]
    assert len([effect for effect in hand.done if isinstance(effect, k.Issue)]) == 1


def test_what_is_reported_together_with_a_finger_is_shown_before_the_finger_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "offscreen")
    hand = Hand()
    hand.tap("nobody", then_s=1.0)
    closed = demo.office(**{service.id: "closed" for service in demo.office().services})
    hand.inbox.put(k.OfficeCame(closed.model_copy(update={"rev": 2})))
    hand.tap("lookup", then_s=1.0)
    hand.tap("lookup", then_s=0.1)
    hand.runs(replace(demo.rest(), asked_again_s=demo.NOW.mono_s))
    assert hand.verdicts == [Verdict.NOTHING, Verdict.TOO_SOON, Verdict.TAPPED]
