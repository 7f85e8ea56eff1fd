"""Twins of what has keys: a counter's keypad and a visitors' rating pad, on a serial line or as a USB keyboard.

Their sheets stand here and not in the driver, so that only two mistakes could agree: what each key of the serial pad
sends as in ``docs/vi/bang-so-ban-phim.md``, and the key codes of Linux' ``input-event-codes.h``.
"""

import struct
import threading
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

from hardware.simulated.control import DONE, Answer, Body, Refused, Route, wanted
from hardware.simulated.keypads.sending import LOOKED_AT, LOOKED_S, NEXT_KEY_S, SAME_KEY_S, Sender
from hardware.simulated.terminal import Cables

Kind = Literal["serial", "evdev"]

KEYPAD: Mapping[str, bytes] = {
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
KEYBOARD: Mapping[str, int] = {
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
FUNCTIONS = tuple(KEYPAD)[:9]

BEL, LAMP_ON, LAMP_OFF = b"\x07", b"\x12", b"\x14"
REPEAT_S = 0.05
BOUNCES, BOUNCE_S = 3, 0.004
STRANGER = b"https://example.invalid/v/AbRaCaDaBrA-SFHP15#T\r"
STRANGER_S = 0.5

# struct input_event: two longs, two unsigned 16-bit numbers, one signed 32-bit number
_EVENT = struct.Struct("@llHHi")
_SYN, _KEY, _MSC, _LED = 0, 1, 4, 17


class SerialKeys:
    """A pad that sends a code for each key, with ``address`` before it."""

    baud: int | None

    def __init__(self, codes: Mapping[str, bytes], address: bytes, baud: int) -> None:
        self._codes, self._address, self.baud = codes, address, baud
        self._heard = b""
        self.lamp, self.beeps = False, 0

    def pressed(self, key: str) -> bytes:
        return self._address + self._codes[key]

    repeated = pressed

    def released(self, _key: str) -> bytes:
        return b""

    def hear(self, data: bytes) -> None:
        """BEL beeps; 12 and 14 switch the lamp, each after the pad's own address."""
        self._heard = (self._heard + data)[-64:]
        for code in (BEL, LAMP_ON, LAMP_OFF):
            whole = self._address + code
            count = self._heard.count(whole)
            if not count:
                continue
            self._heard = self._heard.replace(whole, b"")
            self.beeps += count if code == BEL else 0
            self.lamp = self.lamp if code == BEL else code == LAMP_ON


class UsbKeys:
    """A USB keyboard as the kernel hands it on."""

    baud: int | None = None

    def __init__(self, codes: Mapping[str, int]) -> None:
        self._codes = codes
        self.lamp, self.beeps = False, 0
        self._heard = b""

    def pressed(self, key: str) -> bytes:
        return _event(_MSC, 4, 0x70000 + self._codes[key]) + self._turned(key, 1)

    def repeated(self, key: str) -> bytes:
        return self._turned(key, 2)

    def released(self, key: str) -> bytes:
        return self._turned(key, 0)

    def hear(self, data: bytes) -> None:
        self._heard += data
        while len(self._heard) >= _EVENT.size:
            _, _, kind, _, value = _EVENT.unpack(self._heard[: _EVENT.size])
            self._heard = self._heard[_EVENT.size :]
            if kind == _LED:
                self.lamp = bool(value)

    def _turned(self, key: str, value: int) -> bytes:
        return _event(_KEY, self._codes[key], value) + _event(_SYN, 0, 0)


def _event(kind: int, code: int, value: int) -> bytes:
    return _EVENT.pack(0, 0, kind, code, value)


class _Pad:
    """What both kinds of pad do on their cable.

    Faults: ``unplugged``; ``stuck`` (the key pressed last, else the first, repeats until the fault is taken back);
    ``bouncing`` (each contact closes three times); ``garbled`` (the highest bit of each byte is wrong);
    ``wrong_device`` (something else hangs on the cable and sends lines of text).
    """

    def __init__(self, id_: str, path: Path, cables: Cables, keys: SerialKeys | UsbKeys, first: str) -> None:
        self.id = id_
        self._keys, self._last = keys, first
        self._previous: str | None = None
        self._on = {"bouncing": False, "garbled": False, "wrong_device": False}
        self._lock = threading.Lock()
        self._free = threading.Event()
        self._stuck: threading.Thread | None = None
        self._cable = cables.cable(path, self._received)
        self._sender = Sender(f"{id_} keys", self._cable, keys.baud)
        self._gone = threading.Event()
        self._stranger = threading.Thread(target=self._talk, name=f"{id_} stranger", daemon=True)
        self._stranger.start()

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._cable.plugged, "stuck": self._stuck is not None, **self._on}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault == "stuck":
            self._stick(on=on)
        elif fault in self._on:
            self._on[fault] = on
        elif on:
            self._cable.unplug()
        else:
            self._cable.plug()

    def strike(self, strokes: Iterable[str]) -> None:
        """One key after the other, as quickly as a hand can."""
        for key in strokes:
            if self._previous == key:
                self._sender.put(b"", (LOOKED_S if key in LOOKED_AT else SAME_KEY_S) - NEXT_KEY_S)
            self._previous = self._last = key
            if self._on["wrong_device"]:
                continue
            for _ in range(BOUNCES - 1 if self._on["bouncing"] else 0):
                self._sender.put(self._spoilt(self._keys.pressed(key) + self._keys.released(key)), BOUNCE_S)
            self._sender.put(self._spoilt(self._keys.pressed(key)), NEXT_KEY_S)
            self._sender.put(self._spoilt(self._keys.released(key)))

    def send(self, data: bytes) -> None:
        """Bytes as they come from a bad cable or another make."""
        self._cable.send(data)

    def close(self) -> None:
        self._stick(on=False)
        self._gone.set()
        self._stranger.join()
        self._sender.close()
        self._cable.close()

    def _received(self, data: bytes) -> None:
        self._keys.hear(data)

    def _spoilt(self, data: bytes) -> bytes:
        return bytes(byte ^ 0x80 for byte in data) if self._on["garbled"] else data

    def _talk(self) -> None:
        while not self._gone.wait(STRANGER_S):
            if self._on["wrong_device"]:
                self._sender.put(STRANGER, NEXT_KEY_S)

    def _stick(self, *, on: bool) -> None:
        with self._lock:
            if on == (self._stuck is not None):
                return
            if self._stuck is not None:
                self._free.set()
                self._stuck.join()
                self._stuck = None
                return
            self._free.clear()
            self._stuck = threading.Thread(target=self._repeat, name=f"{self.id} stuck", daemon=True)
            self._stuck.start()

    def _repeat(self) -> None:
        key = self._last
        self._cable.send(self._keys.pressed(key))
        while not self._free.wait(REPEAT_S):
            self._cable.send(self._keys.repeated(key))
        self._cable.send(self._keys.released(key))


class SimulatedKeypad(_Pad):
    """The keypad of ``counter`` on a pseudo-terminal at ``path``; several may share one, each with its ``address``."""

    kind = "keypad"

    def __init__(
        self,
        counter: str,
        path: Path,
        cables: Cables | None = None,
        *,
        of: Kind = "serial",
        address: bytes = b"",
        baud: int = 9600,
    ) -> None:
        self._counter = counter
        keys = SerialKeys(KEYPAD, address, baud) if of == "serial" else UsbKeys(KEYBOARD)
        super().__init__(f"keypad-{counter}", path, cables or Cables(), keys, "next")

    def press(self, key: str, digits: str = "") -> None:
        """The digits, then the key."""
        self.strike((*digits, key))

    def state(self) -> Mapping[str, Any]:
        return {
            "counter": self._counter,
            "keys": list(FUNCTIONS),
            "last": self._previous,
            "lamp": self._keys.lamp,
            "beeps": self._keys.beeps,
        }

    def routes(self) -> Sequence[Route]:
        return (Route("POST", f"/keypads/{self._counter}", self._post_key),)

    def _post_key(self, _groups: Sequence[str], body: Body) -> Answer:
        name, digits = wanted(body, "key", str), body.get("digits", "")
        if name not in KEYPAD:
            raise Refused(HTTPStatus.BAD_REQUEST, f"no key {name!r}; known: {', '.join(KEYPAD)}")
        if not isinstance(digits, str) or not set(digits) <= set("0123456789"):
            raise Refused(HTTPStatus.BAD_REQUEST, "'digits' are 0 to 9")
        self.press(name, digits)
        return DONE


class SimulatedPad(_Pad):
    """The rating pad of ``counter`` on a pseudo-terminal at ``path``; ``levels`` keys, the first is best."""

    kind = "pad"

    def __init__(
        self,
        counter: str,
        path: Path,
        cables: Cables | None = None,
        *,
        of: Kind = "serial",
        address: bytes = b"",
        levels: int = 4,
        baud: int = 9600,
    ) -> None:
        self._counter, self._levels = counter, levels
        codes = {str(level): bytes([0x30 + level]) for level in range(1, levels + 1)}
        usb = {str(level): 1 + level for level in range(1, levels + 1)}  # the row of digits begins with 2
        keys = SerialKeys(codes, address, baud) if of == "serial" else UsbKeys(usb)
        super().__init__(f"pad-{counter}", path, cables or Cables(), keys, "1")

    def press(self, level: int) -> None:
        self.strike([str(level)])

    def state(self) -> Mapping[str, Any]:
        lamp, beeps = self._keys.lamp, self._keys.beeps
        return {"counter": self._counter, "levels": self._levels, "lamp": lamp, "beeps": beeps}

    def routes(self) -> Sequence[Route]:
        return (Route("POST", f"/pads/{self._counter}", self._post_level),)

    def _post_level(self, _groups: Sequence[str], body: Body) -> Answer:
        level = wanted(body, "level", int)
        if not 1 <= level <= self._levels:
            raise Refused(HTTPStatus.BAD_REQUEST, f"no level {level}; 1 to {self._levels}")
        self.press(level)
        return DONE
