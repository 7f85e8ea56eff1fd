"""Scanned slips, dossier codes and ratings, in a clerk's browser."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from health_desk import CARD, CODE, health_desk, health_hall, move, scan, unread
from playwright.sync_api import Browser, expect

from support.browser_pages import WAIT_MS, Desk, rest, violations
from support.server_process import Machine, request_id
from support.station_presence import ReportingStation, reporting_kiosk
from support.waiting import until


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


# --- scanned slips and dossiers ---------------------------------------------------------------------------


def test_a_scanned_slip_opens_its_ticket_at_the_counter_until_it_is_closed(desk: Desk) -> None:
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


def test_a_scanned_ticket_can_be_called_out_of_order_from_its_card(desk: Desk) -> None:
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


def test_a_scan_returns_a_missed_ticket_to_the_queue(desk: Desk) -> None:
    ticket = desk.issue()
    move(desk.api, ticket["id"], "call")
    move(desk.api, ticket["id"], "no_show", reason="vắng")
    scan(desk, f"http://127.0.0.1:8471/v/{ticket['link']}")
    expect(desk.page.locator(".panel")).to_contain_text("Đã quay lại", timeout=WAIT_MS)
    assert desk.ticket(ticket)["state"] == "waiting"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_refused_scan_is_shown_with_its_remedy_until_one_is_taken(desk: Desk, language: str) -> None:
    alert = desk.page.locator("#part-alerts [role=alert]")
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
        expect(alert).to_contain_text(words[language], timeout=WAIT_MS)
        assert violations(desk.page) == ""
    move(desk.api, ticket["id"], "call")
    expect(alert).to_have_count(0, timeout=WAIT_MS)
    unread(desk, "garbled")
    expect(alert).to_have_count(1, timeout=WAIT_MS)
    scan(desk, desk.issue()["link"])
    expect(desk.page.locator(".panel")).to_be_visible(timeout=WAIT_MS)
    expect(alert).to_have_count(0)


def test_a_refused_scan_is_shown_at_its_own_counter_only(desk: Desk) -> None:
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


def test_a_scan_leaves_a_form_that_a_clerk_is_filling_in(desk: Desk) -> None:
    desk.serving()
    waiting = desk.issue()
    desk.open_panel("hold")
    desk.page.locator(".panel input[name=other]").fill("đi lấy giấy")
    scan(desk, waiting["link"])
    until(lambda: desk.ticket(waiting)["state"] == "waiting")
    expect(desk.page.locator(".panel")).to_contain_text("Tạm gác")
    assert desk.page.locator(".panel input[name=other]").input_value() == "đi lấy giấy"


def test_a_dossiers_code_is_scanned_typed_and_removed(desk: Desk) -> None:
    ticket = desk.serving()
    status, body = scan(desk, CODE)
    assert (status, body["kind"], body["ticket"]["dossier"]) == (200, "dossier", CODE)
    expect(desk.page.locator("#do-dossier")).to_contain_text(CODE, timeout=WAIT_MS)
    desk.open_panel("dossier")
    desk.page.locator(".panel input[name=code]").fill("không phải mã")
    desk.page.locator(".panel .filled").click()
    expect(desk.page.locator("#notices")).to_contain_text("đây không phải là mã hồ sơ")
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
    desk.page.locator(".panel input[name=code]").evaluate("field => field.maxLength = 400")
    desk.page.locator(".panel input[name=code]").fill(CARD)
    desk.page.locator(".panel .filled").click()
    expect(desk.page.locator("#notices")).to_contain_text("thẻ căn cước")
    kept = b"".join(path.read_bytes() for path in hall.config.parent.rglob("*") if path.is_file())
    assert b"001099012345" not in kept


def test_a_ticket_that_is_not_open_takes_no_dossier(desk: Desk) -> None:
    status, body = scan(desk, CODE)
    assert (status, body["code"], body["detail"]) == (
        409,
        "not_allowed",
        "Quầy 1 chưa có số nào đang gọi hoặc đang phục vụ.",
    )


# --- ratings ----------------------------------------------------------------------------------------------


def test_ratings_are_on_the_days_page_and_in_its_file(desk: Desk) -> None:
    served = desk.serving()
    desk.press("h", "#do-next")
    body = {"request_id": request_id(), "station": "counters-1", "counter": "c1", "level": "very_satisfied"}
    for _ in range(2):
        assert desk.api.post("/ratings", body)[0] == 204
    status, refused = desk.api.post("/ratings", body | {"request_id": request_id()})
    assert (status, refused["code"], refused["detail"]) == (409, "not_allowed", "Lượt này đã được đánh giá.")
    desk.page.goto(f"{desk.base}/?choose=1")
    desk.page.click("button:has-text('Xem toàn sảnh')")
    desk.page.wait_for_url("**/manager")
    desk.page.goto(f"{desk.base}/manager/day")
    table = desk.page.locator("table", has_text="Đánh giá của công dân")
    expect(table.locator("tr", has_text="Quầy 1")).to_contain_text("1/1 (100,0%)")
    expect(table.locator("xpath=..")).to_contain_text("Số lượt được đánh giá trên số lượt đã phục vụ")
    answered = desk.page.request.get(f"{desk.base}/manager/day/{served['day']}.csv")
    rows = {row["number"]: row for row in csv.DictReader(io.StringIO(answered.text().lstrip("\ufeff")), delimiter=";")}
    assert rows[served["number"]]["rating"] == "Rất hài lòng"
    assert CODE not in answered.text()
