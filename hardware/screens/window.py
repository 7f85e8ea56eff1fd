"""The window on the panel: SDL set up for a kiosk, fingers read once, waiting without redrawing."""

import logging
import os
import queue
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Generic, TypeVar

import pygame
from pygame._sdl2 import touch as sdl_touch

from hardware.ports import Health, State
from hardware.screens.panel import Panel
from hardware.screens.touch import MOUSE, Finger, FingersGone

log = logging.getLogger(__name__)

What = TypeVar("What")
OFFSCREEN = "offscreen"
LONGEST_WAIT_S = 60.0
FINGERS = {pygame.FINGERDOWN: True, pygame.FINGERUP: False}
BUTTONS = {pygame.MOUSEBUTTONDOWN: True, pygame.MOUSEBUTTONUP: False}
# After these the window may never be told that a finger went up: its end is reported to another window, or to none.
LEFT = (
    pygame.WINDOWFOCUSLOST,
    pygame.WINDOWHIDDEN,
    pygame.WINDOWMINIMIZED,
    pygame.WINDOWMOVED,
    pygame.WINDOWSIZECHANGED,
    pygame.WINDOWDISPLAYCHANGED,
)
HEARD = (*FINGERS, *BUTTONS, *LEFT, pygame.QUIT, pygame.WINDOWEXPOSED, pygame.USEREVENT)


class Closed:
    """Somebody closed the window."""


class Inbox(Generic[What]):
    """Where every thread of a station puts what happened; the main thread takes it out.

    ``put`` may be called from any thread, also before a window exists and after it is gone.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[What] = queue.SimpleQueue()
        self._wake = False

    def put(self, what: What) -> None:
        self._queue.put(what)
        if self._wake:
            try:
                pygame.event.post(pygame.event.Event(pygame.USEREVENT))
            except pygame.error as error:  # the window is gone, or SDL's own queue is full: it wakes anyway
                log.debug("not woken: %s", error)

    def wake_sdl(self, *, on: bool) -> None:
        """Whether the taker waits in SDL and must be woken there."""
        self._wake = on

    def take(self, timeout_s: float) -> list[What]:
        """Everything there is; waits up to ``timeout_s`` for the first."""
        found: list[What] = []
        try:
            found.append(self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get_nowait())
            while True:
                found.append(self._queue.get_nowait())
        except queue.Empty:
            return found


class Window:
    """The station's one window. Without a screen it is SDL's offscreen driver, and ``offscreen`` is True.

    ``fitted`` False: there is none on purpose, whatever screens the machine has for others. ``touch_devices``: the
    touch devices that the machine has now.
    """

    def __init__(
        self,
        panel: Panel,
        *,
        title: str,
        fullscreen: bool,
        display: int = 0,
        fitted: bool = True,
        touch_devices: Callable[[], frozenset[int]] | None = None,
    ) -> None:
        if not fitted:
            os.environ["SDL_VIDEODRIVER"] = OFFSCREEN
        self.offscreen = prepare(os.environ, has_gpu=any(Path("/dev/dri").glob("renderD*")))
        self._panel = panel
        pygame.display.init()
        driver = pygame.display.get_driver()
        if driver == OFFSCREEN:
            self.offscreen = True
            if fitted:
                log.warning("no screen found: %s is drawn offscreen (SDL driver %s)", title, driver)
        pygame.display.set_caption(title)
        self.surface = self._open(fullscreen and not self.offscreen, display)
        if fullscreen and not self.offscreen:
            pygame.mouse.set_visible(False)
        # A finger that moves would wake the station for nothing, hundreds of times a second.
        pygame.event.set_blocked(None)
        pygame.event.set_allowed(list(HEARD))
        self._touch_devices = touch_devices or _touch_devices
        self._devices = self._touch_devices()

    def _open(self, fullscreen: bool, display: int) -> pygame.Surface:  # noqa: FBT001 - pygame's own flag
        count = pygame.display.get_num_displays()
        if display >= count:
            log.warning("display %s is not there (%s found); using 0", display, count)
            display = 0
        size = (self._panel.width_px, self._panel.height_px)
        return pygame.display.set_mode(size, pygame.FULLSCREEN if fullscreen else 0, display=display)

    def show(self) -> None:
        """Bring what was drawn onto the panel."""
        pygame.display.flip()

    def wait(self, inbox: "Inbox[What]", timeout_s: float) -> list["What | Finger | FingersGone | Closed"]:
        """Everything that happened, fingers included; waits up to ``timeout_s`` for the first thing.

        Offscreen nothing can be touched, so the wait is on the inbox alone and costs no CPU.
        """
        if self.offscreen:
            pygame.event.pump()
            pygame.event.clear()
            return [*inbox.take(max(0.0, min(timeout_s, LONGEST_WAIT_S)))]
        inbox.wake_sdl(on=True)
        found = inbox.take(0)
        if not found:
            first = pygame.event.wait(max(1, round(min(timeout_s, LONGEST_WAIT_S) * 1000)))
            events = [first, *pygame.event.get()]
        else:
            events = pygame.event.get()
        fingers = [read for event in events if (read := self._read(event)) is not None]
        return [*found, *inbox.take(0), *self._removed(), *fingers]

    def _removed(self) -> list[FingersGone]:
        """SDL sends no event for a touch device that is pulled out: its list of devices is shorter afterwards."""
        before, self._devices = self._devices, self._touch_devices()
        return [FingersGone()] if before - self._devices else []

    def _read(self, event: pygame.event.Event) -> Finger | FingersGone | Closed | None:
        """SDL's fingers come as shares of the window; a mouse counts where it is not a finger's shadow."""
        if event.type in FINGERS:
            x, y = round(event.x * self._panel.width_px), round(event.y * self._panel.height_px)
            return Finger(down=FINGERS[event.type], x=x, y=y, finger=event.finger_id)
        if event.type in BUTTONS and event.button == 1 and not event.touch:
            x, y = event.pos
            return Finger(down=BUTTONS[event.type], x=x, y=y, finger=MOUSE)
        if event.type in LEFT:
            return FingersGone()
        if event.type == pygame.WINDOWEXPOSED:
            self.show()
        return Closed() if event.type == pygame.QUIT else None

    def close(self) -> None:
        """Give the screen back. May be called twice."""
        pygame.display.quit()


class Glass:
    """The screen as a device to be watched: offscreen nobody sees anything, unless the control port shows it.

    ``stuck`` tells whether a finger, or something else, has rested on the panel for long.
    """

    def __init__(self, *, seen: bool, stuck: Callable[[], bool] = lambda: False) -> None:
        self._health = Health(State.READY) if seen else Health(State.WARNING, "no_screen")
        self._stuck = stuck

    def health(self) -> Health:
        """Other places of the panel can be touched while one is stuck, so that is a warning."""
        if self._health.state is State.READY and self._stuck():
            return Health(State.WARNING, "touch_stuck")
        return self._health


def _touch_devices() -> frozenset[int]:
    """The ids of the touch devices that SDL knows."""
    return frozenset(sdl_touch.get_device(place) for place in range(sdl_touch.get_num_devices()))


def prepare(environ: MutableMapping[str, str], *, has_gpu: bool) -> bool:
    """Set SDL's switches before it starts, none that the operator set; True when drawing will be offscreen."""
    environ.setdefault("SDL_TOUCH_MOUSE_EVENTS", "0")
    environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
    if not has_gpu:
        environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    if not _has_screen(environ):
        environ.setdefault("SDL_VIDEODRIVER", OFFSCREEN)
    return environ.get("SDL_VIDEODRIVER") == OFFSCREEN


def _has_screen(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
