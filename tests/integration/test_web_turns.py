"""Few pages are drawn at once, and an overloaded server answers busy."""

import json
import select
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from flask import Flask

from server.web.shared.serving.dispatching import RequestQueue
from server.web.shared.serving.http_server import serving
from server.web.shared.serving.limits import ReceiveLimits
from support.server_process import free_ports
from support.waiting import PATIENCE_S, until

THREADS = 6
AT_ONCE = 2
WAITING, SHARE_OF_ONE = 4, 0.75
"""One caller may have three of the four places."""
FROM_ONE = AT_ONCE + 3
CALLS = 9
"""More than threads, so that some of them wait for a thread."""


@dataclass
class Site:
    """A web server whose pages and calls take until ``go_on``."""

    port: int = field(default_factory=lambda: free_ports(1)[0])
    go_on: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    drawing: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    most_at_once: int = 0
    calls: int = 0
    callers: ExitStack = field(default_factory=ExitStack)

    def page(self, name: str) -> str:
        with self.lock:
            self.drawing.append(name)
            self.most_at_once = max(self.most_at_once, len(self.drawing))
        assert self.go_on.wait(PATIENCE_S)
        with self.lock:
            self.drawing.remove(name)
            self.drawn.append(name)
        return name

    def large(self) -> bytes:
        return b"x" * 50_000_000

    def call(self) -> str:
        return "at once"

    def slow_call(self) -> str:
        with self.lock:
            self.calls += 1
        assert self.go_on.wait(PATIENCE_S)
        return "later"

    def ask(self, path: str, *, start: str = "GET ", source: str = "127.0.0.1") -> socket.socket:
        """Send a request; ``start``: its bytes before the path, ``source``: the caller's address."""
        caller = self.callers.enter_context(
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S, source_address=(source, 0))
        )
        caller.sendall(f"{start}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return caller

    def ask_in_order(self, *paths: str, source: str = "127.0.0.1") -> list[socket.socket]:
        """Ask for pages one after the other: each is received before the next is sent."""
        return [self._received(self.ask(path, source=source)) for path in paths]

    def _received(self, caller: socket.socket) -> socket.socket:
        assert answer(self.ask("/api/call", start="POST "))[0] == "200 OK"
        return caller


def answer(caller: socket.socket) -> tuple[str, dict[str, str], bytes]:
    """Return the status, the header fields and the body of a response."""
    with caller.makefile("rb") as response:
        head, _, body = response.read().partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first.removeprefix("HTTP/1.1 "), dict(line.split(": ", 1) for line in lines), body


@pytest.fixture
def site() -> Iterator[Site]:
    site, app = Site(), Flask("site")
    app.add_url_rule("/page/<name>", view_func=site.page)
    app.add_url_rule("/large", view_func=site.large)
    app.add_url_rule("/api/call", view_func=site.call, methods=["POST"])
    app.add_url_rule("/api/slow", view_func=site.slow_call, methods=["POST"])
    app.add_url_rule("/api/read/<name>", view_func=site.page, endpoint="read")
    limits = ReceiveLimits(pages_at_once=AT_ONCE, pages_waiting=WAITING, calls_at_once=CALLS, share_of_one=SHARE_OF_ONE)
    with site.callers, serving("site", f"127.0.0.1:{site.port}", app, THREADS, lambda: 0.0, limits):
        yield site
        site.go_on.set()


def test_few_pages_are_drawn_at_once_and_calls_do_not_wait_for_them(site: Site) -> None:
    callers = site.ask_in_order(*(f"/page/{n}" for n in range(FROM_ONE)))
    until(lambda: sorted(site.drawing) == ["0", "1"])
    assert answer(site.ask("/api/call", start="POST "))[2] == b"at once"
    site.go_on.set()
    assert [answer(caller)[2] for caller in callers] == [b"0", b"1", b"2", b"3", b"4"]
    assert site.most_at_once == AT_ONCE


def test_reads_of_the_api_wait_neither_for_pages_nor_for_calls(site: Site) -> None:
    site.ask_in_order(*(f"/page/{n}" for n in range(FROM_ONE)))
    for _ in range(THREADS - 2 * AT_ONCE):
        site.ask("/api/slow", start="POST ")
    callers = [site.ask(f"/api/read/{n}") for n in range(FROM_ONE)]
    until(lambda: len(site.drawing) == 2 * AT_ONCE)
    site.go_on.set()
    assert [answer(caller)[2] for caller in callers] == [b"0", b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("start", ["HEAD ", "\r\nGET ", "get ", " GET ", "\r\nHEAD "])
def test_a_page_has_its_turn_however_it_is_requested(site: Site, start: str) -> None:
    site.ask_in_order(*(f"/page/{n}" for n in range(FROM_ONE)))
    status, fields, body = answer(site.ask("/page/late", start=start))
    assert (status, fields["Retry-After"]) == ("503 Service Unavailable", "2")
    assert (body == b"") is ("HEAD" in start)


def test_a_page_too_many_is_answered_busy_at_once_in_a_page_of_the_house(site: Site) -> None:
    site.ask_in_order(*(f"/page/{n}" for n in range(FROM_ONE)))
    status, fields, body = answer(site.ask("/page/late"))
    assert (status, fields["Retry-After"]) == ("503 Service Unavailable", "2")
    assert fields["Content-Type"] == "text/html; charset=utf-8"
    page = body.decode()
    assert '<html lang="vi">' in page and '<meta http-equiv="refresh" content="2">' in page
    assert '<meta name="viewport"' in page and "Máy chủ đang bận" in page
    assert "The server is busy" in answer(site.ask("/page/late?lang=en"))[2].decode()


def test_the_pages_of_one_caller_leave_places_for_others(site: Site) -> None:
    site.ask_in_order(*(f"/page/{n}" for n in range(FROM_ONE)))
    other = site.ask("/page/other", source="127.0.0.2")
    assert answer(site.ask("/page/late"))[0] == "503 Service Unavailable"
    site.go_on.set()
    assert answer(other)[2] == b"other"


def test_a_form_too_many_is_answered_busy_with_a_link_back_and_no_reload(site: Site) -> None:
    for _ in range(CALLS):
        site.ask("/api/slow", start="POST ")
    until(lambda: site.calls == THREADS)
    page = answer(site.ask("/clerk/c1/do/next", start="POST "))[2].decode()
    assert "chưa được ghi nhận" in page and '<a href="/">Quay lại</a>' in page and "refresh" not in page
    assert '<a href="">Quay lại</a>' in answer(site.ask("/v/AbC/later", start="POST "))[2].decode()


def test_fewer_pages_may_wait_the_longer_each_takes() -> None:
    queue = RequestQueue(at_once=1, max_waiting=400)
    now_s = 0.0
    for seconds, places in ((0.02, 25), (0.002, 250), (0.5, 4)):
        for _ in range(200):
            now_s += seconds
            queue.begun, queue.waiting = 1, deque([None])
            queue.end(now_s)
        queue.begun, queue.waiting = 1, deque([None] * (places - 1))
        assert queue.has_room("a")
        queue.waiting += [None, None]
        assert not queue.has_room("a")


def test_a_call_too_many_is_answered_busy_at_once_to_programs(site: Site) -> None:
    callers = [site.ask("/api/slow", start="POST ") for _ in range(CALLS + 2)]
    until(lambda: len(select.select(callers, [], [], 0)[0]) == 2)
    refused = select.select(callers, [], [], 0)[0]
    for caller in refused:
        status, fields, body = answer(caller)
        assert (status, fields["Content-Type"]) == ("503 Service Unavailable", "application/problem+json")
        assert (fields["Retry-After"], json.loads(body)["code"]) == ("2", "busy")
    site.go_on.set()
    assert all(answer(caller)[0] == "200 OK" for caller in callers if caller not in refused)
    assert site.calls == CALLS
    assert answer(site.ask("/api/slow", start="POST "))[0] == "200 OK"


def test_a_page_is_not_drawn_for_a_caller_who_has_left(site: Site) -> None:
    first, second, left, last = site.ask_in_order("/page/0", "/page/1", "/page/left", "/page/last")
    left.shutdown(socket.SHUT_RDWR)
    left.close()
    assert answer(site.ask("/api/call", start="POST "))[0] == "200 OK"
    site.go_on.set()
    assert [answer(caller)[2] for caller in (first, second, last)] == [b"0", b"1", b"last"]
    assert "left" not in site.drawn


def test_a_caller_who_does_not_read_a_page_holds_up_no_other(site: Site) -> None:
    site.ask_in_order(*["/large"] * AT_ONCE)
    site.go_on.set()
    assert answer(site.ask("/page/next"))[2] == b"next"


def test_pages_that_wait_when_the_server_stops_are_drawn_too() -> None:
    site, app = Site(), Flask("site")
    app.add_url_rule("/page/<name>", view_func=site.page)
    app.add_url_rule("/api/call", view_func=site.call, methods=["POST"])
    running = ExitStack()
    running.enter_context(
        serving("site", f"127.0.0.1:{site.port}", app, THREADS, lambda: 0.0, ReceiveLimits(pages_at_once=1))
    )
    stopping = threading.Thread(target=running.close)
    with site.callers:
        callers = site.ask_in_order("/page/0", "/page/1", "/page/2")
        stopping.start()
        until(lambda: len(site.drawing) == 3)
        site.go_on.set()
        assert [answer(caller)[2] for caller in callers] == [b"0", b"1", b"2"]
        stopping.join(PATIENCE_S)
