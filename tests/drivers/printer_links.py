"""The far ends of links to printers: pseudo-terminals and listening sockets."""

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hardware.printers.transports.transport import Transport, WriteStalled
from support.scaled_time import mono_s
from support.waiting import PATIENCE_S

SHORT_S = 0.15


@dataclass
class PtyCable:
    """A pseudo-terminal: ``ours`` is the printer's end, ``path`` where the driver finds its own."""

    ours: int
    theirs: int
    path: Path

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        data = b""
        while len(data) < count:
            data += os.read(self.ours, count - len(data))
        return data

    def pull(self) -> None:
        for end in (self.theirs, self.ours):
            if end >= 0:
                os.close(end)
        self.ours = self.theirs = -1


@contextlib.contextmanager
def opened(link: Transport) -> Iterator[Transport]:
    try:
        yield link
    finally:
        link.close()
        link.close()


def swallow(link: Transport, data: bytes = b"u" * 4096) -> int:
    """Write until the link takes no more. Return how many bytes it took; fail when it reports the stall too late."""
    taken = 0
    for _ in range(10_000):
        begun_s = mono_s()
        try:
            link.write(data, SHORT_S)
        except WriteStalled as stalled:
            assert mono_s() - begun_s < SHORT_S + 2.0
            return taken + stalled.sent
        taken += len(data)
    raise AssertionError("the link takes bytes for ever")


def address_of(port: socket.socket) -> tuple[str, int]:
    host, number = port.getsockname()
    return str(host), int(number)


def listener() -> socket.socket:
    made = socket.create_server(("127.0.0.1", 0))
    made.settimeout(PATIENCE_S)
    return made
