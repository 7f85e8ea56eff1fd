"""A server that was frozen skips the requests of callers that disconnected meanwhile."""

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from server.web.shared.serving.caller import is_connected
from support.server_process import Api, Machine, journal, machine, office, request_id, running
from support.waiting import PATIENCE_S, until


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, "subprocess.Popen[bytes]"]]:
    where = machine(tmp_path_factory.mktemp("frozen"), office(["HT"], {"c1": ["HT"]}))
    with running(where) as process:
        yield where, process


@contextmanager
def frozen(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def an_issue() -> dict[str, Any]:
    return {"request_id": request_id(), "service": "HT", "station": "kiosk-1"}


def sent(where: Machine, body: dict[str, Any], path: str = "/api/v1/tickets") -> http.client.HTTPConnection:
    """A request on its way; nobody has read the answer."""
    host, _, port = where.api.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
    connection.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return connection


def left_out(where: Machine) -> int:
    log = where.config.parent / "server.log"
    return log.read_text(encoding="utf-8", errors="replace").count("its client disconnected")


def test_a_number_that_the_kiosk_gave_up_is_not_issued_when_the_server_thaws(
    hall: tuple[Machine, "subprocess.Popen[bytes]"],
) -> None:
    where, process = hall
    api, body, before = Api(where.api), an_issue(), left_out(where)
    had = len(journal(api))
    with frozen(process):
        for _ in range(3):
            sent(where, body).close()
    until(lambda: left_out(where) == before + 3)
    assert [row["kind"] for row in journal(api)[had:] if row["kind"] == "ticket.issued"] == []
    ticket = api.ok("/tickets", body)
    assert ticket["repeated"] is False
    issued = [row for row in journal(api)[had:] if row["kind"] == "ticket.issued"]
    assert len(issued) == 1


def test_a_call_that_the_pad_gave_up_calls_nobody(hall: tuple[Machine, "subprocess.Popen[bytes]"]) -> None:
    where, process = hall
    api, before = Api(where.api), left_out(where)
    ticket = api.ok("/tickets", an_issue())
    with frozen(process):
        sent(where, {"request_id": request_id(), "station": "counters-1"}, "/api/v1/counters/c1/next").close()
    until(lambda: left_out(where) == before + 1)
    assert api.get(f"/tickets/{ticket['id']}")[1]["state"] == "waiting"


def test_who_still_waits_gets_the_number(hall: tuple[Machine, "subprocess.Popen[bytes]"]) -> None:
    where, process = hall
    with frozen(process):
        given_up, patient = sent(where, an_issue()), sent(where, an_issue())
        given_up.close()
    answer = patient.getresponse()
    assert answer.status == 201
    assert json.loads(answer.read())["number"].startswith("A")
    patient.close()


def test_a_kept_connection_serves_one_request_after_the_other(hall: tuple[Machine, "subprocess.Popen[bytes]"]) -> None:
    where, _ = hall
    connection = sent(where, an_issue())
    first = connection.getresponse()
    assert first.status == 201
    first.read()
    connection.request("POST", "/api/v1/tickets", json.dumps(an_issue()), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 201
    connection.close()


def test_the_question_takes_nothing_and_does_not_wait() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    assert is_connected(ours)
    theirs.sendall(b"next")
    assert is_connected(ours)
    assert ours.recv(4) == b"next"
    asked = Thread(target=theirs.close)
    asked.start()
    asked.join()
    assert not is_connected(ours)
    ours.close()
    assert not is_connected(ours)
