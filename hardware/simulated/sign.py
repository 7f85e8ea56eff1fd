"""A twin of a CD5220 sign: reads the bytes at the other end of the cable and shows what they make it show."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from hardware.signs.cd5220 import END, INITIALISE, LOWER, UPPER, WIDTH
from hardware.simulated.control import Answer, Body, Route, as_json, as_png
from hardware.simulated.segments import draw
from hardware.simulated.terminal import Terminal

CLEAR = b"\x0c"
# A blank shorter than this with the same text after it is a blink; a blinking sign comes back within it.
BLINK_S = 0.8

picture = lru_cache(maxsize=64)(draw)


class Glass:
    """What the sign's two lines show, byte by byte; a command may arrive in pieces. Bytes of no command that it
    knows are ignored, as by the real one."""

    def __init__(self) -> None:
        self.upper = self.lower = ""
        self.ignored = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        self._rest += data
        while self._rest and (taken := self._command()):
            self._rest = self._rest[taken:]

    def _command(self) -> int:
        """Obey the command at the front; how many bytes it took, 0 while it is not all here."""
        rest = self._rest
        if rest.startswith((CLEAR, INITIALISE)):
            self.upper = self.lower = ""
            return len(CLEAR if rest.startswith(CLEAR) else INITIALISE)
        if rest.startswith((UPPER, LOWER)):
            end = rest.find(END)
            if end < 0:
                return 0
            text = rest[len(UPPER) : end].decode("ascii", "replace")[:WIDTH].rstrip()
            if rest.startswith(UPPER):
                self.upper = text
            else:
                self.lower = text
            return end + len(END)
        if any(whole.startswith(rest) for whole in (INITIALISE, UPPER, LOWER)):
            return 0
        self.ignored += 1
        return 1


class SimulatedSign:
    """The sign of ``counter`` on a pseudo-terminal at ``path``. ``mono_s`` gives monotonic seconds.

    Faults: ``unplugged`` (the cable is pulled), ``unpowered`` (the cable is live, the bytes are swallowed; with
    the power back the glass is dark until somebody writes again).
    """

    kind = "sign"

    def __init__(self, counter: str, path: Path, mono_s: Callable[[], float]) -> None:
        self.id = f"sign-{counter}"
        self._counter, self._mono_s = counter, mono_s
        self._lock = threading.Lock()
        self._glass: Glass | None = Glass()
        self._version = 0
        self._last = ("", 0.0)  # the last text that was not blank, and when it went dark
        self._blinked_at = float("-inf")
        self._terminal = Terminal(path, self._received)

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._terminal.plugged, "unpowered": self._glass is None}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault == "unpowered":
            with self._lock:
                if on != (self._glass is None):
                    self._glass = None if on else Glass()
                    self._version += 1
        elif on:
            self._terminal.unplug()
        else:
            self._terminal.plug()

    def shown(self) -> tuple[str, str]:
        """The two lines as they are lit now."""
        with self._lock:
            return ("", "") if self._glass is None else (self._glass.upper, self._glass.lower)

    def state(self) -> Mapping[str, Any]:
        upper, lower = self.shown()
        return {
            "counter": self._counter,
            "text": upper,
            "below": lower,
            "blinking": bool(self._last[0]) and self._mono_s() - self._blinked_at < BLINK_S,
            "version": self._version,
        }

    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", f"/signs/{self._counter}", self._get_state),
            Route("GET", rf"/signs/{self._counter}\.png", self._get_picture),
        )

    def close(self) -> None:
        self._terminal.close()

    def _get_state(self, _groups: Sequence[str], _body: Body) -> Answer:
        return as_json(self.state())

    def _get_picture(self, _groups: Sequence[str], _body: Body) -> Answer:
        return as_png(picture(*self.shown()))

    def _received(self, data: bytes) -> None:
        with self._lock:
            if self._glass is None:
                return
            before = (self._glass.upper, self._glass.lower)
            self._glass.feed(data)
            after = (self._glass.upper, self._glass.lower)
            if after != before:
                self._version += 1
                self._notice_blink(before[0], after[0], self._mono_s())

    def _notice_blink(self, before: str, after: str, now: float) -> None:
        text, dark_since = self._last
        if before and not after:
            self._last = (before, now)
            if text == before and now - self._blinked_at < BLINK_S:
                self._blinked_at = now
        elif after == text and not before and now - dark_since < BLINK_S:
            self._blinked_at = now
