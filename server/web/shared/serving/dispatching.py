"""Give complete requests a worker thread, let them wait, or refuse them (decision 0040).

Threads that draw pages at once compete for the interpreter: each page then takes several times its own CPU time, and
calls of stations wait for it too. Therefore only a few pages are drawn at once; the others wait here, in order, and
occupy no thread. Reads of the API wait in the same way, but not for pages. Calls begin at once; too many are refused,
since each would wait long for the writer.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.web.shared.serving.caller import is_connected
from server.web.shared.serving.framing import Turn, request_line

log = logging.getLogger(__name__)

MAX_WAIT_S = 0.5
"""A page is refused when those before it will take longer, so that a page is answered within a second or refused."""
FIRST_INTERVAL_S = 0.01
"""The time between two pages that a new server is expected to need."""
MAX_INTERVAL_S = 1.0
"""A single request that takes longer counts as this."""
AVERAGED = 16
"""How many intervals the average is of: half a second of pages on a slow machine."""
MIN_WAITING = 4
"""At least so many may wait, on any machine."""


@dataclass(slots=True)
class RequestQueue:
    """The requests of one kind: those that have begun, and those that wait.

    ``at_once``: how many begin before one has ended. ``max_waiting``: how many may wait; fewer when they would wait
    for over ``MAX_WAIT_S``. ``share_of_one``: the part of the places that one address may have.
    """

    at_once: int
    max_waiting: int = 0
    share_of_one: float = 1.0
    begun: int = 0
    waiting: deque[Any] = field(default_factory=deque)
    waiting_by_address: Counter[str] = field(default_factory=Counter)
    interval_s: float = FIRST_INTERVAL_S
    """The average time between the ends of two requests while others wait."""
    ended_at_s: float | None = None
    """When a request ended last while others waited; None: none has waited since."""

    def has_room(self, address: str) -> bool:
        """Return whether a request from this address can begin or wait."""
        if self.begun < self.at_once:
            return True
        drawn_in_time = MAX_WAIT_S / self.interval_s if self.interval_s else self.max_waiting
        places = min(self.max_waiting, max(MIN_WAITING, drawn_in_time))
        return len(self.waiting) < places and self.waiting_by_address[address] < places * self.share_of_one

    def append(self, conn: Any) -> None:
        """Let a connection wait."""
        self.waiting.append(conn)
        self.waiting_by_address[conn.group] += 1

    def pop(self) -> Any:
        """Return the connection that has waited longest."""
        conn = self.waiting.popleft()
        self.waiting_by_address[conn.group] -= 1
        if not self.waiting_by_address[conn.group]:
            del self.waiting_by_address[conn.group]
        return conn

    def end(self, now_s: float) -> None:
        """Count a request as ended, and measure the pace while others wait."""
        self.begun -= 1
        if self.ended_at_s is not None:
            self.interval_s += (min(now_s - self.ended_at_s, MAX_INTERVAL_S) - self.interval_s) / AVERAGED
        self.ended_at_s = now_s if self.waiting else None


class Dispatcher:
    """Passes connections with a complete request to ``start``. All methods run in the receiving thread."""

    def __init__(
        self, start: Callable[[Any], None], queues: Mapping[Turn, RequestQueue], mono_s: Callable[[], float]
    ) -> None:
        self._start, self._queues, self._mono_s = start, queues, mono_s

    def has_room(self, conn: Any, request: bytes) -> bool:
        """Return whether a request can begin or wait."""
        turn = request_line(request).turn
        return turn is None or self._queues[turn].has_room(conn.group)

    def add(self, conn: Any, request: bytes) -> None:
        """Begin a request, or let it wait for its turn."""
        turn = request_line(request).turn
        if turn is None:
            self._start(conn)
        else:
            self._queues[turn].append(conn)
            self._begin(turn)

    def end(self, turn: Turn) -> None:
        """Count a turn as ended and begin the next request of its kind."""
        self._queues[turn].end(self._mono_s())
        self._begin(turn)

    def begin_all(self) -> None:
        """Begin all requests that wait.

        A server that stops answers the requests that it has received.
        """
        for turn, queue in self._queues.items():
            queue.at_once += len(queue.waiting)
            self._begin(turn)

    def _begin(self, turn: Turn) -> None:
        queue = self._queues[turn]
        while queue.waiting and queue.begun < queue.at_once:
            conn = queue.pop()
            if is_connected(conn.socket):
                queue.begun += 1
                conn.turn = turn
                self._start(conn)
            else:
                if turn is Turn.CALL:
                    log.info("a request was skipped: its client disconnected")
                conn.close()
