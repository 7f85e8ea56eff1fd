"""Stations repeat requests that a busy server refuses, then show that it is busy."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from queue import SimpleQueue

import pytest
from flask import Flask, Response, request

from counter.effects import runner
from counter.effects.runner import CounterEffectRunner
from counter.flow.effects import CheckBoard, FetchHeldTickets, PostRequest, PostScan
from counter.flow.events import BoardChecked, Event, HeldTicketsFetched, RequestLost, ScanAnswered
from kiosk.effects import server as kiosk_server
from kiosk.effects.server import ServerCalls
from kiosk.flow import effects, events
from server.web.shared.serving.busy import busy_response
from server.web.shared.serving.http_server import serving
from server.wire.client import ServerBusy, ServerClient
from server.wire.messages import Board, CallNext, ProblemCode, Scan, Scanned
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.server_process import free_ports
from support.waiting import PATIENCE_S

BUSY_BODY = busy_response(b"POST /api/v1/scans HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")[2]
SCAN = PostScan("c3", Scan(station="counters-1", counter="c3", text="xyz"))


@dataclass
class BusyServer:
    """A server that refuses the first ``refusals`` requests as busy, then answers ``answer``."""

    client: ServerClient
    refusals: int = 1_000
    answer: bytes = b"{}"
    bodies: list[bytes] = field(default_factory=list)

    def respond(self, path: str) -> Response:
        self.bodies.append(request.get_data())
        if len(self.bodies) <= self.refusals:
            return Response(BUSY_BODY, 503, headers={"Retry-After": "2"}, mimetype="application/problem+json")
        return Response(self.answer, 200, mimetype="application/json")


@pytest.fixture
def server() -> Iterator[BusyServer]:
    [port] = free_ports(1)
    app = Flask("busy")
    with closing(ServerClient(f"http://127.0.0.1:{port}", timeout_s=PATIENCE_S)) as client:
        busy = BusyServer(client)
        app.add_url_rule("/<path:path>", view_func=busy.respond, methods=["GET", "POST"])
        with serving("busy", f"127.0.0.1:{port}", app, 4, count().__next__):
            yield busy


@pytest.fixture
def received() -> "SimpleQueue[Event]":
    return SimpleQueue()


@pytest.fixture
def counters(
    server: BusyServer, received: "SimpleQueue[Event]", monkeypatch: pytest.MonkeyPatch
) -> Iterator[CounterEffectRunner]:
    monkeypatch.setattr(runner, "SCAN_RETRY_DELAYS_S", (0.0, 0.0, 0.0))
    [port] = free_ports(1)  # no broker is needed
    ignore = lambda *_: None
    mqtt = MqttConnection("127.0.0.1", port, "counters-1", topics=(), on_message=ignore, on_connection=ignore)
    made = CounterEffectRunner("counters-1", Topics("test"), server.client, mqtt, {}, received.put, mono_s=lambda: 0.0)
    with closing(mqtt), closing(made):
        yield made


def test_the_client_reports_that_the_server_is_busy(server: BusyServer) -> None:
    with pytest.raises(ServerBusy):
        server.client.request("GET", "/board", None, Board)


def test_a_refused_scan_is_sent_again(
    server: BusyServer, counters: CounterEffectRunner, received: "SimpleQueue[Event]"
) -> None:
    server.refusals, server.answer = 3, b'{"kind": "unknown"}'
    counters.run(SCAN)
    assert received.get(timeout=PATIENCE_S) == ScanAnswered("c3", Scanned(kind="unknown"))
    assert len(server.bodies) == 4 and len(set(server.bodies)) == 1


def test_a_scan_that_stays_refused_is_reported_as_busy(
    counters: CounterEffectRunner, received: "SimpleQueue[Event]"
) -> None:
    counters.run(SCAN)
    assert received.get(timeout=PATIENCE_S) == ScanAnswered("c3", problem=ProblemCode.BUSY)


def test_refused_calls_of_keys_are_reported_as_busy(
    counters: CounterEffectRunner, received: "SimpleQueue[Event]"
) -> None:
    body = CallNext(request_id="00000000-0000-4000-8000-000000000001", station="counters-1")
    counters.run(PostRequest("c3", "/counters/c3/next", body))
    assert received.get(timeout=PATIENCE_S) == RequestLost("c3", is_busy=True)
    counters.run(CheckBoard("c3"))
    assert received.get(timeout=PATIENCE_S) == BoardChecked("c3", None, is_busy=True)
    counters.run(FetchHeldTickets("c3"))
    assert received.get(timeout=PATIENCE_S) == HeldTicketsFetched("c3", None, is_busy=True)


@pytest.mark.parametrize(("refusals", "sent"), [(3, True), (4, False)])
def test_a_refused_call_for_help_is_sent_again(
    server: BusyServer, monkeypatch: pytest.MonkeyPatch, refusals: int, sent: bool
) -> None:
    monkeypatch.setattr(kiosk_server, "HELP_RETRY_DELAYS_S", (0.0, 0.0, 0.0))
    server.refusals = refusals
    answers: SimpleQueue[events.Event] = SimpleQueue()
    request_id = "00000000-0000-4000-8000-000000000002"
    with closing(ServerCalls("kiosk-1", server.client, answers.put, lambda: 0.0)) as calls:
        calls.run(effects.RequestHelp(request_id))
        assert answers.get(timeout=PATIENCE_S) == events.HelpAnswered(request_id, sent=sent)
    assert len(server.bodies) == 4 and len(set(server.bodies)) == 1
