"""The ESC/POS interpreter of the simulated printer: bytes become rows, cuts and replies.

The interpreter takes its bytes from the receive buffer. While the mechanism is stopped (no paper, cover open) it takes
no bytes, and all later commands wait. Bytes that are no command are printed as characters, as by a real printer.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from PIL import Image

from hardware.simulated.printers.builtin_font import BuiltinFont
from hardware.simulated.printers.codepages import character
from hardware.simulated.printers.print_line import LINE_SPACING_DOTS, PrintLine, rows_of
from hardware.simulated.printers.profiles import DeviceProfile
from hardware.simulated.printers.qr_symbols import QrStore

log = logging.getLogger(__name__)

NUL, HT, LF, CR, DLE, ESC, FS, GS = 0x00, 0x09, 0x0A, 0x0D, 0x10, 0x1B, 0x1C, 0x1D
DOTS_PER_INCH = 203
INFORMATION_BY_NUMBER = {65: "firmware", 66: "maker", 67: "model", 68: "serial"}
QUERIES = frozenset((GS, ord(code)) for code in "raI")


class Mechanism(Protocol):
    """The moving parts; each call returns when the motion is done."""

    def print_row(self, dots: bytes) -> bool:
        """Print one row; return False when the rest of the image is lost."""

    def feed(self, rows: int) -> None: ...

    def cut(self, *, feed_rows: int | None, retract: bool = False) -> None:
        """Feed the last row to the cutter and ``feed_rows`` further, then cut; None: cut here.

        ``retract``: then retract the paper, so that the next slip begins at its edge.
        """


class ReplyChannel(Protocol):
    """Replies, and all functions without paper."""

    def paper_status_byte(self) -> int:
        """Return the reply to GS r 1."""

    def reply(self, data: bytes) -> None:
        """Send a reply in order; returns when the printer is allowed to send."""

    def enable_automatic_status(self, mask: int) -> None:
        """Enable automatic status (``GS a``) for the changes in ``mask``."""

    def open_drawer(self) -> None:
        """Open the drawer."""


CommandTable = dict[tuple[int, int], tuple[int, Callable[[bytes], None]]]
"""(prefix, code) -> (number of argument bytes, function), in the form of a maker's manual."""


