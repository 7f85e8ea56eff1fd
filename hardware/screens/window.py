"""The window on the panel: set up SDL, convert its events, and wait for them."""

import logging
import os
import queue
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Generic, TypeVar

import pygame
from pygame._sdl2 import touch as sdl_touch

from hardware.ports import DeviceHealth, HealthState
from hardware.screens.panel import Panel
from hardware.screens.touch import MOUSE_FINGER, Finger, FingersGone

log = logging.getLogger(__name__)

Item = TypeVar("Item")
OFFSCREEN = "offscreen"  # SDL's driver without a screen
MAX_WAIT_S = 60.0  # of one call of `Window.wait`
# Type of event -> whether the finger or button goes down.
FINGER_EVENTS = {pygame.FINGERDOWN: True, pygame.FINGERUP: False}
BUTTON_EVENTS = {pygame.MOUSEBUTTONDOWN: True, pygame.MOUSEBUTTONUP: False}
# After these events the window may never get the end of a touch: another window gets it, or none.
TOUCH_LOST = (
    pygame.WINDOWFOCUSLOST,
    pygame.WINDOWHIDDEN,
    pygame.WINDOWMINIMIZED,
    pygame.WINDOWMOVED,
    pygame.WINDOWSIZECHANGED,
    pygame.WINDOWDISPLAYCHANGED,
)
ALLOWED_EVENTS = (*FINGER_EVENTS, *BUTTON_EVENTS, *TOUCH_LOST, pygame.QUIT, pygame.WINDOWEXPOSED, pygame.USEREVENT)


class WindowClosed:
    """The window was closed."""


class Inbox(Generic[Item]):
    """The event queue of a station: any thread puts events, the main thread takes them.

    ``put`` may be called from any thread, also before a window exists and after it is gone.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._must_wake_sdl = False

    def put(self, item: Item) -> None:
        self._queue.put(item)
        if self._must_wake_sdl:
            try:
                pygame.event.post(pygame.event.Event(pygame.USEREVENT))
            except pygame.error as error:  # the window is gone, or SDL's queue is full and wakes it anyway
                log.debug("no SDL event was posted: %s", error)

    def wake_sdl(self, *, on: bool) -> None:
        """Set whether ``put`` must post an SDL event to wake the main thread."""
        self._must_wake_sdl = on

    def take(self, timeout_s: float) -> list[Item]:
        """Return all items; wait up to ``timeout_s`` for the first."""
        items: list[Item] = []
        try:
            items.append(self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get_nowait())
            while True:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            return items


class Window:
    """The station's one window. Without a screen it uses SDL's offscreen driver, and ``offscreen`` is True.

    ``fitted`` False (the setting says that this station has no screen): offscreen even if the machine has screens.
    ``title``: of the window, and its name in the log. ``display``: which of the machine's displays, from 0.
    ``touch_devices`` returns the ids of the connected touch devices; None: those that SDL lists.
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
        self.offscreen = set_sdl_environment(os.environ, has_gpu=any(Path("/dev/dri").glob("renderD*")))
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
        # A moving finger would wake the station needlessly, hundreds of times a second.
        pygame.event.set_blocked(None)
        pygame.event.set_allowed(list(ALLOWED_EVENTS))
        self._touch_devices = touch_devices or _touch_devices
        self._known_touch_devices = self._touch_devices()

    def _open(self, fullscreen: bool, display: int) -> pygame.Surface:  # noqa: FBT001 - pygame's own flag
        count = pygame.display.get_num_displays()
        if display >= count:
            log.warning("display %s does not exist (%s found); using 0", display, count)
            display = 0
        size = (self._panel.width_px, self._panel.height_px)
        return pygame.display.set_mode(size, pygame.FULLSCREEN if fullscreen else 0, display=display)

    def show(self) -> None:
        """Show the drawn surface on the panel."""
        pygame.display.flip()

    def wait(self, inbox: "Inbox[Item]", timeout_s: float) -> list["Item | Finger | FingersGone | WindowClosed"]:
        """Return all events, fingers included; wait up to ``timeout_s`` for the first.

        Offscreen there are no touches, so only the inbox is waited for, which costs no CPU.
        """
        if self.offscreen:
            pygame.event.pump()
            pygame.event.clear()
            return [*inbox.take(max(0.0, min(timeout_s, MAX_WAIT_S)))]
        inbox.wake_sdl(on=True)
        items = inbox.take(0)
        if not items:
            first = pygame.event.wait(max(1, round(min(timeout_s, MAX_WAIT_S) * 1000)))
            events = [first, *pygame.event.get()]
        else:
            events = pygame.event.get()
        fingers = [converted for event in events if (converted := self._convert(event)) is not None]
        return [*items, *inbox.take(0), *self._detect_unplugged(), *fingers]

    def _detect_unplugged(self) -> list[FingersGone]:
        """Compare SDL's lists of touch devices: it sends no event when one is unplugged."""
        before, self._known_touch_devices = self._known_touch_devices, self._touch_devices()
        return [FingersGone()] if before - self._known_touch_devices else []

    def _convert(self, event: pygame.event.Event) -> Finger | FingersGone | WindowClosed | None:
        """Convert an SDL event. Finger positions are fractions of the window; emulated mouse events are ignored."""
        if event.type in FINGER_EVENTS:
            x, y = round(event.x * self._panel.width_px), round(event.y * self._panel.height_px)
            return Finger(down=FINGER_EVENTS[event.type], x=x, y=y, finger_id=event.finger_id)
        if event.type in BUTTON_EVENTS and event.button == 1 and not event.touch:
            x, y = event.pos
            return Finger(down=BUTTON_EVENTS[event.type], x=x, y=y, finger_id=MOUSE_FINGER)
        if event.type in TOUCH_LOST:
            return FingersGone()
        if event.type == pygame.WINDOWEXPOSED:
            self.show()
        return WindowClosed() if event.type == pygame.QUIT else None

    def close(self) -> None:
        """Release the screen. May be called again."""
        pygame.display.quit()


class ScreenHealth:
    """The health of the screen. ``visible``: its content can be seen on a panel or through the control port.

    ``stuck`` returns whether a finger or an object has been on the panel for long.
    """

    def __init__(self, *, visible: bool, stuck: Callable[[], bool] = lambda: False) -> None:
        self._health = DeviceHealth(HealthState.READY) if visible else DeviceHealth(HealthState.WARNING, "no_screen")
        self._stuck = stuck

    def health(self) -> DeviceHealth:
        """Return a warning while a touch is stuck: the rest of the panel still works."""
        if self._health.state is HealthState.READY and self._stuck():
            return DeviceHealth(HealthState.WARNING, "touch_stuck")
        return self._health


def _touch_devices() -> frozenset[int]:
    """Return the ids of SDL's touch devices."""
    return frozenset(sdl_touch.get_device(index) for index in range(sdl_touch.get_num_devices()))


def set_sdl_environment(environ: MutableMapping[str, str], *, has_gpu: bool) -> bool:
    """Set SDL's environment variables except those already set; return True when drawing will be offscreen."""
    environ.setdefault("SDL_TOUCH_MOUSE_EVENTS", "0")
    environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
    if not has_gpu:
        environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    if not _has_screen(environ):
        environ.setdefault("SDL_VIDEODRIVER", OFFSCREEN)
    return environ.get("SDL_VIDEODRIVER") == OFFSCREEN


def _has_screen(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
