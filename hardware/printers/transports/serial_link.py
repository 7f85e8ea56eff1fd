"""A serial printer: a port of this machine, or any address of pyserial's (``socket://``, ``rfc2217://``, ``spy://``).

What makes a serial line different is that nobody says when a byte has left. A UART's driver counts what it still
holds; a USB adapter has memory of its own and a network serial server swallows all at once. So bytes are
handed on at the pace of the line, never more than a moment ahead, and what the kernel counts is believed on top.
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

from hardware.printers.transports.transport import CannotOpen, Flow, Stuck, mapped, why

BITS_PER_BYTE = 10
PIECE_S = 0.02
"""One piece is as much as the line carries in this time: …"""
AHEAD_S = 0.05
"""… and no more than this is handed on early, so a slip that is stopped stops within 0.1 s at any speed."""
LEAST_PIECE = 16
LONGEST_WAIT_S = 0.01
XON, XOFF = 0x11, 0x13


class Serial:
    """Implements :class:`hardware.printers.transports.transport.Transport`.

    ``flow``: ``rtscts`` by wires; ``xonxoff`` by two bytes that the printer sends. Those are obeyed by the kernel on
    a port of this machine, and here where they come through a network serial server; nobody above ever sees them.
    """

    def __init__(self, url: str, baud: int, mono_s: Callable[[], float], *, flow: Flow = "none") -> None:
        try:
            self._port = serial.serial_for_url(
                url, baudrate=baud, timeout=0, exclusive=True, rtscts=flow == "rtscts", xonxoff=flow == "xonxoff"
            )
        except (OSError, ValueError, termios.error) as error:
            raise CannotOpen(f"{url}: {why(error)}") from error
        self._mono_s, self._bytes_per_s = mono_s, baud / BITS_PER_BYTE
        self._fd = _descriptor(self._port)
        self._inbox = bytearray()
        self._held = False
        self._left_by_s = mono_s()
        terminal = self._fd is not None and os.isatty(self._fd)
        self._obeys = flow == "xonxoff" and self._fd is not None and not terminal
        try:
            if self._fd is not None:
                self._port.write_timeout = 0  # write what fits and say how much; not all kinds of port know this
            if terminal and flow == "xonxoff":
                _listen_only(self._port.fileno())
        except (OSError, termios.error) as error:
            self.close()
            raise CannotOpen(f"{url}: {why(error)}") from error

    def write(self, data: bytes, timeout_s: float) -> None:
        end_s = self._mono_s() + timeout_s
        piece = max(LEAST_PIECE, int(self._bytes_per_s * PIECE_S))
        sent = 0
        with mapped():
            while sent < len(data):
                self._until_ahead_by_less(AHEAD_S, end_s, sent)
                if not self._may_write() or self._mono_s() >= end_s:
                    self._pause(end_s, sent)
                    continue
                written = self._port.write(data[sent : sent + piece]) or 0
                sent += written
                self._left_by_s = max(self._mono_s(), self._left_by_s) + written / self._bytes_per_s
            self._until_ahead_by_less(0, end_s, sent)

    def _until_ahead_by_less(self, ahead_s: float, end_s: float, sent: int) -> None:
        """Wait until no more is on its way than the line carries in ``ahead_s``."""
        while self._held or self._ahead_s() > ahead_s or self._kernel_holds() > ahead_s * self._bytes_per_s:
            self._pause(end_s, sent)

    def _ahead_s(self) -> float:
        return self._left_by_s - self._mono_s()

    def _kernel_holds(self) -> int:
        """Bytes that have not left the machine, as far as it knows."""
        if self._fd is None:
            return 0
        count: int = struct.unpack("i", fcntl.ioctl(self._fd, termios.TIOCOUTQ, b"\0" * 4))[0]
        return count

    def _may_write(self) -> bool:
        return self._fd is None or bool(select.select([], [self._fd], [], 0)[1])

    def _pause(self, end_s: float, sent: int) -> None:
        """A moment of waiting, in which a printer may say XON. Raises ``Stuck`` when the time is over."""
        left_s = end_s - self._mono_s()
        if left_s <= 0:
            raise Stuck(sent)
        wait_s = min(left_s, max(self._ahead_s(), 0.001), LONGEST_WAIT_S)
        if self._obeys:
            self._take_in(wait_s)
        else:
            time.sleep(wait_s)

    def _take_in(self, timeout_s: float) -> None:
        """What came in goes to the inbox; XON and XOFF are obeyed. No printer's answer holds either of them."""
        assert self._fd is not None
        if not select.select([self._fd], [], [], timeout_s)[0]:
            return
        for byte in self._port.read(4096):
            if byte in (XON, XOFF):
                self._held = byte == XOFF
            else:
                self._inbox.append(byte)

    def read(self, limit: int, timeout_s: float) -> bytes:
        with mapped():
            if self._fd is None:
                return self._read_blind(limit, timeout_s)
            if not self._obeys:
                return self._port.read(limit) if select.select([self._fd], [], [], timeout_s)[0] else b""
            self._take_in(0 if self._inbox else timeout_s)
            data = bytes(self._inbox[:limit])
            del self._inbox[:limit]
            return data

    def _read_blind(self, limit: int, timeout_s: float) -> bytes:
        """From a port that cannot be waited on."""
        self._port.timeout = timeout_s
        first = self._port.read(1)
        return first + self._port.read(min(limit - 1, self._port.in_waiting)) if first else b""

    def close(self) -> None:
        with contextlib.suppress(OSError, termios.error):
            # A port that is closed waits up to 30 s for what a printer does not take.
            self._port.reset_output_buffer()
        # pyserial forgets to close the connection of a socket:// address when the other side was faster.
        connection = getattr(self._port, "_socket", None)
        with contextlib.suppress(OSError, termios.error):
            self._port.close()
        if connection is not None:
            connection.close()


def _descriptor(port: serial.SerialBase) -> int | None:
    """What ``select`` can wait on; None where there is none (``rfc2217://``)."""
    try:
        return int(port.fileno())
    except OSError:
        return None


def _listen_only(fd: int) -> None:
    """The printer may stop us, but the kernel must not put an XOFF of its own into the middle of a picture."""
    attributes = termios.tcgetattr(fd)
    attributes[0] &= ~(termios.IXOFF | termios.IXANY)
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    termios.tcflow(fd, termios.TCOON)
