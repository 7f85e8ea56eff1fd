"""The server as a program: start, refusals, streams, stop, messages to screens."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import urllib3

from config.http import ConnectionPool
from config.settings import BrokerSettings, ServerSettings
from server.messaging.broker import accepts_mqtt
from server.wire.client import ServerClient, ServerRefused, ServerUnreachable
from server.wire.messages import Board, CallNext, IssueTicket, ProblemCode, Read, Seen, Ticket
from server.wire.topics import Topics
from support.brokers import Listener, RestartableBroker
from support.server_process import Api, Machine, free_ports, machine, office, running
from support.waiting import PATIENCE_S

THREADS, CALLS = 32, 12
TOPICS = Topics("test")


@pytest.fixture(params=["embedded", "mosquitto"])
def hall(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return machine(tmp_path, office(["HT"], {"c1": ["HT"]}), broker=request.param, threads=THREADS, calls_at_once=CALLS)


@pytest.fixture
def embedded(tmp_path: Path) -> Machine:
    return machine(tmp_path, office(["HT"], {"c1": ["HT"]}), threads=THREADS, calls_at_once=CALLS)


def an_issue() -> dict[str, object]:
    return {"request_id": str(uuid.uuid4()), "service": "HT", "station": "kiosk-1"}


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "server.app", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


@contextmanager
def asking(where: Machine) -> Iterator[Api]:
    with closing(Api(where.api)) as api:
        yield api


def port(url: str) -> int:
    return int(url.rpartition(":")[2])


# --- starting and stopping --------------------------------------------------------------------------------


def test_check_reports_whether_the_settings_can_be_used_and_starts_nothing(embedded: Machine) -> None:
    done = run("--check", "--config", str(embedded.config))
    assert (done.returncode, done.stderr) == (0, "")
    assert not embedded.state.exists()


def test_all_mistakes_of_the_settings_are_reported_at_once(tmp_path: Path) -> None:
    where = machine(
        tmp_path,
        office(["HT"], {"c1": ["HT"]}),
        listen="0.0.0.0:8470",
        visitors="192.0.2.1:1",
        database="postgresql://x",
    )
    text = where.config.read_text(encoding="utf-8")
    where.config.write_text(re.sub(r'(\[broker\][^\[]*listen = ")[^"]*', r"\g<1>0.0.0.0:1883", text), encoding="utf-8")
    (tmp_path / "office.toml").unlink()
    done = run("--config", str(where.config))
    assert done.returncode == 78
    for part in (
        "listen = '0.0.0.0:8470'",
        "visitors =",
        "database =",
        "embedded broker has no access list",
        "office.toml",
    ):
        assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert not where.state.exists()


def test_a_file_without_a_server_section_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text(tomli_w.dumps({"kiosk": {}}), encoding="utf-8")
    done = run("--config", str(config))
    assert done.returncode == 78
    assert "[server] is missing" in done.stderr


def test_a_second_server_on_the_same_data_refuses(embedded: Machine, tmp_path: Path) -> None:
    with running(embedded), asking(embedded) as first:
        api, visitors, mqtt = free_ports(3)
        text = embedded.config.read_text(encoding="utf-8")
        for old, new in zip((embedded.api, embedded.visitors), (api, visitors), strict=True):
            text = text.replace(str(port(old)), str(new))
        other = tmp_path / "other.toml"
        other.write_text(text.replace(str(embedded.broker[1]), str(mqtt)), encoding="utf-8")
        done = run("--config", str(other))
        assert done.returncode == 1
        assert "another server is already running" in done.stderr
        assert first.get("/board")[0] == 200


def test_a_taken_address_is_reported(embedded: Machine, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    taken = machine(tmp_path / "other", office(["HT"], {"c1": ["HT"]}))
    with running(embedded):
        text = taken.config.read_text(encoding="utf-8").replace(str(port(taken.api)), str(port(embedded.api)))
        taken.config.write_text(text, encoding="utf-8")
        done = run("--config", str(taken.config))
    assert done.returncode == 1
    assert f"127.0.0.1:{port(embedded.api)}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_cleanly_and_leaves_no_port(
    hall: Machine, how: signal.Signals, watch: Callable[[Machine], "Stream"]
) -> None:
    with running(hall) as process:
        assert watch(hall).answer.status == 200
        process.send_signal(how)
        assert process.wait(PATIENCE_S) == 0
    assert not accepts_mqtt(*hall.broker)
    log = (hall.config.parent / "server.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "stopping" in log


def test_the_cookie_key_is_for_this_user_only_and_kept(embedded: Machine) -> None:
    with running(embedded):
        key = (embedded.state / "cookie.key").read_bytes()
    with running(embedded):
        pass
    path = embedded.state / "cookie.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == key
    assert len(key) == 32


# --- live ----------------------------------------------------------------------------------------------------


class Stream:
    """A page that watches ``/live``."""

    def __init__(self, where: Machine) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port(where.api), timeout=PATIENCE_S)
        self._connection.request("GET", "/live")
        self.answer = self._connection.getresponse()

    def version(self) -> str:
        """Return the next version; heartbeats are skipped."""
        while (line := self.answer.readline()) != b"event: version\n":
            assert line, "the stream ended"
        return self.answer.readline().decode().removeprefix("data: ").strip()

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


@pytest.fixture
def watch() -> Iterator[Callable[[Machine], Stream]]:
    with ExitStack() as opened:

        def open_stream(where: Machine) -> Stream:
            stream = Stream(where)
            opened.callback(stream.close)
            return stream

        yield open_stream


def test_a_page_receives_that_something_changed_and_nothing_else(
    embedded: Machine, watch: Callable[[Machine], Stream]
) -> None:
    with running(embedded), asking(embedded) as api:
        stream = watch(embedded)
        assert stream.answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
        before = stream.version()
        api.ok("/tickets", an_issue())
        assert stream.version() != before


def test_streams_are_limited_so_that_other_requests_are_answered(
    embedded: Machine, watch: Callable[[Machine], Stream]
) -> None:
    with running(embedded), asking(embedded) as api:
        for _ in range(ServerSettings(threads=THREADS, calls_at_once=CALLS).max_streams):
            assert watch(embedded).answer.status == 200
        refused = watch(embedded).answer
        assert (refused.status, refused.getheader("Retry-After")) == (503, "2")
        refused.read()
        assert api.get("/board")[0] == 200


def test_the_version_can_be_polled_with_its_etag(embedded: Machine, watch: Callable[[Machine], Stream]) -> None:
    with running(embedded), asking(embedded) as api, ConnectionPool() as pool:

        def poll(etag: str = "") -> urllib3.BaseHTTPResponse:
            return pool.request("GET", f"{embedded.api}/version", headers={"If-None-Match": etag})

        stream = watch(embedded)
        version = stream.version()
        while (again := poll(f'"{version}"')).status != 304:  # the start goes on changing it for a moment
            version = stream.version()
        assert (again.data, again.headers["ETag"]) == (b"", f'"{version}"')
        api.ok("/tickets", an_issue())
        assert stream.version() != version
        now = poll(f'"{version}"')
        assert now.status == 200 and now.headers["ETag"] == f'"{now.data.decode()}"' != f'"{version}"'


# --- messages to screens ------------------------------------------------------------------------------------------


@dataclass
class Screen:
    """A screen that follows the rule of wire.md."""

    listener: Listener

    def board(self, number: str | None) -> dict[str, Any]:
        """Return the next board whose newest call is of ``number``."""
        board: dict[str, Any] = {}

        def fits(message: tuple[str, bytes]) -> bool:
            if message[0] != TOPICS.board:
                return False
            board.clear()
            board.update(json.loads(message[1]))
            return (board["calls"][0]["number"] if board["calls"] else None) == number

        self.listener.wait(fits)
        return board


@pytest.fixture
def screens(hall: Machine, tmp_path: Path) -> Iterator[RestartableBroker]:
    with ExitStack() as feeds:
        yield RestartableBroker(
            BrokerSettings(kind="external", listen=f"{hall.broker[0]}:{hall.broker[1]}"), tmp_path, feeds
        )


def test_a_call_is_on_the_board_with_both_brokers_and_after_a_restart(
    hall: Machine, screens: RestartableBroker
) -> None:
    with running(hall), asking(hall) as api:
        screen = Screen(screens.listen("tv-1", TOPICS.board))
        number = api.ok("/tickets", an_issue())["number"]
        api.ok("/counters/c1/next", {"request_id": str(uuid.uuid4()), "station": "counters-1"})
        shown = screen.board(number)
        status, asked = api.get("/board")
        assert status == 200
        assert (shown["epoch"], shown["calls"]) == (asked["epoch"], asked["calls"])
        assert shown["rev"] <= asked["rev"]
    with running(hall):
        while (again := screen.board(number))["epoch"] == shown["epoch"]:
            pass  # a picture of before may still be under way; the server's new one follows
        assert again["calls"] == shown["calls"]
        assert again["counters"][0]["ticket"]["number"] == number


def children(pid: int) -> list[int]:
    """Return the processes that ``pid`` started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def test_calls_go_on_without_the_broker_and_screens_receive_them_when_it_is_back(
    hall: Machine, screens: RestartableBroker
) -> None:
    with running(hall) as process, asking(hall) as api:
        screen = Screen(screens.listen("tv-1", TOPICS.board))
        screen.board(None)
        (broker,) = children(process.pid)
        os.kill(broker, signal.SIGKILL)
        number = api.ok("/tickets", an_issue())["number"]
        api.ok("/counters/c1/next", {"request_id": str(uuid.uuid4()), "station": "counters-1"})
        assert screen.board(number)["counters"][0]["ticket"]["number"] == number
        assert children(process.pid) != [broker]


