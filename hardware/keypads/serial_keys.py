"""Keypads on a serial line: bytes become keys, bounces become one press, noise is counted.

Like a sign, a keypad that says nothing cannot be told from one that nobody touches: READY means that the line
is open.
"""

import logging
import threading
from collections.abc import Callable, Mapping

from hardware.keypads.keymap import KEYS, read_keys
from hardware.ports import Health, Key, State
from hardware.serial_port import SerialPort

log = logging.getLogger(__name__)

STUCK_S = 3.0


class Debounce:
    """Turns what a contact sends into presses.

    A key again within ``within_s`` of the *last time it was heard* is the same press, so that a stuck key, which
    repeats for ever, is one press and no more.
    """

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._held: tuple[Key, float, float] | None = None  # key, pressed at, last heard at

    def pressed(self, key: Key, now: float) -> bool:
        """Whether ``key``, heard at ``now``, is a new press."""
        same = self._held is not None and self._held[0] == key and now - self._held[2] < self._within_s
        since = self._held[1] if same and self._held else now
        self._held = (key, since, now)
        return not same

    def stuck(self, now: float) -> Key | None:
        """The key that has been sent without a pause for three seconds."""
        if self._held is None or now - self._held[2] >= self._within_s:
            return None
        return self._held[0] if self._held[2] - self._held[1] >= STUCK_S else None


class SerialKeypad:
    """A keypad on the serial port ``port`` (device or pyserial URL).

    ``pressed`` is called in the keypad's thread and must only put the key somewhere. ``clock`` gives monotonic
    seconds.
    """

    def __init__(
        self,
        port: str,
        baud: int,
        *,
        debounce_s: float,
        pressed: Callable[[Key], None],
        clock: Callable[[], float],
        keymap: Mapping[bytes, Key] = KEYS,
    ) -> None:
        self._name = port
        self._port = SerialPort(port, baud, clock)
        self._debounce = Debounce(debounce_s)
        self._pressed, self._clock, self._keymap = pressed, clock, keymap
        self._lock = threading.Lock()
        self._closing = False
        self._rest = b""
        self._garbage = 0
        self._thread = threading.Thread(target=self._run, name=f"keypad {port}", daemon=True)
        self._thread.start()

    @property
    def garbage(self) -> int:
        """Bytes heard that belong to no key."""
        return self._garbage

    def health(self) -> Health:
        health = self._port.health()
        if health.state is State.READY and (key := self._debounce.stuck(self._clock())) is not None:
            return Health(State.FAULT, code="key_stuck", detail=f"key {key.value} is stuck")
        return health

    def close(self) -> None:
        with self._lock:
            if not self._closing:
                self._closing = True
                self._port.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            if self._port.open():
                self._rest = b""
            self._hear(self._port.read())
            self._port.wait(None)
        self._port.close()

    def _hear(self, data: bytes) -> None:
        if not data:
            return
        heard = read_keys(self._rest + data, self._keymap)
        self._rest = heard.rest
        if heard.garbage and not self._garbage:
            log.warning("%s sends bytes of no key (%r); check the model and the speed", self._name, data)
        self._garbage += heard.garbage
        now = self._clock()
        for key in heard.keys:
            if self._debounce.pressed(key, now):
                self._pressed(key)
