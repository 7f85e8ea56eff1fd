"""The page of everything's health, what staff do at printers, scanned slips and dossier codes, in a browser."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from halls import Api, Machine, machine, office, request_id, running
from pages import WAIT_MS, Desk, overflow_px, rest, sit_down, violations
from stations import ReportingStation, reporting_kiosk
from waiting import until

CODE = "H29.001.02-260126-120001"
CARD = "001099012345|123456789|Nguyễn Văn Mẫu|01021999|Nam|Thôn Mẫu, Xã Mẫu|15042021"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    of = office(["HT", "CT"], {"c1": ["HT"], "c2": ["CT"]})
    of["clerks"].append({"id": "ql", "name": "Quản lý", "role": "manager"})
    where = machine(tmp_path_factory.mktemp("health"), of, threads=32)
    with running(where):
        yield where


@pytest.fixture(scope="module")
def kiosk(hall: Machine) -> Iterator[ReportingStation]:
    with reporting_kiosk(hall) as station:
        yield station


@pytest.fixture
def desk(hall: Machine, browser: Browser, kiosk: ReportingStation) -> Iterator[Desk]:
    """A clerk at counter 1 with nothing open and nobody waiting."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    desk = sit_down(context.new_page(), Api(hall.api), hall.api, "c1", "HT")
    yield desk
    context.close()
    for state in ("called", "serving", "held", "waiting", "no_show"):
        for one in desk.api.get(f"/tickets?state={state}")[1]["items"]:
            clean(desk.api, one)


def move(api: Api, ticket: str, name: str, **more: Any) -> Any:
    body = {"request_id": request_id(), "move": name, "counter": "c1", "station": "counters-1"} | more
    return api.ok(f"/tickets/{ticket}/moves", body)


def clean(api: Api, one: dict[str, Any]) -> None:
    """Bring the ticket to its end."""
    if one["state"] == "no_show":
        one = move(api, one["id"], "return")
    if one["state"] == "held":
        one = move(api, one["id"], "resume")
    if one["state"] == "waiting":
        api.ok("/counters/c1/state", {"request_id": request_id(), "state": "open"})
        one = move(api, one["id"], "call_chosen", reason="dọn")
    if one["state"] == "called":
        one = move(api, one["id"], "start")
    move(api, one["id"], "finish", outcome="received")


def unread(desk: Desk, why: str, counter: str = "c1") -> None:
    """The counter's scanner read something that the server is sent nothing of."""
    body = {"station": "counters-1", "why": why}
    assert desk.api.post(f"/counters/{counter}/unread-scan", body)[0] == 204


def scan(desk: Desk, text: str, counter: str | None = "c1") -> tuple[int, dict[str, Any]]:
    status, body = desk.api.post("/scans", {"station": "counters-1", "counter": counter, "text": text})
    return status, dict(body)


def health(desk: Desk, language: str = "vi") -> Page:
    desk.page.goto(f"{desk.base}/staff/health?lang={language}")
    return desk.page


def card(page: Page, name: str) -> Any:
    return page.locator(".health li", has=page.get_by_role("heading", name=name, exact=True))


# --- the page ---------------------------------------------------------------------------------------------


def test_a_fault_is_first_with_its_state_its_time_and_what_to_do(desk: Desk, kiosk: ReportingStation) -> None:
    page = health(desk)
    kiosk.device("printer", "fault", "paper_out", detail="0x72")
    first = page.locator(".health li").first
    expect(first).to_contain_text("Hết giấy", timeout=WAIT_MS)
    expect(first).to_contain_text("Ki-ốt kiosk-1 · Máy in phiếu")
    expect(first).to_contain_text("Thay cuộn giấy rồi bấm “Đã thay giấy”.")
    expect(first).to_contain_text("0x72")
    assert first.locator("svg").count() >= 1
    status, body = desk.api.get("/health")
    assert (status, body["state"]) == (200, "fault")
    kiosk.device("printer", "ready", last_code="paper_out", last_at="2026-11-23T00:50:00.000Z")
    healed = card(page, "Ki-ốt kiosk-1 · Máy in phiếu")
    expect(healed).to_contain_text("Lỗi gần nhất: Hết giấy lúc 07:50", timeout=WAIT_MS)
    expect(healed).not_to_contain_text("Cần làm")


def test_a_device_that_never_reported_is_shown_as_not_known(desk: Desk) -> None:
    expect(card(health(desk), "Ki-ốt kiosk-1 · Màn hình")).to_contain_text("Chưa rõ tình trạng")


