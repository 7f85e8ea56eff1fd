"""The page of devices: only the right code enrols; each refusal has its sentence."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from access_bench import MINUTE, PASSWORD, cheap_hashes
from account_web import HOST, AccountWeb
from device_web import DeviceWeb
from enrolment_bench import BenchStation

from config.words import words
from server.access.enrolment import NoBrokerReason, ServerIdentity
from server.domain.permissions import Role
from server.web.staff.admin.device_texts import no_broker_text
from server.wire.enrolment import display_code
from server.wire.messages import DeviceKind
from support.server_process import ROOT

OPERATIONS = ROOT / "docs/OPERATIONS.md"


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeviceWeb]:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path)
    yield DeviceWeb(web)
    web.close()


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08d}"


def test_an_administrator_types_the_code_of_a_waiting_kiosk(pages: DeviceWeb) -> None:
    station = BenchStation(pages)
    status, page = pages.get()
    assert status == 200
    assert "Ki-ốt lấy số" in page
    assert "10.0.0.7" in page
    assert station.code not in page  # it is on the kiosk's screen only
    path = f"/waiting/{station.pending.id}"
    assert station.code not in pages.get(path)[1]
    status, page = pages.post(path, code=station.code, name="Ki-ốt cửa sau", place="Sảnh B")
    assert status == 200
    assert "Mã đúng." in page
    assert station.credentials() is not None
    station.finish()
    assert "Ki-ốt cửa sau" in pages.get()[1]


def test_a_waiting_station_has_its_everyday_name(pages: DeviceWeb) -> None:
    BenchStation(pages, DeviceKind.NODE, "sign-c3")
    BenchStation(pages, DeviceKind.KIOSK, "kiosk-2")
    page = pages.get()[1]
    assert "<b>Nút bảng số</b> Bảng số quầy 3 " in page and "<b>Ki-ốt lấy số</b> Ki-ốt 2 " in page
    assert "sign-c3" not in page and "kiosk-2" not in page


def test_a_wrong_code_is_refused_and_the_fifth_drops_the_request(pages: DeviceWeb) -> None:
    station = BenchStation(pages)
    path = f"/waiting/{station.pending.id}"
    status, page = pages.post(path, code=_wrong(station.code), name="Ki-ốt 1")
    assert status == 422
    assert "Mã không đúng. Còn 4 lần nhập." in page
    assert 'value="Ki-ốt 1"' in page
    for _ in range(3):
        pages.post(path, code="1", name="Ki-ốt 1")
    assert "yêu cầu này đã bị bỏ" in pages.post(path, code="1", name="Ki-ốt 1")[1]
    assert pages.post(path, code=station.code, name="Ki-ốt 1")[0] == 404


def test_each_refusal_has_its_sentence(pages: DeviceWeb) -> None:
    pages.add("Ki-ốt 1")
    station, node = BenchStation(pages), BenchStation(pages, DeviceKind.NODE, "sign-c1")
    kiosk_path, node_path = f"/waiting/{station.pending.id}", f"/waiting/{node.pending.id}"
    assert "Đã có thiết bị tên này." in pages.post(kiosk_path, code=station.code, name="KI-ỐT 1")[1]
    assert "từ 1 đến 60 ký tự" in pages.post(kiosk_path, code=station.code, name=" ")[1]
    assert "Mời chọn quầy" in pages.post(node_path, code=node.code, name="Bảng 1", counter=["c1", "c2"])[1]
    assert "Mời chọn quầy" in pages.post(node_path, code=node.code, name="Bảng 1", counter="c99")[1]
    assert "không thay thế được" in pages.post(kiosk_path, code=station.code, replaces="tv-9")[1]
    pages.identity = replace(pages.identity or ServerIdentity(b"", "", ""), broker=None)
    pages.enrolment.why_no_broker = NoBrokerReason.EMBEDDED
    assert "apt install mosquitto" in pages.post(node_path, code=node.code, name="Bảng 1", counter="c1")[1]
    assert "apt install mosquitto" in pages.get()[1]


def test_the_page_says_why_no_station_can_be_enrolled_and_operations_quotes_it(pages: DeviceWeb) -> None:
    assert "Chưa đăng ký được" not in pages.get()[1]
    sentences = {}
    for reason in NoBrokerReason:
        pages.enrolment.why_no_broker = reason
        sentences[reason] = no_broker_text(words("en"), reason)
        assert no_broker_text(words("vi"), reason) in pages.get("?lang=vi")[1]
        assert sentences[reason] in pages.get("?lang=en")[1]
    assert sentences[NoBrokerReason.EXTERNAL] in OPERATIONS.read_text(encoding="utf-8")
    pages.enrolment.why_no_broker, pages.identity = None, None
    assert "HTTPS" in pages.get()[1]


def test_a_new_machine_replaces_a_broken_one(pages: DeviceWeb) -> None:
    broken, token = pages.add("Ki-ốt 1")
    station = BenchStation(pages)
    path = f"/waiting/{station.pending.id}"
    assert "Thay cho thiết bị hỏng" in pages.get(path)[1]
    pages.post(path, code=station.code, replaces=broken.id)
    station.credentials()
    station.finish()
    assert pages.devices.is_ended(token)
    assert [device.name for device in pages.devices.all()] == ["Ki-ốt 1"]


def test_a_device_is_renamed_gets_other_counters_and_is_removed(pages: DeviceWeb) -> None:
    node, token = pages.add("Bảng 1", DeviceKind.NODE, device_id="sign-1", counters=("c1",))
    assert "Đã lưu." in pages.post(f"/{node.id}", name="Bảng 2", place="Tầng 2", counter="c2")[1]
    changed = pages.devices.get(node.id)
    assert changed is not None
    assert (changed.name, changed.place, changed.counters) == ("Bảng 2", "Tầng 2", ("c2",))
    assert "Mời chọn quầy" in pages.post(f"/{node.id}", name="Bảng 2")[1]
    assert "Đã gỡ Bảng 2." in pages.post(f"/{node.id}/remove")[1]
    assert pages.devices.is_ended(token)
    assert pages.get(f"/{node.id}")[0] == 404


def test_enrolling_and_removing_need_a_fresh_proof_of_the_password(pages: DeviceWeb) -> None:
    kiosk, _ = pages.add("Ki-ốt 1")
    pages.web.bench.now_ms += 11 * MINUTE
    station = BenchStation(pages)
    path = f"/waiting/{station.pending.id}"
    assert pages.post(path, code=station.code, name="Ki-ốt 2")[0] == 403
    assert pages.post(f"/{kiosk.id}/remove")[0] == 403
    assert station.credentials() is None
    assert len(pages.devices.all()) == 1
    assert pages.post(path, code=station.code, name="Ki-ốt 2", proof=PASSWORD)[0] == 200
    assert station.credentials() is not None


MAY_BE_URGENT = {"people.end_sessions"}
"""The changes without a fresh proof: they take rights away at once, and give none."""


def test_every_change_of_people_devices_and_programs_needs_a_fresh_proof(pages: DeviceWeb) -> None:
    kiosk, _ = pages.add("Ki-ốt 1")
    pages.web.bench.now_ms += 11 * MINUTE
    ids = {"person_id": pages.chief.id, "device_id": kiosk.id, "pending_id": BenchStation(pages).pending.id}
    adapter, asked = pages.web.app.url_map.bind("127.0.0.1"), set()
    for rule in pages.web.app.url_map.iter_rules():
        is_change = rule.endpoint.startswith(("people.", "devices.", "programs.")) and "POST" in (rule.methods or ())
        if not is_change or rule.endpoint in {*MAY_BE_URGENT, "people.link_open_id"}:  # no provider is configured
            continue
        values = {name: ids.get(name, "x-1") for name in rule.arguments}
        url = adapter.build(rule.endpoint, values, method="POST")
        answer = pages.browser.post(url, base_url=HOST)
        page = answer.get_data(as_text=True)
        assert (rule.endpoint, answer.status_code, 'name="proof"' in page) == (rule.endpoint, 403, True)
        asked.add(rule.endpoint)
    assert {"devices.change", "people.lift_lock", "programs.create_token", "people.activate"} <= asked


def test_an_auditor_reads_and_a_clerk_does_not(pages: DeviceWeb) -> None:
    kiosk, _ = pages.add("Ki-ốt 1")
    station = BenchStation(pages)
    auditor = pages.web.browser(pages.web.bench.person("Lê Thị Soát", Role.AUDITOR))
    clerk = pages.web.browser(pages.web.bench.person("Trần Thị An", Role.CLERK))
    status, page = pages.get(browser=auditor)
    assert status == 200
    assert "Nhập mã" not in page
    assert "Gỡ thiết bị" not in pages.get(f"/{kiosk.id}", auditor)[1]
    for browser in (auditor, clerk):
        assert pages.post(f"/{kiosk.id}/remove", browser)[0] == 403
        assert pages.post(f"/waiting/{station.pending.id}", browser, code=station.code, name="x")[0] == 403
    assert pages.get(browser=clerk)[0] == 403
    assert len(pages.devices.all()) == 1


def test_a_browser_is_enrolled_by_the_code_on_its_page(pages: DeviceWeb) -> None:
    browser = pages.web.app.test_client()
    answer = browser.post("/this-browser", base_url=HOST, follow_redirects=True)
    pending = pages.enrolment.pending.waiting()[0]
    assert display_code(pending.code or "") in answer.get_data(as_text=True)
    browser.post("/this-browser", base_url=HOST)  # pressed twice
    assert len(pages.enrolment.pending.waiting()) == 1
    pages.post(f"/waiting/{pending.id}", code=pending.code or "", name="Máy quầy 1", counter="c1")
    assert "Máy quầy 1" in browser.get("/this-browser", base_url=HOST, follow_redirects=True).get_data(as_text=True)
    device = pages.devices.all()[0]
    assert (device.kind, device.counters, device.broker_hash) == (DeviceKind.BROWSER, ("c1",), None)
    cookie = browser.get_cookie("luot_device", domain="127.0.0.1")
    assert cookie is not None
    assert cookie.http_only
    pages.devices.remove("admin", device.id)
    assert "Máy quầy 1" not in browser.get("/this-browser", base_url=HOST).get_data(as_text=True)
