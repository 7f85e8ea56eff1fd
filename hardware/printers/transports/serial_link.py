"""A serial printer on a port of this machine or at a pyserial URL.

URLs are ``socket://``, ``rfc2217://`` and ``spy://``. On a serial line nothing reports when a byte has left. A UART's
driver counts the bytes it still holds; a USB adapter has memory of its own, and a network serial server takes
everything at once. So bytes are written at the line's speed, at most a moment ahead, until the kernel's
count is zero too.
"""

import contextlib
import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Callable

import serial

from hardware.printers.transports.transport import (
    CannotConnect,
    FlowControl,
    WriteStalled,
    error_text,
    link_errors_mapped,
)

BITS_PER_BYTE = 10
PIECE_S = 0.02
"""Bytes are written in pieces: as many as the line carries in this time."""
MAX_AHEAD_S = 0.05
"""Bytes are written at most this long before the line carries them, so a slip that is stopped stops within 0.1 s."""
MIN_PIECE_BYTES = 16
MAX_WAIT_S = 0.01
XON, XOFF = 0x11, 0x13


class SerialTransport:
    """Implements :class:`hardware.printers.transports.transport.Transport`.

    ``flow``: ``rtscts`` by wires; ``xonxoff`` by two bytes that the printer sends. The kernel handles those on a port
    of this machine; this class does where they come through a network serial server. Callers never see them.
    """

    def __init__(self, url: str, baud: int, mono_s: Callable[[], float], *, flow: FlowControl = "none") -> None:
        try:
            self._port = serial.serial_for_url(
                url, baudrate=baud, timeout=0, exclusive=True, rtscts=flow == "rtscts", xonxoff=flow == "xonxoff"
            )
        except (OSError, ValueError, termios.error) as error:
            raise CannotConnect(f"{url}: {error_text(error)}") from error
        self._mono_s, self._bytes_per_s = mono_s, baud / BITS_PER_BYTE
        self._fd = _selectable_fd(self._port)
        self._inbox = bytearray()
        self._stopped_by_xoff = False
        self._all_sent_at_s = mono_s()
        terminal = self._fd is not None and os.isatty(self._fd)
        self._handles_xonxoff = flow == "xonxoff" and self._fd is not None and not terminal
        try:
            if self._fd is not None:
                self._port.write_timeout = 0  # write what fits and return the count; not all kinds of port support this
            if terminal and flow == "xonxoff":
                _never_send_xoff(self._port.fileno())
        except (OSError, termios.error) as error:
            self.close()
            raise CannotConnect(f"{url}: {error_text(error)}") from error

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        piece = max(MIN_PIECE_BYTES, int(self._bytes_per_s * PIECE_S))
        sent = 0
        with link_errors_mapped():
            while sent < len(data):
                self._wait_until_ahead_at_most(MAX_AHEAD_S, end_s, sent)
                if not self._may_write() or self._mono_s() >= end_s:
                    self._pause(end_s, sent)
                    continue
                written = self._port.write(data[sent : sent + piece]) or 0
                sent += written
                self._all_sent_at_s = max(self._mono_s(), self._all_sent_at_s) + written / self._bytes_per_s
            self._wait_until_ahead_at_most(0, end_s, sent)

    def _wait_until_ahead_at_most(self, ahead_s: float, end_s: float, sent: int) -> None:
        """Wait until at most as many bytes are unsent as the line carries in ``ahead_s``."""
        while (
            self._stopped_by_xoff
            or self._ahead_s() > ahead_s
            or self._kernel_buffer_bytes() > ahead_s * self._bytes_per_s
        ):
            self._pause(end_s, sent)

    def _ahead_s(self) -> float:
        """Return how long the line still needs for the bytes written so far."""
        return self._all_sent_at_s - self._mono_s()

    def _kernel_buffer_bytes(self) -> int:
        """Return the bytes that have not left the machine, as far as it knows."""
        if self._fd is None:
            return 0
        count: int = struct.unpack("i", fcntl.ioctl(self._fd, termios.TIOCOUTQ, b"\0" * 4))[0]
        return count

    def _may_write(self) -> bool:
        return self._fd is None or bool(select.select([], [self._fd], [], 0)[1])

    def _pause(self, end_s: float, sent: int) -> None:
        """Wait a moment, in which a printer may send XON. Raises ``WriteStalled`` when the time is over."""
        remaining_s = end_s - self._mono_s()
        if remaining_s <= 0:
            raise WriteStalled(sent)
        wait_s = min(remaining_s, max(self._ahead_s(), 0.001), MAX_WAIT_S)
        if self._handles_xonxoff:
            self._receive(wait_s)
        else:
            time.sleep(wait_s)

    def _receive(self, timeout_s: float) -> None:
        """Read into the inbox; carry out XON and XOFF, which no printer's reply contains."""
        assert self._fd is not None
        if not select.select([self._fd], [], [], timeout_s)[0]:
            return
        for byte in self._port.read(4096):
            if byte in (XON, XOFF):
                self._stopped_by_xoff = byte == XOFF
            else:
                self._inbox.append(byte)

    def read(self, limit: int, timeout_s: float) -> bytes:
        with link_errors_mapped():
            if self._fd is None:
                return self._read_without_select(limit, timeout_s)
            if not self._handles_xonxoff:
                return self._port.read(limit) if select.select([self._fd], [], [], timeout_s)[0] else b""
            self._receive(0 if self._inbox else timeout_s)
            data = bytes(self._inbox[:limit])
            del self._inbox[:limit]
            return data

    def _read_without_select(self, limit: int, timeout_s: float) -> bytes:
        """Read from a port that ``select`` cannot wait on."""
        self._port.timeout = timeout_s
        first = self._port.read(1)
        return first + self._port.read(min(limit - 1, self._port.in_waiting)) if first else b""

    def close(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            # Else closing waits up to 30 s for bytes that the printer does not take.
            self._port.reset_output_buffer()
        # pyserial does not close the connection of a socket:// address that the other side closed first.
        connection = getattr(self._port, "_socket", None)
        with contextlib.suppress(OSError, termios.error):
            self._port.close()
        if connection is not None:
            connection.close()


def _selectable_fd(port: serial.SerialBase) -> int | None:
    """Return the file descriptor for ``select``; None where there is none (``rfc2217://``)."""
    try:
        return int(port.fileno())
    except OSError:
        return None


def _never_send_xoff(fd: int) -> None:
    """Stop on the printer's XOFF, but never send one into a picture."""
    attributes = termios.tcgetattr(fd)
    attributes[0] &= ~(termios.IXOFF | termios.IXANY)
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    termios.tcflow(fd, termios.TCOON)