def test_the_station_is_on_the_health_page_and_unknown_when_it_is_gone(
    hall: Machine, screens: RestartableBroker, watch: Callable[[Machine], Stream]
) -> None:
    at = "2026-11-23T01:12:05.123Z"
    status = {"v": 1, "station": "kiosk-1", "kind": "kiosk", "online": True, "boot": "b1", "at": at, "version": "0.1.0"}
    printer = {"v": 1, "station": "kiosk-1", "device": "printer", "state": "ready", "since": at, "at": at}
    with running(hall), asking(hall) as api:
        topic = TOPICS.status("kiosk-1")
        kiosk = screens.listen("kiosk-1", topic, will=(topic, json.dumps({**status, "online": False}).encode()))
        stream = watch(hall)
        stream.version()
        kiosk.feed.publish(topic, json.dumps(status).encode(), retain=True)
        kiosk.feed.publish(TOPICS.device("kiosk-1", "printer"), json.dumps(printer).encode(), retain=True)

        def health() -> tuple[bool, str]:
            while not (stations := api.get("/health")[1]["stations"]) or not stations[0]["devices"]:
                stream.version()
            return stations[0]["online"], stations[0]["devices"][0]["state"]

        while health() != (True, "ready"):
            stream.version()
        kiosk.feed.close()
        while health() != (False, "unknown"):
            stream.version()


