"""A sign that only says what it would show: to try a station or a node without one."""

import logging
from collections.abc import Collection

from hardware.ports import Health, SignFace, State

log = logging.getLogger(__name__)

DASHES = "----"


class ConsoleSign:
    """``name`` goes before each line of the log."""

    def __init__(self, name: str) -> None:
        self._name = name

    def show(self, face: SignFace) -> None:
        text = DASHES if face.paused else face.number or "(dark)"
        told = f"{face.word} {face.below}" if face.word is not None else text
        # A log is read in a terminal, which takes commands from text as a sign does.
        safe = told if told.isprintable() else ascii(told)
        log.info("%s: %s%s", self._name, safe, ", blinking" if face.blink else "")

    def expect(self, prefixes: Collection[str]) -> None:
        """It can show them all."""

    def health(self) -> Health:
        return Health(State.READY)

    def close(self) -> None:
        """It has nothing to give back."""
