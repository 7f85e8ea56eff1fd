"""Real-time commands, found in the stream of received bytes wherever they stand, also inside a raster.

Epson's reference: a printer performs them on reception, before anything that waits in its buffer, and does so
too when the same bytes are part of other data.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

DLE, EOT, ENQ, DC4 = 0x10, 0x04, 0x05, 0x14


class Order(Enum):
    STATUS = auto()
    RECOVER = auto()
    RECOVER_CLEARED = auto()
    PULSE = auto()
    POWER_OFF = auto()
    CLEAR = auto()


# What each byte of a command may be -> what it orders; a maker's manual reads like this.
_PATTERNS: tuple[tuple[tuple[range, ...], Order], ...] = tuple(
    (tuple(byte if isinstance(byte, range) else range(byte, byte + 1) for byte in pattern), order)
    for pattern, order in (
        ((DLE, EOT, range(1, 5)), Order.STATUS),
        ((DLE, ENQ, 1), Order.RECOVER),
        ((DLE, ENQ, 2), Order.RECOVER_CLEARED),
        ((DLE, DC4, 1, range(2), range(1, 9)), Order.PULSE),
        ((DLE, DC4, 2, 1, 8), Order.POWER_OFF),
        ((DLE, DC4, 8, 1, 3, 20, 1, 6, 2, 8), Order.CLEAR),
    )
)


@dataclass(slots=True)
class Scanner:
    """Feed it what was received, in pieces of any size."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> Iterator[tuple[Order, bytes, int]]:
        """Every command that ended in ``data``: with its bytes, and how many of ``data`` it ends with."""
        before = len(self._rest)
        rest = self._rest + data
        self._rest = b""
        at = 0
        while (at := rest.find(DLE, at)) >= 0:
            begun = [
                (pattern, order) for pattern, order in _PATTERNS if all(map(_allowed, pattern, rest[at : at + 10]))
            ]
            whole = next(((len(pattern), order) for pattern, order in begun if at + len(pattern) <= len(rest)), None)
            if whole is not None:
                yield whole[1], rest[at : at + whole[0]], at + whole[0] - before
                at += whole[0]
            elif begun:
                self._rest = rest[at:]
                return
            else:
                at += 1

    def forget(self) -> None:
        self._rest = b""


def _allowed(byte_range: range, byte: int) -> bool:
    return byte in byte_range