def test_the_devices_of_a_station_that_is_gone_are_not_known(desk: Desk, kiosk: ReportingStation) -> None:
    page = health(desk)
    try:
        kiosk.says("printer", "screen", online=False)
        expect(card(page, "Ki-ốt kiosk-1")).to_contain_text("Mất kết nối từ", timeout=WAIT_MS)
        expect(card(page, "Ki-ốt kiosk-1 · Máy in phiếu")).to_contain_text("Chưa rõ tình trạng")
        assert desk.api.get("/health")[1]["state"] == "offline"
        card(page, "Ki-ốt kiosk-1 · Máy in phiếu").get_by_role("button", name="Đã thay giấy").click()
        expect(page.locator("#said")).to_contain_text("Đã gửi lệnh “Đã thay giấy” đến kiosk-1.")
        expect(page.locator(".slips")).to_contain_text("kiosk-1 đang mất kết nối")
    finally:
        kiosk.says("printer", "screen")
    expect(page.locator(".slips")).not_to_contain_text("đang mất kết nối", timeout=WAIT_MS)
    (job,) = jobs(desk, "roll")
    answer(desk, job)
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)


def test_the_servers_own_parts_are_there(desk: Desk) -> None:
    page = health(desk)
    for name in ("Kênh truyền tin (MQTT)", "Cơ sở dữ liệu", "Ổ đĩa"):
        expect(card(page, name)).to_be_visible()
    names = [one["device"] for one in desk.api.get("/health")[1]["server"]]
    assert names == ["broker", "database", "disk"]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width", [1280, 360])
def test_anybody_can_read_the_page(desk: Desk, kiosk: ReportingStation, language: str, width: int) -> None:
    ticket = desk.issue()
    unclear(desk, ticket, "unknown")
    kiosk.device("printer", "warning", "paper_near_end", left_slips=12)
    desk.page.set_viewport_size({"width": width, "height": 800})
    page = health(desk, language)
    expect(page.locator(".slips")).to_contain_text(ticket["number"])
    assert violations(page) == ""
    assert overflow_px(page) == 0
    kiosk.device("printer", "ready")


def test_the_page_works_without_scripts(hall: Machine, browser: Browser, kiosk: ReportingStation) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{hall.api}/?choose=1&lang=vi")
    page.select_option("select[name=manager]", "ql")
    page.click("form[action$='/manager/sign-in'] button")
    page.goto(f"{hall.api}/staff/health")
    page.get_by_role("button", name="In phiếu thử").first.click()
    expect(page.locator("#said")).to_contain_text("Đã gửi lệnh “In phiếu thử” đến kiosk-1.")
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    context.close()
    api = Api(hall.api)
    status, body = api.get("/journal?limit=1000")
    made = [one for one in body["items"] if one["kind"] == "job.made" and one["data"]["kind"] == "test"]
    assert status == 200
    assert (made[-1]["actor_role"], made[-1]["actor_id"], made[-1]["data"]["mark"]) == ("manager", "ql", "test")
    result = {"station": "kiosk-1", "state": "printed", "proof": "fence"}
    assert api.post(f"/jobs/{made[-1]['data']['job']}/result", result)[0] == 204


def test_nobody_who_is_not_signed_in_sees_or_does_anything(
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


def unclear(desk: Desk, ticket: dict[str, Any], state: str) -> None:
    desk.api.ok(f"/tickets/{ticket['id']}/print", {"station": "kiosk-1", "state": state})


def jobs(desk: Desk, kind: str) -> list[str]:
    """The open jobs of the kiosk, of this kind."""
    facts = desk.api.get("/journal?limit=1000")[1]["items"]
    made = [one["data"]["job"] for one in facts if one["kind"] == "job.made" and one["data"]["kind"] == kind]
    done = {one["data"]["job"] for one in facts if one["kind"] == "job.done"}
    return [one for one in made if one not in done]


def only(found: list[str]) -> str:
    (job,) = found
    return job


def answer(desk: Desk, job: str, state: str = "done") -> None:
    assert desk.api.post(f"/jobs/{job}/result", {"station": "kiosk-1", "state": state})[0] == 204


def test_an_unclear_slip_is_looked_after_and_leaves_the_list(desk: Desk) -> None:
    ticket = desk.issue()
    unclear(desk, ticket, "unknown")
    page = health(desk)
    line = page.locator(".slips li", has_text=ticket["number"])
    expect(line).to_contain_text("Chưa rõ đã in")
    line.get_by_role("button", name="Công dân đã có phiếu").click()
    expect(page.locator("#said")).to_contain_text(f"phiếu số {ticket['number']} đã được xử lý")
    expect(page.get_by_role("button", name="Công dân đã có phiếu")).to_have_count(0)
    (job,) = jobs(desk, "seen")
    status, body = desk.api.get(f"/jobs/{job}")
    assert (status, body["kind"], body["ticket"]["id"]) == (200, "seen", ticket["id"])
    answer(desk, job)


def test_a_slip_that_the_printer_brought_out_late_leaves_the_list_by_itself(desk: Desk) -> None:
    ticket = desk.issue()
    unclear(desk, ticket, "held")
    page = health(desk)
    expect(page.locator(".slips")).to_contain_text("Máy in đang giữ, sẽ in khi có giấy")
    unclear(desk, ticket, "printed")
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)
    desk.page.goto(f"{desk.base}/clerk/c1")
    expect(desk.page.locator("#part-alerts")).not_to_contain_text("Phiếu chưa rõ")


