"""Run a whole hall on simulated devices, live or as the demonstration of ``make run``."""

import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import WrongAnswer
from bench.servers import program
from config.box_token import stations_token
from config.load import load_settings
from server.wire.messages import DeviceKind
from support.live_hall import write_live_hall
from support.people import enrol_devices
from support.server_process import ROOT, Api, request_id

DEMO = ROOT / "config" / "demo" / "hall.toml"
READY_MARK = "http://"
"""A text in the line that the hall prints when all its programs are ready."""


@dataclass(frozen=True, slots=True)
class WholeHall:
    """A running hall. ``ready_s``: seconds until it was ready; ``ticket_s``: until it had issued a ticket."""

    pid: int
    ready_s: float
    ticket_s: float


@contextmanager
def whole_hall(folder: Path, *, has_accounts: bool = True) -> Iterator[WholeHall]:
    """Run a hall with all its state in ``folder``, and issue a ticket.

    It is live, with people and enrolled devices; ``has_accounts`` False: a demonstration.
    """
    state = folder / "hall"
    config = _live_hall(folder, state) if has_accounts else DEMO
    command = [sys.executable, "-m", "server.hall.app", "--config", str(config), "--ports", "auto"]
    start_s = time.monotonic()
    with program([*command, "--state", str(state)], folder / "hall.log", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if READY_MARK in line.decode(errors="replace"):
                break
        else:
            raise WrongAnswer(f"the hall ended:\n{(folder / 'hall.log').read_text(errors='replace')[-2000:]}")
        ready_s = time.monotonic() - start_s
        settings = load_settings(state / "hall.toml")
        api = Api(settings.link.server, stations_token(settings))
        service = api.get("/services")[1]["items"][0]["id"]
        api.ok("/tickets", {"request_id": request_id(), "service": service, "station": "kiosk-1"})
        ticket_s = time.monotonic() - start_s
        api.close()
        yield WholeHall(process.pid, ready_s, ticket_s)


def _live_hall(folder: Path, state: Path) -> Path:
    """Write the settings of a live hall, and enrol devices.

    They are a kiosk and a TV on another floor, and a browser for each counter.
    """
    config, _ = write_live_hall(folder, state)
    office = tomllib.loads(DEMO.with_name("office.toml").read_text(encoding="utf-8"))
    browsers = {f"pc-{counter['id']}": (DeviceKind.BROWSER, [counter["id"]]) for counter in office["counters"]}
    enrol_devices(state, {"kiosk-2": (DeviceKind.KIOSK, []), "tv-2": (DeviceKind.DISPLAY, []), **browsers})
    return config
