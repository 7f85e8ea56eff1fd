"""A slip's bytes on their way: what has left, and what is still on our side because the printer stands still."""

from collections import deque
from collections.abc import Callable

from hardware.printers import commands
from hardware.printers.link import Link
from hardware.printers.profile import Limits
from hardware.printers.transports.transport import Gone

FAST_BYTES = 65_536
"""On a link that is no bottleneck this is gone before a look would be due."""


class Sending:
    """On a line that outlives the printer's power it is looked at between commands: switched off and on it would take
    the rest of a picture for letters, and answer the fence behind them."""

    def __init__(self, link: Link, data: bytes, mono_s: Callable[[], float], limits: Limits) -> None:
        self._link, self._mono_s, self._limits = link, mono_s, limits
        # As much at once as the line carries from one look to the next: between two pieces it stands idle.
        least = int(limits.look_s / limits.byte_s) if limits.byte_s else FAST_BYTES
        self._pieces = deque(commands.split(data, least) if limits.outlives_power else [data])
        self.between = limits.outlives_power
        """Whether the printer may be asked now: what comes next is a command, not the rest of one."""
        self.moved_s = mono_s()
        """When the printer last took a byte."""

    def go_on(self, timeout_s: float) -> bool:
        """Whether the last byte has left. It also ends when the printer says meanwhile that it stands still. Raises
        ``Gone``."""
        end_s, look_s = self._mono_s() + timeout_s, self._mono_s() + self._limits.look_s
        while self._pieces:
            if self.between and self._mono_s() >= look_s:
                self._until_it_answers()
                if self._link.stopped is not None:
                    return False
                look_s = self._mono_s() + self._limits.look_s
            if not self._written(max(0.0, end_s - self._mono_s())):
                return False
        return True

    def _written(self, timeout_s: float) -> bool:
        """Whether the next piece has left."""
        piece = self._pieces.popleft()
        left = self._link.talk.write(piece, timeout_s)
        if left is None or len(left) < len(piece):
            self.moved_s = self._mono_s()
            self.between = left is None and self._limits.outlives_power
        if left is not None:
            self._pieces.appendleft(left)
        return left is None

    def _until_it_answers(self) -> None:
        while not self._link.ask():
            if self._link.doubtful or self._link.over():
                raise Gone("it fell silent while it was being written to")
