"""The newest frame that a station drew, for readers in other threads."""

import io
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pygame
from PIL import Image

from hardware.screens.panel import Panel
from hardware.screens.scene import Scene, targets


@dataclass(frozen=True, slots=True)
class TargetArea:
    """A touch target in panel pixels, as the control port returns it.

    ``id``: its name there; ``label``: as in ``Target``. ``x``, ``y``: the top left corner; ``w``, ``h``: width, height.
    """

    id: str
    label: str
    x: int
    y: int
    w: int
    h: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class ScreenFrame:
    """The station's surface with its touch targets, the front one first.

    ``surface`` is the one on which the station draws the next frame too. ``number`` counts the frames from 1.
    ``state``: the station's state, as its control port returns it.
    """

    number: int
    surface: pygame.Surface
    areas: tuple[TargetArea, ...]
    state: Mapping[str, object]


class Frames:
    """Holds the newest frame. Only the main thread draws and calls ``publish``; any thread may call the rest.

    ``name_of`` returns the name that the control port uses for a target's id.
    """

    def __init__(self, name_of: Callable[[Any], str] = str) -> None:
        self._name_of = name_of
        self._frame_published = threading.Condition(threading.RLock())
        """Its lock is held while the surface is drawn, and while it is read."""
        self._frame: ScreenFrame | None = None
        self._png: tuple[int, bytes] = (0, b"")  # (number of the frame, its PNG)
        self._encoding_lock = threading.Lock()

    def drawing(self) -> AbstractContextManager[object]:
        """Return the context in which the station draws and publishes a frame.

        Meanwhile no other thread reads the surface. The alternative, a copy of each frame, takes 8 MB for each screen.
        """
        return self._frame_published

    def publish(self, surface: pygame.Surface, scene: Scene, panel: Panel, state: Mapping[str, object]) -> None:
        """Publish the frame on ``surface``. The caller holds ``drawing``."""
        areas = tuple(
            TargetArea(
                self._name_of(target.id),
                target.label,
                *panel.rect(target.box.x, target.box.y, target.box.w, target.box.h),
                target.enabled,
            )
            for target in targets(scene)
        )
        with self._frame_published:
            number = self._frame.number + 1 if self._frame is not None else 1
            self._frame = ScreenFrame(number, surface, areas, dict(state))
            self._frame_published.notify_all()

    def newest(self) -> ScreenFrame | None:
        with self._frame_published:
            return self._frame

    def newer_than(self, number: int, timeout_s: float) -> ScreenFrame | None:
        """Return the newest frame if its number is greater; wait up to ``timeout_s`` for one."""
        with self._frame_published:
            self._frame_published.wait_for(lambda: self._frame is not None and self._frame.number > number, timeout_s)
            return self._frame if self._frame is not None and self._frame.number > number else None

    def png_newer_than(self, number: int, timeout_s: float) -> tuple[int, bytes] | None:
        """Return number and PNG of a newer frame; wait up to ``timeout_s`` for one.

        The first caller encodes a frame. None without a newer frame, and when the window has been closed.
        """
        if self.newer_than(number, timeout_s) is None:
            return None
        with self._encoding_lock:
            with self._frame_published:
                frame = self._frame
                assert frame is not None
                if self._png[0] == frame.number:
                    return self._png
                try:
                    pixels, size = pygame.image.tobytes(frame.surface, "RGB"), frame.surface.get_size()
                except pygame.error:
                    return None
            self._png = (frame.number, _encode_pixels(pixels, size))
            return self._png


def encode(surface: pygame.Surface) -> bytes:
    """Return a surface as PNG, encoded for speed rather than size."""
    return _encode_pixels(pygame.image.tobytes(surface, "RGB"), surface.get_size())


def _encode_pixels(pixels: bytes, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()