def test_a_reprint_is_a_marked_job_and_is_offered_once(desk: Desk) -> None:
    ticket = desk.issue()
    unclear(desk, ticket, "failed")
    page = health(desk)
    page.locator(".slips li", has_text=ticket["number"]).get_by_role("button", name="In lại phiếu").click()
    line = page.locator(".slips li", has_text=ticket["number"]).first
    expect(line).to_contain_text("Lệnh in lại đang chờ")
    expect(line.get_by_role("button", name="In lại phiếu")).to_have_count(0)
    (job,) = jobs(desk, "reprint")
    body = desk.api.get(f"/jobs/{job}")[1]
    assert (body["mark"], body["ticket"]["number"]) == ("reprint", ticket["number"])
    answer(desk, job, "printed")
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)


def test_a_clerk_says_where_reprints_are_that_the_roll_was_changed(desk: Desk) -> None:
    desk.serving()
    desk.open_panel("reprint")
    desk.page.locator("#printers > summary").click()
    desk.page.locator("#printers").get_by_role("button", name="Đã thay giấy").click()
    expect(desk.page.locator("#said")).to_contain_text("Đã gửi lệnh “Đã thay giấy” đến kiosk-1.", timeout=WAIT_MS)
    expect(desk.page.locator("#do-finish")).to_be_visible()
    (job,) = jobs(desk, "roll")
    answer(desk, job)


@pytest.mark.parametrize(("state", "said"), [("failed", "Chưa thực hiện được."), ("unknown", "Chưa rõ đã thực hiện")])
def test_work_that_a_station_could_not_do_is_told_and_tried_again(desk: Desk, state: str, said: str) -> None:
    page = health(desk)
    card(page, "Ki-ốt kiosk-1 · Máy in phiếu").get_by_role("button", name="In phiếu thử").click()
    expect(page.locator("#said")).to_contain_text("In phiếu thử")
    answer(desk, only(jobs(desk, "test")), state)
    undone = page.locator(".slips", has_text="Lệnh máy chưa thực hiện được")
    expect(undone).to_contain_text(said, timeout=WAIT_MS)
    assert violations(page) == ""
    undone.get_by_role("button", name="Thử lại In phiếu thử").click()
    expect(undone).to_have_count(0)
    answer(desk, only(jobs(desk, "test")), "printed")
    expect(page.locator(".slips")).to_have_count(0, timeout=WAIT_MS)


def test_the_clerk_is_told_of_unclear_slips_of_the_own_line(desk: Desk) -> None:
    mine = desk.issue()
    other = desk.issue(service="CT")
    for one in (mine, other):
        unclear(desk, one, "unknown")
    alerts = desk.page.locator("#part-alerts")
    expect(alerts).to_contain_text(f"Phiếu chưa rõ đã in: {mine['number']}", timeout=WAIT_MS)
    expect(alerts).not_to_contain_text(other["number"])
    move(desk.api, other["id"], "transfer", service="HT")


# --- scanned slips and dossiers ---------------------------------------------------------------------------


def test_a_scanned_slip_opens_its_ticket_at_the_counter_until_it_is_put_away(desk: Desk) -> None:
    desk.issue()
    second = desk.issue()
    assert scan(desk, second["link"])[1]["kind"] == "ticket"
    panel = desk.page.locator(".panel")
    expect(panel).to_contain_text(f"Đã mở số {second['number']} từ mã trên phiếu.", timeout=WAIT_MS)
    assert violations(desk.page) == ""
    rest(desk.page)
    desk.page.keyboard.press("Escape")
    expect(panel).to_have_count(0, timeout=WAIT_MS)
    desk.page.reload()
    expect(panel).to_have_count(0)


