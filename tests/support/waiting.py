"""Waits for another thread or process: on the condition itself, never for a fixed time."""

import threading
from collections.abc import Callable
from typing import TypeVar

from support.scaled_time import mono_s

PATIENCE_S = 120.0
"""The longest time that a test waits for a condition. Only failures take so long."""
LOOK_EVERY_S = 0.01

Result = TypeVar("Result")


def until(
    holds: Callable[..., Result], why: str | Callable[[], object] = "", *, within_s: float = PATIENCE_S
) -> Result:
    """Wait until ``holds`` returns a true value, and return that value.

    After ``within_s`` seconds of ``scaled_time`` the test fails with ``why``, or with the value that it returns then.
    """
    end_s, tick = mono_s() + within_s, threading.Event()
    while not (result := holds()):
        assert mono_s() < end_s, f"not within {within_s:.0f} s: {why if isinstance(why, str) else why()}"
        tick.wait(LOOK_EVERY_S)
    return result
