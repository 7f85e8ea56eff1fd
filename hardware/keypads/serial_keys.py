"""Pads on a serial bus: bytes become keys, garbage is counted.

A silent pad may be unused or broken: READY means that the port is open and nothing suspicious was received.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hardware.keypads.codes import KeyDecoder, code_text
from hardware.keypads.handlers import KeyHandler
from hardware.ports import DeviceHealth, HealthState
from hardware.serial_bus.bus import SerialBus, SerialBuses
from hardware.serial_bus.receiving import Subscription

log = logging.getLogger(__name__)

LAMP_ON_S = 2.0
"""How long a lamp is lit by ``flash_lamp``."""
MIN_WRONG_DEVICE_BYTES = 8
"""So many bytes without a key come from another device; noise of a bad cable between two keys is shorter."""
MAX_LOGGED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Lamp:
    """Bytes that switch a pad's lamp (or beeper) on and off; empty without one."""

    on: bytes = b""
    off: bytes = b""


class KeypadBus:
    """All pads on one bus. ``mono_s`` gives monotonic seconds.

    The pads share one decoder: only with all their codes can a byte be recognised as garbage.
    """

    def __init__(self, bus: SerialBus, mono_s: Callable[[], float]) -> None:
        self._bus, self._mono_s = bus, mono_s
        self._lock = threading.Lock()
        self._pads: dict[SerialPad, Mapping[bytes, str]] = {}
        self._keys_by_code: dict[bytes, tuple[SerialPad, str]] = {}
        self._decoder = KeyDecoder(())
        self._subscription: Subscription | None = None
        self._garbage_count = 0
        self._garbage_since_key = b""  # the first bytes of no key since the last key, or since the port was opened
        self._logged = False  # whether garbage was logged since the port was opened

    def attach(self, pad: "SerialPad", codes: Mapping[bytes, str]) -> None:
        """Pass ``pad`` its keys from now on. Raises ``ValueError`` when another pad on the bus sends one of them."""
        with self._lock:
            if shared := [code for code in codes if code in self._keys_by_code]:
                problem = f"{self._bus.address}: two pads send {code_text(shared[0])!r}"
                raise ValueError(f"{problem}; give each an address of its own")
            self._pads[pad] = codes
            self._rebuild_decoder()
            if self._subscription is None:
                self._subscription = Subscription(self._bus, self, self._mono_s)

    def detach(self, pad: "SerialPad") -> None:
        """Remove ``pad``. The removal of the last pad closes the port. Further calls do nothing."""
        with self._lock:
            if self._pads.pop(pad, None) is None:
                return
            self._rebuild_decoder()
            last_subscription, self._subscription = (
                (None, self._subscription) if self._pads else (self._subscription, None)
            )
        if last_subscription is not None:
            last_subscription.close()

    def write(self, data: bytes) -> None:
        """Send ``data`` on the bus in one of the next turns."""
        subscription = self._subscription
        if subscription is not None:
            subscription.write(data)

    def wake(self) -> None:
        """Let the bus thread ask the pads again when they are due."""
        self._bus.wake()

    def health(self) -> DeviceHealth:
        """Return the health of the port; ``wrong`` while only garbage is received."""
        health, garbage = self._bus.health(), self._garbage_since_key
        if health.state is HealthState.READY and len(garbage) >= MIN_WRONG_DEVICE_BYTES:
            return DeviceHealth(
                HealthState.FAULT, code="wrong", detail=f"no keys of this pad come, but {garbage.hex(' ')}"
            )
        return health

    @property
    def garbage_count(self) -> int:
        """The number of bytes so far that belong to no key."""
        return self._garbage_count

    # --- as a receiver, in the bus thread

    def receive(self, data: bytes, now_s: float) -> None:
        with self._lock:
            decoded = self._decoder.feed(data, now_s)
            keys = [self._keys_by_code[code] for code in decoded.codes]
            pads = tuple(self._pads)
        self._note_garbage(decoded.garbage, had_keys=bool(keys))
        for pad, key in keys:
            pad.handler.key_signal(key, now_s)
        for pad in pads:
            pad.tick(now_s)

    def due(self) -> float | None:
        with self._lock:
            times = [self._decoder.due(), *(pad.due() for pad in self._pads)]
        return min((due_s for due_s in times if due_s is not None), default=None)

    def reset(self) -> None:
        with self._lock:
            self._decoder.reset()
            pads = tuple(self._pads)
        self._garbage_since_key, self._logged = b"", False
        for pad in pads:
            pad.handler.reset()

    def _rebuild_decoder(self) -> None:
        self._keys_by_code = {code: (pad, key) for pad, codes in self._pads.items() for code, key in codes.items()}
        self._decoder = KeyDecoder(self._keys_by_code)

    def _note_garbage(self, garbage: bytes, *, had_keys: bool) -> None:
        """Count garbage, and log it once until the port is opened again."""
        if had_keys:
            self._garbage_since_key = b""
        if not garbage:
            return
        self._garbage_count += len(garbage)
        self._garbage_since_key = (self._garbage_since_key + garbage)[:MAX_LOGGED_BYTES]
        if not self._logged:
            self._logged = True
            log.warning("%s sends bytes of no key: %s", self._bus.address, garbage[:MAX_LOGGED_BYTES].hex(" "))


