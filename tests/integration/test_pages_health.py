"""The health page in a browser: devices, unconfirmed slips, and work at printers."""

from collections.abc import Iterator

import pytest
from health_desk import answer, card, health, health_desk, health_hall, move, open_job, report_print
from playwright.sync_api import Browser, expect

from support.browser_pages import WAIT_MS, Desk, overflow_px, violations
from support.server_process import Api, Machine, request_id
from support.station_presence import ReportingStation, reporting_kiosk


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with health_hall(tmp_path_factory.mktemp("health")) as hall:
        yield hall


@pytest.fixture(scope="module")
def kiosk(hall: Machine) -> Iterator[ReportingStation]:
    with reporting_kiosk(hall) as station:
        yield station


@pytest.fixture
def desk(hall: Machine, browser: Browser, kiosk: ReportingStation) -> Iterator[Desk]:
    with health_desk(hall, browser) as desk:
        yield desk


# --- the page ---------------------------------------------------------------------------------------------


def test_a_fault_is_first_with_its_state_its_time_and_its_remedy(desk: Desk, kiosk: ReportingStation) -> None:
    page = health(desk)
    kiosk.report_device("printer", "fault", "paper_out", detail="0x72")
    first = page.locator(".health li").first
    expect(first).to_contain_text("Hết giấy", timeout=WAIT_MS)
    expect(first).to_contain_text("Ki-ốt 1 · Máy in phiếu")
    expect(first).to_contain_text("Thay cuộn giấy rồi bấm “Đã thay giấy”.")
    expect(first).to_contain_text("0x72")
    assert first.locator("svg").count() >= 1
    status, body = desk.api.get("/health")
    assert (status, body["state"]) == (200, "fault")
    kiosk.report_device("printer", "ready", last_code="paper_out", last_at="2026-11-23T00:50:00.000Z")
    healed = card(page, "Ki-ốt 1 · Máy in phiếu")
    expect(healed).to_contain_text("Lỗi gần nhất: Hết giấy lúc 07:50", timeout=WAIT_MS)
    expect(healed).not_to_contain_text("Cần làm")


def test_a_device_that_never_reported_is_shown_as_not_known(desk: Desk) -> None:
    expect(card(health(desk), "Ki-ốt 1 · Màn hình")).to_contain_text("Chưa rõ tình trạng")


def test_the_devices_of_a_station_that_is_gone_are_not_known(desk: Desk, kiosk: ReportingStation) -> None:
    page = health(desk)
    try:
        kiosk.report_presence("printer", "screen", online=False)
        expect(card(page, "Ki-ốt 1")).to_contain_text("Mất kết nối từ", timeout=WAIT_MS)
        expect(card(page, "Ki-ốt 1 · Máy in phiếu")).to_contain_text("Chưa rõ tình trạng")
        assert desk.api.get("/health")[1]["state"] == "offline"
        card(page, "Ki-ốt 1 · Máy in phiếu").get_by_role("button", name="Đã thay giấy").click()
        expect(page.locator("#notices")).to_contain_text("Đã gửi lệnh “Đã thay giấy” đến Ki-ốt 1.")
        expect(page.locator(".slips")).to_contain_text("Ki-ốt 1 đang mất kết nối")
    finally:
        kiosk.report_presence("printer", "screen")
    expect(page.locator(".slips")).not_to_contain_text("đang mất kết nối", timeout=WAIT_MS)
    job = open_job(desk, "roll")
    answer(desk, job)
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)


def test_the_servers_own_parts_are_there(desk: Desk) -> None:
    page = health(desk)
    for name in ("Kênh truyền tin (MQTT)", "Cơ sở dữ liệu", "Ổ đĩa"):
        expect(card(page, name)).to_be_visible()
    names = [part["device"] for part in desk.api.get("/health")[1]["server"]]
    assert names == ["broker", "database", "disk"]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", [1280, 360])
def test_anybody_can_read_the_page(desk: Desk, kiosk: ReportingStation, language: str, width: int) -> None:
    ticket = desk.issue()
    report_print(desk, ticket, "unknown")
    kiosk.report_device("printer", "warning", "paper_near_end", left_slips=12)
    desk.page.set_viewport_size({"width": width, "height": 800})
    page = health(desk, language)
    expect(page.locator(".slips")).to_contain_text(ticket["number"])
    assert violations(page) == ""
    assert overflow_px(page) == 0
    kiosk.report_device("printer", "ready")


def test_the_page_works_without_scripts(hall: Machine, browser: Browser, kiosk: ReportingStation) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{hall.api}/?choose=1&lang=vi")
    page.select_option("select[name=manager]", "ql")
    page.click("form[action$='/manager/sign-in'] button")
    page.goto(f"{hall.api}/staff/health")
    page.get_by_role("button", name="In phiếu thử").first.click()
    expect(page.locator("#notices")).to_contain_text("Đã gửi lệnh “In phiếu thử” đến Ki-ốt 1.")
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    context.close()
    api = Api(hall.api)
    status, body = api.get("/journal?limit=1000")
    made = [fact for fact in body["items"] if fact["kind"] == "job.made" and fact["data"]["kind"] == "test"]
    assert status == 200
    assert (made[-1]["actor_role"], made[-1]["actor_id"], made[-1]["data"]["mark"]) == ("manager", "ql", "test")
    result = {"station": "kiosk-1", "state": "printed", "proof": "fence"}
    assert api.post(f"/jobs/{made[-1]['data']['job']}/result", result)[0] == 204


