"""Simulated keypads and rating pads, on a serial port or as a USB keyboard.

Their key tables are independent of the driver's: the codes of the serial pad are from
``docs/vi/bang-so-ban-phim.md``, the key codes from Linux' ``input-event-codes.h``.
"""

import struct
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

from hardware.control_port import DONE, BadRequest, Body, Response, Route, required_field
from hardware.simulated.keypads.sender import NEXT_KEY_S, SAME_KEY_S, TOGGLE_KEY_S, TOGGLE_KEYS, Sender
from hardware.simulated.terminal import Cables

Wiring = Literal["serial", "evdev"]
"""``evdev``: a USB keyboard, whose events the kernel passes on."""

SERIAL_CODES: Mapping[str, bytes] = {
    "next": b"\x0d",
    "recall": b"\x52",
    "start": b"\x53",
    "finish": b"\x46",
    "no_show": b"\x41",
    "hold": b"\x48",
    "pause": b"\x50",
    "call": b"\x23",
    "transfer": b"\x54",
    "clear": b"\x43",
    **{str(digit): bytes([0x30 + digit]) for digit in range(10)},
}
EVDEV_CODES: Mapping[str, int] = {
    "next": 96,  # the keypad's Enter
    "recall": 55,  # *
    "start": 78,  # +
    "finish": 74,  # -
    "no_show": 98,  # /
    "hold": 1,  # Esc
    "pause": 69,  # NumLock
    "call": 83,  # .
    "transfer": 15,  # Tab
    "clear": 14,  # Backspace
    **dict(zip("7894561230", (71, 72, 73, 75, 76, 77, 79, 80, 81, 82), strict=True)),
}
FUNCTION_KEYS = tuple(SERIAL_CODES)[:9]

BEL, LAMP_ON, LAMP_OFF = b"\x07", b"\x12", b"\x14"
REPEAT_INTERVAL_S = 0.05
"""Time between two repetitions of a stuck key."""
BOUNCES, BOUNCE_S = 3, 0.004
"""With the fault ``bouncing``: contacts of one press, and the time between two of them."""
# A scanner in place of a keypad, and the time between its texts.
WRONG_DEVICE_TEXT = b"https://example.invalid/v/AbRaCaDaBrA-SFHP15#T\r"
WRONG_DEVICE_INTERVAL_S = 0.5

# struct input_event: two longs, two unsigned 16-bit numbers, one signed 32-bit number
_INPUT_EVENT = struct.Struct("@llHHi")
_EV_SYN, _EV_KEY, _EV_MSC, _EV_LED = 0, 1, 4, 17  # types of events
_MSC_SCAN, _USB_KEYBOARD_PAGE = 4, 0x70000
_RELEASED, _PRESSED, _REPEATED = 0, 1, 2  # values of a key event


class SerialKeys:
    """The codes of a serial pad, each with ``address`` before it.

    ``pressed``, ``repeated`` and ``released`` return the bytes that the pad sends for a key. ``lamp``: it is lit.
    ``beeps`` counts the beeps that the driver ordered.
    """

    baud: int | None

    def __init__(self, codes: Mapping[str, bytes], address: bytes, baud: int) -> None:
        self._codes, self._address, self.baud = codes, address, baud
        self._received_bytes = b""
        self.lamp, self.beeps = False, 0

    def pressed(self, key: str) -> bytes:
        return self._address + self._codes[key]

    repeated = pressed

    def released(self, _key: str) -> bytes:
        return b""

    def receive(self, data: bytes) -> None:
        """Process BEL (beep), 12 and 14 (lamp on, off), each after the pad's own address."""
        self._received_bytes = (self._received_bytes + data)[-64:]
        for code in (BEL, LAMP_ON, LAMP_OFF):
            command = self._address + code
            count = self._received_bytes.count(command)
            if not count:
                continue
            self._received_bytes = self._received_bytes.replace(command, b"")
            self.beeps += count if code == BEL else 0
            self.lamp = self.lamp if code == BEL else code == LAMP_ON


