"""The manager's pages at a real server: now, a day's figures, CSV, opening and closing."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Browser, Page, expect

from config.clock import write_demo_clock
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.browser_pages import WAIT_MS, overflow_px, violations
from support.server_process import Api, Machine, machine, office, request_id, running
from support.waiting import PATIENCE_S

START_MS = 1_795_393_800_000  # 2026-11-23 07:30 in the hall
MINUTE_MS = 60_000


class Clock:
    """The hall's clock, turned by the test."""

    def __init__(self, path: Path) -> None:
        self._path, self._minutes = path, 0.0
        self.turn(0)

    def turn(self, minutes: float) -> None:
        """On by so many minutes; between turns it stands still."""
        self._minutes += minutes
        gone_ms = round(self._minutes * MINUTE_MS)
        write_demo_clock(self._path, wall_ms=START_MS + gone_ms, ran_ms=10**9 + gone_ms, boot_ms=0, speed=0.0)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Clock]]:
    folder = tmp_path_factory.mktemp("manager")
    of = office(["HT", "CT"], {"c1": ["HT"], "c2": ["CT"]})
    of["services"][0]["name"] = {"vi": "=Hộ tịch", "en": "Civil status"}
    of["clerks"].append({"id": "ql", "name": "Quản lý", "role": "manager"})
    where = machine(folder, of, threads=32)
    clock = Clock(folder / "pace.json")
    text = where.config.read_text(encoding="utf-8")
    where.config.write_text(text.replace("[machine]", f'[machine]\npace = "{folder / "pace.json"}"'), encoding="utf-8")
    with running(where):
        live(Api(where.api), clock)
        yield where, clock


def live(api: Api, clock: Clock) -> None:
    """Run a hall so small that its figures can be worked out by hand."""

    def move(ticket: str, name: str, counter: str, **more: object) -> None:
        body = {"request_id": request_id(), "move": name, "counter": counter, "station": "counters-1"}
        api.ok(f"/tickets/{ticket}/moves", body | more)

    def issue(service: str) -> str:
        body = {"request_id": request_id(), "service": service, "station": "kiosk-1"}
        return str(api.ok("/tickets", body)["id"])

    def call(counter: str) -> str:
        asked = {"request_id": request_id(), "station": "counters-1"}
        return str(api.ok(f"/counters/{counter}/next", asked)["ticket"]["id"])

    a1, a2, a3 = issue("HT"), issue("HT"), issue("HT")  # 07:30
    clock.turn(5)  # 07:35
    assert call("c1") == a1  # waits 5
    clock.turn(1)
    move(a1, "start", "c1")  # walks 1
    clock.turn(10)  # 07:46
    move(a1, "finish", "c1", outcome="received")  # served 10
    clock.turn(9)  # 07:55
    assert call("c1") == a2  # waits 25
    move(a2, "start", "c1")  # walks 0
    clock.turn(4)  # 07:59
    move(a2, "finish", "c1", outcome="advice")  # served 4
    clock.turn(1)  # 08:00
    b1 = issue("CT")
    clock.turn(12)  # 08:12
    assert call("c2") == b1  # waits 12
    move(b1, "no_show", "c2", reason="=cmd|A0")  # left, but not after the target
    assert call("c1") == a3  # waits 42
    clock.turn(2)  # 08:14; a3 is still called: neither served nor left
    issue("CT")
    clock.turn(25)  # 08:39; nobody has called it


