"""One serial port that may vanish: what every line stands on (``hardware.lines.line``).

USB adapters come loose, so every fault ends the same way: the port is closed, its name looked up again, and
it is opened again after 0.5, 1, 2, … 8 s. Whoever owns the port sees only "it is open" or "it is not".
"""

import os
import select
import termios
from collections.abc import Callable, Mapping
from typing import Literal

import serial

from hardware.ports import Health, State

WRITE_S = 1.0
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0  # what is plugged in must be right within ten seconds, all that it is told then included
BITS_PER_CHARACTER = 10

Parity = Literal["none", "even", "odd"]
PARITIES: Mapping[Parity, str] = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
}

# pyserial lets all of these through when an adapter is unplugged (pyserial #401, #417).
GONE = (OSError, termios.error, TypeError)


class SerialPort:
    """The port ``address`` (a device or a pyserial URL). One thread owns it; only ``wake`` and ``health`` may be
    called by others. No method raises when the port is gone.

    ``clock`` gives monotonic seconds.
    """

    def __init__(self, address: str, baud: int, clock: Callable[[], float], *, parity: Parity = "none") -> None:
        self._address, self._baud, self._parity, self._clock = address, baud, parity, clock
        self._serial: serial.Serial | None = None
        self._wait_s = FIRST_WAIT_S
        self._retry_at = clock()
        self._health = Health(State.UNKNOWN)
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def health(self) -> Health:
        """UNKNOWN before the first try, OFFLINE while the port is gone, READY while it is open."""
        return self._health

    def open(self) -> bool:
        """Whether the port was opened just now; tries only when a try is due."""
        if self._serial is not None or self._clock() < self._retry_at:
            return False
        try:
            # Without `exclusive` a second program could write into the same line unnoticed.
            self._serial = serial.serial_for_url(
                self._address,
                baudrate=self._baud,
                parity=PARITIES[self._parity],
                timeout=0,
                write_timeout=WRITE_S,
                exclusive=True,
            )
        except (*GONE, ValueError) as error:  # an address that pyserial does not understand
            self._lose(error)
            return False
        self._wait_s = FIRST_WAIT_S
        self._health = Health(State.READY)
        return True

    @property
    def is_open(self) -> bool:
        return self._serial is not None

    def write(self, data: bytes) -> bool:
        """Whether the port took all of ``data`` within a second."""
        if self._serial is None:
            return False
        try:
            self._serial.write(data)
        except GONE as error:
            self._lose(error)
            return False
        return True

    def read(self) -> bytes:
        """What has arrived; empty when nothing has, or the port is gone."""
        if self._serial is None:
            return b""
        try:
            return bytes(self._serial.read(256))
        except GONE as error:
            self._lose(error)
            return b""

    def wait(self, until: float | None) -> None:
        """Block until bytes arrive, somebody calls ``wake``, the port is lost or due for another try, or the
        clock shows ``until``."""
        if self._serial is None:
            until = self._retry_at if until is None else min(until, self._retry_at)
        timeout_s = None if until is None else max(0.0, until - self._clock())
        watched = [self._wake_out] if self._serial is None else [self._wake_out, self._serial.fileno()]
        ready, _, _ = select.select(watched, [], [], timeout_s)
        if self._wake_out in ready:
            os.read(self._wake_out, 4096)

    def seconds(self, data: bytes, silence_characters: float) -> float:
        """How long ``data`` is on the line, with a silence of so many characters after it."""
        bits = BITS_PER_CHARACTER + (self._parity != "none")
        return (len(data) + silence_characters) * bits / self._baud

    def wake(self) -> None:
        """End a ``wait``; for other threads."""
        try:
            os.write(self._wake_in, b"!")
        except BlockingIOError:  # the pipe is full of wakings: it will wake
            return

    def fail(self, detail: str) -> None:
        """Give the port up for a fault of its owner; ``open`` tries again later."""
        self._shut()
        self._retry_at = self._clock() + self._wait_s
        self._health = Health(State.FAULT, code="failed", detail=detail)

    def close(self) -> None:
        """Close the port for good; by its owner, once, when nobody calls ``wake`` any more."""
        self._shut()
        self._health = Health(State.OFFLINE, detail="closed")
        os.close(self._wake_out)
        os.close(self._wake_in)

    def _lose(self, error: Exception) -> None:
        self._shut()
        self._retry_at = self._clock() + self._wait_s
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)
        self._health = Health(State.OFFLINE, code="off", detail=getattr(error, "strerror", None) or str(error))

    def _shut(self) -> None:
        if self._serial is None:
            return
        gone, self._serial = self._serial, None
        try:
            gone.close()
        except GONE as error:
            self._health = Health(State.OFFLINE, code="off", detail=str(error))
