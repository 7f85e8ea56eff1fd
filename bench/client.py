"""A small HTTP client for loads that keep a given pace.

Many connections share one thread. wrk sends the next request when the last one was answered. People come at their own
rate, however slow the server is. Here one event loop sends requests at their times, and reads answers when they arrive.
A request takes about 0.1 ms of processor time; ``LoadClient.cpu_share`` returns the share of all.
"""

import heapq
import json
import random
import selectors
import socket
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

READ_BYTES = 262_144
END_OF_HEAD = b"\r\n\r\n"
JSON_HEADERS = {"Content-Type": "application/json"}
BUSY = 503
RETRY_AFTER_S, RETRY_SPREAD_S = 2.0, 1.0
"""The server's ``Retry-After``, and the random time that the pages add to it."""
IDLE_WAIT_S = 0.05
"""The longest time between two checks of the loop's end condition."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with the time since its request was due. Status 0: the connection was lost."""

    status: int
    body: bytes
    ms: float

    def json(self) -> Any:
        """Return the body's value."""
        return json.loads(self.body)


OnAnswer = Callable[[Answer], None]


@dataclass(eq=False)
class Connection:
    """A connection with at most one request in progress, which connects when needed.

    ``source``: its own address. ``on_data`` receives the bytes of a response without an end.
    """

    client: "LoadClient"
    address: str
    source: str | None = None
    on_data: Callable[[bytes], None] | None = None
    is_busy: bool = False
    _socket: socket.socket | None = None
    _request: bytes = b""
    _received: bytearray = field(default_factory=bytearray)
    _due_s: float = 0.0
    _on_answer: OnAnswer | None = None

    def ask(
        self,
        method: str,
        path: str,
        on_answer: OnAnswer,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        due_s: float | None = None,
    ) -> None:
        """Send a request. ``due_s``: its due time (monotonic), from which its latency counts; None: now."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.address}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._request = "\r\n".join([*lines, "", ""]).encode() + body
        self._on_answer, self.is_busy = on_answer, True
        self._due_s = time.monotonic() if due_s is None else due_s
        self._received.clear()
        if self._socket is None:
            self._connect()
        else:
            self._send()

    def close(self) -> None:
        """Close the connection; a request in progress gets no answer."""
        if self._socket is not None:
            self.client.selector.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def ready(self, events: int) -> None:
        """Send or receive after the socket became ready."""
        if events & selectors.EVENT_WRITE:
            self._send()
        elif self._socket is not None:
            self._receive(self._socket)

    def _connect(self) -> None:
        host, _, port = self.address.rpartition(":")
        self._socket = socket.socket()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        if self.source is not None:
            self._socket.bind((self.source, 0))
        self._socket.connect_ex((host, int(port)))
        self.client.selector.register(self._socket, selectors.EVENT_WRITE, self)

    def _send(self) -> None:
        assert self._socket is not None
        try:
            sent = self._socket.send(self._request)
        except BlockingIOError:
            return
        except OSError:
            self._lost()
            return
        self._request = self._request[sent:]
        events = selectors.EVENT_WRITE if self._request else selectors.EVENT_READ
        self.client.selector.modify(self._socket, events, self)

    def _receive(self, connected: socket.socket) -> None:
        try:
            data = connected.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
        elif self.on_data is not None:
            self.on_data(data)
        else:
            self._received += data
            self._answer_if_whole()

    def _answer_if_whole(self) -> None:
        head_end = self._received.find(END_OF_HEAD)
        if head_end < 0:
            return
        head = bytes(self._received[:head_end]).lower()
        _, _, length = head.partition(b"content-length:")
        body_start = head_end + len(END_OF_HEAD)
        wanted = int(length.split(b"\r\n", 1)[0] or 0)
        if len(self._received) < body_start + wanted:
            return
        body = bytes(self._received[body_start : body_start + wanted])
        if b"connection: close" in head:
            self.close()
        self._answer(int(head.split(b" ", 2)[1]), body)

    def _answer(self, status: int, body: bytes) -> None:
        on_answer, self._on_answer, self.is_busy = self._on_answer, None, False
        if on_answer is not None:
            on_answer(Answer(status, body, (time.monotonic() - self._due_s) * 1000))

    def _lost(self) -> None:
        self.close()
        self._answer(0, b"")


class LoadClient:
    """The event loop, with the latencies of each kind of request.

    ``refused_ms``: latencies of refusals as busy; ``wrong``: a sentence for each wrong answer; ``tokens``: the visitor
    tokens of the issued tickets. ``station_token``: sent with each call of the API.
    """

    def __init__(self, station_token: str | None = None) -> None:
        credentials = {} if station_token is None else {"Authorization": f"Bearer {station_token}"}
        self._headers_of_calls = JSON_HEADERS | credentials
        self.selector = selectors.DefaultSelector()
        self.times_ms: defaultdict[str, list[float]] = defaultdict(list)
        self.refused_ms: list[float] = []
        self.wrong: list[str] = []
        self.tokens: list[str] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._timer_numbers = count()
        self._connections: dict[tuple[str, object], Connection] = {}
        self._start_s, self._start_cpu_s = time.monotonic(), time.process_time()

    def connection(self, address: str, name: object, source: str | None = None) -> Connection:
        """Return the connection with this name to an address; create it at the first call."""
        key = (address, name)
        if key not in self._connections:
            self._connections[key] = Connection(self, address, source)
        return self._connections[key]

    def idle_connection(self, address: str, kind: str) -> Connection:
        """Return a connection of this kind without a request in progress."""
        return next(
            connection for number in count() if not (connection := self.connection(address, (kind, number))).is_busy
        )

    def at(self, moment_s: float, action: Callable[[], None]) -> None:
        """Call ``action`` at a monotonic moment."""
        heapq.heappush(self._timers, (moment_s, next(self._timer_numbers), action))

    def retry(self, action: Callable[[], None]) -> None:
        """Call ``action`` as late as a page repeats a request that was refused as busy."""
        self.at(time.monotonic() + RETRY_AFTER_S + random.random() * RETRY_SPREAD_S, action)

    def every(self, interval_s: float, action: Callable[[float], None], *, after_s: float = 0.0) -> None:
        """Call ``action`` with each due moment, also when the loop is late.

        The first one is after ``after_s``.
        """

        def run(due_s: float) -> None:
            action(due_s)
            self.at(due_s + interval_s, lambda: run(due_s + interval_s))

        first_s = time.monotonic() + after_s
        self.at(first_s, lambda: run(first_s))

    def run_until(self, is_done: Callable[[], bool], within_s: float) -> bool:
        """Run the loop until ``is_done()`` or for ``within_s``; return whether it is done."""
        end_s = time.monotonic() + within_s
        while not is_done():
            now_s = time.monotonic()
            if now_s >= end_s:
                return False
            while self._timers and self._timers[0][0] <= now_s:
                heapq.heappop(self._timers)[2]()
            wake_s = self._timers[0][0] if self._timers else end_s
            wait_s = max(0.0, min(wake_s, end_s) - time.monotonic())
            for key, events in self.selector.select(min(wait_s, IDLE_WAIT_S)):
                key.data.ready(events)
        return True

    def run(self, seconds: float) -> None:
        """Run the loop for some seconds."""
        self.run_until(lambda: False, seconds)

    def reset_times(self) -> None:
        """Drop the latencies of the warm-up, and measure processor time from now on."""
        self.times_ms.clear()
        self.refused_ms.clear()
        self._start_s, self._start_cpu_s = time.monotonic(), time.process_time()

    def cpu_share(self) -> float:
        """Return the share of one core that this process has used since the last ``reset_times``."""
        return (time.process_time() - self._start_cpu_s) / (time.monotonic() - self._start_s)

    def record(self, kind: str, answer: Answer, *, accepted: bool) -> bool:
        """Record an answer; return whether it was accepted.

        A refusal as busy is no wrong answer.
        """
        if accepted:
            self.times_ms[kind].append(answer.ms)
        elif answer.status == BUSY:
            self.refused_ms.append(answer.ms)
        else:
            self.wrong.append(f"{kind}: {answer.status} {answer.body[:200].decode(errors='replace')}")
        return accepted

    def post(
        self,
        connection: Connection,
        kind: str,
        path: str,
        values: Mapping[str, Any],
        on_accepted: OnAnswer,
        due_s: float | None = None,
        on_busy: Callable[[], None] = lambda: None,
    ) -> None:
        """Post JSON with a new request id.

        ``on_accepted`` receives an answer of success; ``on_busy`` is called after a refusal as busy.
        """

        def answered(answer: Answer) -> None:
            if self.record(kind, answer, accepted=answer.status in (200, 201)):
                on_accepted(answer)
            elif answer.status == BUSY:
                on_busy()

        body = json.dumps({"request_id": str(uuid.uuid4()), **values}).encode()
        connection.ask("POST", f"/api/v1{path}", answered, body=body, headers=self._headers_of_calls, due_s=due_s)

    def issue_ticket(
        self,
        connection: Connection,
        service: str,
        then: Callable[[], None],
        due_s: float | None = None,
        on_busy: Callable[[], None] = lambda: None,
    ) -> None:
        """Issue a ticket as a kiosk does, store its visitor token and call ``then``.

        ``on_busy`` as in ``post``.
        """

        def issued(answer: Answer) -> None:
            ticket = answer.json()
            if not ticket.get("number"):
                self.wrong.append(f"ticket: no number in {answer.body[:200]!r}")
            self.tokens.append(ticket["link"])
            then()

        values = {"service": service, "station": "kiosk-1", "slip": True}
        self.post(connection, "ticket", "/tickets", values, issued, due_s, on_busy)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close()
        self.selector.close()
