"""The first set-up in a browser, from the code to a hall that works."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from config.setup_notice import read_notice
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.browser_pages import WAIT_MS, overflow_px, rest, violations
from support.setup_box import (
    OFFICE_ID,
    SetupBox,
    choose_template,
    create_administrator,
    cut_power,
    enter_code,
    send,
    switched_on,
    unpacked,
)
from support.station_presence import ReportingStation
from support.waiting import until

SIZES = ((1366, 768), (360, 740))


@pytest.fixture
def box(tmp_path: Path) -> SetupBox:
    return unpacked(tmp_path)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with closing(browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.clock.install()
        yield page


def check_look(page: Page, name: str, pictures: Path) -> None:
    """Assert that nothing fails axe or leaves the window; keep pictures."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        (pictures / f"setup-{name}-{width}.png").write_bytes(page.screenshot(full_page=True))
        assert violations(page) == ""
        assert overflow_px(page) == 0, (name, width)
    page.set_viewport_size({"width": 1366, "height": 768})


def title(page: Page, text: str) -> None:
    expect(page.locator("h1")).to_have_text(text)


def test_a_new_machine_is_set_up_by_keyboard_alone(box: SetupBox, page: Page, tmp_path: Path) -> None:
    with switched_on(box):
        assert f"set-up code {box.code}" in box.log.read_text(encoding="utf-8")
        page.goto(box.base)
        title(page, "Nhập mã thiết lập")
        check_look(page, "code", tmp_path)
        enter_code(page, box)
        title(page, "Người quản trị đầu tiên")
        check_look(page, "person", tmp_path)
        page.get_by_label("Họ và tên").focus()
        create_administrator(page)
        title(page, "Cơ quan của Ông/Bà")
        expect(page.locator(".note")).to_contain_text("nguyen-van-an")
        assert read_notice(box.state) is None
        check_look(page, "office", tmp_path)
        _tab_to(page, "input[value=one-stop]")
        rest(page)
        page.keyboard.press("ArrowDown")
        expect(page.locator("input[value=room]")).to_be_checked()
        page.keyboard.press("ArrowDown")
        expect(page.locator("input[value=clinic]")).to_be_checked()
        page.keyboard.press("Tab")
        page.keyboard.type("Phòng khám Hoa Sen")
        send(page)
        page.wait_for_load_state("load")
        _until_devices(page)
        check_look(page, "devices-none", tmp_path)
        _tab_to(page, "text=Hoàn tất thiết lập")
        send(page)
        title(page, "Đã thiết lập xong")
        expect(page.locator(".addresses")).to_contain_text(box.base)
        expect(page.locator(".qr")).to_be_visible()
        check_look(page, "done", tmp_path)
        for path in ("/setup", "/setup?lang=en"):
            gone = page.request.get(box.base + path)
            assert gone.status == 404
        board = page.request.get(f"{box.base}/api/v1/office")
        assert board.json()["name"] == {"vi": "Phòng khám Hoa Sen"} or board.status == 401


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    wanted = page.locator(selector)
    for _ in range(40):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def _until_devices(page: Page) -> None:
    """Advance the page's clock until the hall has started and the page has followed."""

    def has_followed() -> bool:
        page.clock.fast_forward(600)
        page.wait_for_timeout(50)
        return page.locator("h1").text_content() == "Thiết bị đã tìm thấy"

    until(has_followed)


def test_power_cuts_between_the_steps_lose_nothing(box: SetupBox, page: Page) -> None:
    with switched_on(box) as server:
        enter_code(page, box)
        title(page, "Người quản trị đầu tiên")
        cut_power(server)
    with switched_on(box) as server:
        enter_code(page, box)  # the code of the new start
        create_administrator(page)
        title(page, "Cơ quan của Ông/Bà")
        cut_power(server)
    with switched_on(box) as server:
        page.goto(box.base)  # the browser is still signed in
        title(page, "Cơ quan của Ông/Bà")
        choose_template(page, "empty", "Phường Thử")
        title(page, "Hệ thống đang khởi động")
        cut_power(server)
    with switched_on(box) as server:
        _until_devices(page)  # the waiting page asks until the server is back
        cut_power(server)
    with switched_on(box):
        page.goto(f"{box.base}/setup")
        title(page, "Thiết bị đã tìm thấy")
        send_button(page, "Hoàn tất thiết lập")
        title(page, "Đã thiết lập xong")


