"""Taps: which target a finger means, and when a second tap is ignored."""

from dataclasses import replace

import pytest
from touch_scene import IN_A, IN_B, IN_KEY, IN_OFF, OUTSIDE, PANEL, SCENE, A, B

from hardware.screens.scene import Box, Scene, Shade, targets
from hardware.screens.touch import DEBOUNCE_S, Finger, Tapped, TapResult, Touch


class Fingers:
    """Fingers on a panel, with a clock that the test advances."""

    def __init__(self) -> None:
        self.touch, self.now_s = Touch(PANEL), 100.0

    def down(self, at: tuple[int, int], finger: int = 0) -> Tapped | None:
        return self.touch.process(Finger(down=True, x=at[0], y=at[1], finger_id=finger), SCENE, self.now_s)

    def up(self, at: tuple[int, int], finger: int = 0) -> Tapped | None:
        return self.touch.process(Finger(down=False, x=at[0], y=at[1], finger_id=finger), SCENE, self.now_s)

    def tap(self, at: tuple[int, int]) -> Tapped | None:
        self.down(at)
        return self.up(at)


@pytest.fixture
def fingers() -> Fingers:
    return Fingers()


def test_a_tap_is_a_finger_that_goes_up_inside_the_target_it_went_down_on(fingers: Fingers) -> None:
    assert fingers.down(IN_A) is None
    assert fingers.touch.pressed_id == "a"
    assert fingers.up((90, 90)) == Tapped("a")
    assert fingers.touch.pressed_id is None


def test_a_finger_that_leaves_its_target_taps_nothing(fingers: Fingers) -> None:
    fingers.down(IN_A)
    assert fingers.up(IN_B) is None
    fingers.down(OUTSIDE)
    assert fingers.up(IN_A) is None


def test_a_second_finger_is_ignored(fingers: Fingers) -> None:
    fingers.down(IN_A, finger=1)
    assert fingers.down(IN_B, finger=2) is None
    assert fingers.up(IN_B, finger=2) is None
    assert fingers.touch.pressed_id == "a"
    assert fingers.up(IN_A, finger=1) == Tapped("a")


def test_a_tap_just_after_another_is_ignored(fingers: Fingers) -> None:
    assert fingers.tap(IN_A) == Tapped("a")
    fingers.now_s += DEBOUNCE_S - 0.01
    assert fingers.tap(IN_A) is None
    assert fingers.tap(IN_B) is None
    fingers.now_s += 0.02
    assert fingers.tap(IN_A) == Tapped("a")


def test_the_time_in_which_a_second_tap_is_ignored_can_be_set(fingers: Fingers) -> None:
    fingers.touch = Touch(PANEL, 1.0)
    assert fingers.tap(IN_A) == Tapped("a")
    fingers.now_s += 0.99
    assert fingers.tap(IN_A) is None
    fingers.touch = Touch(PANEL, 0.0)
    assert [fingers.tap(IN_A), fingers.tap(IN_A)] == [Tapped("a")] * 2


def test_keys_of_a_keyboard_may_follow_each_other_quickly(fingers: Fingers) -> None:
    assert [fingers.tap(IN_KEY) for _ in range(3)] == [Tapped("key-x")] * 3
    assert fingers.tap(IN_A) is None


def test_a_disabled_target_is_not_tapped(fingers: Fingers) -> None:
    assert fingers.tap(IN_OFF) is None


def test_under_a_shade_nothing_can_be_touched() -> None:
    shaded: Scene = (A, Shade(Box(0, 0, 150, 300)), B)
    assert [target.id for target in targets(shaded)] == ["b"]


def test_the_result_of_a_tap_is_sent_to_its_caller() -> None:
    results: list[TapResult] = []
    touch = Touch(PANEL)
    up = Finger(down=False, x=0, y=0, target="a", on_result=results.append)
    touch.process(replace(up, down=True, on_result=None), SCENE, 1.0)
    assert touch.process(up, SCENE, 1.0) == Tapped("a")
    assert results == [TapResult.TAPPED]
