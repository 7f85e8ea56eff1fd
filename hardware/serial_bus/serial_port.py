"""One serial port that may disappear.

USB adapters come loose, so every fault is handled alike: the port is closed, its name resolved again, and it is
reopened after 0.5, 1, 2, … 8 s. The owner sees only whether the port is open.
"""

import errno
import os
import select
import termios
from collections.abc import Callable, Mapping
from typing import Literal

import serial

from hardware.ports import DeviceHealth, HealthState

WRITE_TIMEOUT_S = 1.0
FIRST_RETRY_S = 0.5
MAX_RETRY_S = (
    8.0  # pauses before a retry; a device that is plugged in must work within ten seconds, its initialisation included
)
BITS_PER_CHARACTER = 10

Parity = Literal["none", "even", "odd"]
PARITIES: Mapping[Parity, str] = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
}

# pyserial raises any of these when an adapter is unplugged (pyserial #401, #417).
UNPLUGGED_ERRORS = (OSError, termios.error, TypeError)


class SerialPort:
    """The port ``address`` (a device or a pyserial URL). One thread owns it; other threads may call only
    ``wake`` and ``health``. No method raises when the port is gone.

    ``mono_s`` gives monotonic seconds.
    """

    def __init__(self, address: str, baud: int, mono_s: Callable[[], float], *, parity: Parity = "none") -> None:
        self.address, self._baud, self._parity, self._mono_s = address, baud, parity, mono_s
        self._serial: serial.Serial | None = None
        self._retry_after_s = FIRST_RETRY_S
        self._retry_at_s = mono_s()
        self._health = DeviceHealth(HealthState.UNKNOWN)
        self._wake_read_fd, self._wake_write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def health(self) -> DeviceHealth:
        """Return UNKNOWN before the first try, OFFLINE without the port, READY while open."""
        return self._health

    def open(self) -> bool:
        """Open the port when a retry is due; return whether it was opened just now."""
        if self._serial is not None or self._mono_s() < self._retry_at_s:
            return False
        try:
            # Without `exclusive` a second program could write into the same line unnoticed.
            self._serial = serial.serial_for_url(
                self.address,
                baudrate=self._baud,
                parity=PARITIES[self._parity],
                timeout=0,
                write_timeout=0,  # write what fits and return the count; ``write`` waits by ``mono_s``
                exclusive=True,
            )
        except (*UNPLUGGED_ERRORS, ValueError) as error:  # an address that pyserial does not understand
            self._lose(error)
            return False
        self._retry_after_s = FIRST_RETRY_S
        self._health = DeviceHealth(HealthState.READY)
        return True

    @property
    def is_open(self) -> bool:
        return self._serial is not None

    def write(self, data: bytes) -> bool:
        """Write ``data``; return whether all of it was written.

        A port that takes no byte within a second is lost.
        """
        if self._serial is None:
            return False
        try:
            while data:
                self._await_room(self._serial)
                data = data[self._serial.write(data) or 0 :]
        except UNPLUGGED_ERRORS as error:
            self._lose(error)
            return False
        return True

    def read(self) -> bytes:
        """Return the received bytes; none when nothing arrived or the port is gone."""
        if self._serial is None:
            return b""
        try:
            return bytes(self._serial.read(256))
        except UNPLUGGED_ERRORS as error:
            self._lose(error)
            return b""

    def wait(self, until_s: float | None) -> None:
        """Block until there is work, or until ``until_s``.

        Work: bytes arrive, ``wake`` is called, the port is lost, or a retry is due.
        """
        if self._serial is None:
            until_s = self._retry_at_s if until_s is None else min(until_s, self._retry_at_s)
        timeout_s = None if until_s is None else max(0.0, until_s - self._mono_s())
        watched_fds = [self._wake_read_fd] if self._serial is None else [self._wake_read_fd, self._serial.fileno()]
        ready, _, _ = select.select(watched_fds, [], [], timeout_s)
        if self._wake_read_fd in ready:
            os.read(self._wake_read_fd, 4096)

    def transmission_s(self, data: bytes, silence_characters: float) -> float:
        """Return the transmission time of ``data`` in s, with a silence of ``silence_characters`` after it."""
        bits = BITS_PER_CHARACTER + (self._parity != "none")
        return (len(data) + silence_characters) * bits / self._baud

    def wake(self) -> None:
        """End a ``wait``; called by other threads."""
        try:
            os.write(self._wake_write_fd, b"!")
        except BlockingIOError:  # the pipe is full: the wait ends anyway
            return

    def fail(self, detail: str) -> None:
        """Close the port after an exception of its owner; ``open`` retries later."""
        self._close_serial()
        self._retry_at_s = self._mono_s() + self._retry_after_s
        self._health = DeviceHealth(HealthState.FAULT, code="failed", detail=detail)

    def close(self) -> None:
        """Close the port for good.

        Called once by its owner, when ``wake`` is not called any more.
        """
        self._close_serial()
        self._health = DeviceHealth(HealthState.OFFLINE, detail="closed")
        os.close(self._wake_read_fd)
        os.close(self._wake_write_fd)

    def _await_room(self, port: serial.Serial) -> None:
        """Wait until ``port`` takes bytes. Raises ``TimeoutError``.

        The port is asked before the time is checked: a busy machine that runs this thread late has lost no port.
        """
        end_s, left_s = self._mono_s() + WRITE_TIMEOUT_S, WRITE_TIMEOUT_S
        while not select.select([], [port.fileno()], [], max(0.0, left_s))[1]:
            if left_s <= 0:
                raise TimeoutError(errno.ETIMEDOUT, "it takes no bytes")
            left_s = end_s - self._mono_s()

    def _lose(self, error: Exception) -> None:
        """Close the port after ``error``, and schedule the next try after a longer pause."""
        self._close_serial()
        self._retry_at_s = self._mono_s() + self._retry_after_s
        self._retry_after_s = min(self._retry_after_s * 2, MAX_RETRY_S)
        self._health = DeviceHealth(
            HealthState.OFFLINE, code="off", detail=getattr(error, "strerror", None) or str(error)
        )

    def _close_serial(self) -> None:
        if self._serial is None:
            return
        port, self._serial = self._serial, None
        try:
            port.close()
        except UNPLUGGED_ERRORS as error:
            self._health = DeviceHealth(HealthState.OFFLINE, code="off", detail=str(error))
