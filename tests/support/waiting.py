"""Waits for another thread or process: on the condition itself, never for a fixed time."""

import threading
from collections.abc import Callable
from typing import TypeVar

from support.scaled_time import mono_s

PATIENCE_S = 120.0
"""The longest time that a test waits for a condition. Only failures take so long."""
LOOK_EVERY_S, LOOK_EVERY_S_LATER = 0.01, 0.05
"""The time between two looks at a condition, at first and after half a second: looks take processor time, too."""
GROWTH = 1.1

Result = TypeVar("Result")


def until(
    holds: Callable[..., Result], why: str | Callable[[], object] = "", *, within_s: float = PATIENCE_S
) -> Result:
    """Wait until ``holds`` returns a true value, and return that value.

    After ``within_s`` seconds of ``scaled_time`` the test fails with ``why``, or with the value that it returns then.
    """
    end_s, tick, pause_s = mono_s() + within_s, threading.Event(), LOOK_EVERY_S
    while not (result := holds()):
        assert mono_s() < end_s, f"not within {within_s:.0f} s: {why if isinstance(why, str) else why()}"
        tick.wait(pause_s)
        pause_s = min(pause_s * GROWTH, LOOK_EVERY_S_LATER)
    return result
