"""A link that is slow, loses frames, or carries little: a relay between two interfaces."""

import heapq
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from random import Random

ETH_P_ALL = 3
LONGEST_FRAME = 65_536
SO_RCVBUFFORCE = 33
RECEIVE_BYTES = 8_000_000
"""Enough for a burst of frames while this process does something else."""
MOST_WAITING = 1_000
"""Frames that wait in one direction; later ones are lost, as in a router's queue."""


@dataclass(slots=True)
class _Direction:
    """One direction of the link."""

    source: socket.socket
    target: socket.socket
    free_s: float = 0.0
    """The time from which the link can send the next frame."""
    waiting: list[tuple[float, int, bytes]] = field(default_factory=list)


class SlowLink:
    """Carries frames between two interfaces in a thread of its own, until ``close``."""

    def __init__(
        self, near: str, far: str, *, delay_s: float, loss: float, rate_kbit: float | None, seed: int = 1
    ) -> None:
        self.passed, self.lost = 0, 0
        self._delay_s, self._loss, self._rate_kbit = delay_s, loss, rate_kbit
        self._random, self._order = Random(seed), count()
        a, b = _raw(near), _raw(far)
        self._directions = (_Direction(a, b), _Direction(b, a))
        self._wake, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._carry, name=f"slow link {near}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop carrying; frames that wait are lost."""
        self._stop.close()
        self._thread.join()
        for end in (self._wake, *(direction.source for direction in self._directions)):
            end.close()

    def _carry(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            for direction in self._directions:
                selector.register(direction.source, selectors.EVENT_READ, direction)
            while True:
                for key, _ in selector.select(self._next_s()):
                    if key.data is None:
                        return
                    self._receive(key.data)
                for direction in self._directions:
                    self._send_due(direction)

    def _next_s(self) -> float | None:
        """Return the seconds until the next frame is due."""
        due = [direction.waiting[0][0] for direction in self._directions if direction.waiting]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _receive(self, direction: _Direction) -> None:
        try:
            frame, address = direction.source.recvfrom(LONGEST_FRAME)
        except OSError:  # the interface is down
            return
        if address[2] == socket.PACKET_OUTGOING:
            return
        if self._random.random() < self._loss or len(direction.waiting) >= MOST_WAITING:
            self.lost += 1
            return
        now_s = time.monotonic()
        start_s = max(now_s, direction.free_s)
        direction.free_s = start_s + (len(frame) * 8 / (self._rate_kbit * 1000) if self._rate_kbit else 0.0)
        heapq.heappush(direction.waiting, (direction.free_s + self._delay_s, next(self._order), frame))

    def _send_due(self, direction: _Direction) -> None:
        while direction.waiting and direction.waiting[0][0] <= time.monotonic():
            _, _, frame = heapq.heappop(direction.waiting)
            try:
                direction.target.send(frame)
                self.passed += 1
            except OSError:  # the interface is down
                self.lost += 1


def _raw(interface: str) -> socket.socket:
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES)
    raw.bind((interface, ETH_P_ALL))
    return raw
