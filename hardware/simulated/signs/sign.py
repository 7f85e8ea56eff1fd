"""A twin of a counter's sign: its board reads the bytes at the other end of the cable and shows what they say."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from hardware.simulated.control import Route
from hardware.simulated.signs.faces import Face, routes, sixteen
from hardware.simulated.signs.glass import Glass
from hardware.simulated.terminal import Cables

# A blank shorter than this with the same text after it is a blink; a blinking sign comes back within it.
BLINK_S = 0.8
BITS_PER_CHARACTER = 10
SLOW_S = 1.5
NOISE_EVERY = 3  # of a garbled line's bytes one in so many is wrong
STRANGER = b"AT\r\r\nERROR\r\n"  # a modem, where a sign should be


class Board(Protocol):
    """What a kind of sign does with bytes, from the moment it has power."""

    @property
    def answers(self) -> bool: ...

    @property
    def addressed(self) -> bool: ...

    @property
    def blinking(self) -> bool:
        """It blinks by itself."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes in; what it answers."""

    def lit(self) -> tuple[str, str]:
        """Its two lines, or one and nothing."""

    def move(self, by: int) -> None:
        """Listen so many addresses further."""

    def memory(self) -> Mapping[str, object]:
        """What a test may want to see beyond its lines."""


class SimulatedSign:
    """The sign of ``counter`` on a pseudo-terminal at ``path``, which signs may share. ``mono_s`` gives monotonic
    seconds; ``make`` gives a board as it is when it has just got power; ``baud``: the speed of the line.

    Faults: ``unplugged`` (the adapter is pulled, for everybody on it), ``unpowered`` (the line is live, the board
    is dead; with the power back it is dark until somebody writes again), ``garbled`` (bytes are wrong in both
    directions), ``slow`` (it obeys and answers late), ``wrong_device`` (a modem hangs there instead); and, where they
    make sense, ``silent`` (it obeys and does not answer) and ``wrong_address`` (it listens to another one).
    """

    kind = "sign"

    def __init__(
        self,
        counter: str,
        path: Path,
        mono_s: Callable[[], float],
        *,
        make: Callable[[], Board] = Glass,
        face: Face = sixteen,
        baud: int = 9600,
        cables: Cables | None = None,
        model: str = "cd5220",
    ) -> None:
        self.id = f"sign-{counter}"
        self._counter, self._mono_s, self._make, self._face, self._baud = counter, mono_s, make, face, baud
        self._model = model
        self._lock = threading.Condition()
        self._board = make()
        names = ["unpowered", "garbled", "slow", "wrong_device"]
        names += ["silent"] * self._board.answers + ["wrong_address"] * self._board.addressed
        self._faults = dict.fromkeys(names, False)
        self._version = self._noise = 0
        self._last = ("", 0.0)  # the last text that was not blank, and when it went dark
        self._blinked_at = float("-inf")
        self._arriving: deque[tuple[float, bytes]] = deque()
        self._line_free_s = 0.0
        self._closing = False
        self._cable = (cables or Cables()).cable(path, self._received)
        self._thread = threading.Thread(target=self._run, name=self.id, daemon=True)
        self._thread.start()

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._cable.plugged, **self._faults}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault == "unplugged":
            (self._cable.unplug if on else self._cable.plug)()
            return
        with self._lock:
            if self._faults[fault] == on:
                return
            self._faults[fault] = on
            if fault in ("unpowered", "wrong_device"):  # either way it starts anew
                self._board = self._make()
                self._board.move(int(self._faults.get("wrong_address", False)))
            elif fault == "wrong_address":
                self._board.move(1 if on else -1)
            self._version += 1

    def shown(self) -> tuple[str, str]:
        """The two lines as they are lit now."""
        with self._lock:
            return self._lit()

    def state(self) -> Mapping[str, Any]:
        upper, lower = self.shown()
        blinked = bool(self._last[0]) and self._mono_s() - self._blinked_at < BLINK_S
        return {
            "counter": self._counter,
            "model": self._model,
            "text": upper,
            "below": lower,
            "blinking": blinked or (bool(upper) and self._board.blinking),
            "version": self._version,
            **self._board.memory(),
        }

    def routes(self) -> Sequence[Route]:
        return routes(self._counter, self.state, self._face, self.shown)

    def close(self) -> None:
        self._cable.close()
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join()

    def _lit(self) -> tuple[str, str]:
        dead = self._faults["unpowered"] or self._faults["wrong_device"]
        return ("", "") if dead else self._board.lit()

    # --- the line

    def _received(self, data: bytes) -> None:
        """Bytes leave the driver at once; they arrive at the line's speed."""
        with self._lock:
            now = self._mono_s()
            self._line_free_s = max(now, self._line_free_s) + self._seconds(data)
            late_s = SLOW_S if self._faults["slow"] else 0.0
            self._arriving.append((self._line_free_s + late_s, data))
            self._lock.notify_all()

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._closing and (not self._arriving or self._mono_s() < self._arriving[0][0]):
                    self._lock.wait(max(0.0, self._arriving[0][0] - self._mono_s()) if self._arriving else None)
                if self._closing:
                    return
                at_s, data = self._arriving.popleft()
                answer = self._obey(data, self._mono_s())
                end_s = at_s + self._seconds(answer)
                while answer and not self._closing and (rest_s := end_s - self._mono_s()) > 0:
                    self._lock.wait(rest_s)
            if answer:
                self._cable.send(answer)

    def _obey(self, data: bytes, now: float) -> bytes:
        if self._faults["unpowered"]:
            return b""
        if self._faults["wrong_device"]:
            return STRANGER
        before = self._lit()
        answer = self._board.feed(self._spoilt(data))
        after = self._lit()
        if after != before:
            self._version += 1
            self._notice_blink(before[0], after[0], now)
        return b"" if self._faults.get("silent") else self._spoilt(answer)

    def _spoilt(self, data: bytes) -> bytes:
        if not self._faults["garbled"]:
            return data
        spoilt = bytearray(data)
        for place in range(len(spoilt)):
            self._noise += 1
            if self._noise % NOISE_EVERY == 0:
                spoilt[place] ^= 1 << (self._noise % 7)
        return bytes(spoilt)

    def _seconds(self, data: bytes) -> float:
        return len(data) * BITS_PER_CHARACTER / self._baud

    def _notice_blink(self, before: str, after: str, now: float) -> None:
        text, dark_since = self._last
        if before and not after:
            self._last = (before, now)
            if text == before and now - self._blinked_at < BLINK_S:
                self._blinked_at = now
        elif after == text and not before and now - dark_since < BLINK_S:
            self._blinked_at = now
