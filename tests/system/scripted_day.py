"""A hall whose clock stands still until the script moves it: real programs, exact times.

The clock file of a demonstration (``config.clock``) is written with speed 0, so that wall and queue time move only
between the events of the script, while processes, brokers, browsers and time-outs run as they do.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tomli_w

from config.clock import write_demo_clock
from config.load import load_settings
from config.settings import Settings
from server.hall.demo.scenario import CallResponse, VisitorPlan
from server.hall.demo.visitor_bot import KioskScreen, take_number
from server.hall.virtual.control_clients import ControlClients, ControlError, control_clients
from support.http_pools import http_pool
from support.server_process import ROOT, Api, end, need, request_id
from support.waiting import PATIENCE_S, until

DAY = "2040-01-16"
"""A Monday far enough ahead that no clock of a test machine has passed it: a service day never goes back."""

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def wall_ms(clock: str) -> int:
    """``HH:MM`` or ``HH:MM:SS`` of the scripted day as UTC ms."""
    return round(datetime.fromisoformat(f"{DAY}T{clock}").replace(tzinfo=ZONE).timestamp() * 1000)


@dataclass
class Day:
    """The hall of the script, its clock, and the actions of visitors and clerks."""

    settings: Settings
    base: str
    api: Api
    clients: ControlClients
    pace: Path
    out: list[str] = field(default_factory=list)
    report: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def at(self, clock: str) -> None:
        """Let the clock show ``clock`` from now on."""
        now_ms = wall_ms(clock)
        boot_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        write_demo_clock(self.pace, wall_ms=now_ms, ran_ms=now_ms, boot_ms=boot_ms, speed=0)

    def until(self, holds: Callable[[], Any], condition: str) -> Any:
        """Wait until ``holds`` returns a true value, and return that."""
        return until(holds, lambda: f"{condition}\n" + "\n".join(self.out[-60:]), within_s=PATIENCE_S)

    def tickets(self) -> dict[str, dict[str, Any]]:
        """Return all tickets of the day by number."""
        tickets: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            status, page = self.api.get(f"/tickets?day={DAY}&limit=100{after}")
            assert status == 200, page
            tickets |= {ticket["number"]: ticket for ticket in page["items"]}
            if page["next"] is None:
                return tickets
            after = f"&after={page['next']}"

    def board(self) -> dict[str, Any]:
        status, board = self.api.get("/board")
        assert status == 200
        return dict(board)

    def counter(self, counter: str) -> dict[str, Any]:
        return next(entry for entry in self.board()["counters"] if entry["id"] == counter)

    def takes(self, service: str, procedure: str | None = None, *, priority: bool = False) -> str:
        """Take a number by touching the kiosk's screen, as a visitor."""
        assert self.clients.kiosk is not None
        pause = threading.Event()
        screen = KioskScreen(self.clients.kiosk, lambda s: pause.wait(s), time.monotonic)
        visitor = VisitorPlan(service=service, procedure=procedure, priority=priority, **_REST)
        return take_number(screen, visitor)

    def link_on_the_slip(self, number: str) -> str:
        """Return the link in the code on the printed slip of ``number``."""
        self.until(lambda: self.tickets()[number]["print"] == "printed", f"the slip of {number} to be out")
        return str(self.until(lambda: self._find_link(number), f"a slip that bears {number}"))

    def _find_link(self, number: str) -> str | None:
        assert self.clients.devices is not None
        slips = [slip["n"] for slip in self.clients.devices.get("/printer").json()["slips"] if slip["cut"]]
        for n in reversed(slips):
            picture = self.clients.devices.get(f"/printer/slips/{n}.png").body
            read = [need("zbarimg"), "-q", "--raw", "png:-"]
            link = subprocess.run(read, input=picture, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
            if f">{number}<" in http_pool().request("GET", link).data.decode():
                return link
        return None

    def pad(self, counter: str, key: str, *, becomes: tuple[str | None, str | None] | None = None) -> None:
        """Press a key of the counter's pad, and wait for the resulting ticket and state."""
        assert self.clients.devices is not None
        self.clients.devices.post(f"/keypads/{counter}", {"key": key})
        if becomes is not None:
            self.shows(counter, *becomes)

    def shows(self, counter: str, number: str | None, state: str | None) -> None:
        """Wait until the counter's open ticket is ``number`` in ``state``."""
        self.until(lambda: self._open(counter) == (number, state), f"{counter} to have {number} {state}")

    def _open(self, counter: str) -> tuple[str | None, str | None]:
        ticket = self.counter(counter)["ticket"]
        return (ticket["number"], ticket["state"]) if ticket else (None, None)

    def move(self, number: str, move: str, counter: str | None = None, **more: Any) -> dict[str, Any]:
        """A move by the clerk of ``counter`` over the API."""
        body = {"request_id": request_id(), "move": move, "station": f"page-{counter or 'c1'}", **more}
        if counter is not None:
            body["counter"] = counter
        return dict(self.api.ok(f"/tickets/{self.tickets()[number]['id']}/moves", body))


_REST: dict[str, Any] = {
    "at_ms": 0,
    "response": CallResponse.AT_ONCE,
    "walk_ms": 0,
    "service_ms": 0,
    "hold": None,
    "transfer": None,
    "outcome": "received",
}
"""The parts of a plan that taking a number does not use."""


def office_without_waits(folder: Path) -> Path:
    """Return the demonstration's office without a least time between calls.

    The clock stands still while a TV speaks, and
    when it reports is not for the script to say."""
    demo = ROOT / "config" / "demo"
    raw = tomllib.loads((demo / "office.toml").read_text(encoding="utf-8"))
    raw["rules"]["call_gap_s"] = 0
    raw["procedures_file"] = str(demo / raw["procedures_file"])
    path = folder / "office.toml"
    path.write_text(tomli_w.dumps(raw), encoding="utf-8")
    return path


@contextmanager
def scripted_day(folder: Path, *, broker: str) -> Iterator[Day]:
    """Run all programs of the demonstration's office, from 07:20 of the scripted day."""
    state = folder / "state"
    state.mkdir()
    raw = tomllib.loads((ROOT / "config" / "demo" / "hall.toml").read_text(encoding="utf-8"))
    raw["broker"]["kind"] = broker
    raw["server"] |= {"always_open": False, "mode": "demo", "office": str(office_without_waits(folder))}
    # The script presses one key twice, and touches the screen again, within what is one press of a finger.
    raw["kiosk"] |= {"debounce_ms": 0, "settle_ms": 0}
    raw["simulated"]["printer"]["speed_mm_s"] = 1000.0  # nobody leaves it the time to print as slowly as others do
    for desk in raw["counter"]["desks"]:
        desk["keypad"]["debounce_ms"] = 0
    config = folder / "day.toml"
    config.write_text(tomli_w.dumps(raw), encoding="utf-8")
    early = wall_ms("07:20")
    (state / "pace.json").write_text(json.dumps({"wall_ms": early, "ran_ms": early, "boot_ms": 0, "speed": 1}))
    command = [
        sys.executable,
        "-m",
        "server.hall.app",
        "--config",
        str(config),
        "--ports",
        "auto",
        "--state",
        str(state),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ}
    )
    out: list[str] = []
    ready = threading.Event()
    reader = threading.Thread(target=_read, args=(process, out, ready), daemon=True)
    reader.start()
    try:
        assert ready.wait(60), "\n".join(out)
        settings = load_settings(state / "hall.toml")
        assert settings.server is not None and settings.machine.pace is not None
        base = f"http://{settings.server.listen}"
        with closing(control_clients(settings)) as clients:
            yield Day(settings, base, Api(base), clients, settings.machine.pace, out)
    finally:
        try:
            end(process, by=signal.SIGINT)
        finally:
            reader.join()
            assert process.stdout is not None
            process.stdout.close()


def _read(process: subprocess.Popen[str], out: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        out.append(line.rstrip())
        if "http://" in line and "|" not in line:
            ready.set()


__all__ = ["DAY", "ControlError", "Day", "scripted_day", "wall_ms"]
