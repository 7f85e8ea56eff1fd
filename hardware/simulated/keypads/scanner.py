"""A twin of a counter's scanner: a text becomes UTF-8 and a CR on the cable, at the line's speed."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from hardware.simulated.control import DONE, Answer, Body, Refused, Route, wanted
from hardware.simulated.keypads.sending import Sender
from hardware.simulated.terminal import Cables

BETWEEN_S = 0.3
LONGEST = 4296  # a QR code holds no more letters


class SimulatedScanner:
    """The scanner of ``counter`` on a pseudo-terminal at ``path``.

    Faults: ``unplugged``; ``garbled`` (the speed is wrong: no byte comes as it was); ``no_suffix`` (the CR is
    switched off). Texts may be personal: none is kept.
    """

    kind = "scanner"

    def __init__(self, counter: str, path: Path, cables: Cables | None = None, *, baud: int = 9600) -> None:
        self.id = f"scanner-{counter}"
        self._counter = counter
        self._scans = 0
        self._on = {"garbled": False, "no_suffix": False}
        self._cable = (cables or Cables()).cable(path, lambda _data: None)
        self._sender = Sender(self.id, self._cable, baud)

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._cable.plugged, **self._on}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault in self._on:
            self._on[fault] = on
        elif on:
            self._cable.unplug()
        else:
            self._cable.plug()

    def scan(self, text: str) -> None:
        """Read ``text`` from a code."""
        self._scans += 1
        data = text.encode() + (b"" if self._on["no_suffix"] else b"\r")
        spoilt = bytes(0x80 | byte >> 1 for byte in data) if self._on["garbled"] else data
        self._sender.put(spoilt, BETWEEN_S)

    def send(self, data: bytes) -> None:
        """Bytes as they come from a bad cable or another make."""
        self._cable.send(data)

    def state(self) -> Mapping[str, Any]:
        return {"counter": self._counter, "scans": self._scans}

    def routes(self) -> Sequence[Route]:
        return (Route("POST", f"/scanners/{self._counter}", self._post_text),)

    def close(self) -> None:
        self._sender.close()
        self._cable.close()

    def _post_text(self, _groups: Sequence[str], body: Body) -> Answer:
        text = wanted(body, "text", str)
        if not text or len(text) > LONGEST:
            raise Refused(HTTPStatus.BAD_REQUEST, f"'text' has 1 to {LONGEST} characters")
        self.scan(text)
        return DONE
