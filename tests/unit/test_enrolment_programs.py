"""Station programs show a code, work once enrolled, and end at a removal."""

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import urllib3
from enrolment_server import EnrolmentServer, enrolment_server

from server.access.device import DeviceDetails
from support.forked_programs import start_program
from support.http_pools import http_pool
from support.server_process import free_ports
from support.waiting import PATIENCE_S, until

SCREEN = {"width_px": 1080, "height_px": 1920, "width_mm": 299.0, "fullscreen": False}
CODE = re.compile(r"\b\d{4} \d{4}\b")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EnrolmentServer]:
    with enrolment_server(tmp_path / "server") as made:
        yield made


@dataclass
class Station:
    """A running station program; ``port`` is its control port."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    def state(self) -> dict[str, Any]:
        """Return the description of the screen; empty while there is no control port."""
        try:
            answer = http_pool(retries=False, timeout=40.0).request("GET", f"http://127.0.0.1:{self.port}/state")
        except urllib3.exceptions.HTTPError:
            return {}
        state: dict[str, Any] = answer.json()
        return state

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def shown_code(self) -> str:
        """Wait for the code on the screen."""
        return str(until(lambda: self.state().get("code")))

    def logged_code(self) -> str:
        """Wait for the code in the log."""
        until(lambda: CODE.search(self.text()), self.text)
        return str(CODE.findall(self.text())[-1])

    def ended(self) -> int:
        return self.process.wait(PATIENCE_S)


@contextmanager
def running(folder: Path, program: str, server: str, section: Mapping[str, object]) -> Iterator[Station]:
    """Run a station program with this section of its settings until the block ends."""
    port = free_ports(1)[0]
    name = {"counter.node.app": "node"}.get(program, program.partition(".")[0])
    own = dict(section) | ({"control": f"127.0.0.1:{port}", "screen": SCREEN} if name in ("kiosk", "display") else {})
    settings = {"machine": {"state": str(folder / "state")}, "link": {"server": server}, name: own}
    (folder / f"{name}.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    command, log = ["-m", program, "--config", str(folder / f"{name}.toml")], folder / f"{name}.log"
    log.unlink(missing_ok=True)
    process = start_program(command, log, SDL_VIDEODRIVER="offscreen", SDL_AUDIODRIVER="dummy")
    try:
        yield Station(process, log, port)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def test_a_kiosk_shows_its_code_works_and_says_that_it_was_removed(server: EnrolmentServer, tmp_path: Path) -> None:
    kiosk = {"station": "kiosk-1", "printer": {"kind": "none"}}
    with running(tmp_path, "kiosk.app", server.url, kiosk) as station:
        code = station.shown_code()
        assert station.state().get("title") == "Chưa đăng ký"
        server.enrol("Ki-ốt 1", code=code)
        device = server.enrolled()
        until(lambda: station.state().get("screen", "notice") != "notice")  # the kiosk's own screens now
        server.bench.devices.remove("admin", device.id)
        assert station.ended() == 0
    with running(tmp_path, "kiosk.app", server.url, kiosk) as station:
        until(lambda: station.state().get("title") == "Máy này đã bị gỡ khỏi hệ thống")
        assert server.bench.enrolment.pending.waiting() == []
    with running(tmp_path, "kiosk.app", server.url, kiosk) as station:
        assert station.shown_code()


def test_a_hall_tv_shows_its_code_and_ends_at_a_signal(server: EnrolmentServer, tmp_path: Path) -> None:
    with running(tmp_path, "display.app", server.url, {"voice": False}) as station:
        assert station.shown_code() == server.waiting().code[:4] + " " + server.waiting().code[4:]  # type: ignore[index]
        station.process.send_signal(signal.SIGTERM)
        assert station.ended() == 0


def test_a_counter_station_logs_its_code_and_starts_again_with_new_counters(
    server: EnrolmentServer, tmp_path: Path
) -> None:
    counter = {"station": "counters-1", "desks": [{"counter": "c1", "sign": {"kind": "console"}}]}
    with running(tmp_path, "counter.app", server.url, counter) as station:
        assert server.waiting().request.counters == ("c1",)
        server.enrol("Quầy 1", ("c1",), code=station.logged_code())
        device = server.enrolled()
        until(lambda: "no broker at" in station.text(), station.text)
        server.bench.devices.change("admin", device.id, DeviceDetails("Quầy 2", "", ("c2",)))
        assert station.ended() == 0
    stored = (tmp_path / "state" / "enrolment-counter.json").read_text(encoding="utf-8")
    assert '"counters":["c1"]' in stored
    with running(tmp_path, "counter.app", server.url, counter) as station:
        until(lambda: '"counters":["c2"]' in (tmp_path / "state" / "enrolment-counter.json").read_text("utf-8"))
        until(lambda: "no broker at" in station.text(), station.text)


def test_a_sign_node_shows_its_code_in_two_groups(server: EnrolmentServer, tmp_path: Path) -> None:
    node = {"station": "sign-c6", "counter": "c6", "sign": {"kind": "console"}}
    with running(tmp_path, "counter.node.app", server.url, node) as station:
        code = station.logged_code()
        first, second = code.split()
        until(lambda: first in station.text().replace(code, "") and second in station.text().replace(code, ""))
        server.enrol("Bảng quầy 6", ("c6",), code=code)
        assert server.enrolled().id == "sign-c6"
