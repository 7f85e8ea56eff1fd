"""What a printer would put on paper: the simulated printer's interpreter with a mechanism that only remembers."""

import io
from pathlib import Path

from PIL import Image

from hardware.simulated.printers.interpreter import Interpreter
from hardware.simulated.printers.makes import EPSON, Make
from hardware.simulated.printers.paper import draw


class Recorder:
    """A mechanism without faults: what was printed, and what was answered."""

    def __init__(self, width_bytes: int) -> None:
        self.rows: list[bytes] = []
        self.cuts: list[int] = []
        self.replies: list[bytes] = []
        self._width = width_bytes

    def print_row(self, dots: bytes) -> bool:
        self.rows.append(dots[: self._width].ljust(self._width, b"\0"))
        return True

    def feed(self, rows: int) -> None:
        self.rows.extend([bytes(self._width)] * rows)

    def cut(self, *, after_feed: int | None, back: bool = False) -> None:
        self.feed(after_feed or 0)
        self.cuts.append(len(self.rows))

    def paper_byte(self) -> int:
        return 0

    def reply(self, data: bytes) -> None:
        self.replies.append(data)

    def push_changes(self, mask: int) -> None:
        pass

    def pulse(self) -> None:
        raise AssertionError("a slip opened the drawer")

    def image(self) -> Image.Image:
        """The paper, 1-bit, 0 black."""
        dots = b"".join(self.rows)
        return Image.frombytes("1", (self._width * 8, len(self.rows)), bytes(0xFF ^ byte for byte in dots))

    def save(self, path: Path, paper_mm: int) -> None:
        path.write_bytes(draw(self.rows, paper_mm, self._width * 8))


def printed(data: bytes, width_bytes: int, make: Make = EPSON) -> tuple[Recorder, Interpreter]:
    """What a printer makes of ``data``, all of it."""
    recorder, stream = Recorder(width_bytes), io.BytesIO(data)
    interpreter = Interpreter(stream.read, recorder, recorder, make, width_bytes * 8)
    while stream.tell() < len(data):
        interpreter.step()
    return recorder, interpreter
