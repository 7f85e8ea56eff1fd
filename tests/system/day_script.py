"""The script of a day: the events of sixty visitors and of their counters.

Four services run like clockwork in the morning, each at a counter of its own, so that the waits are rows of numbers. In
the afternoon twelve visitors make every other move.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from scripted_day import DAY, Day

from support.browser_pages import press_alone, rest
from support.http_pools import http_pool
from support.server_process import journal, request_id

N = 12
Event = tuple[str, Callable[[], None]]
CARRIED_OUT: dict[str, Callable[[dict[str, Any]], bool]] = {
    "leave": lambda ticket: bool(ticket["state"] == "cancelled"),
    "defer": lambda ticket: bool(ticket["rev"] > 1),
}
COLUMNS = (0, 1, 2, 3, 4, 5, 10)


def after(start: str, seconds: int) -> str:
    """Return ``start`` (HH:MM:SS) plus ``seconds``."""
    return (datetime.fromisoformat(f"{DAY}T{start}") + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def clockwork(take: Callable[[], None], first: str, every_s: int, turns: Iterator[list[Event]]) -> list[Event]:
    """Return the arrivals of twelve visitors of one service, and the events of their counter."""
    events: list[Event] = [(after(first, n * every_s), take) for n in range(N)]
    return [*events, *(event for turn in turns for event in turn)]


class ClerkDesk:
    """A clerk's page in a browser. Keys are pressed once the page offers them."""

    def __init__(self, browser: Browser, day: Day, counter: str) -> None:
        self._day, self._counter = day, counter
        self.page: Page = browser.new_context(locale="vi-VN", base_url=day.base).new_page()
        self.page.clock.install()
        self.page.goto("/")
        self.page.select_option("select[name=counter]", counter)
        rest(self.page)
        self.page.click("button:has-text('Vào quầy')")
        self.page.wait_for_url("**/clerk/**", wait_until="load")
        self.press("O", "open")
        day.until(lambda: day.counter(counter)["state"] == "open", f"{counter} to open")

    def press(self, key: str, offered: str) -> None:
        self._day.until(self._shows_the_newest, f"{self._counter}'s page to show the hall as it is")
        self.page.wait_for_selector(f"#do-{offered}", state="visible")
        press_alone(self.page, key.lower())

    def _shows_the_newest(self) -> bool:
        """Return whether the page shows the newest version of the hall."""
        newest = http_pool().request("GET", f"{self._day.base}/version").data.decode()
        return self.page.get_attribute("#page", "data-version") == newest

    def move(self, number: str, name: str, **more: object) -> None:
        """Make a move that only a signed-in clerk may make, with this browser's session."""
        ticket, body = self._day.tickets()[number], {"request_id": request_id(), "move": name, **more}
        answer = self.page.request.post(f"/api/v1/tickets/{ticket['id']}/moves", data=body)
        assert answer.ok, answer.text()

    def turn(self, at: str, start_s: int, finish_s: int, numbers: Iterator[str]) -> list[Event]:
        """Return the events of one ticket at this desk: called, started and finished."""
        number = next(numbers)

        def call() -> None:
            self.press("N", "next")
            self._day.shows(self._counter, number, "called")

        def start() -> None:
            self.press("S", "start")
            self._day.shows(self._counter, number, "serving")

        def finish() -> None:
            self.page.wait_for_selector("#do-finish", state="visible")
            press_alone(self.page, "1")
            self.press("H", "finish")
            self._day.shows(self._counter, None, None)

        return [(at, call), (after(at, start_s), start), (after(at, finish_s), finish)]


def pad_turn(day: Day, counter: str, at: str, start_s: int, finish_s: int, number: str) -> list[Event]:
    """Return the events of one ticket at a counter's pad: called, started and finished."""
    return [
        (at, lambda: day.pad(counter, "next", becomes=(number, "called"))),
        (after(at, start_s), lambda: day.pad(counter, "start", becomes=(number, "serving"))),
        (after(at, finish_s), lambda: day.pad(counter, "finish", becomes=(None, None))),
    ]


def series(prefix: str, first: int = 1) -> Iterator[str]:
    return (f"{prefix}{n:03d}" for n in range(first, 1000))


