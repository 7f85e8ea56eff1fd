"""A simulated CD5220 pole display, written from its maker's command table.

A string command puts the display into string mode, which accepts only the string commands, CLR and CAN; in normal mode
a letter is written at the cursor. Where the page is ambiguous, the worse case is simulated: a string ends only at its
CR, and leaves the rest of its line unchanged.
"""

from collections.abc import Mapping

# The commands of the maker's table that are simulated; the driver has its own copy. CLEAR clears the display,
# CANCEL the cursor's line; WRITE_UPPER and WRITE_LOWER begin a string command, which CARRIAGE_RETURN ends.
INITIALISE = b"\x1b\x40"
CLEAR = 0x0C
CANCEL = 0x18
WRITE_UPPER = b"\x1b\x51\x41"
WRITE_LOWER = b"\x1b\x51\x42"
CARRIAGE_RETURN = b"\x0d"
COLUMNS = 20
ROWS = 2


class PoleDisplay:
    """The display's two lines. A command may arrive in pieces; unknown bytes are ignored, as by the real display.

    ``ignored_bytes`` counts these, and the commands that string mode does not accept.
    """

    has_replies = has_address = is_blinking = False

    def __init__(self) -> None:
        self.ignored_bytes = 0
        self._buffer = b""
        self._clear()

    @property
    def upper(self) -> str:
        return "".join(self._cells[:COLUMNS]).rstrip()

    @property
    def lower(self) -> str:
        return "".join(self._cells[COLUMNS:]).rstrip()

    def feed(self, data: bytes) -> bytes:
        """Process ``data``; there is never a reply."""
        self._buffer += data
        while self._buffer and (consumed := self._execute_first()):
            self._buffer = self._buffer[consumed:]
        return b""

    def displayed_lines(self) -> tuple[str, str]:
        return self.upper, self.lower

    def shift_address(self, by: int) -> None:
        """Do nothing: the display has no address."""

    def extra_state(self) -> Mapping[str, object]:
        return {}

    def _clear(self) -> None:
        self._cells = [" "] * (ROWS * COLUMNS)
        self._cursor, self._string_mode = 0, False

    def _execute_first(self) -> int:
        """Execute the first command; return its length, 0 while it is incomplete."""
        rest = self._buffer
        if rest.startswith((WRITE_UPPER, WRITE_LOWER)):
            return self._write_string(0 if rest.startswith(WRITE_UPPER) else COLUMNS)
        if rest.startswith(INITIALISE):
            if self._string_mode:
                self.ignored_bytes += len(INITIALISE)
            else:
                self._clear()
            return len(INITIALISE)
        if any(command.startswith(rest) for command in (INITIALISE, WRITE_UPPER, WRITE_LOWER)):
            return 0
        self._write_character(rest[0])
        return 1

    def _write_string(self, first_cell: int) -> int:
        """Write a string from ``first_cell`` on; return the command's length, 0 while it is incomplete."""
        end = self._buffer.find(CARRIAGE_RETURN)
        if end < 0:
            return 0
        text = self._buffer[len(WRITE_UPPER) : end].decode("ascii", "replace")[:COLUMNS]
        self._cells[first_cell : first_cell + len(text)] = text
        self._string_mode = True
        return end + len(CARRIAGE_RETURN)

    def _write_character(self, byte: int) -> None:
        row_start = self._cursor // COLUMNS * COLUMNS
        if byte == CLEAR:
            self._clear()
        elif byte == CANCEL:
            self._cells[row_start : row_start + COLUMNS] = " " * COLUMNS
            self._cursor, self._string_mode = row_start, False
        elif self._string_mode or not (byte == CARRIAGE_RETURN[0] or 0x20 <= byte < 0x7F):
            self.ignored_bytes += 1
        elif byte == CARRIAGE_RETURN[0]:
            self._cursor = row_start
        else:
            self._cells[self._cursor] = chr(byte)
            self._cursor = (self._cursor + 1) % len(self._cells)
