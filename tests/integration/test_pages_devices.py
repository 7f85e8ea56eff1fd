"""The pages of devices in a browser, with the keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from access_bench import cheap_hashes
from account_web import AccountWeb
from device_web import DeviceWeb
from enrolment_bench import BenchStation
from people_desk import PeopleDesk, signed_in
from playwright.sync_api import Browser, expect

from server.web.staff.admin.devices import REFRESH_S
from server.wire.messages import DeviceKind
from support.browser_pages import WAIT_MS, overflow_px, violations


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeviceWeb]:
    cheap_hashes(monkeypatch)
    web = AccountWeb(tmp_path)
    yield DeviceWeb(web)
    web.close()


@pytest.fixture
def desk(devices: DeviceWeb, browser: Browser) -> Iterator[PeopleDesk]:
    with signed_in(devices.web, browser, devices.chief) as desk:
        yield desk


def test_a_kiosk_that_appears_is_enrolled_and_removed_with_the_keyboard_alone(
    devices: DeviceWeb, desk: PeopleDesk
) -> None:
    page = desk.open("/admin/devices")
    assert page.get_by_role("link", name="Nhập mã").count() == 0
    station = BenchStation(devices)
    page.clock.fast_forward(REFRESH_S * 1000)
    expect(page.get_by_role("link", name="Nhập mã")).to_be_visible(timeout=WAIT_MS)
    desk.tab_to("Nhập mã")
    page.clock.fast_forward(REFRESH_S * 1000)
    desk.press("Enter", "input.code")
    desk.tab_to("Mã trên màn hình")
    desk.type_in(station.code)
    desk.tab_to("Tên")
    desk.type_in("Ki-ốt cửa sau")
    desk.tab_to("Đăng ký")
    desk.press("Enter", "#h-waiting")
    station.finish()
    desk.open("/admin/devices")
    desk.tab_to("Ki-ốt cửa sau")
    desk.press("Enter", "input[name=name]")
    desk.tab_to("Gỡ")
    desk.press("Enter", "details[open]")
    desk.tab_to("Gỡ")
    desk.press("Enter", "#h-waiting")
    assert devices.devices.all() == []


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (360, 740)])
def test_the_pages_of_devices_fit_and_have_no_violations(
    devices: DeviceWeb, desk: PeopleDesk, width: int, height: int
) -> None:
    devices.add("Ki-ốt lấy số ở cửa sau của sảnh lớn")
    devices.add("Máy quầy 3", DeviceKind.BROWSER, device_id="b-3", counters=("c1", "c2"))
    BenchStation(devices, DeviceKind.NODE, "sign-c1")
    desk.page.set_viewport_size({"width": width, "height": height})
    for path in ("/admin/devices", "/admin/devices/b-3", "/this-browser"):
        page = desk.open(path)
        assert overflow_px(page) == 0, path
        assert not violations(page), path


def test_a_browser_is_enrolled_with_the_keyboard_alone(devices: DeviceWeb, desk: PeopleDesk) -> None:
    desk.open("/this-browser")
    desk.tab_to("Đăng ký trình duyệt này")
    desk.press("Enter", "dd.code")
    (pending,) = devices.enrolment.pending.waiting()
    assert desk.page.locator("dd.code").inner_text().replace(" ", "") == pending.code
