"""ESC/POS from the printer's side: bytes in the order they came, turned into rows, feeds, cuts and answers.

It pulls its bytes, as a printer empties its receive buffer: while the mechanism stands still (no paper, cover
open) nothing is pulled, and everything after it waits. Bytes that are no command are printed as characters, as
by a real one: whoever sends nonsense sees it on the paper.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from PIL import Image

from hardware.simulated.printers.characters import Font
from hardware.simulated.printers.codepages import character
from hardware.simulated.printers.lines import LINE_DOTS, Line, split
from hardware.simulated.printers.makes import Make
from hardware.simulated.printers.symbols import QrStore

log = logging.getLogger(__name__)

NUL, HT, LF, CR, DLE, ESC, FS, GS = 0x00, 0x09, 0x0A, 0x0D, 0x10, 0x1B, 0x1C, 0x1D
DOTS_PER_INCH = 203
INFORMATION = {65: "firmware", 66: "maker", 67: "model", 68: "serial"}
QUESTIONS = frozenset((GS, ord(code)) for code in "raI")


class Mechanism(Protocol):
    """What moves; each call returns when the paper has moved."""

    def print_row(self, dots: bytes) -> bool:
        """One row under the head; False when the printer lost the rest of what it was printing."""

    def feed(self, rows: int) -> None: ...

    def cut(self, *, after_feed: int | None, back: bool = False) -> None:
        """``after_feed`` rows beyond the cutting position, or None: cut here. ``back``: then draw the paper back,
        so that the next slip begins at its edge."""


class Voice(Protocol):
    """What answers, and what else is not paper."""

    def paper_byte(self) -> int: ...

    def reply(self, data: bytes) -> None:
        """In its turn: returns when the printer may speak."""

    def push_changes(self, mask: int) -> None:
        """``GS a``: which changes are pushed."""

    def pulse(self) -> None:
        """Open the drawer."""


class Interpreter:
    """Executes one command per ``step``. ``take(n)`` blocks until n bytes are there."""

    def __init__(
        self, take: Callable[[int], bytes], mechanism: Mechanism, voice: Voice, make: Make, head_dots: int
    ) -> None:
        self.unknown: Counter[str] = Counter()
        self._take, self._mechanism, self._voice, self._make = take, mechanism, voice, make
        self._head_dots = head_dots
        self._line = Line(head_dots)
        self._qr = QrStore()
        self._unit_dots = 1.0
        self._page, self._pairs = 0, make.pairs
        line = self._line
        # (prefix, code) -> (bytes that follow, what is done with them); a maker's manual reads like this.
        self._commands: dict[tuple[int, int], tuple[int, Callable[[bytes], None]]] = {
            (ESC, ord("@")): (0, self._reset),
            (ESC, ord("J")): (1, lambda rest: self._print_line(self._dots(rest[0]))),
            (ESC, ord("d")): (1, lambda rest: self._print_line(rest[0] * line.style.line_dots)),
            (ESC, ord("2")): (0, lambda _: line.set(line_dots=LINE_DOTS)),
            (ESC, ord("3")): (1, lambda rest: line.set(line_dots=self._dots(rest[0]))),
            (ESC, ord("a")): (1, lambda rest: self._choose("justify", rest[0], {0: 0, 1: 1, 2: 2})),
            (ESC, ord("!")): (1, self._print_mode),
            (ESC, ord("E")): (1, lambda rest: line.set(bold=bool(rest[0] & 1))),
            (ESC, ord("G")): (1, lambda rest: line.set(bold=bool(rest[0] & 1))),
            (ESC, ord("-")): (1, lambda rest: self._choose("underline", rest[0], {0: 0, 1: 1, 2: 2})),
            (ESC, ord("M")): (1, lambda rest: self._choose("font", rest[0], {0: Font.A, 1: Font.B})),
            (ESC, ord(" ")): (1, lambda rest: line.set(space=self._dots(rest[0]))),
            (ESC, ord("$")): (2, lambda rest: line.move_to(self._dots(_word(rest)))),
            (ESC, ord("t")): (1, self._code_page),
            (ESC, ord("p")): (3, lambda _: voice.pulse()),
            (FS, ord(".")): (0, lambda _: self._set_pairs(on=False)),
            (FS, ord("&")): (0, lambda _: self._set_pairs(on=make.pairs)),
            (GS, ord("!")): (1, self._size),
            (GS, ord("B")): (1, lambda rest: line.set(inverse=bool(rest[0] & 1))),
            (GS, ord("L")): (2, lambda rest: line.set(left=min(self._dots(_word(rest)), head_dots - 8))),
            (GS, ord("W")): (2, lambda rest: line.set(area=max(8, self._dots(_word(rest))))),
            (GS, ord("P")): (2, self._motion_units),
            (GS, ord("r")): (1, self._status),
            (GS, ord("I")): (1, self._identify),
            (GS, ord("a")): (1, lambda rest: voice.push_changes(rest[0])),
            (GS, ord("V")): (1, self._cut),
            (GS, ord("v")): (6, self._raster),
            (GS, ord("(")): (3, self._function),
            # Real-time commands were obeyed when they came in; in their turn they are nothing.
            (DLE, 0x04): (1, lambda _: None),
            (DLE, 0x05): (1, lambda _: None),
            (DLE, 0x14): (1, self._passed),
        }

    def step(self) -> bool:
        """Execute one command; True when it was one that belongs to no slip: a question, or nothing at all."""
        first = self._take(1)[0]
        if first == NUL:
            return True
        if first in (ESC, GS, FS, DLE):
            return self._command(first)
        if first == LF:
            self._print_line(self._line.style.line_dots)
        elif first == HT:
            self._line.tab()
        elif first >= 0x20:
            self._text(first)
        elif first != CR:
            self._not_known(f"byte {first:02x}")
        return False

    def reset(self) -> None:
        """As after power-on."""
        self._line.style = type(self._line.style)()
        self._unit_dots = 1.0
        self._page, self._pairs = 0, self._make.pairs
        self._qr = QrStore()

    def drop_line(self) -> None:
        """What waited for its line's end is gone, as when the buffers are cleared."""
        self._line.drop()

    def _command(self, first: int) -> bool:
        second = self._take(1)[0]
        known = self._commands.get((first, second))
        if known is None:
            self._not_known(f"command {first:02x} {second:02x}")
            return False
        length, act = known
        act(self._take(length) if length else b"")
        return first == DLE or (first, second) in QUESTIONS

    def _reset(self, _rest: bytes) -> None:
        self.drop_line()
        self.reset()
        self._voice.push_changes(0)

    # --- characters

    def _text(self, byte: int) -> None:
        if byte >= 0x80 and self._pairs:
            self._take(1)
            self._line.put_pair()
            return
        shown = character(byte, self._make.pages.get(self._page, "cp437"))
        if not self._line.fits(shown):
            self._print_line(self._line.style.line_dots)
        self._line.put(shown, composes=self._make.composes)

    def _print_line(self, feed: int) -> None:
        """Print what waits and move on by ``feed`` dots from its top, at least by its height."""
        rows = self._line.rows()
        for row in rows:
            self._mechanism.print_row(row)
        self._mechanism.feed(max(0, feed - len(rows)))

    def _print_mode(self, rest: bytes) -> None:
        bits = rest[0]
        self._line.set(
            font=Font.B if bits & 0x01 else Font.A,
            bold=bool(bits & 0x08),
            high=2 if bits & 0x10 else 1,
            wide=2 if bits & 0x20 else 1,
            underline=1 if bits & 0x80 else 0,
        )

    def _size(self, rest: bytes) -> None:
        self._line.set(high=(rest[0] & 7) + 1, wide=(rest[0] >> 4 & 7) + 1)

    def _code_page(self, rest: bytes) -> None:
        if rest[0] in self._make.pages:
            self._page = rest[0]
        else:
            self._not_known(f"ESC t {rest[0]}")

    def _set_pairs(self, *, on: bool) -> None:
        self._pairs = on

    def _choose(self, name: str, byte: int, values: dict[int, object]) -> None:
        """A setting given as a number or as its digit."""
        value = values.get(byte, values.get(byte - 0x30))
        if value is None:
            self._not_known(f"{name} {byte}")
        else:
            self._line.set(**{name: value})

    def _motion_units(self, rest: bytes) -> None:
        self._unit_dots = DOTS_PER_INCH / rest[1] if rest[1] else 1.0

    def _dots(self, units: int) -> int:
        return round(units * self._unit_dots)

    # --- answers

    def _status(self, rest: bytes) -> None:
        if not self._make.fence or rest[0] not in (1, 2, 49, 50):
            self._not_known(f"GS r {rest[0]}")
        else:
            self._voice.reply(bytes([self._voice.paper_byte() if rest[0] in (1, 49) else 0]))

    def _identify(self, rest: bytes) -> None:
        told = {"firmware": "1.00", "maker": self._make.maker, "model": self._make.model, "serial": "SIM0000001"}
        if not self._make.identifies or rest[0] not in INFORMATION:
            self._not_known(f"GS I {rest[0]}")
        else:
            self._voice.reply(b"\x5f" + told[INFORMATION[rest[0]]].encode() + b"\0")

    # --- cut and pictures

    def _cut(self, rest: bytes) -> None:
        """Forms A (cut here), B (feed to the cutter, then cut) and D (as B, then draw the paper back)."""
        if rest[0] in (0, 1, 48, 49):
            after, back = None, False
        elif rest[0] in (65, 66, 103, 104):
            after, back = self._dots(self._take(1)[0]), rest[0] > 66
        else:
            self._not_known(f"GS V {rest[0]}")
            return
        if not self._line.has_text:
            self._mechanism.cut(after_feed=after, back=back)
        else:
            self._not_known("GS V within a line")  # Epson's obey it at a line's beginning only

    def _raster(self, rest: bytes) -> None:
        scale = rest[1] & 0xCF
        if rest[0] != 48 or scale > 3:
            self._not_known(f"GS v {rest[0]} {rest[1]}")
            scale = 0
        width, height = _word(rest[2:4]), _word(rest[4:6])
        if not width or not height:
            self._not_known("GS v 0 of no dots")
            return
        if self._line.has_text:
            self._not_known("GS v 0 within a line")  # Epson's obey it only while the print buffer is empty
            self._take(width * height)
            return
        start = self._line.place(8 * width * (1 + scale % 2))
        self._line.drop()
        for _ in range(height):
            if not self._print_dots(self._take(width), start, wide=1 + scale % 2, high=1 + scale // 2):
                self._not_known("a raster torn by the end of the paper")
                return

    def _print_dots(self, dots: bytes, start: int, *, wide: int, high: int) -> bool:
        """One row of a raster, ``start`` dots from the head's first; what lies outside is not printed."""
        if start or wide > 1:
            row = Image.frombytes("1", (8 * len(dots), 1), dots).resize((8 * len(dots) * wide, 1))
            whole = Image.new("1", (self._head_dots, 1), 0)
            whole.paste(row, (start, 0))
            dots = whole.tobytes()
        return all(self._mechanism.print_row(dots) for _ in range(high))

    def _function(self, rest: bytes) -> None:
        data = self._take(rest[1] + 256 * rest[2])
        kind = chr(rest[0])
        if kind == "H" and self._make.process_id and data[:2] == b"00" and len(data) == 6:
            self._voice.reply(b"\x37\x22" + data[2:] + b"\0")
        elif not (kind == "k" and self._make.qr and self._symbol(data)):
            self._not_known(f"GS ( {kind} {data[:2].hex()}")

    def _symbol(self, data: bytes) -> bool:
        """GS ( k; whether it was understood."""
        if data[:1] != b"1" or not self._qr.obey(data[1:2], data[2:]):
            return False
        if data[1:2] == b"Q":
            picture = self._qr.draw()
            if picture is None or picture.width > self._line.width():
                self._not_known("a QR symbol without data or with too much")
                return True
            start = self._line.place(picture.width)
            self._line.drop()
            whole = Image.new("1", (self._head_dots, picture.height), 0)
            whole.paste(picture, (start, 0))
            for row in split(whole):
                self._mechanism.print_row(row)
        return True

    def _passed(self, rest: bytes) -> None:
        """The bytes of DLE DC4 in their turn."""
        self._take({1: 2, 2: 2, 8: 7}.get(rest[0], 0))

    def _not_known(self, what: str) -> None:
        if not self.unknown[what]:
            log.warning("the simulated printer does not know %s; skipped", what)
        self.unknown[what] += 1


def _word(rest: bytes) -> int:
    return rest[0] + 256 * rest[1]