def test_who_is_scanned_can_be_called_out_of_order_from_the_card(desk: Desk) -> None:
    desk.issue()
    second = desk.issue()
    scan(desk, second["link"])
    panel = desk.page.locator(".panel")
    expect(panel).to_contain_text(second["number"], timeout=WAIT_MS)
    panel.locator("#t-chosen input[name=other]").fill("Công dân cao tuổi")
    panel.locator("#t-chosen button").click()
    expect(desk.page.locator("#do-start")).to_be_visible(timeout=WAIT_MS)
    expect(panel).to_have_count(0)
    assert desk.ticket(second)["state"] == "called"


def test_the_card_goes_when_the_ticket_moves_on_elsewhere(desk: Desk) -> None:
    ticket = desk.issue()
    scan(desk, ticket["link"])
    panel = desk.page.locator(".panel")
    expect(panel).to_contain_text(ticket["number"], timeout=WAIT_MS)
    move(desk.api, ticket["id"], "transfer", service="CT", counter=None)
    expect(panel).to_have_count(0, timeout=WAIT_MS)
    move(desk.api, ticket["id"], "transfer", service="HT", counter=None)


def test_who_did_not_come_is_back_in_the_line_and_on_the_card(desk: Desk) -> None:
    ticket = desk.issue()
    move(desk.api, ticket["id"], "call")
    move(desk.api, ticket["id"], "no_show", reason="vắng")
    scan(desk, f"http://127.0.0.1:8471/v/{ticket['link']}")
    expect(desk.page.locator(".panel")).to_contain_text("Đã quay lại", timeout=WAIT_MS)
    assert desk.ticket(ticket)["state"] == "waiting"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_scan_that_is_not_taken_is_told_with_what_to_do_until_one_is(desk: Desk, language: str) -> None:
    said = desk.page.locator("#part-alerts [role=alert]")
    desk.page.goto(f"{desk.base}/clerk/c1?lang={language}")
    ticket = desk.issue()
    for scanned, words in (
        (lambda: unread(desk, "garbled"), {"vi": "Mời quét lại", "en": "Please scan again"}),
        (lambda: unread(desk, "card"), {"vi": "không nhận, không lưu", "en": "neither taken nor kept"}),
        (lambda: scan(desk, "xyz"), {"vi": "không phải phiếu hôm nay", "en": "neither a slip of today"}),
        (lambda: scan(desk, CARD), {"vi": "không nhận, không lưu", "en": "neither taken nor kept"}),
        (lambda: scan(desk, CODE), {"vi": "Mời gọi số rồi quét lại", "en": "call a number"}),
    ):
        scanned()
        expect(said).to_contain_text(words[language], timeout=WAIT_MS)
        assert violations(desk.page) == ""
    move(desk.api, ticket["id"], "call")
    expect(said).to_have_count(0, timeout=WAIT_MS)
    unread(desk, "garbled")
    expect(said).to_have_count(1, timeout=WAIT_MS)
    scan(desk, desk.issue()["link"])
    expect(desk.page.locator(".panel")).to_be_visible(timeout=WAIT_MS)
    expect(said).to_have_count(0)


def test_a_scan_that_is_not_taken_is_told_at_its_own_counter_only(desk: Desk) -> None:
    unread(desk, "garbled", "c2")
    scan(desk, "xyz", None)
    desk.page.reload()
    expect(desk.page.locator("#part-alerts [role=alert]")).to_have_count(0)
    assert desk.api.post("/counters/c9/unread-scan", {"station": "counters-1", "why": "garbled"})[0] == 404


def test_a_scan_at_another_counter_or_a_kiosk_opens_nothing_here(desk: Desk) -> None:
    ticket = desk.issue()
    scan(desk, ticket["link"], "c2")
    scan(desk, ticket["link"], None)
    desk.page.reload()
    expect(desk.page.locator(".panel")).to_have_count(0)


def test_a_card_does_not_take_a_form_away_that_a_clerk_is_filling_in(desk: Desk) -> None:
    desk.serving()
    waiting = desk.issue()
    desk.open_panel("hold")
    desk.page.locator(".panel input[name=other]").fill("đi lấy giấy")
    scan(desk, waiting["link"])
    until(lambda: desk.ticket(waiting)["state"] == "waiting")
    expect(desk.page.locator(".panel")).to_contain_text("Tạm gác")
    assert desk.page.locator(".panel input[name=other]").input_value() == "đi lấy giấy"


