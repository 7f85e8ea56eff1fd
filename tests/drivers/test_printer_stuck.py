"""Printers that never read, and links that transfer only a part."""

import socket
import threading
from pathlib import Path

import pytest
from escpos_bench import EscposBench

from hardware.ports import HealthState, PrintResult, PrintState, Proof
from hardware.printers.answers.unknown_device import NoiseCounter
from hardware.printers.session.connection import PrinterConnection
from hardware.printers.transports import transport
from hardware.printers.transports.transport import LinkLost
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S


class StuckPrinter:
    """Accepts, replies to the requests before the first slip, then never reads again."""

    def __init__(self, *, answers: bool) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(answers,))
        self._thread.start()

    def _serve(self, answers: bool) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(PATIENCE_S)
            received = b""
            # It replies to the first status request, the handshake, and the status request before the slip.
            while answers and b"\x1dP" not in received:
                data = connection.recv(1024)
                for at in range(len(data)):
                    if data.startswith(b"\x10\x04", at):
                        connection.sendall(b"\x12")
                received = received[-8:] + data
            self._over.wait(PATIENCE_S)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()


@pytest.mark.parametrize(
    ("answers", "state"), [(True, PrintState.UNKNOWN), (False, PrintState.FAILED)], ids=["mid-slip", "from the start"]
)
def test_a_printer_that_accepts_but_never_reads_does_not_hang_the_driver(
    tmp_path: Path, answers: bool, state: PrintState
) -> None:
    stuck = StuckPrinter(answers=answers)
    bench = EscposBench(stuck.address, tmp_path / "printer.jsonl")
    bench.print("t-1")
    assert bench.result() == PrintResult("t-1", state, Proof.NONE, "silent")
    assert bench.printer.health().state is HealthState.OFFLINE
    bench.close()
    stuck.close()


class OneByteLink:
    """A link that takes one byte of each write."""

    def write(self, data: bytes, timeout_s: float) -> None:
        raise transport.WriteStalled(1)

    def read(self, limit: int, timeout_s: float) -> bytes:
        return b""

    def close(self) -> None:
        return


def test_a_partly_sent_request_ends_the_link() -> None:
    connection = PrinterConnection(OneByteLink(), mono_s, lambda: False, lambda _answer: None, NoiseCounter())
    with pytest.raises(LinkLost):
        connection.status_round(0.01)
    with pytest.raises(LinkLost):
        connection.send_command(b"\x10\x05\x02", 0.01)


def test_a_read_with_an_expired_time_out_returns_pending_bytes() -> None:
    class ReadyLink(OneByteLink):
        def read(self, limit: int, timeout_s: float) -> bytes:
            assert timeout_s >= 0, "select refuses it"
            return b"\x12"

    connection = PrinterConnection(ReadyLink(), mono_s, lambda: False, lambda _answer: None, NoiseCounter())
    assert connection.receive(-0.001)
