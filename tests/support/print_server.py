"""A print server in front of a printer, which can delay replies and drop connections."""

import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from support.scaled_time import mono_s

PIECE = 65_536
RESET = struct.pack("ii", 1, 0)


class PrintServer:
    """Forwards every connection to ``printer``, from construction to ``close``.

    ``late_s`` returns, for each reply, by how many seconds it is delayed.
    """

    def __init__(self, printer: tuple[str, int]) -> None:
        self._printer = printer
        self.late_s: Callable[[], float] = lambda: 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._lock = threading.Lock()
        self._connections: list[_Connection] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    @property
    def connections(self) -> int:
        """The number of connections so far."""
        return len(self._connections)

    def disconnect_all(self) -> None:
        """Close all connections, as print servers close idle ones."""
        with self._lock:
            for connection in self._connections:
                connection.end()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in self._connections:
            connection.end()
            connection.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                printer = socket.create_connection(self._printer)
            except OSError:  # the printer is off
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                client.close()
                continue
            with self._lock:
                self._connections.append(_Connection(client, printer, lambda: self.late_s()))


class _Connection:
    """One connection, in both directions."""

    def __init__(self, client: socket.socket, printer: socket.socket, late_s: Callable[[], float]) -> None:
        self._client, self._printer, self._late_s = client, printer, late_s
        self._replies: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=run) for run in (self._forward, self._delay_replies, self._send_replies)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        for end in (self._client, self._printer):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._client.close()
        self._printer.close()

    def _forward(self) -> None:
        with suppress(OSError):
            while data := self._client.recv(PIECE):
                self._printer.sendall(data)
        self.end()

    def _delay_replies(self) -> None:
        with suppress(OSError):
            while data := self._printer.recv(PIECE):
                self._replies.put((mono_s() + self._late_s(), data))
        self._replies.put((0.0, b""))

    def _send_replies(self) -> None:
        with suppress(OSError):
            while (reply := self._replies.get())[1]:
                while (rest_s := reply[0] - mono_s()) > 0:
                    time.sleep(rest_s)
                self._client.sendall(reply[1])
        self.end()