class KeypadBuses:
    """The buses with pads of one machine: all pads on a port share one ``KeypadBus``."""

    def __init__(self, buses: SerialBuses) -> None:
        self._buses = buses
        self._keypad_buses: dict[SerialBus, KeypadBus] = {}

    def bus(self, address: str, baud: int) -> KeypadBus:
        """Return the keypad bus at ``address``. Raises ``ValueError`` when it is in use with another speed."""
        bus = self._buses.bus(address, baud)
        return self._keypad_buses.setdefault(bus, KeypadBus(bus, self._buses.mono_s))


class SerialPad:
    """A counter's keypad or a rating pad on ``bus``; ``handler`` receives its keys. ``mono_s`` gives monotonic seconds.

    Raises ``ValueError`` when another pad on the bus sends the same codes.
    """

    def __init__(
        self,
        bus: KeypadBus,
        codes: Mapping[bytes, str],
        handler: KeyHandler,
        mono_s: Callable[[], float],
        *,
        lamp: Lamp = Lamp(),
    ) -> None:
        self.handler = handler
        self._bus, self._mono_s, self._lamp = bus, mono_s, lamp
        self._lamp_off_at_s: float | None = None
        self._closed = False
        bus.attach(self, codes)

    def flash_lamp(self) -> None:
        """Light the lamp, or beep, for two seconds."""
        if self._closed:
            return
        if self._lamp.on:
            self._bus.write(self._lamp.on)
        if self._lamp.off:
            self._lamp_off_at_s = self._mono_s() + LAMP_ON_S
            self._bus.wake()

    def health(self) -> DeviceHealth:
        health = DeviceHealth(HealthState.OFFLINE, detail="closed") if self._closed else self._bus.health()
        if health.state is HealthState.READY and (key := self.handler.stuck_key(self._mono_s())) is not None:
            return DeviceHealth(HealthState.FAULT, code="key_stuck", detail=f"key {key} is stuck")
        return health

    def close(self) -> None:
        self._closed = True
        self._bus.detach(self)

    def due(self) -> float | None:
        """Return the moment at which ``tick`` has something to do; called by the bus."""
        return min((due_s for due_s in (self.handler.due(), self._lamp_off_at_s) if due_s is not None), default=None)

    def tick(self, now_s: float) -> None:
        """Drop expired digits; switch the lamp off when its time is over. Runs in the bus thread."""
        self.handler.tick(now_s)
        if self._lamp_off_at_s is not None and now_s >= self._lamp_off_at_s:
            self._lamp_off_at_s = None
            self._bus.write(self._lamp.off)
