"""A simulated printer with one connection to it and its control port, spoken to in bytes."""

import json
import socket
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from hardware.simulated.control import Control
from hardware.simulated.printers.printer import SimulatedPrinter
from unhurried import mono_s
from waiting import PATIENCE_S

ROW = b"\xf0" * 72
SLIP = b"\x1b@\x1dP\xcb\xcb\x1dv0\0\x48\0\x02\0" + ROW * 2 + b"\x1bJ\x05" + b"\x1dVB\x08"
FENCE = b"\x1dr\x01"
STATUS = b"".join(bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))
WELL = b"\x12\x12\x12\x12"


class Rig:
    """Arguments are the printer's own, on top of one that prints as fast as it can."""

    def __init__(self, **how: Any) -> None:
        how = {"paper_mm": 80, "speed_mm_s": 1e6, "roll_mm": 80_000, "restart_s": 0.05, **how}
        self.printer = SimulatedPrinter("127.0.0.1", 0, mono_s=mono_s, **how)
        self.control = Control("127.0.0.1", 0, [self.printer])
        self.connect()

    def connect(self) -> None:
        self.line = socket.create_connection(self.printer.address, timeout=PATIENCE_S)

    def say(self, data: bytes, answers: int = 0) -> bytes:
        """Send, and read so many bytes."""
        self.line.sendall(data)
        got = b""
        while len(got) < answers:
            piece = self.line.recv(answers - len(got))
            assert piece, "the printer closed the connection"
            got += piece
        return got

    def hears(self, within_s: float) -> bytes:
        """What comes, perhaps nothing."""
        self.line.settimeout(within_s)
        try:
            return self.line.recv(4096)
        except TimeoutError:
            return b""
        finally:
            self.line.settimeout(PATIENCE_S)

    def fault(self, name: str, *, on: bool = True) -> None:
        self.printer.set_fault(name, on=on)

    def cut_slips(self) -> int:
        return sum(piece["cut"] for piece in self.printer.state()["slips"])

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        connection = HTTPConnection(*self.control.address, timeout=PATIENCE_S)
        with closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, answer.read()

    def close(self) -> None:
        self.line.close()
        self.control.close()
        self.printer.close()
