"""Status bytes as Epson lays their bits out, from what is wrong with the paper and the cover."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """What the printer's sensors see. ``near``: the roll nears its end."""

    cover: bool
    out: bool
    near: bool

    @property
    def stands(self) -> bool:
        """Offline: nothing is printed, nothing answered in its turn."""
        return self.cover or self.out

    def real_time(self, n: int) -> bytes:
        """The answer to DLE EOT n; none for an n that does not exist."""
        near = self.near or self.out
        bits = {
            1: 0x08 * self.stands,
            2: 0x04 * self.cover | 0x20 * self.out,
            3: 0,
            4: 0x0C * near | 0x60 * self.out,
        }
        return bytes([0x12 | bits[n]]) if n in bits else b""

    def sensor(self) -> int:
        """The answer to GS r 1."""
        return 0x03 * (self.near or self.out) | 0x0C * self.out

    def automatic(self) -> bytes:
        """The four bytes of GS a."""
        return bytes([0x10 | 0x08 * self.stands | 0x20 * self.cover, 0x00, self.sensor(), 0x0F])
