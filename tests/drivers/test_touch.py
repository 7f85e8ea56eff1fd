"""Fingers whose end is never reported, and screens that have only just appeared."""

from collections.abc import Iterator

import pygame
import pytest

from hardware.ports import DeviceHealth, HealthState
from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Scene, Target
from hardware.screens.touch import (
    DEBOUNCE_S,
    LOST_FINGER_S,
    SAME_HAND_S,
    SETTLE_S,
    STUCK_AFTER_S,
    Finger,
    FingersGone,
    Tapped,
    Touch,
)
from hardware.screens.window import Inbox, ScreenHealth, Window, WindowClosed

PANEL = Panel(300, 600, 150.0, canvas_mm=(150, 300))
ROW = Target("row", Box(10, 10, 40, 40), "Row")
OTHER = Target("other", Box(60, 10, 40, 40), "Other")
LIST: Scene = (ROW, OTHER)
CONFIRM: Scene = (Target("take", Box(10, 10, 40, 40), "Take"), Target("home", Box(60, 60, 40, 40), "Home"))
LETTER = Target("key-x", Box(10, 60, 40, 40), "X", quick=True)
IN_ROW, IN_OTHER, IN_HOME, IN_LETTER, EDGE = (40, 40), (160, 40), (160, 160), (40, 160), (299, 599)


class Person:
    """Someone at a panel, with a clock that the test turns."""

    def __init__(self, scene: Scene) -> None:
        self.touch, self.now_s = Touch(PANEL), 100.0
        self.sees(scene)
        self.now_s += SETTLE_S

    def sees(self, scene: Scene) -> None:
        self.scene = scene
        self.touch.show(scene, self.now_s)

    def down(self, at: tuple[int, int], finger: int = 0) -> None:
        self.touch.process(Finger(down=True, x=at[0], y=at[1], finger_id=finger), self.scene, self.now_s)

    def up(self, at: tuple[int, int], finger: int = 0) -> Tapped | None:
        return self.touch.process(Finger(down=False, x=at[0], y=at[1], finger_id=finger), self.scene, self.now_s)

    def tap(self, at: tuple[int, int], finger: int = 0) -> Tapped | None:
        self.down(at, finger)
        return self.up(at, finger)


@pytest.fixture
def person() -> Person:
    return Person(LIST)


# --- a finger whose end is never reported --------------------------------------------------------------


def test_taps_work_while_a_finger_at_the_edge_is_never_reported_to_go_up(person: Person) -> None:
    person.down(EDGE, finger=7)
    assert person.tap(IN_ROW, finger=8) == Tapped("row")
    person.now_s += 3600
    assert person.tap(IN_OTHER, finger=9) == Tapped("other")


def test_taps_work_while_a_finger_on_a_target_is_never_reported_to_go_up(person: Person) -> None:
    person.down(IN_ROW, finger=7)
    person.now_s += SAME_HAND_S
    assert person.tap(IN_OTHER, finger=8) == Tapped("other")
    assert person.touch.pressed_id is None


def test_a_finger_that_goes_down_again_without_having_gone_up_is_a_new_press(person: Person) -> None:
    person.down(IN_ROW)
    assert person.tap(IN_OTHER) == Tapped("other")


def test_a_second_finger_of_the_same_hand_is_ignored(person: Person) -> None:
    person.down(IN_ROW, finger=1)
    person.now_s += SAME_HAND_S - 0.01
    person.down(IN_OTHER, finger=2)
    assert person.up(IN_OTHER, finger=2) is None
    assert person.up(IN_ROW, finger=1) == Tapped("row")


def test_a_finger_that_rests_for_long_is_stuck_until_it_goes_up(person: Person) -> None:
    person.down(EDGE)
    person.now_s += STUCK_AFTER_S - 0.01
    assert not person.touch.stuck(person.now_s)
    person.now_s += 0.01
    assert person.touch.stuck(person.now_s)
    person.up(EDGE)
    assert not person.touch.stuck(person.now_s)


def test_a_finger_of_which_nothing_is_reported_for_ten_minutes_is_forgotten(person: Person) -> None:
    person.down(EDGE)
    person.now_s += LOST_FINGER_S
    assert not person.touch.stuck(person.now_s)


def test_what_rests_on_a_key_for_long_does_not_press_it_when_it_is_lifted(person: Person) -> None:
    person.down(IN_ROW)
    person.now_s += STUCK_AFTER_S
    assert person.up(IN_ROW) is None


