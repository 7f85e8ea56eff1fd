"""The control port of a screen: frames, targets, taps, further pages."""

import io
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pygame
import pytest
from PIL import Image
from touch_scene import PANEL, SCENE

from hardware.screens.control import PageNotFound, ScreenControl
from hardware.screens.frames import Frames
from hardware.screens.paint import paint
from hardware.screens.scene import Box, Icon, QrCode, Scene
from hardware.screens.theme import DAY
from hardware.screens.touch import Finger, Touch
from hardware.screens.window import Inbox
from support.waiting import PATIENCE_S


class ScreenWithPort:
    """A screen with a control port. Each finger goes through an inbox, as in a station."""

    def __init__(self) -> None:
        self.surface, self.frames, self.inbox = pygame.Surface((300, 600)), Frames(), Inbox[Finger | None]()
        self.touch, self.tapped = Touch(PANEL), list[str]()
        self.clock_s = 100.0
        self.scene: Scene = (*SCENE, QrCode(Box(10, 110, 60, 60), "http://a"), Icon(Box(80, 110, 20, 20), "home"))
        self.show("first")
        pages = {"speech": self.page}
        self.control = ScreenControl("127.0.0.1", 0, self.frames, self.inbox.put, pages)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def page(self, rest: str) -> tuple[str, bytes]:
        if rest not in ("", "1.wav"):
            raise PageNotFound
        return "text/plain", f"page {rest}".encode()

    def show(self, screen: str) -> None:
        with self.frames.drawing():
            paint(self.surface, self.scene, PANEL, DAY)
            self.frames.publish(self.surface, self.scene, PANEL, {"screen": screen})

    def run(self) -> None:
        while True:
            for finger in self.inbox.take(30):
                if finger is None:
                    return
                tap = self.touch.process(finger, self.scene, self.clock_s)
                self.clock_s += 0 if finger.down else 0.2
                if tap is not None:
                    self.tapped.append(str(tap.target))

    def ask(self, path: str, body: Any = None) -> tuple[int, bytes, dict[str, str]]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.control.port}{path}", data=data)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), dict(error.headers)

    def close(self) -> None:
        self.control.close()
        self.inbox.put(None)
        self.thread.join()


@pytest.fixture
def screen() -> Iterator[ScreenWithPort]:
    made = ScreenWithPort()
    yield made
    made.close()


def test_the_frame_of_the_port_is_the_stations_own_surface(screen: ScreenWithPort) -> None:
    status, body, headers = screen.ask("/frame.png")
    assert (status, headers["X-Frame"]) == (200, "1")
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.tobytes() == pygame.image.tobytes(screen.surface, "RGB")


def test_a_frame_is_waited_for_and_an_old_one_is_not_sent_again(screen: ScreenWithPort) -> None:
    assert screen.ask("/frame.png?after=1")[0] == 304
    later = threading.Thread(target=lambda: screen.show("second"))
    answers: list[tuple[int, bytes, dict[str, str]]] = []
    waiting = threading.Thread(target=lambda: answers.append(screen.ask("/frame.png?after=1&wait_s=20")))
    waiting.start()
    later.start()
    later.join()
    waiting.join()
    assert (answers[0][0], answers[0][2]["X-Frame"]) == (200, "2")
    assert json.loads(screen.ask("/state")[1]) == {"screen": "second"}


def test_a_frame_is_read_only_when_it_is_complete() -> None:
    frames, surface, read = Frames(), pygame.Surface((2, 2)), list[tuple[int, bytes] | None]()
    reader = threading.Thread(target=lambda: read.append(frames.png_newer_than(0, PATIENCE_S)))
    with frames.drawing():
        frames.publish(surface, (), PANEL, {})
        reader.start()
        surface.fill((1, 2, 3))
        frames.publish(surface, (), PANEL, {})
    reader.join()
    assert read[0] is not None and read[0][0] == 2
    with Image.open(io.BytesIO(read[0][1])) as picture:
        assert picture.getpixel((0, 0)) == (1, 2, 3)


def test_targets_are_listed_in_panel_pixels(screen: ScreenWithPort) -> None:
    listed = {target["id"]: target for target in json.loads(screen.ask("/targets")[1])}
    assert listed["a"] == {"id": "a", "label": "A", "x": 20, "y": 20, "w": 80, "h": 80, "enabled": True}
    assert listed["off"]["enabled"] is False


def test_a_tap_of_the_port_is_processed_as_a_finger(screen: ScreenWithPort) -> None:
    assert screen.ask("/tap", {"x": 40, "y": 40})[0] == 204
    assert screen.tapped == ["a"]


def test_a_double_click_is_one_tap_but_a_named_target_waits_its_turn(screen: ScreenWithPort) -> None:
    assert screen.ask("/tap", {"x": 40, "y": 40})[0] == 204
    assert screen.ask("/tap", {"x": 40, "y": 40})[0] == 409
    assert screen.tapped == ["a"]
    assert screen.ask("/tap", {"target": "b"})[0] == 204
    assert screen.ask("/tap", {"target": "b"})[0] == 204
    assert screen.tapped == ["a", "b", "b"]


@pytest.mark.parametrize(
    ("tap", "status"),
    [
        ({"x": 290, "y": 590}, 409),
        ({"target": "off"}, 409),
        ({"target": "nonsense"}, 409),
        ({"x": "1", "y": 2}, 400),
        ({}, 400),
        ([1, 2], 400),
    ],
)
def test_a_tap_that_hits_nothing_is_refused_with_a_reason(screen: ScreenWithPort, tap: Any, status: int) -> None:
    code, body, _ = screen.ask("/tap", tap)
    assert code == status
    assert json.loads(body)["detail"]
    assert screen.tapped == []


@pytest.mark.parametrize(
    ("body", "length", "status"),
    [
        (b'{"x": 1e400, "y": 1}', None, 400),
        (b'{"x": NaN, "y": 1}', None, 400),
        (b"[" * 4000, None, 400),
        (b"\xff", None, 400),
        (b"{}", "many", 413),
        (b"{}", "-5", 413),
        (b"{}", "70000", 413),
    ],
)
def test_a_body_that_is_not_json_is_refused_with_a_reason(
    screen: ScreenWithPort, body: bytes, length: str | None, status: int
) -> None:
    connection = HTTPConnection("127.0.0.1", screen.control.port, timeout=PATIENCE_S)
    with closing(connection):
        connection.request("POST", "/tap", body, {} if length is None else {"Content-Length": length})
        answer = connection.getresponse()
        assert (answer.status, bool(json.loads(answer.read())["detail"])) == (status, True)
    assert screen.tapped == []


@pytest.mark.parametrize("wait", ["nan", "-4", "0"])
def test_an_impossible_waiting_time_is_no_wait(screen: ScreenWithPort, wait: str) -> None:
    assert screen.ask(f"/frame.png?after=1&wait_s={wait}")[0] == 304


def test_further_pages_are_served_and_unknown_paths_are_not(screen: ScreenWithPort) -> None:
    assert screen.ask("/speech")[:2] == (200, b"page ")
    assert screen.ask("/speech/1.wav")[:2] == (200, b"page 1.wav")
    assert screen.ask("/speech/2.wav")[0] == 404
    assert screen.ask("/nothing")[0] == 404
    assert screen.ask("/nothing", {})[0] == 404


def test_a_closed_port_may_be_closed_again(screen: ScreenWithPort) -> None:
    screen.control.close()
    screen.control.close()
