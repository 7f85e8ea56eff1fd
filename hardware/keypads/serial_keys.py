"""Pads on a serial line: bytes become keys, bounces become one press, noise is counted.

Like a sign, a pad that says nothing cannot be told from one that nobody touches: READY means that the line is
open and nothing speaks against it.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from hardware.keypads.codes import Decoder, code_text
from hardware.lines.hearing import Hearing
from hardware.lines.line import Line
from hardware.lines.lines import Lines
from hardware.ports import Health, State

log = logging.getLogger(__name__)

LAMP_S = 2.0
WRONG_BYTES = 8  # noise on a bad cable is shorter between two keys
SHOWN_BYTES = 32


class Meaning(Protocol):
    """What a pad's keys mean; see ``hardware.keypads.keying``."""

    def hear(self, stroke: str, now: float) -> None: ...

    def due(self) -> float | None: ...

    def tick(self, now: float) -> None: ...

    def stuck(self, now: float) -> str | None: ...

    def forget(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Lamp:
    """What lights a pad's lamp (or lets it beep), and what puts it out again; empty: nothing does."""

    on: bytes = b""
    off: bytes = b""


class KeyLine:
    """All pads on one line. A byte that is no code of any of them is garbage; only together can their codes be told
    apart. ``clock`` gives monotonic seconds."""

    def __init__(self, line: Line, clock: Callable[[], float]) -> None:
        self._line, self._clock = line, clock
        self._lock = threading.Lock()
        self._pads: dict[SerialPad, Mapping[bytes, str]] = {}
        self._of: dict[bytes, tuple[SerialPad, str]] = {}
        self._decoder = Decoder(())
        self._hearing: Hearing | None = None
        self._garbage = 0
        self._noise = b""
        self._noted = False

    def join(self, pad: "SerialPad", codes: Mapping[bytes, str]) -> None:
        """Tell ``pad`` its keys from now on. Raises ``ValueError`` when another pad on the line sends one of them."""
        with self._lock:
            if shared := [code for code in codes if code in self._of]:
                told = f"{self._line.address}: two pads send {code_text(shared[0])!r}"
                raise ValueError(f"{told}; give each an address of its own")
            self._pads[pad] = codes
            self._renew()
            if self._hearing is None:
                self._hearing = Hearing(self._line, self, self._clock)

    def leave(self, pad: "SerialPad") -> None:
        """The last one to leave closes the line. Any number of times."""
        with self._lock:
            if self._pads.pop(pad, None) is None:
                return
            self._renew()
            ending, self._hearing = (None, self._hearing) if self._pads else (self._hearing, None)
        if ending is not None:
            ending.close()

    def write(self, data: bytes) -> None:
        """Say ``data`` on the line, in its turn."""
        hearing = self._hearing
        if hearing is not None:
            hearing.write(data)

    def wake(self) -> None:
        """Somebody has to be looked at sooner than was said."""
        self._line.wake()

    def health(self) -> Health:
        """The port's; WRONG while nothing but garbage comes."""
        health, noise = self._line.health(), self._noise
        if health.state is State.READY and len(noise) >= WRONG_BYTES:
            return Health(State.FAULT, code="wrong", detail=f"no keys of this pad come, but {noise.hex(' ')}")
        return health

    @property
    def garbage(self) -> int:
        """Bytes heard that belong to no key."""
        return self._garbage

    # --- as the line's hearer, in its thread

    def hear(self, data: bytes, now: float) -> None:
        with self._lock:
            heard = self._decoder.feed(data, now)
            strokes = [self._of[code] for code in heard.codes]
            pads = tuple(self._pads)
        self._count(heard.garbage, well=bool(strokes))
        for pad, stroke in strokes:
            pad.meaning.hear(stroke, now)
        for pad in pads:
            pad.tick(now)

    def due(self) -> float | None:
        with self._lock:
            times = [self._decoder.due(), *(pad.due() for pad in self._pads)]
        return min((one for one in times if one is not None), default=None)

    def forget(self) -> None:
        with self._lock:
            self._decoder.forget()
            pads = tuple(self._pads)
        self._noise, self._noted = b"", False
        for pad in pads:
            pad.meaning.forget()

    def _renew(self) -> None:
        self._of = {code: (pad, stroke) for pad, codes in self._pads.items() for code, stroke in codes.items()}
        self._decoder = Decoder(self._of)

    def _count(self, garbage: bytes, *, well: bool) -> None:
        """Garbage is counted, and told once until the port is opened anew."""
        if well:
            self._noise = b""
        if not garbage:
            return
        self._garbage += len(garbage)
        self._noise = (self._noise + garbage)[:SHOWN_BYTES]
        if not self._noted:
            self._noted = True
            log.warning("%s sends bytes of no key: %s", self._line.address, garbage[:SHOWN_BYTES].hex(" "))


class KeyLines:
    """The lines of one machine that pads hang on: who names the same port shares one."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._found: dict[Line, KeyLine] = {}

    def line(self, address: str, baud: int) -> KeyLine:
        """Raises ``ValueError`` when the port is in use with another speed."""
        line = self._lines.line(address, baud)
        return self._found.setdefault(line, KeyLine(line, self._lines.clock))


class SerialPad:
    """A counter's keypad or a rating pad on ``line``; ``meaning`` hears its keys. ``clock`` gives monotonic seconds.

    Raises ``ValueError`` when another pad on the line sends the same codes.
    """

    def __init__(
        self,
        line: KeyLine,
        codes: Mapping[bytes, str],
        meaning: Meaning,
        clock: Callable[[], float],
        *,
        lamp: Lamp = Lamp(),
    ) -> None:
        self.meaning = meaning
        self._line, self._clock, self._lamp = line, clock, lamp
        self._dark_at: float | None = None
        self._closed = False
        line.join(self, codes)

    def refused(self) -> None:
        """Light the lamp, or beep, for two seconds."""
        self._light()

    def thanked(self) -> None:
        """As ``refused``: a pad has one lamp."""
        self._light()

    def health(self) -> Health:
        health = Health(State.OFFLINE, detail="closed") if self._closed else self._line.health()
        if health.state is State.READY and (key := self.meaning.stuck(self._clock())) is not None:
            return Health(State.FAULT, code="key_stuck", detail=f"key {key} is stuck")
        return health

    def close(self) -> None:
        self._closed = True
        self._line.leave(self)

    def due(self) -> float | None:
        """When to look again; for the line."""
        return min((one for one in (self.meaning.due(), self._dark_at) if one is not None), default=None)

    def tick(self, now: float) -> None:
        """Time has passed; in the line's thread."""
        self.meaning.tick(now)
        if self._dark_at is not None and now >= self._dark_at:
            self._dark_at = None
            self._line.write(self._lamp.off)

    def _light(self) -> None:
        if self._closed:
            return
        if self._lamp.on:
            self._line.write(self._lamp.on)
        if self._lamp.off:
            self._dark_at = self._clock() + LAMP_S
            self._line.wake()
