"""A slow, endless or silent caller keeps nobody waiting and holds no thread."""

import os
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue

from server.web.shared.serving.caller import START_STREAM_KEY
from server.web.shared.serving.http_server import serving
from server.web.shared.serving.limits import ReceiveLimits
from server.web.shared.serving.receiving import RequestReceiver
from support.server_process import free_ports
from support.waiting import PATIENCE_S, until

GET = b"GET /ask HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Site:
    """A web server with one thread, on a clock that a test moves."""

    port: int
    now_s: float = 0.0
    go_on: threading.Event = field(default_factory=threading.Event)
    held: ExitStack = field(default_factory=ExitStack)

    def caller(self, sent: bytes = b"") -> socket.socket:
        made = self.held.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S))
        made.sendall(sent)
        return made


def status(caller: socket.socket) -> str:
    """The status line of one answer; empty when the server hung up without one."""
    with caller.makefile("rb") as lines:
        return lines.readline().decode().strip().removeprefix("HTTP/1.1 ")


@pytest.fixture
def site() -> Iterator[Site]:
    app, made = Flask("site"), Site(free_ports(1)[0])
    app.config["MAX_CONTENT_LENGTH"] = 100

    @app.route("/ask", methods=["GET", "POST"])
    def ask() -> ResponseReturnValue:
        return request.get_data()

    @app.get("/stream")
    def stream() -> ResponseReturnValue:
        request.environ[START_STREAM_KEY]()
        return events()

    def events() -> Iterator[str]:
        yield "first"
        assert made.go_on.wait(PATIENCE_S)
        yield "last"

    @app.get("/large")
    def large() -> ResponseReturnValue:
        return b"x" * 50_000_000

    limits = ReceiveLimits(max_waiting=40, body_bytes=1000)
    with made.held, serving("site", f"127.0.0.1:{made.port}", app, 1, lambda: made.now_s, limits):
        yield made


@pytest.mark.parametrize(
    "sent", [b"", b"GET /a", GET[:-2], b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"]
)
def test_callers_who_never_finish_hold_no_thread_that_others_need(site: Site, sent: bytes) -> None:
    slow = [site.caller(sent) for _ in range(20)]
    assert status(site.caller(GET)) == "200 OK"
    assert all(caller.fileno() >= 0 for caller in slow)


def test_a_request_has_a_time_as_a_whole_however_steadily_it_trickles(site: Site) -> None:
    caller = site.caller()
    for at_s, byte in enumerate(GET[:9]):
        site.now_s = float(at_s)
        caller.sendall(bytes([byte]))
    for _ in range(2):
        assert status(site.caller(GET)) == "200 OK", "by now the other's bytes were received too"
    site.now_s = 60.0
    assert status(caller) == "408 Request Timeout"


def test_without_free_descriptors_the_server_waits_instead_of_trying_for_ever(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    receivers, rounds = list[RequestReceiver](), list[None]()
    accept, take_back = RequestReceiver._accept, RequestReceiver._take_back

    def counted_accept(receiver: RequestReceiver) -> None:
        receivers.append(receiver)
        accept(receiver)

    def counted_round(receiver: RequestReceiver) -> None:
        take_back(receiver)
        rounds.append(None)

    monkeypatch.setattr(RequestReceiver, "_accept", counted_accept)
    monkeypatch.setattr(RequestReceiver, "_take_back", counted_round)
    caller = site.held.enter_context(socket.socket())
    caller.settimeout(PATIENCE_S)
    with no_free_descriptors():
        caller.connect(("127.0.0.1", site.port))  # the system accepts it for the server
        until(lambda: receivers)
        until(lambda: receivers[0]._wake() is None and len(rounds) > 20)  # type: ignore[func-returns-value]
    assert len(receivers) == 1
    assert caplog.text.count("no connection can be accepted: Too many open files") == 1
    site.now_s += 1.0
    caller.sendall(GET)
    assert status(caller) == "200 OK"


@contextmanager
def no_free_descriptors() -> Iterator[None]:
    """Leave this process no free descriptor."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_caller_who_says_nothing_is_hung_up_on(site: Site) -> None:
    caller = site.caller()
    assert status(site.caller(GET)) == "200 OK", "the silent caller was accepted before"
    site.now_s = 60.0
    assert status(caller) == ""


def test_a_header_without_end_is_refused_and_its_sender_sees_why(site: Site) -> None:
    caller = site.caller(b"GET /ask HTTP/1.1\r\nHost: elsewhere\r\nX: ")
    for _ in range(20):
        caller.sendall(b"x" * 1000)
    assert status(caller) == "431 Request Header Fields Too Large"


def test_the_sender_of_a_body_that_is_too_large_sees_why(site: Site) -> None:
    caller = site.caller(b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Length: 700000\r\n\r\n" + b"x" * 700_000)
    assert status(caller) == "413 REQUEST ENTITY TOO LARGE"


def test_two_requests_sent_at_once_are_both_answered_in_order(site: Site) -> None:
    twice = b"POST /ask HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    caller = site.caller(twice + b"first" + twice[:30])
    caller.sendall(twice[30:] + b"other" + b"GET /gone HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    with caller.makefile("rb") as lines:
        answers = lines.read()
    assert answers.count(b"200 OK") == 2
    assert answers.index(b"first") < answers.index(b"other") < answers.index(b"404 NOT FOUND")


def test_an_answer_that_its_caller_does_not_read_is_given_up(site: Site) -> None:
    caller = site.caller(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status(caller) == "200 OK", "the only thread is sending now"
    site.now_s = 100.0
    assert status(site.caller(GET)) == "200 OK"


def test_the_connection_that_waited_longest_makes_room(site: Site) -> None:
    first = site.caller()
    others = [site.caller() for _ in range(40)]
    assert status(first) == ""
    others[-1].sendall(GET)
    assert status(others[-1]) == "200 OK"


def test_a_stream_may_last_longer_than_an_answer(site: Site) -> None:
    silent, caller = site.caller(), site.caller(b"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    with caller.makefile("rb") as lines:
        while lines.readline().strip():
            pass
        site.now_s = 100.0
        assert status(silent) == ""
        assert status(site.caller(b"x" * 20_000)).startswith("431"), "overdue answers were looked for by now"
        site.go_on.set()
        assert b"last" in lines.read()