class UsbKeys:
    """The events of a USB keyboard as the kernel passes them on.

    The methods are those of :class:`SerialKeys`.
    """

    baud: int | None = None

    def __init__(self, codes: Mapping[str, int]) -> None:
        self._codes = codes
        self.lamp, self.beeps = False, 0
        self._received_bytes = b""

    def pressed(self, key: str) -> bytes:
        scan_code = _input_event(_EV_MSC, _MSC_SCAN, _USB_KEYBOARD_PAGE + self._codes[key])
        return scan_code + self._key_event(key, _PRESSED)

    def repeated(self, key: str) -> bytes:
        return self._key_event(key, _REPEATED)

    def released(self, key: str) -> bytes:
        return self._key_event(key, _RELEASED)

    def receive(self, data: bytes) -> None:
        self._received_bytes += data
        while len(self._received_bytes) >= _INPUT_EVENT.size:
            _, _, event_type, _, value = _INPUT_EVENT.unpack(self._received_bytes[: _INPUT_EVENT.size])
            self._received_bytes = self._received_bytes[_INPUT_EVENT.size :]
            if event_type == _EV_LED:
                self.lamp = bool(value)

    def _key_event(self, key: str, value: int) -> bytes:
        return _input_event(_EV_KEY, self._codes[key], value) + _input_event(_EV_SYN, 0, 0)


def _input_event(event_type: int, code: int, value: int) -> bytes:
    return _INPUT_EVENT.pack(0, 0, event_type, code, value)


class _KeyDevice:
    """Common part of keypads and rating pads. ``first_key`` is the key that sticks before any was pressed.
    ``keys`` encodes the presses as bytes. ``mono_s`` gives monotonic seconds.

    Faults: ``unplugged``; ``stuck`` (the last pressed key, else the first, repeats until the fault is cleared);
    ``bouncing`` (each contact closes three times); ``garbled`` (the highest bit of each byte is wrong);
    ``wrong_device`` (another device is connected, which sends lines of text).
    """

    def __init__(
        self,
        id_: str,
        path: Path,
        mono_s: Callable[[], float],
        cables: Cables,
        keys: SerialKeys | UsbKeys,
        first_key: str,
    ) -> None:
        self.id = id_
        self._encoder, self._stuck_key = keys, first_key
        self._previous_key: str | None = None
        self._faults = {"bouncing": False, "garbled": False, "wrong_device": False}
        self._lock = threading.Lock()
        self._stuck_released = threading.Event()
        self._stuck_thread: threading.Thread | None = None
        self._cable = cables.cable(path, self._received)
        self._sender = Sender(f"{id_} keys", self._cable, keys.baud, mono_s)
        self._closing = threading.Event()
        self._wrong_device_thread = threading.Thread(
            target=self._send_wrong_device_text, name=f"{id_} wrong device", daemon=True
        )
        self._wrong_device_thread.start()

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._cable.plugged, "stuck": self._stuck_thread is not None, **self._faults}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault == "stuck":
            self._set_stuck(on=on)
        elif fault in self._faults:
            self._faults[fault] = on
        elif on:
            self._cable.unplug()
        else:
            self._cable.plug()

    def press_keys(self, keys: Iterable[str]) -> None:
        """Press one key after the other at the speed of a person."""
        for key in keys:
            if self._previous_key == key:
                self._sender.put(b"", (TOGGLE_KEY_S if key in TOGGLE_KEYS else SAME_KEY_S) - NEXT_KEY_S)
            self._previous_key = self._stuck_key = key
            if self._faults["wrong_device"]:
                continue
            for _ in range(BOUNCES - 1 if self._faults["bouncing"] else 0):
                self._sender.put(self._with_noise(self._encoder.pressed(key) + self._encoder.released(key)), BOUNCE_S)
            self._sender.put(self._with_noise(self._encoder.pressed(key)), NEXT_KEY_S)
            self._sender.put(self._with_noise(self._encoder.released(key)))

    def send(self, data: bytes) -> None:
        """Send raw bytes, as from a bad cable or another make."""
        self._cable.send(data)

    def close(self) -> None:
        self._set_stuck(on=False)
        self._closing.set()
        self._wrong_device_thread.join()
        self._sender.close()
        self._cable.close()

    def _received(self, data: bytes) -> None:
        self._encoder.receive(data)

    def _with_noise(self, data: bytes) -> bytes:
        return bytes(byte ^ 0x80 for byte in data) if self._faults["garbled"] else data

    def _send_wrong_device_text(self) -> None:
        while not self._closing.wait(WRONG_DEVICE_INTERVAL_S):
            if self._faults["wrong_device"]:
                self._sender.put(WRONG_DEVICE_TEXT, NEXT_KEY_S)

    def _set_stuck(self, *, on: bool) -> None:
        with self._lock:
            if on == (self._stuck_thread is not None):
                return
            if self._stuck_thread is not None:
                self._stuck_released.set()
                self._stuck_thread.join()
                self._stuck_thread = None
                return
            self._stuck_released.clear()
            self._stuck_thread = threading.Thread(target=self._repeat, name=f"{self.id} stuck", daemon=True)
            self._stuck_thread.start()

    def _repeat(self) -> None:
        key = self._stuck_key
        self._cable.send(self._encoder.pressed(key))
        while not self._stuck_released.wait(REPEAT_INTERVAL_S):
            self._cable.send(self._encoder.repeated(key))
        self._cable.send(self._encoder.released(key))


