"""Detect a hung device thread.

A driver stores the last state that its thread saw, and ``health`` returns that state. A thread that hangs, in a system
call or because of a bug, would leave the last good state for ever. So each device thread reports a beat once per loop,
and a good state is not trusted when the last beat is older than a few seconds.
"""

from collections.abc import Callable

from hardware.ports import DeviceHealth, HealthState

MAX_SLEEP_S = 1.0
"""The longest sleep of a device thread, so that its beats never pause for longer."""
HUNG_AFTER_S = 5.0
"""A thread without a beat for this long counts as hung. A healthy thread's loop is shorter: a write may take a second,
and closing a port may be slow."""
GOOD_STATES = (HealthState.READY, HealthState.WARNING)
"""The states that mean a working device, and are not trusted while the thread hangs."""


class ThreadLiveness:
    """Detects that one thread hangs. The thread calls ``beat`` and ``wake_by``, any thread ``unless_hung``.

    ``mono_s`` gives monotonic seconds.
    """

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._last_beat_at_s = mono_s()

    def beat(self) -> None:
        """Record one more round of the thread's loop."""
        self._last_beat_at_s = self._mono_s()

    def wake_by(self, due_s: float | None) -> float:
        """Return the moment until which the thread may sleep, at most ``MAX_SLEEP_S`` from now.

        ``due_s``: the moment at which its next work is due; None: nothing is.
        """
        latest_s = self._mono_s() + MAX_SLEEP_S
        return latest_s if due_s is None else min(due_s, latest_s)

    def unless_hung(self, health: DeviceHealth) -> DeviceHealth:
        """Return ``health``, or UNKNOWN instead of a good state while the thread hangs."""
        silent_s = self._mono_s() - self._last_beat_at_s
        if health.state not in GOOD_STATES or silent_s <= HUNG_AFTER_S:
            return health
        return DeviceHealth(HealthState.UNKNOWN, detail="its thread has stalled; restart this program if it stays so")
