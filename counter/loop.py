"""The counter station's main loop."""

import math
import queue
from collections.abc import Callable

from config.clock import Clock
from config.notify import NO_NOTIFIER, SystemdNotifier
from counter.flow.effects import Effect
from counter.flow.events import Event
from counter.flow.state import CounterStationState
from counter.flow.step import next_wake_s, step
from server.wire.station.events import Tick


class CounterInbox(queue.SimpleQueue[Event | None]):
    """All events in order, from any thread or signal; None ends the loop."""


def run(
    state: CounterStationState,
    inbox: CounterInbox,
    run_effect: Callable[[Effect], None],
    clock: Clock,
    notifier: SystemdNotifier = NO_NOTIFIER,
) -> None:
    """Handle events, and carry out their effects, until None is received."""
    event: Event | None = Tick()
    ready = False
    while event is not None:
        state, effects = step(state, event, clock.now())
        for effect in effects:
            run_effect(effect)
        if ready:
            notifier.alive()
        else:
            notifier.ready("signs and keypads are served")
            ready = True
        wake_s = next_wake_s(state)
        wait_s = math.inf if wake_s is None else max(0.0, wake_s - clock.mono_s())
        try:
            event = inbox.get(timeout=notifier.limit_wait(wait_s))
        except queue.Empty:
            event = Tick()
    notifier.stopping()
