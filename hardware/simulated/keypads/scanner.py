"""A simulated scanner: sends each text as UTF-8 with CR at the port's speed."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from hardware.control_port import DONE, BadRequest, Body, Response, Route, required_field
from hardware.simulated.keypads.sender import Sender
from hardware.simulated.terminal import Cables

PAUSE_AFTER_SCAN_S = 0.3
MAX_CHARACTERS = 4296  # capacity of a QR code


class SimulatedScanner:
    """The scanner of ``counter`` on a pseudo-terminal at ``path``.

    Faults: ``unplugged``; ``garbled`` (the speed is wrong: every byte is changed); ``no_suffix`` (the CR is switched
    off). ``mono_s`` gives monotonic seconds. Texts may be personal data: none is stored.
    """

    kind = "scanner"

    def __init__(
        self, counter: str, path: Path, mono_s: Callable[[], float], cables: Cables | None = None, *, baud: int = 9600
    ) -> None:
        self.id = f"scanner-{counter}"
        self._counter = counter
        self._scans = 0  # since the start
        self._faults = {"garbled": False, "no_suffix": False}
        self._cable = (cables or Cables()).cable(path, lambda _data: None)
        self._sender = Sender(self.id, self._cable, baud, mono_s)

    @property
    def faults(self) -> Mapping[str, bool]:
        return {"unplugged": not self._cable.plugged, **self._faults}

    def set_fault(self, fault: str, *, on: bool) -> None:
        if fault in self._faults:
            self._faults[fault] = on
        elif on:
            self._cable.unplug()
        else:
            self._cable.plug()

    def scan(self, text: str) -> None:
        """Simulate the scan of a code with ``text``."""
        self._scans += 1
        data = text.encode() + (b"" if self._faults["no_suffix"] else b"\r")
        distorted = bytes(0x80 | byte >> 1 for byte in data) if self._faults["garbled"] else data
        self._sender.put(distorted, PAUSE_AFTER_SCAN_S)

    def send(self, data: bytes) -> None:
        """Send raw bytes, as from a bad cable or another make."""
        self._cable.send(data)

    def state(self) -> Mapping[str, Any]:
        return {"counter": self._counter, "scans": self._scans}

    def routes(self) -> Sequence[Route]:
        return (Route("POST", f"/scanners/{self._counter}", self._post_text),)

    def close(self) -> None:
        self._sender.close()
        self._cable.close()

    def _post_text(self, _groups: Sequence[str], body: Body) -> Response:
        text = required_field(body, "text", str)
        if not text or len(text) > MAX_CHARACTERS:
            raise BadRequest(HTTPStatus.BAD_REQUEST, f"'text' has 1 to {MAX_CHARACTERS} characters")
        self.scan(text)
        return DONE
