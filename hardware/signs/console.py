"""A sign that only logs its content, for trials without a sign."""

import logging
from collections.abc import Collection

from hardware.ports import DeviceHealth, HealthState, SignFace

log = logging.getLogger(__name__)

DASHES = "----"


class ConsoleSign:
    """Logs each face, with the sign's ``name`` before it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def show(self, face: SignFace) -> None:
        number = DASHES if face.paused else face.number or "(dark)"
        text = f"{face.word} {face.below}" if face.word is not None else number
        # A log is read in a terminal, which could take control characters as commands.
        safe = text if text.isprintable() else ascii(text)
        log.info("%s: %s%s", self._name, safe, ", blinking" if face.blink else "")

    def expect_prefixes(self, prefixes: Collection[str]) -> None:
        """Do nothing: the log can show all numbers."""

    def health(self) -> DeviceHealth:
        return DeviceHealth(HealthState.READY)

    def close(self) -> None:
        """Do nothing: no resource is held."""