def morning(day: Day, c2: ClerkDesk, c6: ClerkDesk) -> list[Event]:
    """Return the events of forty-eight visitors of four services."""
    civil, residence = series("A"), series("G")
    land, results = list(series("C")), list(series("T"))

    def land_turn(n: int) -> list[Event]:
        return pad_turn(day, "c5", after("07:31:00", n * 300), 60, 240, land[n])

    def results_turn(n: int) -> list[Event]:
        return pad_turn(day, "c1", after("07:31:10", n * 180), 20, 80, results[n])

    def civil_turn(n: int) -> list[Event]:
        return c2.turn(after("07:40:20", n * 240), 60, 180, civil)

    def residence_turn(n: int) -> list[Event]:
        return c6.turn(after("07:32:30", n * 180), 30, 150, residence)

    def takes(service: str, procedure: str | None) -> Callable[[], None]:
        def take() -> None:
            day.takes(service, procedure)

        return take

    def is_spoken(number: str) -> bool:
        spoken = [row for row in journal(day.api) if row["kind"] == "call.seen" and row["data"]["spoken"] == "yes"]
        return day.tickets()[number]["id"] in [row["ticket"] for row in spoken]

    return [
        ("07:31:05", lambda: day.until(lambda: is_spoken("C001"), "the first call to be spoken")),
        *clockwork(takes("DD", "1.012783"), "07:30:00", 120, map(land_turn, range(N))),
        *clockwork(takes("TK", None), "07:30:10", 180, map(results_turn, range(N))),
        *clockwork(takes("HT", "1.001193"), "07:30:20", 60, map(civil_turn, range(N))),
        *clockwork(takes("CU", "1.004222"), "07:30:30", 120, map(residence_turn, range(N))),
    ]


