"""Status bytes in Epson's bit layout, computed from the state of the sensors."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorState:
    """The state of the sensors.

    ``near_end``: the roll nears its end. ``head_hot``: the head must cool down. ``fatal``: ends only by
    switching off. ``drawer_pin_high``: the pin of the cash drawer is high, as on many printers without a drawer.
    """

    cover_open: bool = False
    paper_out: bool = False
    near_end: bool = False
    cutter_jammed: bool = False
    head_hot: bool = False
    fatal: bool = False
    drawer_pin_high: bool = False

    @property
    def error(self) -> bool:
        return self.cutter_jammed or self.head_hot or self.fatal

    @property
    def offline(self) -> bool:
        """The printer prints no data and sends no queued replies."""
        return self.cover_open or self.paper_out or self.error

    def real_time(self, n: int) -> bytes:
        """Return the reply to DLE EOT n; empty for an unknown n."""
        bits = {
            1: 0x04 * self.drawer_pin_high | 0x08 * self.offline,
            2: 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.error,
            3: self._error_bits(),
            4: 0x0C * (self.near_end or self.paper_out) | 0x60 * self.paper_out,
        }
        return bytes([0x12 | bits[n]]) if n in bits else b""

    def paper_status(self) -> int:
        """Return the reply to GS r 1."""
        return 0x03 * (self.near_end or self.paper_out) | 0x0C * self.paper_out

    def automatic(self) -> bytes:
        """Return the four bytes of the automatic status (GS a)."""
        first = 0x10 | 0x04 * self.drawer_pin_high | 0x08 * self.offline | 0x20 * self.cover_open
        return bytes([first, self._error_bits(), self.paper_status(), 0x0F])

    def _error_bits(self) -> int:
        return 0x08 * self.cutter_jammed | 0x20 * self.fatal | 0x40 * self.head_hot