class Interpreter:
    """Executes one command per ``step``. ``take(n)`` blocks until n bytes have been received.

    ``head_dots``: dots of the print head. ``unknown_commands`` counts the commands that were skipped.
    """

    def __init__(
        self,
        take: Callable[[int], bytes],
        mechanism: Mechanism,
        replies: ReplyChannel,
        profile: DeviceProfile,
        head_dots: int,
    ) -> None:
        self.unknown_commands: Counter[str] = Counter()
        self._take, self._mechanism, self._replies, self._profile = take, mechanism, replies, profile
        self._head_dots = head_dots
        self._line = PrintLine(head_dots)
        self._qr = QrStore()
        self._dots_per_unit = 1.0
        self._page_number, self._reads_byte_pairs = 0, profile.reads_byte_pairs
        self._commands = {**self._line_commands(), **self._other_commands()}

    def _line_commands(self) -> CommandTable:
        """Return the commands that print a line or change its characters."""
        line = self._line
        return {
            (ESC, ord("J")): (1, lambda arguments: self._print_and_feed(self._dots(arguments[0]))),
            (ESC, ord("d")): (1, lambda arguments: self._print_and_feed(arguments[0] * line.style.line_spacing)),
            (ESC, ord("2")): (0, lambda _: line.set(line_spacing=LINE_SPACING_DOTS)),
            (ESC, ord("3")): (1, lambda arguments: line.set(line_spacing=self._dots(arguments[0]))),
            (ESC, ord("a")): (1, lambda arguments: self._set_style_choice("justify", arguments[0], {0: 0, 1: 1, 2: 2})),
            (ESC, ord("!")): (1, self._print_mode),
            (ESC, ord("E")): (1, lambda arguments: line.set(bold=bool(arguments[0] & 1))),
            (ESC, ord("G")): (1, lambda arguments: line.set(bold=bool(arguments[0] & 1))),
            (ESC, ord("-")): (
                1,
                lambda arguments: self._set_style_choice("underline", arguments[0], {0: 0, 1: 1, 2: 2}),
            ),
            (ESC, ord("M")): (
                1,
                lambda arguments: self._set_style_choice("font", arguments[0], {0: BuiltinFont.A, 1: BuiltinFont.B}),
            ),
            (ESC, ord(" ")): (1, lambda arguments: line.set(character_spacing=self._dots(arguments[0]))),
            (ESC, ord("$")): (2, lambda arguments: line.move_to(self._dots(_uint16(arguments)))),
            (ESC, ord("t")): (1, self._code_page),
            (FS, ord(".")): (0, lambda _: self._set_byte_pairs(on=False)),
            (FS, ord("&")): (0, lambda _: self._set_byte_pairs(on=self._profile.reads_byte_pairs)),
            (GS, ord("!")): (1, self._size),
            (GS, ord("B")): (1, lambda arguments: line.set(inverse=bool(arguments[0] & 1))),
            (GS, ord("L")): (
                2,
                lambda arguments: line.set(left_margin=min(self._dots(_uint16(arguments)), self._head_dots - 8)),
            ),
            (GS, ord("W")): (2, lambda arguments: line.set(area_width=max(8, self._dots(_uint16(arguments))))),
        }

    def _other_commands(self) -> CommandTable:
        """Return the commands for settings, replies, dots and cutting."""
        return {
            (ESC, ord("@")): (0, self._reset),
            (ESC, ord("p")): (3, lambda _: self._replies.open_drawer()),
            (GS, ord("P")): (2, self._motion_units),
            (GS, ord("r")): (1, self._status),
            (GS, ord("I")): (1, self._identify),
            (GS, ord("a")): (1, lambda arguments: self._replies.enable_automatic_status(arguments[0])),
            (GS, ord("V")): (1, self._cut),
            (GS, ord("v")): (6, self._raster),
            (GS, ord("(")): (3, self._parenthesis_command),
            # Real-time commands were executed on reception; executed in order they do nothing.
            (DLE, 0x04): (1, lambda _: None),
            (DLE, 0x05): (1, lambda _: None),
            (DLE, 0x14): (1, self._skip_real_time),
        }

    def step(self) -> bool:
        """Execute one command; return True when it belongs to no slip: a query, or NUL."""
        first = self._take(1)[0]
        if first == NUL:
            return True
        if first in (ESC, GS, FS, DLE):
            return self._command(first)
        if first == LF:
            self._print_and_feed(self._line.style.line_spacing)
        elif first == HT:
            self._line.tab()
        elif first >= 0x20:
            self._print_character(first)
        elif first != CR:
            self._log_unknown(f"byte {first:02x}")
        return False

    def reset(self) -> None:
        """Restore the settings of power-on."""
        self._line.style = type(self._line.style)()
        self._dots_per_unit = 1.0
        self._page_number, self._reads_byte_pairs = 0, self._profile.reads_byte_pairs
        self._qr = QrStore()

    def drop_line(self) -> None:
        """Discard the unfinished line, as when the buffers are cleared."""
        self._line.clear()

    def _command(self, first: int) -> bool:
        second = self._take(1)[0]
        command = self._commands.get((first, second))
        if command is None:
            self._log_unknown(f"command {first:02x} {second:02x}")
            return False
        length, execute = command
        execute(self._take(length) if length else b"")
        return first == DLE or (first, second) in QUERIES

    def _reset(self, _rest: bytes) -> None:
        self.drop_line()
        self.reset()
        self._replies.enable_automatic_status(0)

    # --- characters

    def _print_character(self, byte: int) -> None:
        if byte >= 0x80 and self._reads_byte_pairs:
            self._take(1)
            self._line.put_chinese()
            return
        printed = character(byte, self._profile.pages.get(self._page_number, "cp437"))
        if not self._line.fits(printed):
            self._print_and_feed(self._line.style.line_spacing)
        self._line.put(printed, composes_mark=self._profile.composes_marks)

    def _print_and_feed(self, feed_dots: int) -> None:
        """Print the line, and feed by ``feed_dots`` or at least by its height."""
        rows = self._line.rows()
        for row in rows:
            self._mechanism.print_row(row)
        self._mechanism.feed(max(0, feed_dots - len(rows)))

    def _print_mode(self, arguments: bytes) -> None:
        bits = arguments[0]
        self._line.set(
            font=BuiltinFont.B if bits & 0x01 else BuiltinFont.A,
            bold=bool(bits & 0x08),
            height_scale=2 if bits & 0x10 else 1,
            width_scale=2 if bits & 0x20 else 1,
            underline=1 if bits & 0x80 else 0,
        )

    def _size(self, arguments: bytes) -> None:
        self._line.set(height_scale=(arguments[0] & 7) + 1, width_scale=(arguments[0] >> 4 & 7) + 1)

    def _code_page(self, arguments: bytes) -> None:
        if arguments[0] in self._profile.pages:
            self._page_number = arguments[0]
        else:
            self._log_unknown(f"ESC t {arguments[0]}")

    def _set_byte_pairs(self, *, on: bool) -> None:
        self._reads_byte_pairs = on

    def _set_style_choice(self, name: str, byte: int, values: dict[int, object]) -> None:
        """Set the field ``name`` of the style to ``values[byte]``.

        ``byte`` is a number or its ASCII digit.
        """
        value = values.get(byte, values.get(byte - 0x30))
        if value is None:
            self._log_unknown(f"{name} {byte}")
        else:
            self._line.set(**{name: value})

    def _motion_units(self, arguments: bytes) -> None:
        self._dots_per_unit = DOTS_PER_INCH / arguments[1] if arguments[1] else 1.0

    def _dots(self, units: int) -> int:
        """Return a length in motion units (GS P) as dots."""
        return round(units * self._dots_per_unit)

    # --- replies

    def _status(self, arguments: bytes) -> None:
        if not self._profile.fence or arguments[0] not in (1, 2, 49, 50):
            self._log_unknown(f"GS r {arguments[0]}")
        else:
            self._replies.reply(bytes([self._replies.paper_status_byte() if arguments[0] in (1, 49) else 0]))

    def _identify(self, arguments: bytes) -> None:
        information = {
            "firmware": "1.00",
            "maker": self._profile.maker,
            "model": self._profile.model,
            "serial": "SIM0000001",
        }
        if not self._profile.identifies or arguments[0] not in INFORMATION_BY_NUMBER:
            self._log_unknown(f"GS I {arguments[0]}")
        else:
            self._replies.reply(b"\x5f" + information[INFORMATION_BY_NUMBER[arguments[0]]].encode() + b"\0")

    # --- cut and images

    def _cut(self, arguments: bytes) -> None:
        """Execute the cutting forms A, B and D of GS V.

        A: cut here. B: feed to the cutter, then cut. D: as B, then retract the paper.
        """
        if arguments[0] in (0, 1, 48, 49):
            feed_rows, retract = None, False
        elif arguments[0] in (65, 66, 103, 104):
            feed_rows, retract = self._dots(self._take(1)[0]), arguments[0] > 66
        else:
            self._log_unknown(f"GS V {arguments[0]}")
            return
        if not self._line.has_text:
            self._mechanism.cut(feed_rows=feed_rows, retract=retract)
        else:
            self._log_unknown("GS V within a line")  # Epson's execute it only at the start of a line

    def _raster(self, arguments: bytes) -> None:
        scale = arguments[1] & 0xCF
        if arguments[0] != 48 or scale > 3:
            self._log_unknown(f"GS v {arguments[0]} {arguments[1]}")
            scale = 0
        width, height = _uint16(arguments[2:4]), _uint16(arguments[4:6])
        if not width or not height:
            self._log_unknown("GS v 0 of no dots")
            return
        if self._line.has_text:
            self._log_unknown("GS v 0 within a line")  # Epson's execute it only with an empty print buffer
            self._take(width * height)
            return
        start = self._line.image_start(8 * width * (1 + scale % 2))
        self._line.clear()
        for _ in range(height):
            if not self._print_dots(self._take(width), start, width_scale=1 + scale % 2, height_scale=1 + scale // 2):
                self._log_unknown("a raster torn by the end of the paper")
                return

    def _print_dots(self, dots: bytes, start: int, *, width_scale: int, height_scale: int) -> bool:
        """Print one raster row from dot ``start`` of the head.

        Dots outside the head are not printed.
        """
        if start or width_scale > 1:
            row = Image.frombytes("1", (8 * len(dots), 1), dots).resize((8 * len(dots) * width_scale, 1))
            line_dots = Image.new("1", (self._head_dots, 1), 0)
            line_dots.paste(row, (start, 0))
            dots = line_dots.tobytes()
        return all(self._mechanism.print_row(dots) for _ in range(height_scale))

    def _parenthesis_command(self, arguments: bytes) -> None:
        """Execute a command that begins with GS (; its data follow their length."""
        data = self._take(arguments[1] + 256 * arguments[2])
        function = chr(arguments[0])
        if function == "H" and self._profile.process_id and data[:2] == b"00" and len(data) == 6:
            self._replies.reply(b"\x37\x22" + data[2:] + b"\0")
        elif not (function == "k" and self._profile.qr and self._qr_command(data)):
            self._log_unknown(f"GS ( {function} {data[:2].hex()}")

    def _qr_command(self, data: bytes) -> bool:
        """Execute GS ( k; return whether it is supported."""
        if data[:1] != b"1" or not self._qr.execute(data[1:2], data[2:]):
            return False
        if data[1:2] == b"Q":
            picture = self._qr.draw()
            if picture is None or picture.width > self._line.width():
                self._log_unknown("a QR symbol without data or with too much")
                return True
            start = self._line.image_start(picture.width)
            self._line.clear()
            line_dots = Image.new("1", (self._head_dots, picture.height), 0)
            line_dots.paste(picture, (start, 0))
            for row in rows_of(line_dots):
                self._mechanism.print_row(row)
        return True

    def _skip_real_time(self, arguments: bytes) -> None:
        """Skip the arguments of DLE DC4."""
        self._take({1: 2, 2: 2, 8: 7}.get(arguments[0], 0))

    def _log_unknown(self, command: str) -> None:
        if not self.unknown_commands[command]:
            log.warning("simulated printer: unknown command skipped: %s", command)
        self.unknown_commands[command] += 1


def _uint16(data: bytes) -> int:
    return data[0] + 256 * data[1]
