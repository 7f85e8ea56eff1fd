"""A print server between a computer and its printer, as they stand in halls: late, forgetful, or with a memory."""

import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from unhurried import mono_s

PIECE = 65_536
RESET = struct.pack("ii", 1, 0)


class PrintServer:
    """Listens from construction to ``close``; passes everything on to the printer at ``behind``.

    ``late_s`` is asked for each answer: by how much it comes later.
    """

    def __init__(self, behind: tuple[str, int]) -> None:
        self._behind = behind
        self.late_s: Callable[[], float] = lambda: 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._lock = threading.Lock()
        self._lines: list[_Line] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How often somebody connected."""
        return len(self._lines)

    def hang_up(self) -> None:
        """On everybody, as on who said nothing for too long."""
        with self._lock:
            for line in self._lines:
                line.end()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for line in self._lines:
            line.end()
            line.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                printer = socket.create_connection(self._behind)
            except OSError:  # it is off
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                client.close()
                continue
            with self._lock:
                self._lines.append(_Line(client, printer, lambda: self.late_s()))


class _Line:
    """One connection, in both directions."""

    def __init__(self, client: socket.socket, printer: socket.socket, late_s: Callable[[], float]) -> None:
        self._client, self._printer, self._late_s = client, printer, late_s
        self._answers: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=run) for run in (self._forth, self._back, self._let_out)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        for one in (self._client, self._printer):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._client.close()
        self._printer.close()

    def _forth(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(PIECE):
                self._printer.sendall(data)
        self.end()

    def _back(self) -> None:
        with suppress(OSError):
            while data := self._printer.recv(PIECE):
                self._answers.put((mono_s() + self._late_s(), data))
        self._answers.put((0.0, b""))

    def _let_out(self) -> None:
        with suppress(OSError):
            while (answer := self._answers.get())[1]:
                while (rest_s := answer[0] - mono_s()) > 0:
                    time.sleep(rest_s)
                self._client.sendall(answer[1])
        self.end()
