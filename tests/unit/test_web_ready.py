"""People try every device on a page, and are warned after thirty days."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from account_web import HOST, AccountWeb
from core_hall import HOUR
from flask.testing import FlaskClient

from config import device_trials as trial_texts
from server.domain.permissions import Role
from server.monitoring.wanted_copy import NAME, take_wanted_copy, want_copy
from server.store.queries import device_trials
from server.web.shared import network_texts
from server.web.shared.context import AppContext
from server.web.staff.app import create_app
from server.web.staff.health.repairs import REPAIRS, Repair
from server.web.staff.health.rows import CODES, REMEDIES
from server.wire.messages import DeviceState, DeviceStatus, StationHealth
from support.server_process import ROOT

DEVICES = {
    "kiosk-1": ("kiosk", ["printer", "screen"]),
    "counters-1": ("counter", ["sign-c1", "keypad-c1", "scanner-c1", "pad-c1", "name"]),
    "tv-1": ("display", ["speaker"]),
}
DAY = 24 * HOUR


@dataclass
class ReportedDevices:
    """The devices that have reported; ``details``: the texts of their reports by name."""

    details: dict[str, str] = field(default_factory=dict)
    connected: bool = True

    def stations(self) -> Sequence[StationHealth]:
        return [
            StationHealth(
                station=station,
                kind=kind,  # type: ignore[arg-type]
                online=True,
                version="0",
                at=None,
                since=None,
                devices=[self._status(station, device) for device in devices],
            )
            for station, (kind, devices) in DEVICES.items()
        ]

    def _status(self, station: str, device: str) -> DeviceStatus:
        return DeviceStatus(
            station=station,
            device=device,
            state=DeviceState.READY,
            code=None,
            since="2026-11-23T01:00:00.000Z",
            at="2026-11-23T01:00:00.000Z",
            detail=self.details.get(device),
        )


class ReadyPages:
    """A manager's browser on the page, and what stations were asked to do."""

    def __init__(self, web: AccountWeb, role: Role = Role.MANAGER) -> None:
        self.web, self.reports = web, ReportedDevices()
        self.begun: list[tuple[str, str]] = []
        self.ended: list[tuple[str, str]] = []
        self.restarted: list[str] = []
        self.copies = 0
        context: AppContext = web.app.extensions["luot"]
        web.app = create_app(
            replace(
                context,
                reports=self.reports,
                begin_device_test=lambda station, device: self.begun.append((station, device)),
                end_device_test=lambda station, device: self.ended.append((station, device)),
                restart_station=self.restarted.append,
                want_copy=self.count_copy,
            ),
            b"k" * 32,
        )
        self.browser: FlaskClient = web.browser(web.bench.person("Nguyễn Thị Quản", role))

    def count_copy(self) -> None:
        self.copies += 1

    def text(self, path: str = "/staff/ready") -> str:
        answer = self.browser.get(path, base_url=HOST)
        assert answer.status_code == 200, answer.get_data(as_text=True)[-1500:]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)))

    def press(self, station: str, device: str, step: str, **fields: str) -> int:
        page = self.browser.get("/staff/ready", base_url=HOST).get_data(as_text=True)
        form = {"request_id": re.findall(r'name="request_id" value="([^"]+)"', page)[0]} | fields
        path = f"/staff/ready/{station}/{device}/{step}"
        return self.browser.post(path, data=form, base_url=HOST).status_code


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[ReadyPages]:
    with closing(AccountWeb(tmp_path)) as web:
        yield ReadyPages(web)


def test_every_device_that_a_person_can_try_is_on_the_page_with_what_to_look_for(ready: ReadyPages) -> None:
    text = ready.text()
    assert "Hôm nay đã thử 0/7 thiết bị" in text
    assert text.count("Chưa thử lần nào") == 7
    assert "mọi vạch đều sáng như nhau" in text


def test_a_trial_is_begun_at_its_station_and_its_keys_are_listed(ready: ReadyPages) -> None:
    assert ready.press("counters-1", "keypad-c1", "begin") == 303
    assert ready.begun == [("counters-1", "keypad-c1")]
    ready.reports.details["keypad-c1"] = trial_texts.tested_detail(["next", "1"], ["recall"])
    text = ready.text()
    assert "Còn chờ: Gọi lại · đã nhận: Gọi tiếp, 1" in text
    ready.reports.details["keypad-c1"] = trial_texts.tested_detail(["next", "recall"], [])
    assert "Đã nhận đủ · đã nhận: Gọi tiếp, Gọi lại" in ready.text()


def test_a_printer_is_tried_by_a_test_slip(ready: ReadyPages) -> None:
    assert ready.press("kiosk-1", "printer", "begin") == 303
    assert [json.loads(fact.data)["kind"] for fact in ready.web.hall.facts() if fact.kind == "job.made"] == ["test"]
    assert ready.begun == []


