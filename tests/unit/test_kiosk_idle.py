"""A kiosk that nobody touches: it asks, forgets the visit and goes home."""

import pytest
from kiosk_bench import Kiosk, at_confirmation

from hardware.ports import PrintState
from kiosk.flow.idle import seconds_left
from kiosk.flow.state import Accessibility, ScreenName


def test_a_printed_result_goes_home_after_its_seconds_and_a_touch_keeps_it(kiosk: Kiosk) -> None:
    at_confirmation(kiosk).tap("take")
    kiosk.gets_its_number()
    kiosk.prints(PrintState.PRINTED)
    kiosk.passes(10)
    assert seconds_left(kiosk.state, kiosk.now) == 5
    kiosk.tap("continue")
    assert seconds_left(kiosk.state, kiosk.now) == 15
    kiosk.passes(15)
    assert (kiosk.visit.screen, kiosk.visit.ticket) == (ScreenName.HOME, None)


def test_a_minute_without_touch_asks_and_twenty_seconds_later_everything_is_forgotten(kiosk: Kiosk) -> None:
    kiosk.tap("lang-en", "big", "contrast", "low")
    at_confirmation(kiosk)
    kiosk.passes(59)
    assert kiosk.visit.idle_question_at_s is None
    kiosk.passes(1)
    assert seconds_left(kiosk.state, kiosk.now) == 20
    kiosk.passes(7)
    assert seconds_left(kiosk.state, kiosk.now) == 13
    kiosk.passes(13)
    assert (kiosk.visit.screen, kiosk.visit.service) == (ScreenName.HOME, None)
    assert kiosk.visit.access == Accessibility("vi")


@pytest.mark.parametrize("target", ["continue", "take", "back"])
def test_any_touch_of_the_question_returns_to_the_same_screen(kiosk: Kiosk, target: str) -> None:
    at_confirmation(kiosk)
    kiosk.passes(65)
    kiosk.tap(target)
    assert (kiosk.visit.screen, kiosk.visit.idle_question_at_s) == (ScreenName.CONFIRM, None)
    assert kiosk.issues() == []
    kiosk.passes(59)
    assert kiosk.visit.idle_question_at_s is None


def test_the_home_key_of_the_question_goes_home(kiosk: Kiosk) -> None:
    at_confirmation(kiosk)
    kiosk.passes(65)
    kiosk.tap("home")
    assert kiosk.visit.screen is ScreenName.HOME


def test_a_changed_language_on_the_home_screen_is_reset_without_a_question(kiosk: Kiosk) -> None:
    kiosk.tap("lang-en")
    kiosk.passes(60)
    assert kiosk.visit.access == Accessibility("vi")
    assert kiosk.visit.idle_question_at_s is None
