"""The clerk page fits a PC, half its screen and a phone in every state.

With every form open, and in both languages. A browser's bars leave 657 of 768 lines.
"""

import json
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from support.browser_pages import overflow_px, press_alone, rest, sign_in, violations
from support.server_process import ROOT, Api, Machine, machine, request_id, running

HIGH_PX = 657
PHONE: ViewportSize = {"width": 360, "height": 640}
SCREEN: ViewportSize = {"width": 1366, "height": HIGH_PX}
BESIDE: dict[str, ViewportSize] = {"vi": {"width": 683, "height": HIGH_PX}, "en": {"width": 960, "height": HIGH_PX}}
"""Half of two usual screens, beside the display of calls: one in each language."""
COUNTER = "c2"
FORMS = {  # those of every state once, where the ticket takes most room
    "closed": ("", "issue"),
    "free": ("", "chosen", "issued", "ticket", "change"),
    "called": (
        "",
        "no_show",
        "cancel",
        "reclassify",
        "transfer",
        "dossier",
        "note",
        "correct",
    ),
    "serving": (
        "",
        "hold",
        "transfer",
        "finish_next",
        "note",
        "correct",
        "dossier",
        "pause",
        "issue",
        "issued",
        "find",
        "ticket",
        "keys",
    ),
    "paused": ("", "issue"),
    "sent by a colleague": ("", "note", "correct", "transfer", "finish_next"),
}
LONG_NOTE = "Ông Nguyễn Văn Mẫu đã nộp bản sao, còn thiếu sổ hộ khẩu; đã hẹn quay lại trong buổi chiều nay. " * 2
SCROLLED = """() => [...document.querySelectorAll('#page *')]
  .filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 1)
  .filter(e => !e.matches('.queue :is(ol, ul), .procedure, .hits'))
  .map(e => `${e.tagName}.${e.className}`)"""
KEY_UNDER_FOLD = """high => [...document.querySelectorAll('#page :is(button, a, input, select, summary)')]
  .filter(e => e.checkVisibility() && !e.closest('.queue :is(ol, ul), .procedure, .hits'))
  .filter(e => e.getBoundingClientRect().bottom > high).map(e => e.outerHTML)"""


FULLEST = ("serving", "sent by a colleague")
"""The states with the most texts, which are shown in both languages."""


