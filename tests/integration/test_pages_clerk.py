"""The clerk page in a browser: every move by key or form.

With scripts and without.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from config.http import ConnectionPool
from support.browser_pages import Desk, overflow_px, rest, sit_down, violations
from support.server_process import Api, Machine, machine, office, request_id, running
from support.waiting import until

COUNTERS = tuple(f"c{n}" for n in range(1, 14))
SERVICES = tuple(f"S{n}" for n in range(1, 14))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    of = office(SERVICES, {counter: [service] for counter, service in zip(COUNTERS, SERVICES, strict=True)})
    where = machine(tmp_path_factory.mktemp("clerk"), of, threads=48)
    with running(where):
        yield where


@pytest.fixture
def desk(hall: Machine, browser: Browser) -> Iterator[Callable[..., Desk]]:
    """Sit down at a counter of the test's own.

    It has a service that only it serves.
    """
    contexts = []

    def sit(number: int, *, scripts: bool = True) -> Desk:
        context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1366, "height": 768})
        contexts.append(context)
        return sit_down(context.new_page(), Api(hall.api), hall.api, f"c{number}", f"S{number}")

    yield sit
    for context in contexts:
        context.close()


def test_a_ticket_is_called_started_and_finished_with_an_outcome_by_keys_alone(desk: Callable[..., Desk]) -> None:
    at = desk(1)
    ticket = at.issue()
    at.press("n", "#do-start")
    assert at.ticket(ticket)["state"] == "called"
    at.key("r")
    expect(at.page.locator(".side")).to_contain_text("Gọi lần 2")
    at.press("s", "#do-finish")
    at.key("2")
    at.press("h", "table.recent")
    served = at.ticket(ticket)
    assert (served["state"], served["outcome"], served["calls"]) == ("served", "more_papers", 2)


def test_the_number_is_called_again_after_it_was_reopened(desk: Callable[..., Desk]) -> None:
    at = desk(1)
    ticket = at.serving()
    at.press("h", "table.recent")
    at.press("m", "#do-finish")
    assert at.ticket(ticket)["state"] == "serving"
    at.press("h", "table.recent")


def test_no_show_without_all_calls_opens_its_form_and_asks_for_a_reason(desk: Callable[..., Desk]) -> None:
    at = desk(2)
    ticket = at.issue()
    at.press("n", "#do-start")
    at.press("v", ".work .alert[role=alert]")
    assert "hoặc ghi lý do" in at.page.locator(".work .alert[role=alert]").inner_text()
    assert at.ticket(ticket)["state"] == "called"
    at.page.fill("input[name=other]", "Không có mặt")
    at.send()
    assert at.ticket(ticket)["state"] == "no_show"
    at.page.locator(".queue li a", has_text=ticket["number"]).click()
    at.page.get_by_role("button", name="Đã quay lại").click()
    expect(at.page.locator(".queue li.next")).to_contain_text(ticket["number"])
    assert at.ticket(ticket)["state"] == "waiting"


def test_requeue_notes_that_the_place_is_kept(desk: Callable[..., Desk]) -> None:
    at = desk(3)
    ticket = at.issue()
    at.press("n", "#do-start")
    at.press("l", ".note")
    assert ticket["number"] in at.page.locator(".note").inner_text()
    assert at.ticket(ticket)["state"] == "waiting"
    expect(at.page.locator(".queue li a", has_text=ticket["number"])).to_contain_text("Gọi lại từ")
    at.page.locator(".queue li a", has_text=ticket["number"]).click()
    at.page.locator("#t-chosen summary").click()
    at.page.locator("#t-chosen input[name=other]").fill("Đã quay lại")
    at.page.locator("#t-chosen button").click()
    at.page.wait_for_selector("#do-start")
    at.open_panel("cancel")
    at.page.get_by_text("Lấy nhầm").click()
    at.send()
    assert at.ticket(ticket)["state"] == "cancelled"


def test_hold_needs_a_reason_and_the_same_counter_resumes(desk: Callable[..., Desk]) -> None:
    at = desk(4)
    ticket = at.serving()
    at.open_panel("hold")
    at.page.locator(".panel .filled").click()
    expect(at.page.locator(".work .alert[role=alert]")).to_have_text("Cần ghi lý do.")
    at.page.get_by_text("Điền tờ khai").click()
    at.page.fill("input[name=due_min]", "15")
    at.send()
    assert at.ticket(ticket)["state"] == "held"
    at.page.locator(".queue li a", has_text=ticket["number"]).click()
    at.page.get_by_role("button", name="Phục vụ tiếp").click()
    at.page.wait_for_selector("#do-finish")
    assert at.ticket(ticket)["state"] == "serving"


def test_a_served_person_goes_on_to_another_service_pinned_to_a_counter(desk: Callable[..., Desk]) -> None:
    at = desk(5)
    ticket = at.serving()
    at.open_panel("finish_next")
    at.page.select_option("select[name=to]", "S9/counter/c9")
    at.send()
    waiting = at.ticket(ticket)
    assert (waiting["state"], waiting["service"], waiting["leg"]) == ("waiting", "S9", 2)
    assert waiting["counters"] == ["c9"], "only the counter that was chosen may call"


def test_a_waiting_ticket_is_transferred_reclassified_and_called_out_of_order_with_a_reason(
    desk: Callable[..., Desk],
) -> None:
    at = desk(6)
    first, second = at.issue(), at.issue()
    at.page.goto(f"{at.base}/clerk/c6?panel=ticket&ticket={second['id']}")
    rest(at.page)
    at.page.get_by_text("Đổi diện ưu tiên").first.click()
    rest(at.page)
    at.page.locator("#t-class").get_by_text("Ưu tiên", exact=True).click()
    at.page.locator("#t-class input[name=other]").fill("Có con nhỏ")
    at.click("#t-class button")
    expect(at.page.locator(".queue li.next")).to_contain_text(second["number"])
    assert at.ticket(second)["class"] == "priority"
    rest(at.page)
    at.press("d", ".panel")
    at.page.select_option("select[name=ticket]", first["id"])
    at.page.fill("input[name=other]", "Hẹn trước")
    at.send()
    assert at.ticket(first)["state"] == "called"
    expect(at.page.locator("#why")).to_contain_text("Hẹn trước")
    at.open_panel("note")
    at.page.fill("input[name=text]", "Thiếu bản sao")
    at.send()
    expect(at.page.locator(".colleagues")).to_contain_text("Ghi chú: Thiếu bản sao")
    at.open_panel("transfer")
    at.page.select_option("select[name=to]", "S8")
    at.page.fill("input[name=note]", "Hỏi lại lệ phí")
    rest(at.page)
    at.page.get_by_text("Xong ở đó thì quay lại quầy này").click()
    at.send()
    assert (at.ticket(first)["state"], at.ticket(first)["service"]) == ("waiting", "S8")
    there = desk(8)
    there.press("n", "#do-start")
    lines = there.page.locator(".colleagues")
    for text in (
        "Chuyển từ quầy",
        "Lời nhắn: Hỏi lại lệ phí",
        "Ghi chú: Thiếu bản sao",
        "Xong ở đây thì quay lại quầy",
    ):
        expect(lines).to_contain_text(text)
    there.press("s", "#do-finish")
    rest(there.page)
    there.key("h")
    until(lambda: at.ticket(first)["state"] == "waiting")
    assert at.ticket(first)["counters"] == ["c6"]


def test_pausing_asks_for_a_reason_and_opening_ends_the_pause(desk: Callable[..., Desk]) -> None:
    at = desk(7)
    at.press("p", ".panel")
    at.key("3")
    at.send()
    assert (at.board()["state"], at.board()["reason"]) == ("paused", "Nghỉ trưa")
    at.press("o", "#do-next")
    assert at.board()["state"] == "open"
    at.press("q", "#do-open")
    assert at.board()["state"] == "closed"
    at.press("o", "#do-next")


def test_a_number_issued_at_the_counter_is_shown_to_the_clerk(desk: Callable[..., Desk]) -> None:
    at = desk(7)
    at.press("i", ".panel")
    at.page.check("input[name=class]")
    at.send()
    number = at.page.locator(".queue li.next b").first.inner_text()
    expect(at.page.locator(".issued-number")).to_contain_text(number)
    other = at.issue()
    expect(at.page.locator("#part-queue")).to_contain_text(other["number"])
    expect(at.page.locator(".issued-number")).to_contain_text(number)
    expect(at.page.locator(".queue li.next .priority")).to_have_text("ƯT")
    at.press("n", "#do-start")
    at.press("l", ".note")


def test_an_answer_that_comes_late_takes_neither_language_nor_sign_out_back(
    desk: Callable[..., Desk], hall: Machine
) -> None:
    at = desk(13)
    cookies = {"Cookie": "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in at.page.context.cookies())}
    with ConnectionPool() as browser:
        for method, path in (("POST", "/clerk/c13/here"), ("GET", "/clerk/c13"), ("GET", "/staff/health")):
            answer = browser.request(method, hall.api + path, headers=cookies)
            assert answer.status < 300
            assert "Set-Cookie" not in answer.headers, path
        answer = browser.request("GET", hall.api + "/clerk/c13?lang=en", headers=cookies)
    assert "luot=" in answer.headers["Set-Cookie"]


def test_a_ready_counter_is_called_by_itself_and_any_key_acknowledges(desk: Callable[..., Desk]) -> None:
    at = desk(8)
    waiting = [ticket for ticket in at.api.get("/tickets?state=waiting")[1]["items"] if ticket["service"] == "S8"]
    for ticket in waiting:
        body = {"request_id": request_id(), "move": "transfer", "service": "S9", "counter": "c8", "station": "x"}
        at.api.ok(f"/tickets/{ticket['id']}/moves", body)
    at.key("n")
    expect(at.page.locator(".head")).to_contain_text("Sẵn sàng nhận số")
    ticket = at.issue()
    expect(at.page.locator(".alert.calling")).to_contain_text(ticket["number"])
    at.key("9")
    expect(at.page.locator(".alert.calling")).to_have_count(0)
    assert at.ticket(ticket)["state"] == "called"
    at.press("s", "#do-finish")
    at.press("h", "table.recent")


def test_what_others_do_appears_by_itself_and_what_one_types_stays(desk: Callable[..., Desk]) -> None:
    at = desk(1)
    at.press("i", ".panel")
    at.key("Escape")
    at.page.wait_for_selector(".panel", state="detached")
    ticket = at.issue()
    expect(at.page.locator(".queue li.next")).to_contain_text(ticket["number"])
    at.press("n", "#do-start")
    at.open_panel("cancel")
    at.page.fill("input[name=other]", "n s h")
    at.page.keyboard.press("s")
    assert at.ticket(ticket)["state"] == "called"
    other = at.issue()
    expect(at.page.locator(".queue li.next")).to_contain_text(other["number"])
    assert at.page.input_value("input[name=other]") == "n s hs"
    at.send()
    assert at.ticket(ticket)["state"] == "cancelled"


def test_the_chosen_outcome_survives_a_redrawing(desk: Callable[..., Desk]) -> None:
    at = desk(13)
    at.serving()
    at.key("5")
    other = at.issue()
    expect(at.page.locator(".queue li.next")).to_contain_text(other["number"])
    expect(at.page.locator("input[value=advice]")).to_be_checked()
    at.press("h", "table.recent")


def test_shown_and_spoken_stand_on_the_page_as_the_display_reports_them(desk: Callable[..., Desk]) -> None:
    at = desk(3)
    at.issue()
    at.press("n", "#do-start")
    expect(at.page.locator(".call-status")).to_contain_text("Chưa hiện số")
    call = next(call for call in at.api.get("/board")[1]["calls"] if call["counter"] == "c3")
    seen = {"station": "tv-1", "shown_at": "2026-11-23T01:00:00.000Z", "spoken": "yes"}
    assert at.api.post(f"/calls/{call['id']}/seen", seen)[0] in (200, 204)
    expect(at.page.locator(".call-status")).to_contain_text("Đã phát loa")
    at.press("s", "#do-finish")
    at.press("h", "table.recent")


def test_everything_works_by_plain_forms_without_scripts(desk: Callable[..., Desk]) -> None:
    at = desk(10, scripts=False)
    ticket = at.issue()
    at.page.reload()
    at.page.click("#do-next")
    at.page.click("#do-start")
    at.page.check("input[value=refused]")
    at.page.click("#do-finish")
    expect(at.page.locator("table.recent")).to_contain_text("Từ chối tiếp nhận")
    served = at.ticket(ticket)
    assert (served["state"], served["outcome"]) == ("served", "refused")
    at.page.click("a:has-text('Tạm dừng')")
    at.page.click(".panel .filled")
    expect(at.page.locator(".alert").first).to_have_text("Cần ghi lý do.")
    at.page.check("input[value='Nghỉ trưa']")
    at.page.click(".panel .filled")
    assert at.board()["state"] == "paused"


def test_a_form_sent_twice_acts_once_and_a_refusal_keeps_the_page(desk: Callable[..., Desk]) -> None:
    at = desk(11)
    first, second = at.issue(), at.issue()
    at.page.reload()
    given = at.page.locator("form[action$='do/next'] input[name=request_id]").input_value()
    form: dict[str, str | float | bool] = {"request_id": given}
    for _ in range(2):
        answer = at.page.request.post(f"{at.base}/clerk/c11/do/next", form=form)
        assert answer.ok
    assert at.ticket(first)["state"] == "called"
    assert at.ticket(second)["state"] == "waiting"
    refused = at.page.request.post(f"{at.base}/clerk/c11/do/next", form={"request_id": request_id()})
    assert refused.status == 409
    assert "chưa kết thúc" in refused.text()
    assert 'id="do-start"' in refused.text()


def test_a_browser_that_nobody_signed_in_is_sent_to_the_door(hall: Machine, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{hall.api}/clerk/c1")
    assert page.locator("select[name=counter]").count() == 1
    answer = page.request.post(f"{hall.api}/clerk/c1/do/next", form={"request_id": request_id()})
    assert answer.status == 401
    shown = page.goto(f"{hall.api}/clerk/nowhere")
    assert shown is not None
    assert shown.status in (200, 404)
    context.close()


def test_nothing_on_the_free_desk_fails_axe_or_leaves_the_window(desk: Callable[..., Desk]) -> None:
    at = desk(5)
    for panel in ("", "issue", "pause", "keys", "change", "chosen"):
        if panel == "chosen":
            at.issue()
        for width in (360, 1366):
            at.page.set_viewport_size({"width": width, "height": 768})
            at.page.goto(f"{at.base}/clerk/c5?panel={panel}")
            assert violations(at.page) == "", (panel, width)
            assert overflow_px(at.page) == 0, (panel, width)


def test_nothing_on_the_busy_desk_fails_axe_or_leaves_the_window(desk: Callable[..., Desk]) -> None:
    at = desk(6)
    at.issue()
    at.press("n", "#do-start")
    for panel in ("", "no_show", "cancel", "reclassify", "transfer"):
        at.page.goto(f"{at.base}/clerk/c6?panel={panel}")
        assert violations(at.page) == ""
    at.page.goto(f"{at.base}/clerk/c6?lang=en")
    at.press("s", "#do-finish")
    for panel in ("", "hold", "finish_next"):
        at.page.goto(f"{at.base}/clerk/c6?panel={panel}")
        assert violations(at.page) == ""
        at.page.set_viewport_size({"width": 360, "height": 740})
        assert overflow_px(at.page) == 0
        at.page.set_viewport_size({"width": 1366, "height": 768})


def test_a_call_for_help_stays_until_somebody_takes_it(desk: Callable[..., Desk]) -> None:
    at = desk(12)
    answer = at.api.post("/help", {"request_id": request_id(), "station": "kiosk-1"})
    assert answer[0] in (200, 201, 204), answer
    expect(at.page.locator("#part-alerts")).to_contain_text("công dân cần hỗ trợ")
    at.page.get_by_role("button", name="Tôi đến ngay").click()
    expect(at.page.locator("#part-alerts")).not_to_contain_text("công dân cần hỗ trợ")


def test_the_head_keeps_its_edge_when_a_pause_has_a_long_reason(desk: Callable[..., Desk]) -> None:
    at = desk(12)
    reason = {"state": "paused", "reason": "Mất điện toàn khu vực, đang chờ máy phát điện của cơ quan"}
    at.api.ok(f"/counters/{at.counter}/state", {"request_id": request_id(), "station": "counters-1"} | reason)
    expect(at.page.locator("#part-head")).to_contain_text(reason["reason"])
    head, title = (at.page.locator(part).bounding_box() for part in ("#part-head", "#part-head .title"))
    assert head is not None
    assert title is not None
    assert title["y"] - head["y"] >= 4
    why = at.page.locator("#part-head > .small").bounding_box()
    assert why is not None
    assert why["y"] >= head["y"]
    assert why["y"] + why["height"] <= head["y"] + head["height"]
