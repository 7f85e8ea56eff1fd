"""Threads that poll the control ports and put the responses into the hall's state."""

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from config.settings import ScreenSettings, Settings
from config.threads import RestartingThread
from server.hall.virtual.control_clients import ControlClient, ControlClients, ControlError
from server.hall.virtual.state import HallState

log = logging.getLogger("hall")

FRAME_WAIT_S = 5.0  # a screen's control port responds at once when its picture changes
POLL_EVERY_S = 0.2
RETRY_AFTER_S = 0.5


class Poller:
    """Calls ``poll`` again and again in a thread while somebody has the page open.

    ``poll`` raises :class:`ControlError` while its port does not respond; then ``on_lost`` is called, and the next
    attempt follows after a pause. ``every_s``: the pause between two polls.
    """

    def __init__(
        self, name: str, state: HallState, poll: Callable[[], None], on_lost: Callable[[], None], *, every_s: float
    ) -> None:
        self._name, self._state, self._poll, self._on_lost, self._every_s = name, state, poll, on_lost, every_s
        self._closing = threading.Event()
        self._thread = RestartingThread(f"poll-{name}", self._run, closing=self._closing)
        self._thread.start()

    def close(self) -> None:
        """End after the poll in progress. Does not wait for it."""
        self._closing.set()

    def join(self) -> None:
        """Wait for the end of the poll in progress, after ``close``."""
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._state.wait_for_viewer(1.0):
                continue
            pause_s = self._every_s
            try:
                self._poll()
            except ControlError as error:
                log.debug("%s: %s", self._name, error)
                self._on_lost()
                pause_s = RETRY_AFTER_S
            self._closing.wait(pause_s)


class ScreenPoll:
    """Fetches a screen's picture, its state and its targets each time the picture changes."""

    def __init__(self, name: str, client: ControlClient, screen: ScreenSettings, state: HallState) -> None:
        self._name, self._client, self._screen, self._state = name, client, screen, state
        self._frame_number = 0

    def poll(self) -> None:
        """Wait for a newer picture and store it. Raises :class:`ControlError`."""
        path = f"/frame.png?after={self._frame_number}&wait_s={FRAME_WAIT_S:.0f}"
        response = self._client.get(path, wait_s=FRAME_WAIT_S)
        if response.status == 304:
            return
        self._frame_number = int(response.headers["X-Frame"])
        version = hashlib.sha256(response.body).hexdigest()[:16]
        self._state.keep_frame(self._name, version, response.body)
        picture = {
            "version": version,
            "width": self._screen.width_px,
            "height": self._screen.height_px,
            "state": self._client.get("/state").json(),
            "targets": self._client.get("/targets").json(),
        }
        self._state.put(self._name, picture)

    def on_lost(self) -> None:
        """Remove the picture; a restarted station counts its frames from the start."""
        self._frame_number = 0
        self._state.put(self._name, None)


class JsonPoll:
    """Fetches one JSON response of a control port as the part ``part`` of the state."""

    def __init__(self, part: str, client: ControlClient, path: str, state: HallState) -> None:
        self._part, self._client, self._path, self._state = part, client, path, state

    def poll(self) -> None:
        """Fetch and store the response. Raises :class:`ControlError`."""
        self._state.put(self._part, self._client.get(self._path).json())

    def on_lost(self) -> None:
        self._state.put(self._part, None)


def start_pollers(
    settings: Settings, clients: ControlClients, state: HallState, resources: ExitStack
) -> Sequence[Poller]:
    """Start and return a poller for each control port of this hall. ``resources`` closes them."""
    pollers: list[Poller] = []

    def start(name: str, poll: ScreenPoll | JsonPoll, every_s: float) -> None:
        poller = Poller(name, state, poll.poll, poll.on_lost, every_s=every_s)
        resources.callback(poller.close)
        pollers.append(poller)

    if settings.kiosk is not None and clients.kiosk is not None:
        start("kiosk", ScreenPoll("kiosk", clients.kiosk, settings.kiosk.screen, state), 0.0)
    if settings.display is not None and clients.tv is not None:
        start("tv", ScreenPoll("tv", clients.tv, settings.display.screen, state), 0.0)
    for part, client, path in (
        ("speech", clients.tv, "/speech"),
        ("devices", clients.devices, "/devices"),
        ("printer", clients.devices, "/printer"),
    ):
        if client is not None:
            start(part, JsonPoll(part, client, path, state), POLL_EVERY_S)
    return pollers
