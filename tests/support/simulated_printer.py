"""A simulated printer, a connection to it, and its control port."""

import json
import socket
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from hardware.simulated.control import DeviceControl
from hardware.simulated.printers.printer import SimulatedPrinter
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S

ROW = b"\xf0" * 72
SLIP = b"\x1b@\x1dP\xcb\xcb\x1dv0\0\x48\0\x02\0" + ROW * 2 + b"\x1bJ\x05" + b"\x1dVB\x08"
FENCE = b"\x1dr\x01"
STATUS = b"".join(bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))
ALL_READY = b"\x12\x12\x12\x12"


class PrinterRig:
    """A printer that prints as fast as possible; the arguments are those of ``SimulatedPrinter``."""

    def __init__(self, **how: Any) -> None:
        how = {"paper_mm": 80, "speed_mm_s": 1e6, "roll_mm": 80_000, "restart_s": 0.05, **how}
        self.printer = SimulatedPrinter("127.0.0.1", 0, mono_s=mono_s, **how)
        self.control = DeviceControl("127.0.0.1", 0, [self.printer])
        self.connect()

    def connect(self) -> None:
        self.connection = socket.create_connection(self.printer.address, timeout=PATIENCE_S)

    def exchange(self, data: bytes, replies: int = 0) -> bytes:
        """Send ``data``, and return ``replies`` bytes."""
        self.connection.sendall(data)
        received = b""
        while len(received) < replies:
            piece = self.connection.recv(replies - len(received))
            assert piece, "the printer closed the connection"
            received += piece
        return received

    def receive(self, within_s: float) -> bytes:
        """Return the bytes that are received within ``within_s`` seconds, perhaps none."""
        self.connection.settimeout(within_s)
        try:
            return self.connection.recv(4096)
        except TimeoutError:
            return b""
        finally:
            self.connection.settimeout(PATIENCE_S)

    def fault(self, name: str, *, on: bool = True) -> None:
        self.printer.set_fault(name, on=on)

    def cut_slips(self) -> int:
        return sum(piece["cut"] for piece in self.printer.state()["slips"])

    def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        connection = HTTPConnection(*self.control.address, timeout=PATIENCE_S)
        with closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, answer.read()

    def close(self) -> None:
        self.connection.close()
        self.control.close()
        self.printer.close()
