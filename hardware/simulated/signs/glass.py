"""What a CD5220 pole display's two lines show, as its maker's command table and the remark below it say.

A string command puts the display into string mode, in which nothing but the string commands, CLR and CAN is obeyed; in
normal mode a letter is written where the cursor stands. Where the page is silent the worse is taken: a string ends at
its CR and nowhere else, and leaves the rest of its line alone.
"""

from collections.abc import Mapping

# The maker's table, as far as these are known here; the driver has its own copy.
INITIALISE = b"\x1b\x40"
CLEAR = 0x0C
CANCEL = 0x18
UPPER = b"\x1b\x51\x41"
LOWER = b"\x1b\x51\x42"
CARRIAGE_RETURN = b"\x0d"
COLUMNS = 20
ROWS = 2


class Glass:
    """Byte by byte; a command may arrive in pieces. Bytes of no command that it knows are ignored, as by the real
    one."""

    answers = addressed = blinking = False

    def __init__(self) -> None:
        self.ignored = 0
        self._rest = b""
        self._clear()

    @property
    def upper(self) -> str:
        return "".join(self._cells[:COLUMNS]).rstrip()

    @property
    def lower(self) -> str:
        return "".join(self._cells[COLUMNS:]).rstrip()

    def feed(self, data: bytes) -> bytes:
        """Obey ``data``; it never answers."""
        self._rest += data
        while self._rest and (taken := self._command()):
            self._rest = self._rest[taken:]
        return b""

    def lit(self) -> tuple[str, str]:
        return self.upper, self.lower

    def move(self, by: int) -> None:
        """It has no address."""

    def memory(self) -> Mapping[str, object]:
        return {}

    def _clear(self) -> None:
        self._cells = [" "] * (ROWS * COLUMNS)
        self._cursor, self._string_mode = 0, False

    def _command(self) -> int:
        """Obey the command at the front; how many bytes it took, 0 while it is not all here."""
        rest = self._rest
        if rest.startswith((UPPER, LOWER)):
            return self._string(0 if rest.startswith(UPPER) else COLUMNS)
        if rest.startswith(INITIALISE):
            if self._string_mode:
                self.ignored += len(INITIALISE)
            else:
                self._clear()
            return len(INITIALISE)
        if any(whole.startswith(rest) for whole in (INITIALISE, UPPER, LOWER)):
            return 0
        self._letter(rest[0])
        return 1

    def _string(self, start: int) -> int:
        end = self._rest.find(CARRIAGE_RETURN)
        if end < 0:
            return 0
        text = self._rest[len(UPPER) : end].decode("ascii", "replace")[:COLUMNS]
        self._cells[start : start + len(text)] = text
        self._string_mode = True
        return end + len(CARRIAGE_RETURN)

    def _letter(self, byte: int) -> None:
        row = self._cursor // COLUMNS * COLUMNS
        if byte == CLEAR:
            self._clear()
        elif byte == CANCEL:
            self._cells[row : row + COLUMNS] = " " * COLUMNS
            self._cursor, self._string_mode = row, False
        elif self._string_mode or not (byte == CARRIAGE_RETURN[0] or 0x20 <= byte < 0x7F):
            self.ignored += 1
        elif byte == CARRIAGE_RETURN[0]:
            self._cursor = row
        else:
            self._cells[self._cursor] = chr(byte)
            self._cursor = (self._cursor + 1) % len(self._cells)