def test_a_judgement_is_recorded_with_its_person_and_ends_the_trial(ready: ReadyPages) -> None:
    assert ready.press("counters-1", "sign-c1", "judge") == 303
    assert ready.press("counters-1", "keypad-c1", "judge", fault="keys") == 303
    text = ready.text()
    assert "Hôm nay đã thử 2/7 thiết bị · 1 bị lỗi" in text
    assert "Hoạt động tốt: 08:00, Nguyễn Thị Quản" in text
    assert "Có phím không nhận: 08:00, Nguyễn Thị Quản" in text
    assert ready.ended == [("counters-1", "sign-c1"), ("counters-1", "keypad-c1")]
    with ready.web.hall.store.read() as snapshot:
        assert [(row.device, row.works, row.fault) for row in device_trials(snapshot.connection)] == [
            ("keypad-c1", False, "keys"),
            ("sign-c1", True, None),
        ]
    ready.press("counters-1", "keypad-c1", "judge")
    assert "Hôm nay đã thử 2/7 thiết bị" in ready.text()


def test_an_unknown_device_and_an_unknown_fault_change_nothing(ready: ReadyPages) -> None:
    assert ready.press("counters-1", "sign-c9", "judge") == 404
    assert ready.press("counters-1", "name", "begin") == 404
    assert ready.press("counters-1", "sign-c1", "judge", fault="purple") == 400
    assert not [fact for fact in ready.web.hall.facts() if fact.kind == "device.tried"]


def test_the_health_page_warns_of_devices_that_nobody_tried_for_thirty_days(ready: ReadyPages) -> None:
    for station, (_, devices) in DEVICES.items():
        for device in devices:
            if device != "name":
                assert ready.press(station, device, "judge") == 303
    assert "chưa được thử" not in ready.text("/staff/health")
    ready.web.hall.clock.go(30 * DAY)
    ready.web.bench.now_ms = ready.web.hall.clock.now().wall_ms
    ready.browser = ready.web.browser(ready.web.bench.named("nguyen-thi-quan"))
    assert "7 thiết bị chưa được thử trong 30 ngày qua." in ready.text("/staff/health")
    assert "Đã lâu chưa thử: lần trước" in ready.text()


def test_a_clerk_sees_the_warning_and_tries_nothing(tmp_path: Path) -> None:
    with closing(AccountWeb(tmp_path)) as web:
        clerk = ReadyPages(web, Role.CLERK)
        assert "7 thiết bị chưa được thử" in clerk.text("/staff/health")
        assert clerk.browser.get("/staff/ready", base_url=HOST).status_code == 403


def test_a_station_is_restarted_and_a_copy_is_made_by_one_key(ready: ReadyPages) -> None:
    page = ready.browser.get("/staff/health", base_url=HOST).get_data(as_text=True)
    assert "/staff/health/restart/counters-1" in page
    form = {"request_id": re.findall(r'name="request_id" value="([^"]+)"', page)[0]}
    answers = [
        ready.browser.post(f"/staff/health/{path}", data=form, base_url=HOST).status_code
        for path in ("restart/counters-1", "restart/kiosk-9", "copy")
    ]
    assert answers == [303, 404, 303]
    assert (ready.restarted, ready.copies) == (["counters-1"], 1)


def test_a_clerk_restarts_nothing(tmp_path: Path) -> None:
    with closing(AccountWeb(tmp_path)) as web:
        clerk = ReadyPages(web, Role.CLERK)
        assert "/staff/health/restart" not in clerk.browser.get("/staff/health", base_url=HOST).get_data(as_text=True)
        answer = clerk.browser.post("/staff/health/restart/counters-1", data={"request_id": "x"}, base_url=HOST)
        assert (answer.status_code, clerk.restarted) == (403, [])


def test_every_fault_that_is_reported_has_what_mends_it() -> None:
    assert set(CODES) - set(network_texts.FAULTS) == set(REPAIRS)
    hands = {code for code, repairs in REPAIRS.items() if Repair.HANDS in repairs}
    assert hands <= set(REMEDIES), "hands need a sentence"


def test_a_copy_is_wanted_by_a_file_that_the_copy_removes(tmp_path: Path) -> None:
    want_copy(tmp_path)
    want_copy(tmp_path)
    path_unit = (ROOT / "packaging/systemd/luot-backup.path").read_text(encoding="utf-8")
    assert f"PathExists=/var/lib/luot/{NAME}\n" in path_unit
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    take_wanted_copy(tmp_path)
    take_wanted_copy(tmp_path)
    assert list(tmp_path.iterdir()) == []
