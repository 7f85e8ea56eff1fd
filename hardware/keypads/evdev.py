"""USB keypads, foot pedals and button pads, which the kernel takes for keyboards: read directly, without a library.

What is used of the kernel's interface: ``struct input_event`` (two longs of time, type, code, value), ``EVIOCGRAB``,
and an event written back to light an LED. See docs/decisions for why not through a package.
"""

import errno
import fcntl
import logging
import os
import select
import stat
import struct
import termios
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

from config.threads import RestartingThread
from hardware.keypads.kernel_keys import NAMES
from hardware.keypads.serial_keys import LAMP_S, Meaning
from hardware.lines.serial_port import FIRST_WAIT_S, LONGEST_WAIT_S
from hardware.ports import Health, State
from hardware.turning import Turning

log = logging.getLogger(__name__)

EVENT = struct.Struct("@llHHi")  # 24 bytes where a long has 64 bits, 16 where it has 32, as the kernel has it
EVIOCGRAB = 0x40044590  # _IOW('E', 0x90, int)
EV_SYN, EV_KEY, EV_LED = 0, 1, 0x11
SYN_REPORT, SYN_DROPPED = 0, 3
UP, DOWN, REPEATED = 0, 1, 2  # the last is the kernel's own repetition of a key that is held

HELD_S = 10.0  # a foot may rest on a pedal for a while
# The kernel repeats a key that is held. One of which nothing comes for so long went up without its event.
FORGOTTEN_S = 600.0
READ_BYTES = 64 * EVENT.size
PSEUDO_TERMINALS = range(136, 144)  # their major numbers, in the kernel's list of devices

_WRONG: Mapping[int, Health] = {
    errno.EACCES: Health(State.FAULT, "fault", "no right to read it; this program's user must be in the group input"),
    errno.EPERM: Health(State.FAULT, "fault", "no right to read it; this program's user must be in the group input"),
    errno.EBUSY: Health(State.FAULT, "fault", "another program has grabbed it"),
    errno.ENOTTY: Health(State.FAULT, "wrong", "not an input device"),
    errno.EINVAL: Health(State.FAULT, "wrong", "not an input device"),
}


class Inputs(Protocol):
    """Input devices as the operating system has them; file descriptors do not block. All may raise ``OSError``."""

    def open(self, path: str) -> int: ...

    def grab(self, fd: int) -> None:
        """Keep its keys from everybody else."""

    def write(self, fd: int, data: bytes) -> None: ...


class Kernel:
    """The machine's own. A pseudo-terminal is taken too, for simulations: nobody else reads it, so it is not
    grabbed, and what waits in it was pressed while nobody listened."""

    def open(self, path: str) -> int:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        if _simulated(fd):
            termios.tcflush(fd, termios.TCIFLUSH)
        return fd

    def grab(self, fd: int) -> None:
        if not _simulated(fd):
            fcntl.ioctl(fd, EVIOCGRAB, 1)

    def write(self, fd: int, data: bytes) -> None:
        os.write(fd, data)


def _simulated(fd: int) -> bool:
    status = os.fstat(fd)
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) in PSEUDO_TERMINALS


class Events:
    """Reads key strokes out of the kernel's events; an event may come in pieces from a pipe."""

    def __init__(self, keys: Mapping[int, str]) -> None:
        self._keys = keys
        self._rest = b""
        self._dropping = False
        self._down: dict[int, tuple[float, float]] = {}  # since when, and when it was reported last
        self._noted: set[int] = set()

    def feed(self, data: bytes, now: float) -> list[str]:
        """The keys that were pressed."""
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        strokes = []
        for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
            if kind == EV_SYN:
                self._synchronise(code)
            elif kind == EV_KEY and not self._dropping and self._pressed(code, value, now):
                strokes.append(self._keys[code])
        return strokes

    def held(self, now: float) -> str | None:
        """The key that has been down for ten seconds."""
        down = tuple(self._down.items())
        held = (code for code, (since, last) in down if now - since >= HELD_S and now - last < FORGOTTEN_S)
        return next((self._keys[code] for code in held), None)

    def forget(self) -> None:
        self._rest, self._dropping = b"", False
        self._down.clear()

    def _synchronise(self, code: int) -> None:
        """After SYN_DROPPED everything up to the next report is a torn rest, and which keys are down is unknown."""
        if code == SYN_DROPPED:
            self._dropping = True
            self._down.clear()
            log.warning("the kernel dropped key events: they were not read in time")
        elif code == SYN_REPORT:
            self._dropping = False

    def _pressed(self, code: int, value: int, now: float) -> bool:
        if code not in self._keys:
            if value == DOWN and code not in self._noted:
                self._noted.add(code)
                log.info("key %s means nothing here", NAMES.get(code, code))
            return False
        if value == UP:
            self._down.pop(code, None)
        elif value == DOWN:
            self._down[code] = (now, now)
        elif value == REPEATED and code in self._down:
            self._down[code] = (self._down[code][0], now)
        return value == DOWN