class Counter:
    """Counter 2 of the demonstration's office, brought into each state by the API."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.waiting: list[str] = []
        self.held = ""

    def ask(self, path: str, **body: Any) -> Any:
        return self._api.ok(path, {"request_id": request_id(), "station": "counters-1"} | body)

    def issue(self, procedures: Sequence[str]) -> None:
        for n, code in enumerate(procedures):
            kind = "priority" if n % 4 == 3 else "ordinary"
            service = PROCEDURES[code]["service"]
            self.waiting.append(self.ask("/tickets", service=service, procedure=code, **{"class": kind})["id"])

    def call(self) -> str:
        return str(self.ask(f"/counters/{COUNTER}/next")["ticket"]["id"])

    def move(self, ticket: str, move: str, **more: Any) -> None:
        self.ask(f"/tickets/{ticket}/moves", move=move, counter=COUNTER, **more)

    def come_back_from_a_colleague(self, ticket: str) -> None:
        """Send the ticket to counter 3 and back, with a long message.

        Counter 3 wants it again afterwards.
        """
        self.ask("/counters/c3/state", state="open")
        self.move(ticket, "transfer", service="CT", pin="c3")
        moves = f"/tickets/{ticket}/moves"
        self.ask(moves, move="call_chosen", counter="c3", reason="x")
        self.ask(moves, move="start", counter="c3")
        self.ask(moves, move="transfer", counter="c3", service="HT", pin="c2", back=True, note=LONG_NOTE.strip())
        self.move(ticket, "call_chosen", reason="x")
        self.move(ticket, "start")

    def state(self, state: str, **more: Any) -> None:
        self.ask(f"/counters/{COUNTER}/state", state=state, **more)


PROCEDURES: dict[str, dict[str, Any]] = {
    procedure["code"]: procedure
    for procedure in json.loads((ROOT / "config/demo/procedures.json").read_text(encoding="utf-8"))
}
CARD = ("name", "papers", "time", "fee", "result")
LONGEST = sorted(
    (code for code, procedure in PROCEDURES.items() if procedure["service"] in ("HT", "CT")),
    key=lambda code: -len(json.dumps([PROCEDURES[code].get(part) for part in CARD], ensure_ascii=False)),
)


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("fit")
    office = tomllib.loads((ROOT / "config/demo/office.toml").read_text(encoding="utf-8"))
    office["rules"] = office.get("rules", {}) | {"call_gap_s": 0}
    shutil.copy(ROOT / "config/demo/procedures.json", folder)
    where = machine(folder, office, threads=48)
    with running(where):
        yield where


@pytest.fixture
def page(hall: Machine, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    sign_in(page, hall.api, COUNTER)
    yield page
    context.close()


@pytest.fixture
def counter(hall: Machine, page: Page) -> Iterator[Counter]:
    """Return a full counter: two held, two missed, many waiting.

    The longest texts come first.
    """
    counter = Counter(Api(hall.api))
    counter.state("open")
    counter.issue([*LONGEST[:6], *LONGEST])
    for _ in range(2):
        held, missed = counter.call(), ""
        counter.move(held, "start")
        counter.move(held, "hold", reason="Đi nộp phí, lệ phí")
        counter.held = held
        missed = counter.call()
        counter.move(missed, "no_show", reason="Không có mặt")
    served = counter.call()
    counter.move(served, "start")
    counter.move(served, "finish", outcome="more_papers")
    yield counter


def states(counter: Counter) -> Iterator[str]:
    """Bring the counter into one state after another."""
    counter.state("closed")
    yield "closed"
    counter.state("open")
    yield "free"
    ticket = counter.call()
    yield "called"
    counter.move(ticket, "start")
    yield "serving"
    counter.state("paused", reason="Xử lý công việc khẩn cấp")
    yield "paused"
    counter.state("open")
    counter.come_back_from_a_colleague(ticket)
    yield "sent by a colleague"
    counter.move(ticket, "finish", outcome="received")
    counter.ask("/counters/c3/state", state="closed")


def misfits(page: Page) -> list[str]:
    """Return the parts that need scrolling or are wider than the window."""
    high = page.evaluate("document.documentElement.scrollHeight")
    misfit = [] if high <= HIGH_PX else [f"the page is {high} px high"]
    misfit += [] if overflow_px(page) <= 0 else [f"{overflow_px(page)} px too wide"]
    return [*misfit, *page.evaluate(SCROLLED), *page.evaluate(KEY_UNDER_FOLD, HIGH_PX)]


def misfits_on_phone(page: Page) -> list[str]:
    """Return the misfits of a phone.

    The page is too wide, or its legal move, or the heading of its form, is below the window.
    """
    misfit = [] if overflow_px(page) <= 0 else [f"{overflow_px(page)} px too wide on a phone"]
    first = page.locator(".panel h2" if page.locator(".panel").count() else ".moves .on").first
    first.wait_for(state="visible")  # a refresh may just replace it
    box = first.bounding_box()
    assert box is not None
    low = box["y"] + box["height"]
    return misfit if low <= PHONE["height"] else [*misfit, f"the first key of a phone ends at {low} px"]


def test_no_state_and_no_form_wants_to_be_scrolled(hall: Machine, page: Page, counter: Counter) -> None:
    """The lists of tickets, and a long procedure's card, scroll inside themselves."""
    by_view: dict[str, list[str]] = {}
    for state in states(counter):
        for form in FORMS[state]:
            for language in ("vi", "en") if state in FULLEST else ("vi",):
                ticket = f"&ticket={counter.waiting[-1]}" if form in ("ticket", "issued") else ""
                page.goto(f"{hall.api}/clerk/{COUNTER}?panel={form}{ticket}&lang={language}")
                page.evaluate("document.fonts.ready")
                assert bool(page.locator(".panel").count()) is bool(form), (state, form)
                by_view[f"{state} {form} {language}"] = misfits(page)
                page.set_viewport_size(BESIDE[language])
                by_view[f"{state} {form} {language} beside"] = misfits(page)
                if language == "vi":
                    page.set_viewport_size(PHONE)
                    by_view[f"{state} {form} on a phone"] = misfits_on_phone(page)
                page.set_viewport_size(SCREEN)
    assert {where: what for where, what in by_view.items() if what} == {}


def unfolded(hall: Machine, page: Page, counter: Counter) -> Iterator[str]:
    """Show each form that is unfolded on a page, one after another."""
    for ticket in (counter.waiting[-1], counter.held):
        address = f"{hall.api}/clerk/{COUNTER}?panel=ticket&ticket={ticket}&lang=vi"
        page.goto(address)
        for fold in page.locator(".panel details").evaluate_all("folds => folds.map(fold => fold.id)"):
            page.locator(f"#{fold}").evaluate("fold => { fold.open = true }")
            yield f"{'held' if ticket == counter.held else 'waiting'} {fold}"
            page.locator(f"#{fold}").evaluate("fold => { fold.open = false }")
    for query in ("sao", "ket hon cuoi hoi", "xyz"):
        page.goto(f"{hall.api}/clerk/{COUNTER}?panel=issue&service=HT&q={query}&lang=vi")
        yield f"issue {query}"
    page.goto(f"{hall.api}/clerk/{COUNTER}?lang=vi")
    page.locator("#alarm-key summary").click()
    yield "alarm"


