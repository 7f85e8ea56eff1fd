"""Waiting for what another thread or process does: on the condition itself, never for a fixed time."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 40.0
LOOK_EVERY_S = 0.01

Found = TypeVar("Found")


def until(holds: Callable[..., Found], why: str | Callable[[], object] = "", *, within_s: float = PATIENCE_S) -> Found:
    """What ``holds`` returns as soon as that is true; ``why`` (or what it returns then) is said when it never is."""
    end_s, tick = time.monotonic() + within_s, threading.Event()
    while not (found := holds()):
        assert time.monotonic() < end_s, f"not within {within_s:.0f} s: {why if isinstance(why, str) else why()}"
        tick.wait(LOOK_EVERY_S)
    return found
