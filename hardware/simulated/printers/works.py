"""What the parts of the simulated printer share: one lock, its clock, its faults, and which life it is living."""

import threading
from collections.abc import Callable

from hardware.simulated.printers.faults import FAULTS


class Forgotten(Exception):
    """The buffer was emptied, by a command or by the loss of power: what was being done is over."""


class Works:
    """``changed`` is held by whoever calls anything here. Each time the buffer is emptied another life begins; what
    belongs to an older one stops at its next wait."""

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self.mono_s = mono_s
        self.changed = threading.Condition(threading.RLock())
        self.faults = dict.fromkeys(FAULTS, False)
        self.life = self.working = 0
        self.version = 1
        self.on_note: list[Callable[[], None]] = []

    def has(self, fault: str) -> bool:
        return self.faults[fault]

    @property
    def outlived(self) -> bool:
        """What is being done belongs to an older life."""
        return self.working != self.life

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for ``true``. Raises :class:`Forgotten`."""
        self.changed.wait_for(lambda: true() or self.outlived)
        if self.outlived:
            raise Forgotten

    def rest(self, moment_s: float) -> None:
        """Wait until ``moment_s``, or until this life is over."""
        while (rest_s := moment_s - self.mono_s()) > 0 and not self.outlived:
            self.changed.wait(rest_s)

    def note(self) -> None:
        """Something can be seen that was not so before."""
        self.version += 1
        for tell in self.on_note:
            tell()
        self.changed.notify_all()
