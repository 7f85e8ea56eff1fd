"""The virtual hall's page in a real browser: controls and displayed state."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from virtual_hall import VirtualHall, device_list, open_page, virtual_hall

from support.waiting import PATIENCE_S


@pytest.fixture
def hall() -> Iterator[VirtualHall]:
    with virtual_hall() as hall:
        yield hall


@pytest.fixture
def page(browser: Browser, hall: VirtualHall) -> Iterator[Page]:
    with open_page(browser, hall) as page:
        yield page


def test_a_tap_on_the_picture_arrives_at_the_same_place_of_the_panel(page: Page, hall: VirtualHall) -> None:
    picture = page.locator("#kiosk-picture").bounding_box()
    assert picture is not None
    for x, y in ((270, 480), (12, 30), (520, 940)):
        page.mouse.click(picture["x"] + picture["width"] * x / 540, picture["y"] + picture["height"] * y / 960)
        with hall.kiosk.changed:
            assert hall.kiosk.changed.wait_for(lambda: hall.kiosk.posts, PATIENCE_S)
        [(path, body)] = hall.kiosk.posts
        assert path == "/tap"
        # The picture is drawn smaller than the panel and a click falls on whole points of it: within two pixels.
        assert abs(body["x"] - x) <= 2
        assert abs(body["y"] - y) <= 2
        hall.kiosk.posts.clear()


def test_a_key_of_the_kiosk_is_reached_by_keyboard_and_a_disabled_one_is_not(page: Page, hall: VirtualHall) -> None:
    page.get_by_role("button", name="Lấy số thứ tự").focus()
    page.keyboard.press("Enter")
    hall.kiosk.wait_for(("/tap", {"target": "take"}))
    assert page.locator('[data-target="back"]').count() == 0


def test_the_pictures_on_the_page_are_the_stations_own_frames(page: Page, hall: VirtualHall) -> None:
    for name, double in (("kiosk", hall.kiosk), ("tv", hall.tv)):
        expect(page.locator(f"#{name}-picture")).to_be_visible()
        source = page.locator(f"#{name}-picture").get_attribute("src")
        assert httpx.get(f"{hall.url}{source}").content == double.answers["/frame.png"][1]


KEYS_OF_A_PAD = {
    "Gọi": "next",
    "Gọi lại": "recall",
    "Bắt đầu": "start",
    "Xong": "finish",
    "Vắng": "no_show",
    "Tạm gác": "hold",
    "Tạm dừng": "pause",
}


def test_each_key_of_a_pad_is_pressed_at_its_own_counter(page: Page, hall: VirtualHall) -> None:
    pad = page.locator('[data-counter="c2"]')
    for word, key in KEYS_OF_A_PAD.items():
        pad.get_by_role("button", name=word, exact=True).click()
        hall.devices.wait_for(("/keypads/c2", {"key": key}))
    assert [body["key"] for _, body in hall.devices.posts] == list(KEYS_OF_A_PAD.values())


def test_keys_with_digits_are_sent_with_them(page: Page, hall: VirtualHall) -> None:
    pad = page.locator('[data-counter="c2"]')
    pad.get_by_label("Số hoặc quầy").fill("A 015")
    pad.get_by_role("button", name="Gọi số", exact=True).click()
    hall.devices.wait_for(("/keypads/c2", {"key": "call", "digits": "015"}))
    expect(pad.get_by_label("Số hoặc quầy")).to_have_value("")
    pad.get_by_label("Số hoặc quầy").fill("4")
    pad.get_by_role("button", name="Chuyển", exact=True).click()
    hall.devices.wait_for(("/keypads/c2", {"key": "transfer", "digits": "4"}))


def test_a_rating_pad_has_the_keys_of_its_settings(page: Page, hall: VirtualHall) -> None:
    pad = page.get_by_role("group", name="Bàn phím đánh giá quầy 1")
    expect(pad.get_by_role("button")).to_have_count(3)
    for level, word in enumerate(("Rất hài lòng", "Hài lòng", "Không hài lòng"), 1):
        pad.get_by_role("button", name=word, exact=True).click()
        hall.devices.wait_for(("/pads/c1", {"level": level}))
    assert page.get_by_role("group", name="Bàn phím đánh giá quầy 2").count() == 0


def test_a_scanner_reads_a_typed_code_and_the_newest_slip_with_a_code(page: Page, hall: VirtualHall) -> None:
    scanner = page.get_by_role("group", name="Máy quét quầy 1")
    scanner.get_by_label("Mã để quét").fill("H29.001.02-260126-120002")
    scanner.get_by_role("button", name="Quét", exact=True).click()
    hall.devices.wait_for(("/scanners/c1", {"text": "H29.001.02-260126-120002"}))
    scanner.get_by_role("button", name="Quét phiếu mới nhất").click()
    expect(page.locator("#alarm")).to_have_text("Chưa làm được: không có phiếu nào có mã QR")
    slips = [{"n": n, "rows": 900, "cut": True, "taken": n == 1} for n in (1, 2)]
    hall.devices.json("/printer", {"left_mm": 79_000, "paper": True, "printing": False, "slips": slips, "version": 6})
    hall.devices.json("/printer/slips/1/code", {"text": "http://127.0.0.1/t/one"})
    scanner.get_by_role("button", name="Quét phiếu mới nhất").click()
    hall.devices.wait_for(("/scanners/c1", {"text": "http://127.0.0.1/t/one"}))
    expect(page.locator("#log li").first).to_contain_text("Quầy 1: quét mã")


def test_a_pads_lamp_and_a_signs_model_are_shown(page: Page, hall: VirtualHall) -> None:
    card = page.locator('[data-counter="c1"]')
    expect(card.get_by_role("img", name="Đèn báo")).to_be_hidden()
    devices = device_list()
    devices[1]["model"], devices[2]["lamp"] = "modbus", True
    hall.devices.json("/devices", devices)
    expect(card.get_by_role("img", name="Đèn báo")).to_be_visible()
    expect(card.locator(".model")).to_have_text("MODBUS")


def test_the_printers_faults_are_grouped_and_one_group_is_open(page: Page, hall: VirtualHall) -> None:
    devices = device_list({"paper_out": False, "hot": False, "silent": False})
    devices[0]["groups"] = {"answers": ["silent"], "mechanism": ["hot"], "paper": ["paper_out"]}
    hall.devices.json("/devices", devices)
    titles = page.locator("#faults summary")
    expect(titles.nth(0)).to_have_text("Máy in: giấy")
    expect(titles.nth(2)).to_have_text("Máy in: phản hồi")
    expect(page.get_by_role("switch", name="Máy in: đầu in quá nóng")).to_be_hidden()
    titles.nth(1).click()
    page.get_by_role("switch", name="Máy in: đầu in quá nóng").click()
    hall.devices.wait_for(("/devices/printer/faults/hot", {"on": True}))
    # A group with an active fault is shown, and a group closed by hand stays closed.
    titles.nth(0).click()
    devices[0]["faults"]["silent"] = True
    hall.devices.json("/devices", devices)
    expect(page.get_by_role("switch", name="Máy in: không phản hồi")).to_be_visible()
    expect(page.get_by_role("switch", name="Máy in: hết giấy")).to_be_hidden()


def test_a_counter_shows_its_state_its_sign_and_a_lost_connection(page: Page, hall: VirtualHall) -> None:
    card = page.locator('[data-counter="c1"]')
    expect(card.locator(".state-mark")).to_have_text("Đang gọi")
    expect(card.get_by_role("img", name="Bảng số quầy 1: A015")).to_be_visible()
    expect(page.locator('[data-counter="c2"] .state-mark')).to_have_text("Tạm dừng phục vụ")
    hall.state.put("fresh", False)
    expect(card.locator(".state-mark")).to_have_text("Mất kết nối với máy chủ")


def test_a_slip_can_be_viewed_and_taken(page: Page, hall: VirtualHall) -> None:
    expect(page.locator("#paper-left")).to_have_text("còn 80 m giấy")
    page.get_by_role("button", name="Xem phiếu").click()
    expect(page.locator("#slip-large-picture")).to_be_visible()
    assert page.evaluate("document.getElementById('slip-large').scrollTop") == 0, "the number is at the top"
    page.get_by_role("button", name="Đóng").click()
    page.get_by_role("button", name="Lấy phiếu").click()
    hall.devices.wait_for(("/printer/take", {}))
    slips = [{"n": 2, "rows": 1120, "cut": True, "taken": True}]
    hall.devices.json("/printer", {"left_mm": 79_000, "paper": True, "printing": False, "slips": slips, "version": 4})
    expect(page.get_by_role("button", name="Lấy phiếu")).to_be_disabled()
    expect(page.locator("#slip")).to_be_hidden()


def test_the_roll_is_taken_out_and_put_back_and_replaced(page: Page, hall: VirtualHall) -> None:
    page.get_by_role("button", name="Lấy cuộn giấy ra").click()
    hall.devices.wait_for(("/printer/paper", {"present": False}))
    hall.devices.json("/printer", {"left_mm": 79_000, "paper": False, "printing": False, "slips": [], "version": 5})
    page.get_by_role("button", name="Lắp lại cuộn giấy").click()
    hall.devices.wait_for(("/printer/paper", {"present": True}))
    page.get_by_role("button", name="Lắp cuộn giấy mới").click()
    hall.devices.wait_for(("/printer/roll", {}))


def test_a_fault_is_switched_on_and_all_are_switched_off(page: Page, hall: VirtualHall) -> None:
    switch = page.get_by_role("switch", name="Máy in: hết giấy")
    expect(switch).to_have_attribute("aria-checked", "false")
    switch.click()
    hall.devices.wait_for(("/devices/printer/faults/paper_out", {"on": True}))
    hall.devices.json("/devices", device_list({"paper_out": True, "unplugged": False}))
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(switch).to_contain_text("Bật")
    page.get_by_role("button", name="Tắt hết").click()
    hall.devices.wait_for(("/faults/clear", {}))
    hall.actions.wait_for("power", "server", True)
    hall.actions.wait_for("power", "broker", True)


def test_a_fault_without_a_text_is_shown_by_its_name(page: Page, hall: VirtualHall) -> None:
    hall.devices.json("/devices", device_list({"melted": False}))
    expect(page.get_by_role("switch", name="Máy in: melted")).to_be_visible()


def test_the_server_is_switched_off_and_on_while_the_page_stays(page: Page, hall: VirtualHall) -> None:
    page.get_by_text("Máy chủ, kênh truyền tin", exact=True).click()
    switch = page.get_by_role("switch", name="Máy chủ: mất điện")
    switch.click()
    hall.actions.wait_for("power", "server", False)
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    hall.actions.wait_for("power", "server", True)
    expect(switch).to_have_attribute("aria-checked", "false")


def test_speed_visitor_and_morning_are_passed_to_the_hall(page: Page, hall: VirtualHall) -> None:
    page.get_by_role("button", name="Tốc độ 10×").click()
    hall.actions.wait_for("speed", 10)
    expect(page.get_by_role("button", name="Tốc độ 10×")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Thêm một người lấy số").click()
    hall.actions.wait_for("visitor")
    page.get_by_role("button", name="Chạy một buổi sáng mẫu").click()
    hall.actions.wait_for("morning", True)
    expect(page.locator("#progress")).to_have_text("Buổi sáng mẫu: 3/70 người đã đến")
    page.get_by_role("button", name="Dừng buổi sáng mẫu").click()
    hall.actions.wait_for("morning", False)


def test_the_caption_is_shown_and_the_announcers_own_sound_can_be_heard(page: Page, hall: VirtualHall) -> None:
    expect(page.locator("#caption")).to_have_text("Mời số A015, quầy số một")
    expect(page.locator("#times")).to_have_text("lần 1/2")
    with page.expect_request("**/speech/k-1.wav"):
        page.get_by_role("button", name="Nghe", exact=True).click()
    expect(page.get_by_role("button", name="Nghe", exact=True)).to_have_attribute("aria-pressed", "true")
    hall.tv.answers["/speech/k-2.wav"] = ("audio/wav", b"RIFF")
    with page.expect_request("**/speech/k-2.wav"):
        hall.tv.json("/speech", {"id": "k-2", "caption": "Mời số A016", "times": 1, "of": 2, "playing": True})


def test_an_unanswered_key_is_reported_and_a_touch_beside_the_keys_is_not(page: Page, hall: VirtualHall) -> None:
    hall.kiosk.refuse["/tap"] = 409
    page.locator("#kiosk-picture").click(position={"x": 3, "y": 3})
    hall.kiosk.wait_for(hall.kiosk.posts[0] if hall.kiosk.posts else ("/tap", {"x": 4, "y": 4}))
    expect(page.locator("#alarm")).to_be_hidden()
    hall.devices.refuse["/keypads/c1"] = 503
    page.locator('[data-counter="c1"] [data-key="next"]').click()
    expect(page.locator("#alarm")).to_have_text("Chưa làm được: thiết bị không trả lời")
