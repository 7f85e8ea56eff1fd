"""A twin of a counter's keypad: a pressed key becomes its byte on the cable."""

import threading
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from hardware.keypads.keymap import KEYS
from hardware.ports import Key
from hardware.simulated.control import DONE, Answer, Body, Refused, Route, wanted
from hardware.simulated.terminal import Terminal

REPEAT_S = 0.05
CODES: Mapping[Key, bytes] = {key: code for code, key in KEYS.items()}


class SimulatedKeypad:
    """The keypad of ``counter`` on a pseudo-terminal at ``path``.

    Faults: ``unplugged`` (the cable is pulled, keys go nowhere), ``stuck`` (the key pressed last, else next,
    repeats every 50 ms until the fault is taken back).
    """

    kind = "keypad"

    def __init__(self, counter: str, path: Path) -> None:
        self.id = f"keypad-{counter}"
        self._counter = counter
        self._lock = threading.Lock()
        self._last: Key | None = None
        self._free = threading.Event()
        self._stuck: threading.Thread | None = None
        self._terminal = Terminal(path, lambda _data: None)

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._terminal.plugged, "stuck": self._stuck is not None}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault == "stuck":
            self._stick(on=on)
        elif on:
            self._terminal.unplug()
        else:
            self._terminal.plug()

    def press(self, key: Key) -> None:
        self._last = key
        self._terminal.send(CODES[key])

    def send(self, data: bytes) -> None:
        """Bytes as they come from a bad cable or another make."""
        self._terminal.send(data)

    def state(self) -> Mapping[str, Any]:
        return {"counter": self._counter, "keys": list(CODES), "last": self._last}

    def routes(self) -> Sequence[Route]:
        return (Route("POST", f"/keypads/{self._counter}", self._post_key),)

    def close(self) -> None:
        self._stick(on=False)
        self._terminal.close()

    def _post_key(self, _groups: Sequence[str], body: Body) -> Answer:
        name = wanted(body, "key", str)
        if name not in list(Key):
            raise Refused(HTTPStatus.BAD_REQUEST, f"no key {name!r}; known: {', '.join(Key)}")
        self.press(Key(name))
        return DONE

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
        code = CODES[self._last or Key.NEXT]
        self._terminal.send(code)
        while not self._free.wait(REPEAT_S):
            self._terminal.send(code)
