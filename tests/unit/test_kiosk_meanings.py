"""Every drawn target does something, and has its own name on the control port."""

from collections.abc import Iterator
from typing import get_args

import pytest

from hardware.screens.panel import Panel
from hardware.screens.scene import targets
from kiosk.control_port import name_of_tap, tap_by_name
from kiosk.flow import events, taps
from kiosk.flow.state import Accessibility, KioskState, NoticeReason, ScreenName, with_visit
from kiosk.flow.step import step
from kiosk.screens.draw import draw
from prove.kiosk_taps import FRESH
from support.kiosk_places import tap_of
from tools.pictures import kiosk as demo

PANELS = pytest.mark.parametrize("panel", [demo.PORTRAIT, demo.LANDSCAPE], ids=["portrait", "landscape"])
ACCESS = [
    Accessibility(),
    Accessibility("en"),
    Accessibility(large_text=True),
    Accessibility(contrast=True),
    Accessibility(low_reach=True),
]


def drawn(access: Accessibility, panel: Panel) -> Iterator[tuple[demo.Shot, taps.Tap]]:
    """All targets of all screens."""
    for shot in demo.shots(access):
        for target in targets(draw(demo.view_of(shot.state, panel))):
            yield shot, tap_of(target)


def is_already_so(state: KioskState, tap: taps.Tap) -> bool:
    """Return whether the target shows a choice already made, or would erase nothing."""
    visit = state.visit
    match tap:
        case taps.ChooseLanguage():
            return tap.language == visit.access.language
        case taps.AnswerPriority(belongs=False):
            return not visit.priority
        case taps.EraseLetter() | taps.ClearQuery() | taps.TypeSpace():
            return not visit.query
        case _:
            return False


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=str)
def test_every_drawn_target_does_something_in_its_state(access: Accessibility, panel: Panel) -> None:
    idle = []
    for shot, tap in drawn(access, panel):
        after, effects = step(shot.state, events.Touched(tap, FRESH), demo.NOW)
        unchanged = with_visit(after, last_touch_at_s=shot.state.visit.last_touch_at_s) == shot.state
        if unchanged and not effects and not is_already_so(shot.state, tap):
            idle.append((shot.name, tap))
    assert idle == []


@PANELS
@pytest.mark.parametrize("access", ACCESS, ids=str)
def test_every_drawn_target_has_a_name_that_leads_back_to_it(access: Accessibility, panel: Panel) -> None:
    for shot, tap in drawn(access, panel):
        name = name_of_tap(tap)
        assert (tap_by_name(name), name_of_tap(tap_by_name(name) or tap)) == (tap, name), shot.name


@PANELS
def test_targets_of_one_name_on_one_screen_mean_the_same(panel: Panel) -> None:
    for shot in demo.shots(Accessibility()):
        meanings = [tap_of(target) for target in targets(draw(demo.view_of(shot.state, panel)))]
        assert len(set(meanings)) == len(set(map(name_of_tap, meanings))), shot.name


def test_every_screen_and_every_notice_is_drawn_here() -> None:
    visits = [shot.state.visit for shot in demo.shots(Accessibility())]
    assert {visit.screen for visit in visits} == set(ScreenName)
    assert {visit.reason for visit in visits if visit.reason is not None} == set(NoticeReason)


def test_every_kind_of_tap_is_drawn_somewhere() -> None:
    kinds = {type(tap) for _, tap in drawn(Accessibility(), demo.PORTRAIT)}
    assert kinds == set(get_args(taps.Tap))


@pytest.mark.parametrize(
    "name", ["", "nonsense", "service", "service-", "procedure-", "key-", "key-ab", "lang-", "priority-", "page-3"]
)
def test_a_name_that_no_target_has_is_refused(name: str) -> None:
    assert tap_by_name(name) is None


NAMES = """
home back take return unsure lookup search card list help nopaper-yes nopaper-no big contrast low continue
page-next page-prev priority-yes priority-no priority-elder priority-disabled priority-pregnant priority-child
priority-merit key-a key-space key-erase key-clear lang-vi lang-en service-HT procedure-1.001193
"""


@pytest.mark.parametrize("name", NAMES.split())
def test_the_names_of_the_control_port_stay(name: str) -> None:
    tap = tap_by_name(name)
    assert tap is not None
    assert name_of_tap(tap) == name
