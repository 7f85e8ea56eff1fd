"""The serial lines of one machine."""

from collections.abc import Callable

from hardware.lines.line import Line
from hardware.lines.serial_port import Parity


class Lines:
    """The lines of one machine: who names the same port shares one. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._lines: dict[str, Line] = {}

    def line(self, address: str, baud: int, *, parity: Parity | None = None) -> Line:
        """The line at ``address``; ``parity`` None takes it as it is. Raises ``ValueError`` when it is in use with
        another speed or parity."""
        line = self._lines.get(address)
        if line is None:
            line = self._lines[address] = Line(address, baud, self.clock, parity=parity or "none")
        if (baud, parity or line.parity) != (line.baud, line.parity):
            told = f"{line.baud} baud, parity {line.parity}", f"{baud} baud, parity {parity or line.parity}"
            raise ValueError(f"{address} cannot have {told[0]} and {told[1]}")
        return line