def test_every_unfolded_form_fits_and_passes_axe(hall: Machine, page: Page, counter: Counter) -> None:
    by_view: dict[str, list[str]] = {}
    seen = set()
    for where in unfolded(hall, page, counter):
        by_view[where] = misfits(page)
        if where.split()[-1] not in seen:
            seen.add(where.split()[-1])
            by_view[f"{where} axe"] = [report for report in (violations(page),) if report]
        page.set_viewport_size(PHONE)
        by_view[f"{where} on a phone"] = [f"{overflow_px(page)} px too wide"] if overflow_px(page) > 0 else []
        page.set_viewport_size(SCREEN)
    assert {"t-transfer", "t-note", "t-correct", "t-cancel"} <= seen
    page.goto(f"{hall.api}/messages?at={COUNTER}&lang=vi")
    for width in (SCREEN, PHONE):
        page.set_viewport_size(width)
        by_view[f"messages {width['width']}"] = [f"{overflow_px(page)} px too wide"] if overflow_px(page) > 0 else []
    by_view["messages axe"] = [report for report in (violations(page),) if report]
    assert {where: what for where, what in by_view.items() if what} == {}


def test_the_new_forms_open_and_close_by_keys_alone(hall: Machine, page: Page, counter: Counter) -> None:
    ticket = counter.call()
    counter.move(ticket, "start")
    page.goto(f"{hall.api}/clerk/{COUNTER}?lang=vi")
    for key, heading in (("j", "Ghi chú"), ("z", "Sửa thủ tục"), ("c", "Chuyển đến"), ("i", "Cấp số tại quầy")):
        rest(page)
        press_alone(page, key)
        page.wait_for_selector(".panel")
        assert heading in page.locator(".panel h2").inner_text()
        assert page.evaluate("document.activeElement.closest('.panel') !== null"), key
        rest(page)
        page.keyboard.press("Escape")
        page.wait_for_selector(".panel", state="detached")
    rest(page)
    press_alone(page, "w")
    page.wait_for_url("**/messages?at=c2")
    counter.move(ticket, "finish", outcome="received")


def test_alerts_and_a_refusal_take_room_from_the_rest(hall: Machine, page: Page, counter: Counter) -> None:
    assert Api(hall.api).post("/help", {"request_id": request_id(), "station": "kiosk-1"})[0] == 204
    ticket = counter.call()
    counter.move(ticket, "start")
    for language in ("vi", "en"):
        Api(hall.api).post(f"/counters/{COUNTER}/unread-scan", {"station": "counters-1", "why": "garbled"})
        page.goto(f"{hall.api}/clerk/{COUNTER}?panel=hold&lang={language}")
        rest(page)
        page.click(".panel .filled")
        page.wait_for_selector("#notices .alert")
        assert page.locator("#part-alerts .alert").count() == 2
        for width in (SCREEN, BESIDE[language]):
            page.set_viewport_size(width)
            assert misfits(page) == [], (language, width)
        page.goto(f"{hall.api}/clerk/{COUNTER}?lang={language}")
        assert misfits(page) == [], language
        page.set_viewport_size(SCREEN)
        assert misfits(page) == [], language
    counter.move(ticket, "finish", outcome="received")
    page.goto(f"{hall.api}/clerk/{COUNTER}?lang=vi")
    rest(page)
    page.get_by_role("button", name="Tôi đến ngay").click()


def test_no_letter_of_the_queue_loses_its_tail_where_long_names_are_cut(
    hall: Machine, page: Page, counter: Counter
) -> None:
    """A name that is not cut looks the same where nothing may be cut. Without scripts no row is drawn anew."""
    page.route("**/*.js*", lambda script: script.abort())
    page.goto(f"{hall.api}/clerk/{COUNTER}?lang=vi")
    page.evaluate("document.fonts.ready")
    whole = []
    for row in page.locator(".queue li").all():
        name = row.locator(":is(.one-line, .two-lines)").first
        if name.evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight"):
            whole.append(name.inner_text())
            shown = row.screenshot()
            name.evaluate("e => { e.style.overflow = 'visible' }")
            assert row.screenshot() == shown, whole[-1]
    assert any(set(name) & set("gpqy") for name in whole)


def test_a_ticket_without_a_procedure_names_its_service_once(hall: Machine, page: Page, counter: Counter) -> None:
    ticket = counter.ask("/tickets", service="HT")["id"]
    counter.move(ticket, "call_chosen", reason="Thử")
    page.goto(f"{hall.api}/clerk/{COUNTER}?lang=vi")
    assert page.locator(".ticket").inner_text().count("Hộ tịch") == 1
    counter.move(ticket, "start")
    counter.move(ticket, "finish", outcome="received")
