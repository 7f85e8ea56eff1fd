"""Run a whole demonstration hall as ``make run`` starts it."""

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
from support.server_process import ROOT, Api, request_id

SETTINGS = ROOT / "config" / "demo" / "hall.toml"
READY_MARK = "http://"
"""A text in the line that the hall prints when all its programs are ready."""


@dataclass(frozen=True, slots=True)
class WholeHall:
    """A running hall. ``ready_s``: seconds until it was ready; ``ticket_s``: until it had issued a ticket."""

    pid: int
    ready_s: float
    ticket_s: float


@contextmanager
def whole_hall(folder: Path) -> Iterator[WholeHall]:
    """Run a hall with all its state in ``folder``, and issue a ticket."""
    state = folder / "hall"
    command = [sys.executable, "-m", "server.hall.app", "--config", str(SETTINGS), "--ports", "auto"]
    start_s = time.monotonic()
    with program([*command, "--state", str(state)], folder / "hall.log", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if READY_MARK in line.decode(errors="replace"):
                break
        else:
            raise WrongAnswer(f"the hall ended:\n{(folder / 'hall.log').read_text(errors='replace')[-2000:]}")
        ready_s = time.monotonic() - start_s
        settings = tomllib.loads((state / "hall.toml").read_text(encoding="utf-8"))
        api = Api(settings["link"]["server"])
        service = api.get("/services")[1]["items"][0]["id"]
        api.ok("/tickets", {"request_id": request_id(), "service": service, "station": "kiosk-1"})
        ticket_s = time.monotonic() - start_s
        api.close()
        yield WholeHall(process.pid, ready_s, ticket_s)