def test_a_dossiers_code_is_scanned_typed_and_taken_away(desk: Desk) -> None:
    ticket = desk.serving()
    status, body = scan(desk, CODE)
    assert (status, body["kind"], body["ticket"]["dossier"]) == (200, "dossier", CODE)
    expect(desk.page.locator("#do-dossier")).to_contain_text(CODE, timeout=WAIT_MS)
    desk.open_panel("dossier")
    desk.page.locator(".panel input[name=code]").fill("không phải mã")
    desk.page.locator(".panel .filled").click()
    expect(desk.page.locator("#said")).to_contain_text("đây không phải là mã hồ sơ")
    desk.page.locator(".panel input[name=code]").fill("000.00.01.h29-240115-0001")
    desk.send()
    expect(desk.page.locator("#do-dossier")).to_contain_text("000.00.01.H29-240115-0001")
    desk.open_panel("dossier")
    desk.page.locator(".panel input[name=code]").fill("")
    desk.send()
    assert desk.ticket(ticket)["dossier"] is None


def test_a_card_that_is_scanned_is_refused_and_leaves_no_trace(hall: Machine, desk: Desk) -> None:
    desk.serving()
    status, body = scan(desk, CARD)
    assert (status, body["code"]) == (400, "bad_request")
    assert "thẻ căn cước" in body["detail"]
    assert "001099012345" not in json.dumps(body)
    desk.open_panel("dossier")
    desk.page.locator(".panel input[name=code]").evaluate("one => one.maxLength = 400")
    desk.page.locator(".panel input[name=code]").fill(CARD)
    desk.page.locator(".panel .filled").click()
    expect(desk.page.locator("#said")).to_contain_text("thẻ căn cước")
    kept = b"".join(one.read_bytes() for one in hall.config.parent.rglob("*") if one.is_file())
    assert b"001099012345" not in kept


def test_a_ticket_that_is_not_open_takes_no_dossier(desk: Desk) -> None:
    status, body = scan(desk, CODE)
    assert (status, body["code"], body["detail"]) == (
        409,
        "not_allowed",
        "Quầy 1 chưa có số nào đang gọi hoặc đang phục vụ.",
    )


def test_what_is_broken_at_the_counter_is_on_its_page_with_what_to_do(desk: Desk, kiosk: ReportingStation) -> None:
    alerts = desk.page.locator("#part-alerts")
    kiosk.says("printer", "screen", "keypad-c1", "keypad-c2")
    kiosk.device("keypad-c2", "offline", "off")
    kiosk.device("keypad-c1", "fault", "key_stuck")
    expect(alerts).to_contain_text("Bàn phím quầy 1: Phím bị kẹt. Nhấc phím bị kẹt lên", timeout=WAIT_MS)
    expect(alerts).not_to_contain_text("quầy 2")
    assert violations(desk.page) == ""
    kiosk.device("keypad-c1", "ready")
    expect(alerts).not_to_contain_text("Bàn phím", timeout=WAIT_MS)
    kiosk.says("printer", "screen")


# --- ratings ----------------------------------------------------------------------------------------------


def test_ratings_are_on_the_days_page_and_in_its_file(desk: Desk) -> None:
    served = desk.serving()
    desk.press("h", "#do-next")
    body = {"request_id": request_id(), "station": "counters-1", "counter": "c1", "level": "very_satisfied"}
    for _ in range(2):
        assert desk.api.post("/ratings", body)[0] == 204
    status, refused = desk.api.post("/ratings", body | {"request_id": request_id()})
    assert (status, refused["code"], refused["detail"]) == (409, "not_allowed", "Lượt này đã được đánh giá.")
    desk.page.goto(f"{desk.base}/manager/day")
    table = desk.page.locator("table", has_text="Đánh giá của công dân")
    expect(table.locator("tr", has_text="Quầy 1")).to_contain_text("1/1 (100,0%)")
    expect(table.locator("xpath=..")).to_contain_text("Số lượt được đánh giá trên số lượt đã phục vụ")
    answered = desk.page.request.get(f"{desk.base}/manager/day/{served['day']}.csv")
    rows = {row["number"]: row for row in csv.DictReader(io.StringIO(answered.text().lstrip("\ufeff")), delimiter=";")}
    assert rows[served["number"]]["rating"] == "Rất hài lòng"
    assert CODE not in answered.text()
