"""A real server on a stopped clock, and a scripted morning: the same each time."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import tomli_w
import urllib3

from config.clock import write_demo_clock
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "config" / "demo"
START_MS = 1_795_393_800_000  # 2026-11-23T00:30:00Z, a Monday
MINUTE_MS = 60_000
SEED = 20261123
COUNTERS = ("c1", "c2", "c3", "c4", "c5", "c6")
REQUESTED_SERVICES = ("CT", "CT", "CT", "HT", "HT", "DD", "DD", "DD", "TK", "CU", "KD", "XD", "CC")
SERVICE_TIMES_MIN = {"c1": (3, 6), "c2": (8, 16), "c3": (5, 9), "c4": (4, 9), "c5": (14, 24), "c6": (8, 14)}
PROCEDURES = json.loads((DEMO / "procedures.json").read_text(encoding="utf-8"))
SERVER_PARTS = {"broker", "database", "disk"}


@dataclass(frozen=True, slots=True)
class ReportedDevice:
    """A device and the health that its station reports."""

    station: str
    kind: str
    name: str
    state: str
    code: str | None = None


REPORTED_DEVICES = (
    ReportedDevice("kiosk-1", "kiosk", "printer", "warning", "paper_near_end"),
    ReportedDevice("kiosk-1", "kiosk", "screen", "ready"),
    ReportedDevice("tv-1", "display", "speaker", "ready"),
    *(
        ReportedDevice("counters-1", "counter", f"sign-{counter}", "offline" if counter == "c4" else "ready")
        for counter in COUNTERS
    ),
    *(ReportedDevice("counters-1", "counter", f"keypad-{counter}", "ready") for counter in COUNTERS),
)


@dataclass
class ScriptedHall:
    """A server of its own with a clock that stands until ``advance``.

    ``links``: the visitor's token on each slip, by the ticket's number.
    """

    api: str
    visitors: str
    broker: int
    clock_file: Path
    pool: urllib3.PoolManager
    wall_ms: int = START_MS
    links: dict[str, str] = field(default_factory=dict)

    def advance(self, minutes: float) -> None:
        """Let time pass."""
        self.wall_ms += round(minutes * MINUTE_MS)
        stop_clocks_at(self.clock_file, self.wall_ms)

    def call_api(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """POST (or GET without a body) to the API; a refusal ends the script."""
        if body is None:
            response = self.pool.request("GET", f"{self.api}/api/v1{path}")
        else:
            headers = {"Content-Type": "application/json"}
            response = self.pool.request("POST", f"{self.api}/api/v1{path}", body=json.dumps(body), headers=headers)
        if response.status >= 400:
            raise SystemExit(f"{path}: {response.status} {response.data.decode()}")
        return json.loads(response.data) if response.data else None

    def move(self, ticket: str, move: str, counter: str, **fields: Any) -> Any:
        """Make a move of a ticket, from a counter's station."""
        return self.call_api(f"/tickets/{ticket}/moves", new_request() | {"move": move, "counter": counter} | fields)

    def issue(self, service: str, procedure: str | None = None, ticket_class: str = "ordinary") -> Any:
        """Issue a ticket at the kiosk."""
        body = new_request() | {"service": service, "procedure": procedure, "class": ticket_class, "station": "kiosk-1"}
        ticket = self.call_api("/tickets", body)
        self.links[ticket["number"]] = ticket["link"]
        return ticket


def new_request() -> dict[str, Any]:
    """Return what every request has: its own id, and a station."""
    return {"request_id": str(uuid.uuid4()), "station": "counters-1"}


def stop_clocks_at(clock_file: Path, wall_ms: int) -> None:
    """Let the hall's clocks show ``wall_ms`` and stand still."""
    boot_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    write_demo_clock(clock_file, wall_ms=wall_ms, ran_ms=wall_ms - START_MS + 1_000_000, boot_ms=boot_ms, speed=0.0)


@contextmanager
def running_hall() -> Iterator[ScriptedHall]:
    """Run a server in a folder of its own, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="luot-pictures-") as name:
        folder = Path(name)
        for file in ("office.toml", "procedures.json"):
            shutil.copyfile(DEMO / file, folder / file)
        api, visitors, broker = free_ports(3)
        clock_file = folder / "pace.json"
        stop_clocks_at(clock_file, START_MS)
        settings = {
            "machine": {"state": str(folder / "state"), "pace": str(clock_file), "log": "warning"},
            "server": {
                "listen": f"127.0.0.1:{api}",
                "visitors": f"127.0.0.1:{visitors}",
                "visitor_url": f"http://127.0.0.1:{visitors}",
                "mode": "demo",
                "threads": 24,
                "calls_at_once": 8,
            },
            "broker": {"listen": f"127.0.0.1:{broker}"},
        }
        (folder / "hall.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
        program = [sys.executable, "-m", "server.app", "--config", str(folder / "hall.toml")]
        process = subprocess.Popen(program, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
        try:
            pool = urllib3.PoolManager(retries=urllib3.Retry(connect=10, backoff_factor=0.1), timeout=20.0)
            hall = ScriptedHall(f"http://127.0.0.1:{api}", f"http://127.0.0.1:{visitors}", broker, clock_file, pool)
            while not SERVER_PARTS.issubset(_checked_parts(hall)):
                time.sleep(0.05)  # it dates its own parts by the hall's clock
            yield hall
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _checked_parts(hall: ScriptedHall) -> set[str]:
    """Return the server's own parts that it has checked."""
    return {part["device"] for part in hall.call_api("/health")["server"] if part["state"] != "unknown"}


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in sockets]


