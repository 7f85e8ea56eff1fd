"""Status bytes as Epson lays their bits out, from what the printer's sensors see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """What the printer's sensors see. ``near``: the roll nears its end; ``cutter``: it is jammed; ``hot``: the head
    must cool down; ``fatal``: only switching off helps. ``drawer``: the pin of the cash drawer's socket is high, as
    it is on many printers while nothing is plugged in there."""

    cover: bool = False
    out: bool = False
    near: bool = False
    cutter: bool = False
    hot: bool = False
    fatal: bool = False
    drawer: bool = False

    @property
    def error(self) -> bool:
        return self.cutter or self.hot or self.fatal

    @property
    def stands(self) -> bool:
        """Offline: nothing is printed, nothing answered in its turn."""
        return self.cover or self.out or self.error

    def real_time(self, n: int) -> bytes:
        """The answer to DLE EOT n; none for an n that does not exist."""
        bits = {
            1: 0x04 * self.drawer | 0x08 * self.stands,
            2: 0x04 * self.cover | 0x20 * self.out | 0x40 * self.error,
            3: self._error_bits(),
            4: 0x0C * (self.near or self.out) | 0x60 * self.out,
        }
        return bytes([0x12 | bits[n]]) if n in bits else b""

    def sensor(self) -> int:
        """The answer to GS r 1."""
        return 0x03 * (self.near or self.out) | 0x0C * self.out

    def automatic(self) -> bytes:
        """The four bytes of GS a."""
        first = 0x10 | 0x04 * self.drawer | 0x08 * self.stands | 0x20 * self.cover
        return bytes([first, self._error_bits(), self.sensor(), 0x0F])

    def _error_bits(self) -> int:
        return 0x08 * self.cutter | 0x20 * self.fatal | 0x40 * self.hot
