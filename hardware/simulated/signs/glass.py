"""What a CD5220 pole display's two lines show, as its maker's command table says."""

from collections.abc import Mapping

# The maker's table, as far as these are known here; the driver has its own copy.
INITIALISE = b"\x1b\x40"
CLEAR = b"\x0c"
UPPER = b"\x1b\x51\x41"
LOWER = b"\x1b\x51\x42"
CARRIAGE_RETURN = b"\x0d"
COLUMNS = 20


class Glass:
    """Byte by byte; a command may arrive in pieces. Bytes of no command that it knows are ignored, as by the real
    one."""

    answers = addressed = blinking = False

    def __init__(self) -> None:
        self.upper = self.lower = ""
        self.ignored = 0
        self._rest = b""

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

    def _command(self) -> int:
        """Obey the command at the front; how many bytes it took, 0 while it is not all here."""
        rest = self._rest
        if rest.startswith((CLEAR, INITIALISE)):
            self.upper = self.lower = ""
            return len(CLEAR if rest.startswith(CLEAR) else INITIALISE)
        if rest.startswith((UPPER, LOWER)):
            end = rest.find(CARRIAGE_RETURN)
            if end < 0:
                return 0
            text = rest[len(UPPER) : end].decode("ascii", "replace")[:COLUMNS].rstrip()
            if rest.startswith(UPPER):
                self.upper = text
            else:
                self.lower = text
            return end + len(CARRIAGE_RETURN)
        if any(whole.startswith(rest) for whole in (INITIALISE, UPPER, LOWER)):
            return 0
        self.ignored += 1
        return 1