# --- the morning ---------------------------------------------------------------------------------------


def morning(hall: ScriptedHall, minutes: int) -> None:
    """Let visitors come and counters serve them; the same every time."""
    rng = random.Random(SEED)
    finish_minute: dict[str, int] = {}
    for counter in COUNTERS:
        hall.call_api(f"/counters/{counter}/state", new_request() | {"state": "open"})
    for minute in range(minutes):
        for _ in range(2 if minute < 25 else rng.choice((0, 1, 1, 2))):
            service = rng.choice(REQUESTED_SERVICES)
            codes = [procedure["code"] for procedure in PROCEDURES if procedure.get("service") == service]
            ticket_class = "priority" if rng.random() < 0.1 else "ordinary"
            hall.issue(service, rng.choice(codes) if codes else None, ticket_class)
        for counter in COUNTERS:
            _serve(hall, counter, minute, finish_minute, rng)
        hall.advance(1)


def _serve(hall: ScriptedHall, counter: str, minute: int, finish_minute: dict[str, int], rng: random.Random) -> None:
    """Do one minute's work of one counter. ``finish_minute``: the minute in which each counter finishes."""
    counter_row = next(other for other in hall.call_api("/board")["counters"] if other["id"] == counter)
    ticket = counter_row["ticket"]
    if ticket is None:
        if not counter_row["ready"]:
            hall.call_api(f"/counters/{counter}/next", new_request())
        return
    hall.call_api(f"/counters/{counter}/here", {"station": "counters-1", "key": True})
    if ticket["state"] == "called":
        if rng.random() < 0.05:
            hall.move(ticket["id"], "no_show", counter, reason="Không có mặt")
        else:
            hall.move(ticket["id"], "start", counter)
            finish_minute[counter] = minute + rng.randint(*SERVICE_TIMES_MIN[counter])
    elif minute >= finish_minute[counter]:
        outcome = rng.choice(("received", "received", "received", "more_papers", "returned", "advice"))
        hall.move(ticket["id"], "finish", counter, outcome=outcome)
        _rate(hall, counter, random.Random(ticket["number"]))


def _rate(hall: ScriptedHall, counter: str, visitor: random.Random) -> None:
    """Let three of five visitors rate their service."""
    if visitor.random() < 0.6:
        level = visitor.choice(("very_satisfied",) * 5 + ("satisfied",) * 3 + ("neutral", "dissatisfied"))
        hall.call_api("/ratings", new_request() | {"counter": counter, "level": level})


def end_morning(hall: ScriptedHall) -> None:
    """Free counter 2, for which somebody with priority waits; let counter 4 have a break."""
    counters = {counter["id"]: counter for counter in hall.call_api("/board")["counters"]}
    if counters["c4"]["ticket"]:
        _finish(hall, counters["c4"])
    hall.call_api("/counters/c4/state", new_request() | {"state": "paused", "reason": "Nghỉ giải lao"})
    if counters["c2"]["ticket"]:
        _finish(hall, counters["c2"])
    hall.issue("HT", "1.000656", "priority")
    hall.advance(0.2)


def _finish(hall: ScriptedHall, counter: Mapping[str, Any]) -> None:
    ticket = counter["ticket"]
    hall.call_api(f"/counters/{counter['id']}/here", {"station": "counters-1", "key": True})
    if ticket["state"] == "called":
        hall.move(ticket["id"], "start", counter["id"])
    hall.move(ticket["id"], "finish", counter["id"], outcome="received")


# --- stations ------------------------------------------------------------------------------------------


@contextmanager
def reporting_stations(hall: ScriptedHall) -> Iterator[None]:
    """Report stations and devices over MQTT, as their programs would."""
    with ExitStack() as stack:
        for station, kind in sorted({(device.station, device.kind) for device in REPORTED_DEVICES}):
            _report_station(hall, stack, station, kind)
        while len(hall.call_api("/health")["stations"]) < len({device.station for device in REPORTED_DEVICES}):
            time.sleep(0.05)
        yield


def _report_station(hall: ScriptedHall, stack: ExitStack, station: str, kind: str) -> None:
    """Connect a station and report its devices; ``stack`` disconnects it."""
    topics, moment = Topics("mau"), "2026-11-23T01:31:00.000Z"
    connected = Event()
    feed = MqttConnection(
        "127.0.0.1",
        hall.broker,
        station,
        topics=[],
        on_message=lambda topic, payload: None,
        on_connection=lambda up: connected.set() if up else None,
    )
    stack.callback(feed.close)
    if not connected.wait(10):
        raise SystemExit("the broker does not answer")
    online = {"station": station, "kind": kind, "online": True, "boot": "b1", "at": moment}
    feed.publish(topics.status(station), json.dumps(online).encode(), retain=True)
    for device in REPORTED_DEVICES:
        if device.station != station:
            continue
        left_slips = 120 if device.code == "paper_near_end" else None
        status: dict[str, Any] = {"station": station, "device": device.name, "state": device.state, "code": device.code}
        status |= {"since": moment, "at": moment, "left_slips": left_slips}
        feed.publish(topics.device(station, device.name), json.dumps(status).encode(), retain=True)
