"""The simulated printer's interpreter with a mechanism that only records the printed rows."""

import io
from pathlib import Path

from PIL import Image

from hardware.simulated.printers.interpreter import Interpreter
from hardware.simulated.printers.paper import draw_paper
from hardware.simulated.printers.profiles import EPSON, DeviceProfile


class PaperRecorder:
    """A mechanism without faults: records printed rows, cuts and replies."""

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

    def cut(self, *, feed_rows: int | None, retract: bool = False) -> None:
        self.feed(feed_rows or 0)
        self.cuts.append(len(self.rows))

    def paper_status_byte(self) -> int:
        return 0

    def reply(self, data: bytes) -> None:
        self.replies.append(data)

    def enable_automatic_status(self, mask: int) -> None:
        pass

    def open_drawer(self) -> None:
        raise AssertionError("a slip opened the drawer")

    def image(self) -> Image.Image:
        """Return the paper as a 1-bit image, 0 is black."""
        dots = b"".join(self.rows)
        return Image.frombytes("1", (self._width * 8, len(self.rows)), bytes(0xFF ^ byte for byte in dots))

    def save(self, path: Path, paper_mm: int) -> None:
        path.write_bytes(draw_paper(self.rows, paper_mm, self._width * 8))


def interpret(data: bytes, width_bytes: int, profile: DeviceProfile = EPSON) -> tuple[PaperRecorder, Interpreter]:
    """Interpret all of ``data``. Return the recorded paper, and the interpreter."""
    recorder, stream = PaperRecorder(width_bytes), io.BytesIO(data)
    interpreter = Interpreter(stream.read, recorder, recorder, profile, width_bytes * 8)
    while stream.tell() < len(data):
        interpreter.step()
    return recorder, interpreter