@pytest.fixture
def page(hall: tuple[Machine, Clock], browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{hall[0].api}/?choose=1&lang=vi")
    page.click("form[action$='manager/sign-in'] button")
    page.wait_for_url("**/manager")
    yield page
    context.close()


def figure(page: Page, name: str) -> str:
    """Return the text under a figure's name, with single spaces."""
    text = page.locator(".figures > div", has=page.locator("dt", has_text=name)).locator("dd").first.inner_text()
    return " ".join(text.split())


def test_the_days_figures_equal_literals_worked_out_by_hand(page: Page) -> None:
    page.click("nav >> text=Trong ngày")
    expect(page.locator("h1")).to_have_text("Thứ Hai, 23/11/2026")
    assert figure(page, "Số đã cấp") == "5"
    assert figure(page, "Thời gian chờ trung bình") == "15,0 phút"  # (5 + 25) / 2
    assert figure(page, "Một nửa chờ không quá") == "15,0 phút"
    assert figure(page, "90% chờ không quá") == "25,0 phút"
    assert figure(page, "Được gọi trong vòng 20 phút") == "1/4 (25,0%)"  # a1; a2, a3 and who still waits are late
    assert figure(page, "Thời gian phục vụ trung bình") == "7,0 phút"  # (10 + 4) / 2
    rows = page.locator("table.data", has_text="Theo lĩnh vực").locator("tbody tr")
    cells = [cell.strip() for cell in rows.filter(has_text="=Hộ tịch").locator("td").all_inner_texts()]
    assert cells == [
        "3", "2", "15,0", "15,0", "25,0", "1/3 (33,3%)", "0/3 (0,0%)", "0/3 (0,0%)", "0/3 (0,0%)", "0,5", "7,0",
    ]  # fmt: skip
    hours = page.locator("table.data", has_text="Theo giờ lấy số").locator("tbody tr th").all_inner_texts()
    assert hours == ["07:00–08:00", "08:00–09:00"]


def test_the_days_tables_show_all_columns_at_once_and_people_overdue_below_the_share(page: Page) -> None:
    page.click("nav >> text=Trong ngày")
    page.wait_for_selector(".data td small")
    wide = "[...document.querySelectorAll('.scroll')].filter(box => box.scrollWidth > box.clientWidth)"
    assert page.evaluate(f"{wide}.map(box => `${{box.ariaLabel}}: ${{box.scrollWidth}} > ${{box.clientWidth}}`)") == []
    assert page.evaluate("""[...document.querySelectorAll(".data td small")].every((note) => {
      const share = document.createRange();
      share.selectNode(note.previousSibling);
      const { top, height } = share.getBoundingClientRect();
      return top + height / 2 < note.getBoundingClientRect().top;
    })""")


def test_each_chart_has_a_title_a_description_and_its_table(page: Page) -> None:
    page.click("nav >> text=Trong ngày")
    charts = page.locator("svg[role=img]")
    expect(charts).to_have_count(2)
    for chart in charts.all():
        assert chart.locator("title").text_content()
        assert chart.locator("desc").text_content()
    page.click("#table-issued summary")
    cells = page.locator("#table-issued tbody tr").all_inner_texts()
    assert [" ".join(cell.split()) for cell in cells] == ["07:30 3", "08:00 2"]


def test_the_csv_has_a_byte_order_mark_semicolons_and_no_formulas(hall: tuple[Machine, Clock], page: Page) -> None:
    answer = page.request.get(f"{hall[0].api}/manager/day/2026-11-23.csv")
    assert answer.status == 200
    assert answer.body().startswith(b"\xef\xbb\xbfnumber;service;")
    rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig")), delimiter=";"))
    assert [row["number"] for row in rows] == ["A001", "A002", "A003", "B001", "B002"]
    assert rows[0]["service"] == "'=Hộ tịch"
    assert rows[3]["reason"] == "'=cmd|A0"
    assert [row["wait_s"] for row in rows] == ["300", "1500", "2520", "720", ""]
    assert [row["still_waiting_s"] for row in rows] == ["", "", "", "", "1500"]
    assert [row["service_s"] for row in rows] == ["600", "240", "", "", ""]


def test_now_shows_counts_counters_and_no_column_for_a_wait_that_nobody_computes(page: Page) -> None:
    assert figure(page, "Số đã cấp") == "5"
    assert figure(page, "Đã phục vụ") == "2"
    assert figure(page, "Đang chờ") == "1"
    assert figure(page, "Vắng mặt") == "1"
    overdue = page.locator(".figures dd.overdue")
    expect(overdue).to_have_text("và 1 người đang chờ quá 20 phút")
    assert "dự kiến" not in page.inner_text("main")
    assert "chưa đủ số liệu" not in page.inner_text("main")
    expect(page.locator(".counters")).to_contain_text("A003")


def test_a_faulty_device_stands_first_in_the_list(hall: tuple[Machine, Clock], page: Page) -> None:
    topics, linked = Topics("test"), Event()
    will = json.dumps({"station": "kiosk-1", "kind": "kiosk", "online": False, "boot": "b1"})
    link = MqttConnection(
        *hall[0].broker,
        "kiosk-1",
        topics=[],
        on_message=lambda topic, payload: None,
        on_connection=lambda up: linked.set() if up else None,
        will=(topics.status("kiosk-1"), will.encode()),
    )
    try:
        assert linked.wait(PATIENCE_S)
        status = {"station": "kiosk-1", "kind": "kiosk", "online": True, "boot": "b1", "version": "1"}
        link.publish(topics.status("kiosk-1"), json.dumps(status).encode(), retain=True)
        moment = "2026-11-23T00:40:00.000Z"
        device = {"station": "kiosk-1", "device": "printer", "state": "fault", "code": "paper_out"}
        body = json.dumps(device | {"since": moment, "at": moment}).encode()
        link.publish(topics.device("kiosk-1", "printer"), body, retain=True)
        expect(page.locator(".devices li").first).to_contain_text("Hết giấy")
        expect(page.locator(".devices h2")).to_contain_text("1/2")
    finally:
        link.close()


@pytest.mark.parametrize("width", [360, 1366])
@pytest.mark.parametrize("path", ["/manager", "/manager/day", "/?choose=1"])
def test_nothing_fails_axe_or_leaves_the_window(hall: tuple[Machine, Clock], page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    for language in ("vi", "en"):
        page.goto(f"{hall[0].api}{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page) == ""
        assert overflow_px(page) == 0


def test_issuing_stops_after_a_confirmation_and_goes_on_again(hall: tuple[Machine, Clock], page: Page) -> None:
    api = Api(hall[0].api)
    page.click("#d-stop summary")
    form = page.locator("#d-stop")
    form.locator("select[name=of]").select_option("HT")
    form.locator("input[name=reason]").fill("  Cán bộ  đi họp ")
    form.locator("input[name=sure]").check()
    form.locator("button").click()
    row = page.locator(".stops li", has_text="Hộ tịch")
    expect(row.locator("button")).to_contain_text("Cấp số trở lại")
    stopped = next(service for service in api.get("/office")[1]["services"] if service["id"] == "HT")
    assert (stopped["stopped"], stopped["reason"]) == (True, "Cán bộ đi họp")
    body = {"request_id": request_id(), "service": "HT", "station": "kiosk-1"}
    assert api.post("/tickets", body)[1]["code"] == "service_closed"
    row.locator("button").click()
    expect(row).to_have_count(0)
    assert api.post("/tickets", body)[0] == 201


def test_a_refused_form_keeps_its_text_while_the_page_refreshes(hall: tuple[Machine, Clock], page: Page) -> None:
    page.click("#d-stop summary")
    form = page.locator("#d-stop")
    form.locator("select[name=of]").select_option("CT")
    form.locator("input[name=reason]").fill("mất điện")
    form.locator("input[name=until]").fill("08:00")
    form.locator("input[name=sure]").check()
    form.locator("button").click()
    expect(page.locator("#notices")).to_contain_text("giờ đã ghi không đúng, hoặc đã qua")
    version = page.locator("#page").get_attribute("data-version")
    Api(hall[0].api).ok("/tickets", {"request_id": request_id(), "service": "HT", "station": "kiosk-1"})
    expect(page.locator("#page")).not_to_have_attribute("data-version", version or "")
    assert form.locator("input[name=reason]").input_value() == "mất điện"
    assert form.locator("select[name=of]").input_value() == "CT"


def test_the_day_closes_after_a_question_that_counts_who_was_not_served(
    hall: tuple[Machine, Clock], page: Page
) -> None:
    page.click("#d-close summary")
    expect(page.locator("#d-close")).to_contain_text("4 số chưa được phục vụ sẽ hết hiệu lực")
    page.click("#d-close button")
    expect(page.locator(".note")).to_contain_text("2 lượt đã phục vụ, 4 số hết hiệu lực")
    assert figure(page, "Số đã cấp") == "0"
    expect(page.locator("#d-open")).to_have_count(0)
    page.click("#d-again summary")
    page.fill("#d-again input[name=reason]", "bấm nhầm")
    page.click("#d-again button")
    expect(page.locator(".note")).to_contain_text("Số thứ tự tiếp theo số cuối đã cấp")
    assert figure(page, "Số đã cấp") != "0"
