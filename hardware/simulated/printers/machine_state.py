"""State that the simulated printer's parts share: lock, clock, faults, buffer generation."""

import threading
from collections.abc import Callable

from hardware.simulated.printers.faults import FAULTS


class BufferCleared(Exception):
    """The buffer was cleared, so that the current command is abandoned.

    A command or a power loss clears it.
    """


class MachineState:
    """The shared state. ``changed`` must be held by the caller of every method.

    ``faults``: whether each is on, by its name. ``version`` grows with each visible change. Each clearing of the buffer
    begins a new ``generation``; ``working_generation`` is that of the command being executed, and work of an older one
    stops at its next wait. ``mono_s`` gives monotonic seconds. ``listeners`` are called after each visible change.
    """

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self.mono_s = mono_s
        self.changed = threading.Condition(threading.RLock())
        self.faults = dict.fromkeys(FAULTS, False)
        self.generation = self.working_generation = 0
        self.version = 1
        self.listeners: list[Callable[[], None]] = []

    def has_fault(self, fault: str) -> bool:
        return self.faults[fault]

    @property
    def is_outdated(self) -> bool:
        """The current command belongs to an older generation."""
        return self.working_generation != self.generation

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds. Raises :class:`BufferCleared`."""
        self.changed.wait_for(lambda: condition() or self.is_outdated)
        if self.is_outdated:
            raise BufferCleared

    def sleep_until(self, until_s: float) -> None:
        """Wait until ``until_s``, or until this generation ends."""
        while (remaining_s := until_s - self.mono_s()) > 0 and not self.is_outdated:
            self.changed.wait(remaining_s)

    def notify(self) -> None:
        """Publish a visible change."""
        self.version += 1
        for listener in self.listeners:
            listener()
        self.changed.notify_all()
