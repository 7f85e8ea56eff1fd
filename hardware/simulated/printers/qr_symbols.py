"""QR symbols by the printer itself (GS ( k): settings, stored data and symbol."""

from dataclasses import dataclass

import segno
from PIL import Image
from segno.encoder import DataOverflowError

LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}
"""Levels of error correction, by the argument of the command."""


@dataclass(slots=True)
class QrStore:
    """Settings and stored data. Defaults as after power-on: model 2, modules of 3 dots, level L, no data."""

    module_dots: int = 3
    level: str = "L"
    data: bytes = b""

    def execute(self, function: bytes, rest: bytes) -> bool:
        """Execute one of the functions of GS ( k; return whether it is valid.

        The functions are A (model), C (module), E (level), P (store) and Q (print).
        """
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
        """Return the symbol without quiet zone, or None.

        A set bit is black. There is no symbol without data, or with too much.
        """
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