def test_after_the_panel_lost_its_fingers_none_is_stuck_and_none_completes_a_tap(person: Person) -> None:
    person.down(IN_ROW)
    person.touch.release()
    assert person.touch.pressed_id is None
    assert person.up(IN_ROW) is None
    person.now_s += STUCK_AFTER_S
    assert not person.touch.stuck(person.now_s)


def test_health_warns_of_a_stuck_finger_while_it_lasts() -> None:
    stuck = False
    glass = ScreenHealth(visible=True, stuck=lambda: stuck)
    assert glass.health() == DeviceHealth(HealthState.READY)
    stuck = True
    assert glass.health() == DeviceHealth(HealthState.WARNING, "touch_stuck")


# --- events that end every press -----------------------------------------------------------------------


@pytest.fixture
def devices() -> set[int]:
    return {1}


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch, devices: set[int]) -> Iterator[Window]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    opened = Window(PANEL, title="test", fullscreen=False, touch_devices=lambda: frozenset(devices))
    pygame.event.clear()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "kind", [pygame.WINDOWFOCUSLOST, pygame.WINDOWHIDDEN, pygame.WINDOWMINIMIZED, pygame.WINDOWSIZECHANGED]
)
def test_what_happens_to_the_window_ends_every_press(window: Window, kind: int) -> None:
    inbox: Inbox[Finger | FingersGone | WindowClosed] = Inbox()
    pygame.event.post(pygame.event.Event(kind))
    assert window.wait(inbox, 5) == [FingersGone()]


def test_a_touch_device_that_is_pulled_out_ends_every_press_once(window: Window, devices: set[int]) -> None:
    inbox: Inbox[Finger | FingersGone | WindowClosed] = Inbox()
    devices.clear()
    pygame.event.post(pygame.event.Event(pygame.USEREVENT))
    assert window.wait(inbox, 5) == [FingersGone()]
    devices.add(2)
    pygame.event.post(pygame.event.Event(pygame.USEREVENT))
    assert window.wait(inbox, 5) == []


# --- a screen that has only just appeared --------------------------------------------------------------


@pytest.mark.parametrize("later_s", [DEBOUNCE_S, 0.4, SETTLE_S - 0.01])
@pytest.mark.parametrize("place", [IN_ROW, IN_HOME])
def test_a_new_screen_takes_no_touch_for_seven_tenths_of_a_second(
    person: Person, later_s: float, place: tuple[int, int]
) -> None:
    assert person.tap(IN_ROW) == Tapped("row")
    person.sees(CONFIRM)
    person.now_s += later_s
    assert person.tap(place) is None


def test_a_screen_that_has_been_shown_long_enough_takes_a_touch(person: Person) -> None:
    person.tap(IN_ROW)
    person.sees(CONFIRM)
    person.now_s += SETTLE_S
    assert person.tap(IN_ROW) == Tapped("take")


def test_a_screen_that_changes_by_itself_under_the_finger_takes_no_touch_either(person: Person) -> None:
    person.now_s += 60
    person.sees(CONFIRM)
    person.now_s += 0.2
    assert person.tap(IN_ROW) is None


def test_a_finger_that_went_down_too_early_completes_no_tap_however_late_it_goes_up(person: Person) -> None:
    person.sees(CONFIRM)
    person.now_s += SETTLE_S - 0.1
    person.down(IN_ROW)
    person.now_s += 1.0
    assert person.up(IN_ROW) is None


def test_a_finger_that_went_down_on_the_screen_before_completes_no_tap_on_the_new_one(person: Person) -> None:
    row_again: Scene = (ROW,)
    person.down(IN_ROW)
    person.sees(row_again)
    person.now_s += 1.0
    assert person.up(IN_ROW) is None


def test_letters_are_typed_quickly_though_the_rows_beside_them_change() -> None:
    person = Person((*LIST, LETTER))
    typed = []
    for place in range(4):
        typed.append(person.tap(IN_LETTER))
        person.sees((Target(f"hit-{place}", ROW.box, "Hit"), LETTER))
        person.now_s += 0.1
    assert typed == [Tapped("key-x")] * 4
    assert person.tap(IN_ROW) is None


def test_a_picture_that_offers_the_same_targets_is_no_new_screen(person: Person) -> None:
    assert person.tap(IN_ROW) == Tapped("row")
    person.sees(LIST)
    person.now_s += DEBOUNCE_S + 0.01
    assert person.tap(IN_ROW) == Tapped("row")
