"""Key events of the Linux kernel: input devices, and the decoding of ``struct input_event``.

The parts of the kernel's interface that are used: ``struct input_event`` (two longs of time, type, code, value),
``EVIOCGRAB``, and an event written back to light an LED. docs/decisions gives the reason why no package does this.
"""

import fcntl
import logging
import os
import stat
import struct
import termios
from collections.abc import Mapping
from typing import Protocol

from hardware.keypads.kernel_keys import KEY_NAMES

log = logging.getLogger(__name__)

EVENT = struct.Struct("@llHHi")
"""24 bytes where a long has 64 bits, 16 where it has 32, as in the kernel."""
EVIOCGRAB = 0x40044590  # _IOW('E', 0x90, int)
EV_SYN, EV_KEY, EV_LED = 0, 1, 0x11
SYN_REPORT, SYN_DROPPED = 0, 3
UP, DOWN, REPEATED = 0, 1, 2  # values of EV_KEY; REPEATED: the kernel's own repetition of a held key

HELD_S = 10.0
"""A key that is down for this long counts as stuck. A foot may rest on a pedal for a while."""
MAX_REPEAT_GAP_S = 600.0
"""The kernel repeats a held key. Without a repetition for this long, the event of its release was lost."""
PSEUDO_TERMINALS = range(136, 144)
"""Major device numbers of pseudo-terminals, from the kernel's list of devices."""


class InputDevices(Protocol):
    """The operating system's input devices; file descriptors are non-blocking. All may raise ``OSError``."""

    def open(self, path: str) -> int:
        """Open a device and return its file descriptor."""

    def grab(self, fd: int) -> None:
        """Keep the device's keys from all other programs."""

    def write(self, fd: int, data: bytes) -> None: ...


class KernelInputDevices:
    """The input devices of this machine.

    A pseudo-terminal is accepted too, for simulations. No other program reads it, so it is not grabbed; keys that wait
    in it were pressed while the port was closed, and are dropped.
    """

    def open(self, path: str) -> int:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        if _is_pseudo_terminal(fd):
            termios.tcflush(fd, termios.TCIFLUSH)
        return fd

    def grab(self, fd: int) -> None:
        if not _is_pseudo_terminal(fd):
            fcntl.ioctl(fd, EVIOCGRAB, 1)

    def write(self, fd: int, data: bytes) -> None:
        os.write(fd, data)


def _is_pseudo_terminal(fd: int) -> bool:
    status = os.fstat(fd)
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) in PSEUDO_TERMINALS


class KeyEventReader:
    """Decodes the kernel's events into pressed keys.

    An event may arrive in pieces, from a pseudo-terminal. ``keys``: kernel key code → key of the pad. Times are
    monotonic seconds.
    """

    def __init__(self, keys: Mapping[int, str]) -> None:
        self._keys = keys
        self._partial_event = b""
        self._dropping = False  # events are skipped after SYN_DROPPED
        self._down: dict[int, tuple[float, float]] = {}  # key code → (pressed at, last event at)
        self._logged: set[int] = set()  # key codes without a meaning that were logged

    def feed(self, data: bytes, now_s: float) -> list[str]:
        """Return the keys that are pressed in ``data``, in order.

        Repetitions and releases are not among them.
        """
        data = self._partial_event + data
        complete = len(data) - len(data) % EVENT.size
        self._partial_event = data[complete:]
        pressed = []
        for _, _, kind, code, value in EVENT.iter_unpack(data[:complete]):
            if kind == EV_SYN:
                self._synchronise(code)
            elif kind == EV_KEY and not self._dropping and self._is_press(code, value, now_s):
                pressed.append(self._keys[code])
        return pressed

    def held_key(self, now_s: float) -> str | None:
        """Return a key that is stuck: down for ``HELD_S``, and still repeating. None if there is none."""
        down = tuple(self._down.items())
        held = (
            code
            for code, (since_s, last_at_s) in down
            if now_s - since_s >= HELD_S and now_s - last_at_s < MAX_REPEAT_GAP_S
        )
        return next((self._keys[code] for code in held), None)

    def reset(self) -> None:
        self._partial_event, self._dropping = b"", False
        self._down.clear()

    def _synchronise(self, code: int) -> None:
        """Skip everything from SYN_DROPPED to the next report; which keys are down is unknown then."""
        if code == SYN_DROPPED:
            self._dropping = True
            self._down.clear()
            log.warning("the kernel dropped key events: they were not read in time")
        elif code == SYN_REPORT:
            self._dropping = False

    def _is_press(self, code: int, value: int, now_s: float) -> bool:
        if code not in self._keys:
            if value == DOWN and code not in self._logged:
                self._logged.add(code)
                log.info("key %s has no meaning here", KEY_NAMES.get(code, code))
            return False
        if value == UP:
            self._down.pop(code, None)
        elif value == DOWN:
            self._down[code] = (now_s, now_s)
        elif value == REPEATED and code in self._down:
            self._down[code] = (self._down[code][0], now_s)
        return value == DOWN