# --- the stations' client ------------------------------------------------------------------------------------


def test_the_client_gets_models_refusals_and_unreachable(embedded: Machine) -> None:
    with running(embedded) as process:
        server = ServerClient(embedded.api, timeout_s=20, language="en")
        board = server.request("GET", "/board", None, Board)
        assert board.office == "test"
        ask = IssueTicket(request_id=str(uuid.uuid4()), service="HT", station="kiosk-1")
        ticket = server.request("POST", "/tickets", ask, Ticket)
        assert server.request("POST", "/tickets", ask, Ticket).repeated
        unknown = ask.model_copy(update={"request_id": str(uuid.uuid4()), "service": "XX"})
        with pytest.raises(ServerRefused) as refused:
            server.request("POST", "/tickets", unknown, Ticket)
        assert refused.value.problem.code is ProblemCode.UNKNOWN_SERVICE
        assert refused.value.problem.detail.startswith("There is no service")
        server.request("POST", "/counters/c1/next", CallNext(request_id=str(uuid.uuid4()), station="counters-1"), Read)
        call = server.request("GET", "/board", None, Board).calls[0]
        assert call.number == ticket.number
        seen = Seen(station="tv-1", shown_at="2026-11-23T01:12:05.123Z")
        server.request("POST", f"/calls/{call.id}/seen", seen, Read)
        process.kill()
        process.wait()
        with pytest.raises(ServerUnreachable):
            server.request("GET", "/board", None, Board)
        server.close()


def test_an_acknowledged_ticket_survives_a_kill(embedded: Machine) -> None:
    body = an_issue()
    with running(embedded) as process, asking(embedded) as api:
        ticket = api.ok("/tickets", body)
        process.kill()
        process.wait()
    with running(embedded), asking(embedded) as api:
        again = api.ok("/tickets", body)
        assert (again["id"], again["number"], again["repeated"]) == (ticket["id"], ticket["number"], True)
