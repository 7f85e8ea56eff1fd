"""Waiting for what another thread or process does: on the condition itself, never for a fixed time."""

import threading
from collections.abc import Callable
from typing import TypeVar

from unhurried import mono_s

PATIENCE_S = 120.0
"""How long a test waits for something that must come: it bounds a failure, and nothing that works is near it."""
LOOK_EVERY_S = 0.01

Found = TypeVar("Found")


def until(holds: Callable[..., Found], why: str | Callable[[], object] = "", *, within_s: float = PATIENCE_S) -> Found:
    """What ``holds`` returns as soon as that is true; ``why`` (or what it returns then) is said when it never is.

    The seconds are those of ``unhurried``: a machine that lets nobody run uses up no patience.
    """
    end_s, tick = mono_s() + within_s, threading.Event()
    while not (found := holds()):
        assert mono_s() < end_s, f"not within {within_s:.0f} s: {why if isinstance(why, str) else why()}"
        tick.wait(LOOK_EVERY_S)
    return found