def afternoon(day: Day, c2: ClerkDesk) -> list[Event]:
    """Return the events of twelve visitors, with every move that the morning does not make."""

    def takes(service: str, procedure: str | None, number: str, *, priority: bool = False) -> Callable[[], None]:
        def take() -> None:
            assert day.takes(service, procedure, priority=priority) == number

        return take

    def pad(counter: str, key: str, number: str | None, state: str | None) -> Callable[[], None]:
        return lambda: day.pad(counter, key, becomes=(number, state))

    def move(number: str, name: str, counter: str | None = None, **more: object) -> Callable[[], None]:
        def make() -> None:
            day.move(number, name, counter, **more)

        return make

    def chosen(number: str, counter: str, reason: str) -> Callable[[], None]:
        def call() -> None:
            day.move(number, "call_chosen", counter, reason=reason)
            day.shows(counter, number, "called")

        return call

    def recall(counter: str, number: str, calls: int) -> Callable[[], None]:
        def press() -> None:
            day.pad(counter, "recall")
            day.until(lambda: day.tickets()[number]["calls"] == calls, f"{number} to be called {calls} times")

        return press

    def ready() -> None:
        day.pad("c4", "next")
        day.until(lambda: day.counter("c4")["ready"], "c4 to be ready")

    def called_by_itself() -> None:
        takes("HD", None, "V001")()
        day.shows("c4", "V001", "called")

    def by_link(number: str, step: str) -> Callable[[], None]:
        def post() -> None:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            link, body = day.link_on_the_slip(number), f"request_id={request_id()}"
            answer = http_pool().request("POST", f"{link}/{step}", body=body, headers=form, redirect=False)
            assert answer.status < 400, answer.data
            day.until(lambda: CARRIED_OUT[step](day.tickets()[number]), f"{number} to {step}")

        return post

    def undone() -> None:
        c2.press("0", "undo")
        day.until(lambda: day.tickets()["B004"]["state"] == "served", "B004 to be as before")

    def issued_by_a_clerk() -> None:
        body = {"request_id": request_id(), "service": "CT", "station": "page-c2"}
        assert day.api.ok("/tickets", body)["number"] == "B007"

    copy, building = "2.000815", "1.013227"
    return [
        *((after("13:30:00", n * 10), takes("CT", copy, f"B{n + 1:03d}")) for n in range(5)),
        ("13:31:00", takes("CT", copy, "B006", priority=True)),
        ("13:31:10", takes("XD", building, "D001")),
        ("13:32:00", pad("c3", "next", "B006", "called")),
        ("13:32:30", move("B006", "requeue", "c3")),
        ("13:33:00", chosen("B006", "c3", "back")),
        ("13:33:20", recall("c3", "B006", 2)),
        ("13:34:00", pad("c3", "start", "B006", "serving")),
        ("13:35:00", move("B006", "hold", "c3", reason="copy", due_min=5)),
        ("13:35:10", pad("c3", "next", "B001", "called")),
        ("13:35:30", recall("c3", "B001", 2)),
        ("13:36:00", recall("c3", "B001", 3)),
        ("13:36:30", pad("c3", "no_show", None, None)),
        ("13:37:00", move("B006", "resume", "c3")),
        ("13:39:00", pad("c3", "finish", None, None)),
        ("13:40:00", move("B001", "return")),
        ("13:40:10", move("B005", "call_chosen", "c3", reason="urgent")),
        ("13:41:00", pad("c3", "start", "B005", "serving")),
        ("13:43:00", move("B005", "finish_next", "c3", outcome="received", service="HT")),
        *c2.turn("13:44:00", 30, 150, iter(["B002"])),
        *c2.turn("13:47:00", 0, 0, iter(["B003"]))[:1],
        ("13:47:20", move("B003", "transfer", "c2", service="XD", pin="c3")),
        *c2.turn("13:48:00", 30, 120, iter(["B004"])),
        ("13:51:00", move("B004", "reopen", "c2")),
        ("13:52:00", move("B004", "finish", "c2", outcome="received")),
        ("13:52:10", lambda: c2.move("B004", "rejoin", counter="c2")),
        ("13:52:20", undone),
        *c2.turn("13:53:00", 30, 120, iter(["B005"])),
        ("13:53:10", pad("c3", "next", "B003", "called")),
        ("13:53:40", pad("c3", "start", "B003", "serving")),
        ("13:54:00", move("B003", "hold", "c3", reason="fetch", due_min=60)),
        ("13:55:10", move("B003", "release", "c3")),
        *pad_turn(day, "c3", "13:56:00", 30, 120, "B003"),
        ("13:57:00", ready),
        ("13:58:20", called_by_itself),
        ("13:58:50", pad("c4", "start", "V001", "serving")),
        ("14:00:00", pad("c4", "finish", None, None)),
        *((after("14:00:10", n * 10), takes("HT", "1.000656", f"A{n + 13:03d}")) for n in range(3)),
        ("14:02:00", by_link("A013", "defer")),
        ("14:03:00", by_link("A014", "leave")),
        *c2.turn("14:05:00", 30, 120, iter(["B001"])),
        *c2.turn("14:08:00", 30, 120, iter(["A015"])),
        *c2.turn("14:11:00", 30, 120, iter(["A013"])),
        ("14:14:00", lambda: c2.move("D001", "reclassify", reason="elder", **{"class": "priority"})),
        ("14:14:30", lambda: c2.move("D001", "correct", procedure="1.013225")),
        *pad_turn(day, "c3", "14:15:00", 30, 120, "D001"),
        ("14:20:00", issued_by_a_clerk),
    ]


def play(day: Day, events: list[Event]) -> None:
    """Carry out the events by clock time, each with the clock set to its time."""
    for clock, event in sorted(events, key=lambda timed_event: timed_event[0]):
        day.at(clock)
        event()


def close_the_day(browser: Browser, day: Day) -> str:
    """Close the day on the manager's page, and return the text of its CSV file."""
    page = browser.new_context(locale="vi-VN", base_url=day.base).new_page()
    page.goto("/")
    page.click("button:has-text('Xem toàn sảnh')")
    page.click("#d-close summary")
    page.click("#d-close button")
    day.until(lambda: day.board()["day"] is None, "the day to be closed")
    page.goto(f"/manager/day?date={DAY}")
    table = page.locator("table", has_text="Theo lĩnh vực")
    rows = table.locator("tr:has(th[scope=row])")
    day.report = {
        row.locator("th").evaluate("th => th.lastChild.textContent").strip(): tuple(
            " ".join(row.locator("td").nth(n).inner_text().split()) for n in COLUMNS
        )
        for row in (rows.nth(n) for n in range(rows.count()))
    }
    with page.expect_download() as download:
        page.click("text=Xuất tệp CSV")
    return Path(download.value.path()).read_text(encoding="utf-8-sig")
