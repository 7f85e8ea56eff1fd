"""A kiosk as a process without a screen, with a real server and simulated printer."""

import io
import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import urllib3
from PIL import Image

from config.http import ConnectionPool
from support.http_pools import http_pool
from support.leaks import excused
from support.server_process import ROOT, Api, Machine, free_ports, journal, machine, office, request_id, running
from support.waiting import PATIENCE_S, until


@dataclass
class Hall:
    """A hall with one kiosk: its screen and its printer through their control ports."""

    where: Machine
    api: Api
    screen: str
    devices: str
    server: ExitStack = field(default_factory=ExitStack)
    kiosk: ExitStack = field(default_factory=ExitStack)
    pool: ConnectionPool = field(default_factory=lambda: http_pool(retries=False, timeout=PATIENCE_S))

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.pool.request("GET", f"{self.screen}/state").data)
        return state

    def shows(self, **wanted: object) -> None:
        until(lambda: wanted.items() <= self.state().items(), lambda: (self.state(), "wanted", wanted))

    def tap(self, *targets: str) -> None:
        for target in targets:
            answer = self.pool.request("POST", f"{self.screen}/tap", body=json.dumps({"target": target}))
            assert answer.status == 204, (target, answer.data, self.state())

    def touch(self, target: str) -> int:
        """Tap the middle of a target by its pixels; return the status of the answer."""
        place = self.targets()[target]
        middle = {"x": place["x"] + place["w"] // 2, "y": place["y"] + place["h"] // 2}
        return self.pool.request("POST", f"{self.screen}/tap", body=json.dumps(middle)).status

    def targets(self) -> dict[str, dict[str, Any]]:
        listed = json.loads(self.pool.request("GET", f"{self.screen}/targets").data)
        return {target["id"]: target for target in listed}

    def fault(self, name: str, *, on: bool) -> None:
        body = json.dumps({"on": on})
        answer = self.pool.request("POST", f"{self.devices}/devices/printer/faults/{name}", body=body)
        assert answer.status < 300, answer.data

    def slips(self) -> list[dict[str, Any]]:
        slips: list[dict[str, Any]] = json.loads(self.pool.request("GET", f"{self.devices}/printer").data)["slips"]
        return [slip for slip in slips if slip["cut"]]

    def facts(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in journal(self.api) if row["kind"] == kind]

    def noted(self) -> dict[str, str]:
        """Return the last entry of the kiosk's print journal for each job."""
        kept = self.where.config.parent / "state" / "kiosk-1" / "printer.jsonl"
        lines = kept.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
        return {row["job"]: row["state"] for row in map(json.loads, lines) if "job" in row}

    def device(self, name: str) -> dict[str, Any]:
        _, health = self.api.get("/health")
        return next(
            (device for station in health["stations"] for device in station["devices"] if device["device"] == name), {}
        )


@contextmanager
def program(module: str, config: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of the hall until the block ends; it must exit with 0."""
    environ = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environ.pop("SDL_VIDEODRIVER", None)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--config", str(config)],
            stdout=sink,
            stderr=sink,
            cwd=ROOT,
            env={**environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0, log.read_text(errors="replace")[-4000:]


@pytest.fixture(scope="module")
def whole_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    tmp_path = tmp_path_factory.mktemp("kiosk")
    rooms = office(["HT", "CT"], {"c1": ["HT"], "c2": ["HT", "CT"]})
    rooms["clerks"].append({"id": "ql", "name": "Quản lý", "role": "manager"})
    where = machine(tmp_path, rooms)
    screen, paper, devices = free_ports(3)
    settings = tomllib.loads(where.config.read_text(encoding="utf-8"))
    settings["link"] = {"server": where.api, "broker": f"127.0.0.1:{where.broker[1]}", "office": "test"}
    settings["kiosk"] = {
        "station": "kiosk-1",
        "control": f"127.0.0.1:{screen}",
        "debounce_ms": 0,
        "settle_ms": 0,
        "idle_s": 600,
        "screen": {"width_px": 540, "height_px": 960, "width_mm": 299.0},
        "printer": {"kind": "network", "address": f"127.0.0.1:{paper}"},
    }
    settings["simulated"] = {
        "control": f"127.0.0.1:{devices}",
        "printer": {"listen": f"127.0.0.1:{paper}", "speed_mm_s": 1000.0},
    }
    where.config.write_text(tomli_w.dumps(settings), encoding="utf-8")
    made = Hall(where, Api(where.api), f"http://127.0.0.1:{screen}", f"http://127.0.0.1:{devices}")
    with ExitStack() as held:
        made.server = held.enter_context(ExitStack())
        made.server.enter_context(running(where))
        held.enter_context(program("hardware.simulated.app", where.config, tmp_path / "simulated.log"))
        made.kiosk = held.enter_context(ExitStack())
        made.kiosk.enter_context(program("kiosk.app", where.config, tmp_path / "kiosk.log"))
        until(lambda: _answers(made))
        yield made


@pytest.fixture
def hall(whole_hall: Hall) -> Hall:
    """The one hall of this file, at rest and without faults."""
    whole_hall.pool.request("POST", f"{whole_hall.devices}/faults/clear")
    if "home" in whole_hall.targets():
        whole_hall.tap("home")
    # The server may not have heard yet what the paper did; the kiosk knows as soon as it is done with what was held.
    until(lambda: not {"held", "printing"} & set(whole_hall.noted().values()), whole_hall.noted)
    until(lambda: whole_hall.device("printer").get("state") == "ready", lambda: whole_hall.device("printer"))
    whole_hall.shows(screen="home", stale=False)
    return whole_hall


def _answers(hall: Hall) -> bool:
    try:
        return "take" in hall.targets()
    except urllib3.exceptions.HTTPError:
        return False


def test_taps_end_in_paper_that_the_printer_proved(hall: Hall) -> None:
    slips = len(hall.slips())
    hall.tap("take", "service-HT", "take")
    hall.shows(screen="result", slip="printed")
    assert len(hall.slips()) == slips + 1
    ticket = hall.state()["ticket"]
    until(lambda: hall.api.get(f"/tickets/{ticket}")[1]["print"] == "printed")
    assert [row["actor_station"] for row in hall.facts("ticket.issued") if row["ticket"] == ticket] == ["kiosk-1"]


def test_the_picture_is_the_stations_frame_and_a_tap_on_it_is_a_finger(hall: Hall) -> None:
    answer = hall.pool.request("GET", f"{hall.screen}/frame.png?after=0&wait_s=5")
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert picture.size == (540, 960)
    number = int(answer.headers["X-Frame"])
    assert hall.touch("take") == 204
    hall.shows(screen="services")
    later = hall.pool.request("GET", f"{hall.screen}/frame.png?after={number}&wait_s=5")
    assert int(later.headers["X-Frame"]) > number


def test_the_settings_decide_how_soon_a_touch_counts_again(hall: Hall) -> None:
    for target, screen in (("take", "services"), ("home", "home")) * 2:
        assert hall.touch(target) == 204
        hall.shows(screen=screen)


def test_without_paper_the_question_comes_before_the_number(hall: Hall) -> None:
    slips, issued = len(hall.slips()), len(hall.facts("ticket.issued"))
    hall.fault("paper_out", on=True)
    until(lambda: hall.device("printer").get("code") == "paper_out", lambda: hall.device("printer"))
    hall.tap("take", "service-CT", "take")
    hall.shows(screen="no_paper")
    assert len(hall.facts("ticket.issued")) == issued
    hall.tap("nopaper-yes")
    hall.shows(screen="result", number="B001", slip=None)
    assert len(hall.slips()) == slips


def test_paper_that_ends_in_the_middle_keeps_the_number_and_is_reported(hall: Hall) -> None:
    hall.fault("paper_out_mid", on=True)
    hall.tap("take", "service-HT", "take")
    hall.shows(screen="result", slip="held")
    assert hall.state()["number"].startswith("A")
    ticket = hall.state()["ticket"]
    until(lambda: hall.api.get(f"/tickets/{ticket}")[1]["print"] == "held")


def test_a_lost_server_is_shown_and_the_kept_request_gets_one_number_after_its_return(hall: Hall) -> None:
    issued = len(hall.facts("ticket.issued"))
    hall.tap("take", "service-HT")
    hall.shows(screen="confirm")
    hall.server.close()
    hall.tap("take")
    hall.shows(screen="notice")
    assert hall.state()["trouble"] in ("busy", "network")
    assert hall.state()["number"] is None
    with (
        ThreadPoolExecutor(1) as beside,
        excused("module"),
    ):  # the kiosk may notice before this test does, and shows it for a while
        started = beside.submit(hall.server.enter_context, running(hall.where))
        hall.shows(trouble="back")
        started.result()
    hall.tap("take")
    hall.shows(screen="result", slip="printed")
    assert len(hall.facts("ticket.issued")) == issued + 1


def test_a_slip_that_staff_want_is_printed_here_once_and_answered(hall: Hall) -> None:
    slips = len(hall.slips())
    body = {"request_id": request_id(), "service": "HT", "station": "counters-1", "print_at": "kiosk-1"}
    ticket = hall.api.ok("/tickets", body)
    until(lambda: len(hall.slips()) == slips + 1, hall.slips)
    until(lambda: hall.api.get(f"/tickets/{ticket['id']}")[1]["print"] == "printed")
    assert hall.state()["screen"] == "home"


def test_slips_cut_off_by_a_stop_are_reported_to_staff_and_not_printed_again(hall: Hall) -> None:
    hall.tap("take", "service-HT", "take")
    hall.shows(screen="result", slip="printed")
    own, slips = hall.state()["ticket"], len(hall.slips())
    hall.kiosk.close()
    body = {"request_id": request_id(), "service": "HT", "station": "counters-1", "print_at": "kiosk-1"}
    staff = hall.api.ok("/tickets", body)
    (made,) = [row for row in hall.facts("job.made") if row["ticket"] == staff["id"]]
    # What a power cut in the middle of two slips leaves behind.
    with (hall.where.config.parent / "state" / "kiosk-1" / "printer.jsonl").open("a", encoding="utf-8") as file:
        for job in (own, f"work-{made['data']['job']}"):
            file.write(json.dumps({"job": job, "number": "A001", "state": "printing", "mm": 130.0}) + "\n")
    with excused("module"):
        hall.kiosk.enter_context(program("kiosk.app", hall.where.config, hall.where.config.parent / "kiosk.log"))
    for ticket in (own, staff["id"]):
        until(lambda ticket=ticket: hall.api.get(f"/tickets/{ticket}")[1]["print"] == "unknown")
    # The strip that ends what may have been cut off bears nothing and is shorter than any slip.
    assert len([slip for slip in hall.slips() if slip["rows"] > 200]) == slips


# --- what staff do at the printer, from the health page to the paper


def staff_press(hall: Hall, path: str, **form: str) -> None:
    """A button of the health page, by a manager's browser without scripts."""
    signed = hall.pool.request(
        "POST", f"{hall.where.api}/manager/sign-in", fields={"manager": "ql"}, encode_multipart=False, redirect=False
    )
    assert signed.status == 303, signed.data
    headers = {"Cookie": signed.headers["Set-Cookie"].partition(";")[0]}
    answer = hall.pool.request(
        "POST",
        f"{hall.where.api}/staff/health/{path}",
        fields={"request_id": request_id(), **form},
        headers=headers,
        encode_multipart=False,
        redirect=False,
    )
    assert answer.status == 303, answer.data


def work_done(hall: Hall, kind: str) -> dict[str, Any]:
    """Return how the newest job of this kind ended, once its kiosk has reported that."""
    job = [row["data"]["job"] for row in hall.facts("job.made") if row["data"]["kind"] == kind][-1]
    done = until(lambda: [row for row in hall.facts("job.done") if row["data"]["job"] == job], lambda: (kind, job))
    data: dict[str, Any] = done[0]["data"]
    return data


def held_slip(hall: Hall) -> str:
    hall.fault("paper_out_mid", on=True)
    hall.tap("take", "service-HT", "take")
    hall.shows(screen="result", slip="held")
    ticket: str = hall.state()["ticket"]
    print_becomes(hall, ticket, "held")
    until(lambda: hall.device("printer").get("code") == "paper_out", lambda: hall.device("printer"))
    return ticket


def print_becomes(hall: Hall, ticket: str, state: str) -> None:
    reported: Callable[[], Any] = lambda: hall.api.get(f"/tickets/{ticket}")[1]["print"]
    until(lambda: reported() == state, reported)


def test_a_slip_that_staff_drop_is_not_on_the_new_roll_and_is_printed_again_with_its_mark(hall: Hall) -> None:
    ticket = held_slip(hall)
    staff_press(hall, "printer/kiosk-1/clear")
    assert work_done(hall, "clear")["state"] == "done"
    print_becomes(hall, ticket, "failed")
    hall.pool.request("POST", f"{hall.devices}/printer/roll")
    until(lambda: hall.device("printer").get("state") == "ready", lambda: hall.device("printer"))
    whole = len(hall.slips())
    staff_press(hall, f"slip/{ticket}/reprint", station="kiosk-1")
    assert work_done(hall, "reprint")["state"] == "printed"
    print_becomes(hall, ticket, "printed")
    # What hung in the slot, then the slip itself, and nothing that the printer was told to drop.
    assert 1 <= len(hall.slips()) - whole <= 2


def test_a_slip_that_staff_looked_after_is_no_longer_asked_about_by_its_kiosk(hall: Hall) -> None:
    ticket = held_slip(hall)
    staff_press(hall, f"slip/{ticket}/seen")
    assert work_done(hall, "seen")["state"] == "done"
    assert hall.noted()[ticket] == "seen"
    hall.pool.request("POST", f"{hall.devices}/printer/roll")


def test_a_roll_that_staff_changed_is_counted_from_its_beginning(hall: Hall) -> None:
    hall.tap("take", "service-HT", "take")
    hall.shows(screen="result", slip="printed")
    until(lambda: hall.device("printer").get("left_slips"), lambda: hall.device("printer"))
    staff_press(hall, "printer/kiosk-1/roll")
    assert work_done(hall, "roll")["state"] == "done"
    until(lambda: not hall.device("printer").get("left_slips"), lambda: hall.device("printer"))


def test_a_call_for_help_is_sent_and_shown(hall: Hall) -> None:
    hall.tap("help")
    hall.shows(help="sent")


def test_a_missing_screen_is_logged(hall: Hall) -> None:
    log = hall.where.config.parent / "kiosk.log"
    assert "no screen found" in log.read_text(encoding="utf-8")


def test_a_missing_section_ends_with_78_and_a_sentence(tmp_path: Path) -> None:
    config = tmp_path / "machine.toml"
    config.write_text("[machine]\n", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "kiosk.app", "--config", str(config)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 78
    assert "[kiosk]" in ended.stderr
    assert ended.stdout == ""