class EvdevPad:
    """A counter's keypad or a rating pad at ``path``; ``meaning`` hears its keys, in the pad's thread.

    ``led`` is the kernel's number of the LED that is its lamp. ``clock`` gives monotonic seconds.
    """

    def __init__(
        self,
        path: str,
        keys: Mapping[int, str],
        meaning: Meaning,
        clock: Callable[[], float],
        *,
        led: int | None = None,
        inputs: Inputs | None = None,
    ) -> None:
        self._path, self._meaning, self._clock, self._led = path, meaning, clock, led
        self._inputs = inputs or Kernel()
        self._events = Events(keys)
        self._fd: int | None = None
        self._health = Health(State.UNKNOWN)
        self._turning = Turning(clock)
        self._wait_s, self._retry_at = FIRST_WAIT_S, clock()
        self._lamp_wanted = False
        self._dark_at: float | None = None
        self._closing = threading.Event()
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._lock = threading.Lock()
        self._thread = RestartingThread(
            f"evdev {path}", self._run, closing=self._closing, failed=self._failed, over=self._part
        )
        self._thread.start()

    def refused(self) -> None:
        """Light the LED for two seconds."""
        self._light()

    def thanked(self) -> None:
        """As ``refused``: a pad has one lamp."""
        self._light()

    def health(self) -> Health:
        health, now = self._health, self._clock()
        if health.state is State.READY and (key := self._events.held(now) or self._meaning.stuck(now)) is not None:
            return Health(State.FAULT, code="key_stuck", detail=f"key {key} is stuck")
        return self._turning.believed(health)

    def close(self) -> None:
        with self._lock:
            if not self._closing.is_set():
                self._closing.set()
                os.write(self._wake_in, b"!")
        self._thread.join()

    def _light(self) -> None:
        with self._lock:
            if self._led is None or self._closing.is_set() or self._lamp_wanted:
                return
            self._lamp_wanted = True
            os.write(self._wake_in, b"!")

    # --- the pad's thread

    def _run(self) -> None:
        while not self._closing.is_set():
            self._turning.turn()
            self._open()
            self._read()
            now = self._clock()
            self._meaning.tick(now)
            self._shine(now)
            self._wait()

    def _part(self) -> None:
        self._shut(Health(State.OFFLINE, detail="closed"))
        with self._lock:
            os.close(self._wake_out)
            os.close(self._wake_in)

    def _failed(self, error: Exception) -> None:
        """Report a mistake of ours and give the device up; the thread opens it again."""
        detail = f"its thread failed: {type(error).__name__}; the log tells more"
        self._shut(Health(State.FAULT, code="failed", detail=detail))
        self._retry_at = self._clock() + self._wait_s

    def _open(self) -> None:
        if self._fd is not None or self._clock() < self._retry_at:
            return
        try:
            self._fd = self._inputs.open(self._path)
            self._inputs.grab(self._fd)
        except OSError as error:
            self._lose(error)
            return
        self._wait_s = FIRST_WAIT_S
        self._health = Health(State.READY)

    def _read(self) -> None:
        if self._fd is None:
            return
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:  # ENODEV: unplugged
            self._lose(error)
            return
        if not data:
            self._lose(OSError(errno.ENODEV, os.strerror(errno.ENODEV)))
            return
        now = self._clock()
        for stroke in self._events.feed(data, now):
            self._meaning.hear(stroke, now)

    def _shine(self, now: float) -> None:
        wanted, self._lamp_wanted = self._lamp_wanted, False
        if wanted:
            self._dark_at = now + LAMP_S
            self._say(lit=True)
        elif self._dark_at is not None and now >= self._dark_at:
            self._dark_at = None
            self._say(lit=False)

    def _say(self, *, lit: bool) -> None:
        if self._fd is None or self._led is None:
            return
        data = EVENT.pack(0, 0, EV_LED, self._led, int(lit)) + EVENT.pack(0, 0, EV_SYN, SYN_REPORT, 0)
        try:
            self._inputs.write(self._fd, data)
        except OSError as error:
            self._lose(error)

    def _wait(self) -> None:
        """Until events come, somebody wakes, or something is due."""
        times = [self._meaning.due(), self._dark_at, self._retry_at if self._fd is None else None]
        at = self._turning.rest(min((one for one in times if one is not None), default=None))
        timeout_s = max(0.0, at - self._clock())
        watched = [self._wake_out] if self._fd is None else [self._wake_out, self._fd]
        ready, _, _ = select.select(watched, [], [], timeout_s)
        if self._wake_out in ready:
            os.read(self._wake_out, 4096)

    def _lose(self, error: OSError) -> None:
        why = _WRONG.get(error.errno or 0) or Health(State.OFFLINE, "off", error.strerror or str(error))
        self._shut(why)
        self._retry_at = self._clock() + self._wait_s
        self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)

    def _shut(self, health: Health) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
        self._meaning.forget()
        self._events.forget()
        self._health = health
