"""The newest frame of a station, kept for those who watch it from other threads."""

import io
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import pygame
from PIL import Image

from hardware.screens.panel import Panel
from hardware.screens.scene import Scene, targets


@dataclass(frozen=True, slots=True)
class Place:
    """A target in panel pixels."""

    id: str
    label: str
    x: int
    y: int
    w: int
    h: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What the station shows: a copy of its own surface, its targets and its state in words."""

    n: int
    surface: pygame.Surface
    places: tuple[Place, ...]
    state: Mapping[str, object]


class Frames:
    """Holds the newest frame. ``publish`` belongs to the main thread, the rest to any."""

    def __init__(self) -> None:
        self._new = threading.Condition()
        self._frame: Frame | None = None
        self._png: tuple[int, bytes] = (0, b"")
        self._encoding = threading.Lock()

    def publish(self, surface: pygame.Surface, scene: Scene, panel: Panel, state: Mapping[str, object]) -> None:
        """Keep a copy of ``surface``, which the station goes on drawing into."""
        places = tuple(
            Place(one.id, one.label, *panel.rect(one.box.x, one.box.y, one.box.w, one.box.h), one.enabled)
            for one in targets(scene)
        )
        copy = surface.copy()
        with self._new:
            n = self._frame.n + 1 if self._frame is not None else 1
            self._frame = Frame(n, copy, places, dict(state))
            self._new.notify_all()

    def newest(self) -> Frame | None:
        with self._new:
            return self._frame

    def after(self, n: int, timeout_s: float) -> Frame | None:
        """The newest frame if it is newer than ``n``, waiting up to ``timeout_s`` for one."""
        with self._new:
            self._new.wait_for(lambda: self._frame is not None and self._frame.n > n, timeout_s)
            return self._frame if self._frame is not None and self._frame.n > n else None

    def png(self, frame: Frame) -> bytes:
        """``frame`` as PNG; each frame is encoded once, in the thread that asks first."""
        with self._encoding:
            if self._png[0] != frame.n:
                self._png = (frame.n, encode(frame.surface))
            return self._png[1]


def encode(surface: pygame.Surface) -> bytes:
    """A surface as PNG, fast rather than small."""
    pixels = pygame.image.tobytes(surface, "RGB")
    out = io.BytesIO()
    Image.frombytes("RGB", surface.get_size(), pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()