class SimulatedKeypad(_KeyDevice):
    """The keypad of ``counter`` on a pseudo-terminal at ``path``.

    Pads with an ``address`` may share the path.
    """

    kind = "keypad"

    def __init__(
        self,
        counter: str,
        path: Path,
        mono_s: Callable[[], float],
        cables: Cables | None = None,
        *,
        wiring: Wiring = "serial",
        address: bytes = b"",
        baud: int = 9600,
    ) -> None:
        self._counter = counter
        keys = SerialKeys(SERIAL_CODES, address, baud) if wiring == "serial" else UsbKeys(EVDEV_CODES)
        super().__init__(f"keypad-{counter}", path, mono_s, cables or Cables(), keys, "next")

    def press(self, key: str, digits: str = "") -> None:
        """Press the digits, then the key."""
        self.press_keys((*digits, key))

    def state(self) -> Mapping[str, Any]:
        """Return the state as JSON values.

        ``keys``: all but digits and "clear"; ``last``: the key or digit pressed last, None before the first.
        """
        return {
            "counter": self._counter,
            "keys": list(FUNCTION_KEYS),
            "last": self._previous_key,
            "lamp": self._encoder.lamp,
            "beeps": self._encoder.beeps,
        }

    def routes(self) -> Sequence[Route]:
        return (Route("POST", f"/keypads/{self._counter}", self._post_key),)

    def _post_key(self, _groups: Sequence[str], body: Body) -> Response:
        name, digits = required_field(body, "key", str), body.get("digits", "")
        if name not in SERIAL_CODES:
            raise BadRequest(HTTPStatus.BAD_REQUEST, f"no key {name!r}; known: {', '.join(SERIAL_CODES)}")
        if not isinstance(digits, str) or not set(digits) <= set("0123456789"):
            raise BadRequest(HTTPStatus.BAD_REQUEST, "'digits' are 0 to 9")
        self.press(name, digits)
        return DONE


class SimulatedRatingPad(_KeyDevice):
    """The rating pad of ``counter`` on a pseudo-terminal at ``path``.

    It has ``levels`` keys; the first is the best level.
    """

    kind = "pad"

    def __init__(
        self,
        counter: str,
        path: Path,
        mono_s: Callable[[], float],
        cables: Cables | None = None,
        *,
        wiring: Wiring = "serial",
        address: bytes = b"",
        levels: int = 4,
        baud: int = 9600,
    ) -> None:
        self._counter, self._levels = counter, levels
        codes = {str(level): bytes([0x30 + level]) for level in range(1, levels + 1)}
        usb_codes = {str(level): 1 + level for level in range(1, levels + 1)}  # the row of digits begins with 2
        keys = SerialKeys(codes, address, baud) if wiring == "serial" else UsbKeys(usb_codes)
        super().__init__(f"pad-{counter}", path, mono_s, cables or Cables(), keys, "1")

    def press(self, level: int) -> None:
        self.press_keys([str(level)])

    def state(self) -> Mapping[str, Any]:
        lamp, beeps = self._encoder.lamp, self._encoder.beeps
        return {"counter": self._counter, "levels": self._levels, "lamp": lamp, "beeps": beeps}

    def routes(self) -> Sequence[Route]:
        return (Route("POST", f"/pads/{self._counter}", self._post_level),)

    def _post_level(self, _groups: Sequence[str], body: Body) -> Response:
        level = required_field(body, "level", int)
        if not 1 <= level <= self._levels:
            raise BadRequest(HTTPStatus.BAD_REQUEST, f"no level {level}; 1 to {self._levels}")
        self.press(level)
        return DONE