def test_a_browser_without_sign_in_sees_and_does_nothing(
    hall: Machine, browser: Browser, kiosk: ReportingStation
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{hall.api}/staff/health")
    assert page.locator("select[name=counter]").count() == 1
    answered = context.request.post(f"{hall.api}/staff/health/printer/kiosk-1/roll", form={"request_id": request_id()})
    assert answered.status == 401
    context.close()


# --- slips ------------------------------------------------------------------------------------------------


def test_an_unconfirmed_slip_is_looked_after_and_leaves_the_list(desk: Desk) -> None:
    ticket = desk.issue()
    report_print(desk, ticket, "unknown")
    page = health(desk)
    line = page.locator(".slips li", has_text=ticket["number"])
    expect(line).to_contain_text("Chưa rõ đã in")
    line.get_by_role("button", name="Công dân đã có phiếu").click()
    expect(page.locator("#notices")).to_contain_text(f"phiếu số {ticket['number']} đã được xử lý")
    expect(page.get_by_role("button", name="Công dân đã có phiếu")).to_have_count(0)
    job = open_job(desk, "seen")
    status, body = desk.api.get(f"/jobs/{job}")
    assert (status, body["kind"], body["ticket"]["id"]) == (200, "seen", ticket["id"])
    answer(desk, job)


def test_a_slip_that_the_printer_brought_out_late_leaves_the_list_by_itself(desk: Desk) -> None:
    ticket = desk.issue()
    report_print(desk, ticket, "held")
    page = health(desk)
    expect(page.locator(".slips")).to_contain_text("Máy in đang giữ, sẽ in khi có giấy")
    report_print(desk, ticket, "printed")
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)
    desk.page.goto(f"{desk.base}/clerk/c1")
    expect(desk.page.locator("#part-alerts")).not_to_contain_text("Phiếu chưa rõ")


def test_a_reprint_is_a_marked_job_and_is_offered_once(desk: Desk) -> None:
    ticket = desk.issue()
    report_print(desk, ticket, "failed")
    page = health(desk)
    page.locator(".slips li", has_text=ticket["number"]).get_by_role("button", name="In lại phiếu").click()
    line = page.locator(".slips li", has_text=ticket["number"]).first
    expect(line).to_contain_text("Lệnh in lại đang chờ")
    expect(line.get_by_role("button", name="In lại phiếu")).to_have_count(0)
    job = open_job(desk, "reprint")
    body = desk.api.get(f"/jobs/{job}")[1]
    assert (body["mark"], body["ticket"]["number"]) == ("reprint", ticket["number"])
    answer(desk, job, "printed")
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)


def test_a_clerk_reports_a_changed_roll_where_reprints_are(desk: Desk) -> None:
    desk.serving()
    desk.open_panel("reprint")
    desk.page.locator("#printers > summary").click()
    desk.page.locator("#printers").get_by_role("button", name="Đã thay giấy").click()
    expect(desk.page.locator("#notices")).to_contain_text("Đã gửi lệnh “Đã thay giấy” đến Ki-ốt 1.", timeout=WAIT_MS)
    expect(desk.page.locator("#do-finish")).to_be_visible()
    job = open_job(desk, "roll")
    answer(desk, job)


@pytest.mark.parametrize(
    ("state", "sentence"), [("failed", "Chưa thực hiện được."), ("unknown", "Chưa rõ đã thực hiện")]
)
def test_work_that_a_station_could_not_do_is_shown_and_tried_again(desk: Desk, state: str, sentence: str) -> None:
    page = health(desk)
    card(page, "Ki-ốt 1 · Máy in phiếu").get_by_role("button", name="In phiếu thử").click()
    expect(page.locator("#notices")).to_contain_text("In phiếu thử")
    answer(desk, open_job(desk, "test"), state)
    undone = page.locator(".slips", has_text="Lệnh máy chưa thực hiện được")
    expect(undone).to_contain_text(sentence, timeout=WAIT_MS)
    assert violations(page) == ""
    undone.get_by_role("button", name="Thử lại In phiếu thử").click()
    expect(undone).to_have_count(0)
    answer(desk, open_job(desk, "test"), "printed")
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)


def test_the_clerk_page_shows_unconfirmed_slips_of_its_own_queue(desk: Desk) -> None:
    mine = desk.issue()
    other = desk.issue(service="CT")
    for ticket in (mine, other):
        report_print(desk, ticket, "unknown")
    alerts = desk.page.locator("#part-alerts")
    expect(alerts).to_contain_text(f"Phiếu chưa rõ đã in: {mine['number']}", timeout=WAIT_MS)
    expect(alerts).not_to_contain_text(other["number"])
    move(desk.api, other["id"], "transfer", service="HT")


def test_a_counters_faulty_device_is_on_its_page_with_the_remedy(desk: Desk, kiosk: ReportingStation) -> None:
    alerts = desk.page.locator("#part-alerts")
    kiosk.report_presence("printer", "screen", "keypad-c1", "keypad-c2")
    kiosk.report_device("keypad-c2", "offline", "off")
    kiosk.report_device("keypad-c1", "fault", "key_stuck")
    expect(alerts).to_contain_text("Bàn phím quầy 1: Phím bị kẹt. Nhấc phím bị kẹt lên", timeout=WAIT_MS)
    expect(alerts).not_to_contain_text("quầy 2")
    assert violations(desk.page) == ""
    kiosk.report_device("keypad-c1", "ready")
    expect(alerts).not_to_contain_text("Bàn phím", timeout=WAIT_MS)
    kiosk.report_presence("printer", "screen")
