"""ESC/POS from the printer's side: bytes in the order they came, turned into rows, feeds, cuts and answers.

It pulls its bytes, as a printer empties its receive buffer: while the mechanism stands still (no paper, cover
open) nothing is pulled, and everything after it waits.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger(__name__)

NUL, LF, DLE, ESC, GS = 0x00, 0x0A, 0x10, 0x1B, 0x1D
LINE_DOTS = 30
QUESTIONS = frozenset((GS, ord(code)) for code in "raI")


class Mechanism(Protocol):
    """What moves and what answers; each call returns when the paper has moved."""

    def print_row(self, dots: bytes) -> None: ...

    def feed(self, rows: int) -> None: ...

    def cut(self, *, after_feed: int | None) -> None:
        """``after_feed`` rows beyond the cutting position, or None: cut here."""

    def paper_byte(self) -> int: ...

    def reply(self, data: bytes) -> None: ...

    def push_changes(self, mask: int) -> None:
        """``GS a``: which changes are pushed."""


class Interpreter:
    """Executes one command per ``step``. ``take(n)`` blocks until n bytes are there."""

    def __init__(self, take: Callable[[int], bytes], mechanism: Mechanism) -> None:
        self.unknown: Counter[str] = Counter()
        self._take = take
        self._mechanism = mechanism
        self._line_dots = LINE_DOTS
        self._unit_dots = 1.0
        # (prefix, code) -> (bytes that follow, what is done with them); a maker's manual reads like this.
        self._commands: dict[tuple[int, int], tuple[int, Callable[[bytes], None]]] = {
            (ESC, ord("@")): (0, self._reset),
            (ESC, ord("J")): (1, lambda rest: mechanism.feed(round(rest[0] * self._unit_dots))),
            (ESC, ord("d")): (1, lambda rest: mechanism.feed(rest[0] * self._line_dots)),
            (ESC, ord("2")): (0, lambda _: self._set_line(LINE_DOTS)),
            (ESC, ord("3")): (1, lambda rest: self._set_line(rest[0])),
            (ESC, ord("a")): (1, lambda _: None),
            (GS, ord("P")): (2, self._motion_units),
            (GS, ord("r")): (1, self._paper_sensor),
            (GS, ord("a")): (1, lambda rest: mechanism.push_changes(rest[0])),
            (GS, ord("V")): (1, self._cut),
            (GS, ord("v")): (6, self._raster),
            (GS, ord("(")): (3, self._function),
            # Real-time commands were obeyed when they came in; in their turn they are nothing.
            (DLE, 0x04): (1, lambda _: None),
            (DLE, 0x05): (1, lambda _: None),
            (DLE, 0x14): (3, lambda _: None),
        }

    def step(self) -> bool:
        """Execute one command; True when it was one that belongs to no slip: a question, or nothing at all."""
        first = self._take(1)[0]
        if first == NUL:
            return True
        if first == LF:
            self._mechanism.feed(self._line_dots)
            return False
        if first not in (ESC, GS, DLE):
            self._not_known(f"byte {first:02x}")
            return False
        second = self._take(1)[0]
        known = self._commands.get((first, second))
        if known is None:
            self._not_known(f"command {first:02x} {second:02x}")
            return False
        length, act = known
        act(self._take(length) if length else b"")
        return first == DLE or (first, second) in QUESTIONS

    def reset(self) -> None:
        """As after power-on."""
        self._line_dots, self._unit_dots = LINE_DOTS, 1.0

    def drop_line(self) -> None:
        """What waited for its line's end is gone, as when the buffers are cleared."""

    def _reset(self, _rest: bytes) -> None:
        self.drop_line()
        self.reset()
        self._mechanism.push_changes(0)

    def _set_line(self, dots: int) -> None:
        self._line_dots = dots

    def _motion_units(self, rest: bytes) -> None:
        self._unit_dots = 203 / rest[1] if rest[1] else 1.0

    def _paper_sensor(self, rest: bytes) -> None:
        if rest[0] in (1, 49):
            self._mechanism.reply(bytes([self._mechanism.paper_byte()]))
        else:
            self._not_known(f"GS r {rest[0]}")

    def _cut(self, rest: bytes) -> None:
        if rest[0] in (65, 66):
            self._mechanism.cut(after_feed=round(self._take(1)[0] * self._unit_dots))
        elif rest[0] in (0, 1, 48, 49):
            self._mechanism.cut(after_feed=None)
        else:
            self._not_known(f"GS V {rest[0]}")

    def _raster(self, rest: bytes) -> None:
        if rest[0] != 48 or rest[1] not in (0, 48):
            self._not_known(f"GS v {rest[0]} {rest[1]}")
        width, height = rest[2] + 256 * rest[3], rest[4] + 256 * rest[5]
        for _ in range(height):
            self._mechanism.print_row(self._take(width) if width else b"")

    def _function(self, rest: bytes) -> None:
        data = self._take(rest[1] + 256 * rest[2])
        if rest[0] == ord("H") and data[:2] == b"00" and len(data) == 6:
            self._mechanism.reply(b"\x37\x22" + data[2:] + b"\0")
        else:
            self._not_known(f"GS ( {chr(rest[0])} {data[:2].hex()}")

    def _not_known(self, what: str) -> None:
        if not self.unknown[what]:
            log.warning("the simulated printer does not know %s; skipped", what)
        self.unknown[what] += 1
