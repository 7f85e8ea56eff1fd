"""The printer's own QR symbols (GS ( k): settings, a store for the data, and the symbol drawn from both."""

from dataclasses import dataclass

import segno
from PIL import Image
from segno.encoder import DataOverflowError

LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}


@dataclass(slots=True)
class QrStore:
    """As after power-on: model 2, modules of 3 dots, level L, nothing stored."""

    module_dots: int = 3
    level: str = "L"
    data: bytes = b""

    def obey(self, function: bytes, rest: bytes) -> bool:
        """Follow function A (model), C (module), E (level), P (store) or Q (print); False when it cannot be."""
        match function, rest[:1]:
            case b"A", b"2":
                return rest[1:] == b"\0"
            case b"C", _ if len(rest) == 1 and 1 <= rest[0] <= 16:
                self.module_dots = rest[0]
            case b"E", _ if len(rest) == 1 and rest[0] in LEVELS:
                self.level = LEVELS[rest[0]]
            case b"P", b"0" if len(rest) > 1:
                self.data = rest[1:]
            case b"Q", b"0" if len(rest) == 1:
                return True
            case _:
                return False
        return True

    def draw(self) -> Image.Image | None:
        """The symbol without its quiet zone, set is black; None when there is nothing, or too much, to encode."""
        if not self.data:
            return None
        try:
            symbol = segno.make(self.data, error=self.level, micro=False, boost_error=False)
        except DataOverflowError:
            return None
        modules = [bytes(row) for row in symbol.matrix]
        side = len(modules)
        small = Image.frombytes("L", (side, side), b"".join(modules)).point(lambda value: 255 * (value > 0), "1")
        return small.resize((side * self.module_dots, side * self.module_dots), Image.Resampling.NEAREST)
