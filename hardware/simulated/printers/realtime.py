"""Finds real-time commands anywhere in the received bytes, even inside a raster.

Epson's reference: a printer executes them on reception, before anything in its buffer, and also when the same bytes are
part of other data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

DLE, EOT, ENQ, DC4 = 0x10, 0x04, 0x05, 0x14


class RealTimeCommand(Enum):
    """A command that is executed on reception; ``_PATTERNS`` has the bytes of each.

    ``RECOVER``: go on after an error is repaired; ``RECOVER_CLEARED``: the same, and drop the buffered data. ``PULSE``:
    open the drawer. ``CLEAR``: clear the buffers.
    """

    STATUS = auto()
    RECOVER = auto()
    RECOVER_CLEARED = auto()
    PULSE = auto()
    POWER_OFF = auto()
    CLEAR = auto()


# The allowed values of each byte -> command, in the form of a maker's manual.
_PATTERNS: tuple[tuple[tuple[range, ...], RealTimeCommand], ...] = tuple(
    (tuple(byte if isinstance(byte, range) else range(byte, byte + 1) for byte in pattern), command)
    for pattern, command in (
        ((DLE, EOT, range(1, 5)), RealTimeCommand.STATUS),
        ((DLE, ENQ, 1), RealTimeCommand.RECOVER),
        ((DLE, ENQ, 2), RealTimeCommand.RECOVER_CLEARED),
        ((DLE, DC4, 1, range(2), range(1, 9)), RealTimeCommand.PULSE),
        ((DLE, DC4, 2, 1, 8), RealTimeCommand.POWER_OFF),
        ((DLE, DC4, 8, 1, 3, 20, 1, 6, 2, 8), RealTimeCommand.CLEAR),
    )
)


@dataclass(slots=True)
class RealTimeScanner:
    """Scans received bytes in pieces of any size."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> Iterator[tuple[RealTimeCommand, bytes, int]]:
        """Yield each command that ends in ``data``, with its bytes and end index."""
        before = len(self._rest)
        rest = self._rest + data
        self._rest = b""
        start = 0
        while (start := rest.find(DLE, start)) >= 0:
            candidates = [
                (pattern, command)
                for pattern, command in _PATTERNS
                if all(map(_is_allowed, pattern, rest[start : start + 10]))
            ]
            complete = next(
                ((len(pattern), command) for pattern, command in candidates if start + len(pattern) <= len(rest)), None
            )
            if complete is not None:
                length, command = complete
                yield command, rest[start : start + length], start + length - before
                start += length
            elif candidates:
                self._rest = rest[start:]
                return
            else:
                start += 1

    def reset(self) -> None:
        self._rest = b""


def _is_allowed(byte_range: range, byte: int) -> bool:
    return byte in byte_range
