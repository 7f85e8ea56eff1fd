"""Signs that speak CD5220: two lines of twenty ASCII characters over RS-232 or USB.

Such a sign never answers. READY means that the line is open and takes our bytes; a sign without power on a
live line cannot be told from a healthy one, which is why everything is sent again every few seconds.
"""

import threading
from collections.abc import Callable

from hardware.ports import Health, SignFace
from hardware.serial_port import SerialPort

# The commands in use, as in the maker's table; the simulated sign reads the same rows.
INITIALISE = b"\x1b@"
UPPER = b"\x1bQA"
LOWER = b"\x1bQB"
END = b"\r"
WIDTH = 20

DASHES = "----"
BLINKS = 3
HALF_BLINK_S = 0.5
SILENCE_CHARACTERS = 3.5


def frame(upper: str, lower: str) -> bytes:
    """Both lines as bytes, filled with blanks to their full width: some makes do not clear the rest of a line,
    and a digit left over from the number before would be a number nobody issued."""
    return UPPER + upper.ljust(WIDTH).encode("ascii") + END + LOWER + lower.ljust(WIDTH).encode("ascii") + END


def lines(face: SignFace, *, lit: bool) -> tuple[str, str]:
    """What the two lines say; what the sign cannot show whole, it does not show."""
    if face.word is not None:
        return _showable(face.word), _showable(face.below)
    if face.paused:
        return DASHES, ""
    if face.number is None or not lit:
        return "", ""
    return _showable(face.number), ""


def blink(face: SignFace, since: float, now: float) -> tuple[bool, float | None]:
    """Whether the number is lit now, and when that changes next: 3 × at 1 Hz, then it stays."""
    half = int((now - since) / HALF_BLINK_S)
    if not face.blink or half >= 2 * BLINKS:
        return True, None
    return half % 2 == 0, since + (half + 1) * HALF_BLINK_S


def _showable(text: str) -> str:
    return text if text.isascii() and text.isprintable() and len(text) <= WIDTH else ""


class Cd5220:
    """A sign on the serial port ``port`` (device or pyserial URL); dark until the first ``show``.

    ``clock`` gives monotonic seconds.
    """

    def __init__(self, port: str, baud: int, *, resend_s: float, clock: Callable[[], float]) -> None:
        self._port = SerialPort(port, baud, clock)
        self._clock, self._resend_s = clock, resend_s
        self._lock = threading.Lock()
        self._wanted = (SignFace(None), clock())
        self._closing = False
        self._sent, self._resend_at, self._quiet_until = b"", 0.0, 0.0
        self._thread = threading.Thread(target=self._run, name=f"sign {port}", daemon=True)
        self._thread.start()

    def show(self, face: SignFace) -> None:
        """Replace the face; returns at once, the last value wins. A blinking face shown again blinks again."""
        with self._lock:
            if self._closing:
                return
            self._wanted = (face, self._clock())
            self._port.wake()

    def health(self) -> Health:
        return self._port.health()

    def close(self) -> None:
        """Blank the sign and give the port back."""
        with self._lock:
            if not self._closing:
                self._closing = True
                self._port.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            if self._port.open():
                self._sent = b""
            self._port.read()  # it never says anything: this notices an unplugged adapter at once
            self._port.wait(self._work())
        self._blank()
        self._port.close()

    def _work(self) -> float | None:
        """Send what is due; when there is more to do."""
        now = self._clock()
        face, since = self._wanted
        lit, change_at = blink(face, since, now)
        if not self._port.is_open:
            return None
        wanted = frame(*lines(face, lit=lit))
        if wanted != self._sent or now >= self._resend_at:
            if now < self._quiet_until:
                return self._quiet_until
            self._send(wanted)
        return self._resend_at if change_at is None else min(change_at, self._resend_at)

    def _send(self, wanted: bytes) -> None:
        data = wanted if self._sent else INITIALISE + wanted
        if self._port.write(data):
            self._sent = wanted
        now = self._clock()
        self._quiet_until = now + self._port.seconds(data, SILENCE_CHARACTERS)
        self._resend_at = now + self._resend_s

    def _blank(self) -> None:
        blank = frame("", "")
        while self._port.is_open and blank != self._sent:
            if self._clock() < self._quiet_until:
                self._port.wait(self._quiet_until)
            else:
                self._send(blank)