def send_button(page: Page, name: str) -> None:
    rest(page)
    page.get_by_role("button", name=name).click()


def test_a_second_browser_is_told_what_the_first_has_done(box: SetupBox, page: Page, browser: Browser) -> None:
    with switched_on(box), closing(browser.new_context(locale="vi-VN")) as other_context:
        other = other_context.new_page()
        other.clock.install()
        enter_code(page, box)
        enter_code(other, box)
        create_administrator(page)
        title(page, "Cơ quan của Ông/Bà")
        create_administrator(other, "Trần Thị Bình")
        title(other, "Tiếp tục thiết lập")
        expect(other.locator(".alert").first).to_contain_text("đã được thực hiện ở một trình duyệt khác")


def test_the_mistakes_of_a_file_are_shown_and_the_mended_file_is_used(
    box: SetupBox, page: Page, tmp_path: Path
) -> None:
    office = Path("config/examples/office-small.toml").read_text(encoding="utf-8")
    bad, good = tmp_path / "bad.toml", tmp_path / "ours.toml"
    bad.write_text(office.replace('label = "1"', 'lable = "1"').replace('"HT", "CT"', '"HX", "CT"'), encoding="utf-8")
    good.write_text(office, encoding="utf-8")
    with switched_on(box):
        enter_code(page, box)
        create_administrator(page)
        page.locator("input[value=file]").check()
        page.locator("input[name=office]").set_input_files(bad)
        send_button(page, "Dùng cơ quan này")
        mistakes = page.locator(".mistakes li")
        expect(mistakes).to_have_count(3)  # two of the label, and the file of procedures that was not chosen
        expect(mistakes.first).to_contain_text("Dòng 7 Tệp dùng thêm một tệp thủ tục")
        check_look(page, "mistakes", tmp_path)
        page.locator("input[name=office]").set_input_files(good)
        page.locator("input[name=procedures]").set_input_files("config/demo/procedures.json")
        send_button(page, "Dùng cơ quan này")
        title(page, "Hệ thống đang khởi động")
        _until_devices(page)


def test_found_devices_are_tried_from_the_page(box: SetupBox, page: Page, tmp_path: Path) -> None:
    topics, received = Topics(OFFICE_ID), list[str]()
    with switched_on(box):
        enter_code(page, box)
        create_administrator(page)
        choose_template(page, "one-stop", "Phường Thử")
        _until_devices(page)
        feed = MqttConnection(
            *box.broker,
            "counters-1-b1",
            topics=[topics.test("counters-1")],
            on_message=lambda topic, payload: received.append(payload.decode()),
            on_connection=lambda connected: None,
        )
        with closing(feed):
            counters = ReportingStation(feed, topics, "counters-1", "counter")
            counters.report_presence("sign-c1", "keypad-c1")
            for device in ("sign-c1", "keypad-c1"):
                counters.report_device(device, "ready")
            kiosk = ReportingStation(feed, topics, "kiosk-1", "kiosk")
            kiosk.report_presence("printer")
            kiosk.report_device("printer", "fault", "paper_out")
            display = ReportingStation(feed, topics, "tv-1", "display")
            display.report_presence("speaker")
            display.report_device("speaker", "ready")
            expect(page.locator(".health li")).to_have_count(4)
            check_look(page, "devices", tmp_path)
            send_button(page, "Thử bảng số")
            expect(page.locator("#notices")).to_contain_text("Bảng số đang hiện 8888")
            until(lambda: any('"sign-c1"' in message for message in received))
            send_button(page, "Thử bàn phím")
            expect(page.locator("#notices")).to_contain_text("bấm từng phím")
            counters.report_device("keypad-c1", "ready", detail="tested: next; missing: recall")
            expect(page.locator(".health")).to_contain_text("Đã nhận phím.")
            send_button(page, "In phiếu thử")
            expect(page.locator("#notices")).to_contain_text("Đã gửi lệnh in.")
