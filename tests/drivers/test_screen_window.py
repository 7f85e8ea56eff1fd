"""The window of kiosk and TV: SDL's set-up, fingers, events of other threads."""

import threading
from collections.abc import Iterator

import pygame
import pytest
from touch_scene import PANEL

from hardware.screens.touch import Finger
from hardware.screens.window import Inbox, Window, WindowClosed, set_sdl_environment


def test_sdl_is_set_up_for_a_kiosk_without_a_graphics_card() -> None:
    environ: dict[str, str] = {"DISPLAY": ":0"}
    assert not set_sdl_environment(environ, has_gpu=False)
    assert environ["SDL_TOUCH_MOUSE_EVENTS"] == "0"
    assert environ["SDL_FRAMEBUFFER_ACCELERATION"] == "0"
    assert "SDL_VIDEODRIVER" not in environ


def test_without_a_screen_drawing_is_offscreen_and_the_operators_driver_stays() -> None:
    environ: dict[str, str] = {}
    assert set_sdl_environment(environ, has_gpu=True)
    assert environ["SDL_VIDEODRIVER"] == "offscreen"
    assert "SDL_FRAMEBUFFER_ACCELERATION" not in environ
    chosen = {"SDL_VIDEODRIVER": "kmsdrm"}
    assert not set_sdl_environment(chosen, has_gpu=True)
    assert chosen["SDL_VIDEODRIVER"] == "kmsdrm"


def test_an_inbox_keeps_the_order_and_waits_for_the_first() -> None:
    inbox: Inbox[int | WindowClosed] = Inbox()
    assert inbox.take(0) == []
    thread = threading.Thread(target=lambda: list(map(inbox.put, range(3))))
    thread.start()
    thread.join()
    assert inbox.take(5) == [0, 1, 2]


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """A window that can be touched: SDL's dummy driver has everything but a screen."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    opened = Window(PANEL, title="test", fullscreen=False)
    yield opened
    opened.close()
    opened.close()


def post(kind: int, **values: object) -> None:
    pygame.event.post(pygame.event.Event(kind, values))


def test_fingers_are_read_once_and_their_synthetic_mouse_events_are_not(window: Window) -> None:
    inbox: Inbox[Finger | WindowClosed] = Inbox()
    post(pygame.FINGERDOWN, x=0.5, y=0.25, finger_id=7, touch_id=1)
    post(pygame.MOUSEBUTTONDOWN, pos=(150, 150), button=1, touch=True)
    post(pygame.FINGERUP, x=0.5, y=0.25, finger_id=7, touch_id=1)
    assert not window.offscreen
    assert window.wait(inbox, 5) == [
        Finger(down=True, x=150, y=150, finger_id=7),
        Finger(down=False, x=150, y=150, finger_id=7),
    ]


def test_a_real_mouse_is_a_finger_too_and_closing_the_window_is_reported(window: Window) -> None:
    inbox: Inbox[Finger | WindowClosed] = Inbox()
    post(pygame.MOUSEBUTTONDOWN, pos=(10, 20), button=1, touch=False)
    post(pygame.MOUSEBUTTONDOWN, pos=(10, 20), button=3, touch=False)
    post(pygame.QUIT)
    finger, closed = window.wait(inbox, 5)
    assert finger == Finger(down=True, x=10, y=20, finger_id=-1)
    assert isinstance(closed, WindowClosed)


def test_an_event_from_another_thread_wakes_the_window(window: Window) -> None:
    inbox: Inbox[object] = Inbox()
    taken: list[object] = []
    thread = threading.Thread(target=lambda: inbox.put("news"))
    inbox.wake_sdl(on=True)
    thread.start()
    while not taken:
        taken += window.wait(inbox, 30)
    thread.join()
    assert taken == ["news"]
