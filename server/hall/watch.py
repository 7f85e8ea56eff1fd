"""Threads that look at the hall's doors and at the bus, and put what they see into the scene."""

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from config.address import split
from config.settings import Screen, Settings
from config.threads import RestartingThread
from server.hall.doors import Door, DoorError, Doors
from server.hall.scene import Scene
from server.wire.feed import Feed
from server.wire.topics import Topics

log = logging.getLogger("hall")

FRAME_WAIT_S = 5.0
LOOK_EVERY_S = 0.2
REST_S = 0.5


class Watch:
    """Runs ``look`` again and again in a thread while somebody looks at the page. Bounded: closes in one look.

    ``look`` raises :class:`DoorError` while its door does not answer; then ``lost`` is called and it rests.
    """

    def __init__(
        self, name: str, scene: Scene, look: Callable[[], None], lost: Callable[[], None], *, every_s: float
    ) -> None:
        self._name, self._scene, self._look, self._lost, self._every_s = name, scene, look, lost, every_s
        self._closing = threading.Event()
        self._thread = RestartingThread(f"watch-{name}", self._run, closing=self._closing)
        self._thread.start()

    def close(self) -> None:
        """Ends after the look that is under way."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._scene.await_audience(1.0):
                continue
            pause_s = self._every_s
            try:
                self._look()
            except DoorError as error:
                log.debug("%s: %s", self._name, error)
                self._lost()
                pause_s = REST_S
            self._closing.wait(pause_s)


class ScreenLook:
    """A screen's picture, its state and its targets, each time the picture changes."""

    def __init__(self, name: str, door: Door, panel: Screen, scene: Scene) -> None:
        self._name, self._door, self._panel, self._scene = name, door, panel, scene
        self._seen = 0

    def look(self) -> None:
        got = self._door.get(f"/frame.png?after={self._seen}&wait_s={FRAME_WAIT_S:.0f}", wait_s=FRAME_WAIT_S)
        if got.status == 304:
            return
        self._seen = int(got.headers["X-Frame"])
        version = hashlib.sha256(got.body).hexdigest()[:16]
        self._scene.keep_frame(self._name, version, got.body)
        picture = {
            "version": version,
            "width": self._panel.width_px,
            "height": self._panel.height_px,
            "state": self._door.get("/state").json(),
            "targets": self._door.get("/targets").json(),
        }
        self._scene.put(self._name, picture)

    def lost(self) -> None:
        """The station is gone: its next picture counts from the start."""
        self._seen = 0
        self._scene.put(self._name, None)


def watch(settings: Settings, doors: Doors, scene: Scene, held: ExitStack) -> None:
    """Start the watches of every door this hall has; ``held`` ends them."""

    def start(name: str, look: Callable[[], None], lost: Callable[[], None], every_s: float) -> None:
        held.callback(Watch(name, scene, look, lost, every_s=every_s).close)

    def screen(name: str, door: Door | None, panel: Screen) -> None:
        if door is not None:
            looker = ScreenLook(name, door, panel, scene)
            start(name, looker.look, looker.lost, 0.0)

    if settings.kiosk is not None:
        screen("kiosk", doors.kiosk, settings.kiosk.screen)
    if settings.display is not None:
        screen("tv", doors.tv, settings.display.screen)
    for part, door, path in (
        ("speech", doors.tv, "/speech"),
        ("devices", doors.devices, "/devices"),
        ("printer", doors.devices, "/printer"),
    ):
        if door is not None:
            look, lost = _part(scene, part, door, path)
            start(part, look, lost, LOOK_EVERY_S)


def _part(scene: Scene, part: str, door: Door, path: str) -> tuple[Callable[[], None], Callable[[], None]]:
    return lambda: scene.put(part, door.get(path).json()), lambda: scene.put(part, None)


def listen(
    settings: Settings, on_message: Callable[[str, Mapping[str, Any]], None], on_link: Callable[[bool], None]
) -> Feed:
    """The hall's ear on the bus: every picture and fact of the office as (topic below the office, JSON)."""
    topics = Topics(settings.link.office)
    root = topics.board.removesuffix("board")

    def heard(topic: str, payload: bytes) -> None:
        try:
            body = json.loads(payload)
        except (ValueError, RecursionError):
            log.warning("not JSON on %s", topic)
            return
        if isinstance(body, dict):
            on_message(topic.removeprefix(root), body)

    host, port = split(settings.link.broker)
    return Feed(host, port, "hall", topics=[f"{root}#"], on_message=heard, on_link=on_link)
