"""Sixty visitors, every move of the table, on a hall of real programs; the report was worked out by hand.

Four services run like clockwork in the morning, each at a counter of its own, so that the waits are rows of numbers;
in the afternoon twelve visitors do everything else that can happen. The literals below were worked out from the
times of the script by hand (the whole day's median and 90th percentile by listing all 58 waits), not by the program.
"""

import csv
import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Browser, Page
from scripted_day import DAY, Day, scripted_day

from halls import ROOT, journal, need, request_id
from pages import press_alone, rest
from server.domain.ticket import Move

N = 12
Event = tuple[str, Callable[[], None]]

CARRIED_OUT: dict[str, Callable[[dict[str, Any]], bool]] = {
    "leave": lambda ticket: bool(ticket["state"] == "cancelled"),
    "defer": lambda ticket: bool(ticket["rev"] > 1),
}

REPORT = {
    # service: issued, served, mean, median, p90 (minutes), within 20 minutes, mean service time
    "Chứng thực": ("7", "6", "10,6", "11,7", "17,5", "6/7 (85,7%)", "2,6"),
    "Hộ tịch": ("15", "14", "24,0", "23,5", "40,0", "6/14 (42,9%)", "1,9"),
    "Đất đai": ("12", "12", "17,5", "17,5", "31,0", "7/12 (58,3%)", "3,0"),
    "Cư trú": ("12", "12", "7,5", "7,5", "12,0", "12/12 (100,0%)", "2,0"),
    "Trả kết quả": ("12", "12", "1,0", "1,0", "1,0", "12/12 (100,0%)", "1,0"),
    "Xây dựng - Hạ tầng": ("1", "1", "43,8", "43,8", "43,8", "0/1 (0,0%)", "1,5"),
    "Hướng dẫn": ("1", "1", "0,0", "0,0", "0,0", "1/1 (100,0%)", "1,2"),
    "Cả ngày": ("60", "58", "13,0", "10,0", "34,0", "44/59 (74,6%)", "2,0"),
}
COLUMNS = (0, 1, 2, 3, 4, 5, 10)

AFTERNOON = {
    # number: state, wait in seconds (issued to first call, or until it left uncalled), service time in seconds
    "B001": ("Hoàn thành", "310", "90"),
    "B002": ("Hoàn thành", "830", "120"),
    "B003": ("Hoàn thành", "1000", "110"),
    "B004": ("Hoàn thành", "1050", "210"),
    "B005": ("Hoàn thành", "570", "210"),
    "B006": ("Hoàn thành", "60", "180"),
    "B007": ("Hết hiệu lực", "10200", ""),
    "D001": ("Hoàn thành", "2630", "90"),
    "V001": ("Hoàn thành", "0", "70"),
    "A013": ("Hoàn thành", "650", "90"),
    "A014": ("Đã hủy", "160", ""),
    "A015": ("Hoàn thành", "450", "90"),
}


def after(start: str, seconds: int) -> str:
    """``start`` (HH:MM:SS) and so many seconds later."""
    return (datetime.fromisoformat(f"{DAY}T{start}") + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def clockwork(take: Callable[[], None], first: str, every_s: int, turns: Iterator[list[Event]]) -> list[Event]:
    """Twelve visitors of one service, and what the counter does with each."""
    events: list[Event] = [(after(first, n * every_s), take) for n in range(N)]
    return [*events, *(event for turn in turns for event in turn)]


class Desk:
    """A clerk's page in a browser: keys are pressed when the page offers them."""

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
        self.page.wait_for_selector(f"#do-{offered}", state="visible")
        self.page.wait_for_load_state("load")
        press_alone(self.page, key.lower())

    def move(self, number: str, name: str, **more: object) -> None:
        """A move that only a signed-in clerk may make, with this browser's session."""
        ticket, body = self._day.tickets()[number], {"request_id": request_id(), "move": name, **more}
        answer = self.page.request.post(f"/api/v1/tickets/{ticket['id']}/moves", data=body)
        assert answer.ok, answer.text()

    def turn(self, at: str, start_s: int, finish_s: int, numbers: Iterator[str]) -> list[Event]:
        """Call the next, start and finish it so many seconds later."""
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
    """The same with the counter's pad."""
    return [
        (at, lambda: day.pad(counter, "next", becomes=(number, "called"))),
        (after(at, start_s), lambda: day.pad(counter, "start", becomes=(number, "serving"))),
        (after(at, finish_s), lambda: day.pad(counter, "finish", becomes=(None, None))),
    ]


def series(prefix: str, first: int = 1) -> Iterator[str]:
    return (f"{prefix}{n:03d}" for n in range(first, 1000))


def morning(day: Day, c2: Desk, c6: Desk) -> list[Event]:
    """Forty-eight visitors of four services."""
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
        seen = [row for row in journal(day.api) if row["kind"] == "call.seen" and row["data"]["spoken"] == "yes"]
        return day.tickets()[number]["id"] in [row["ticket"] for row in seen]

    return [
        ("07:31:05", lambda: day.until(lambda: is_spoken("C001"), "the first call to be spoken")),
        *clockwork(takes("DD", "1.012783"), "07:30:00", 120, map(land_turn, range(N))),
        *clockwork(takes("TK", None), "07:30:10", 180, map(results_turn, range(N))),
        *clockwork(takes("HT", "1.001193"), "07:30:20", 60, map(civil_turn, range(N))),
        *clockwork(takes("CU", "1.004222"), "07:30:30", 120, map(residence_turn, range(N))),
    ]


def afternoon(day: Day, c2: Desk) -> list[Event]:
    """Twelve visitors to whom everything else happens."""

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
        def tell() -> None:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            link, body = day.link_on_the_slip(number), f"request_id={request_id()}"
            answer = urllib3.request("POST", f"{link}/{step}", body=body, headers=form, redirect=False)
            assert answer.status < 400, answer.data
            day.until(lambda: CARRIED_OUT[step](day.tickets()[number]), f"{number} to {step}")

        return tell

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
        *pad_turn(day, "c3", "14:15:00", 30, 120, "D001"),
        ("14:20:00", issued_by_a_clerk),
    ]


def play(day: Day, events: list[Event]) -> None:
    for clock, event in sorted(events, key=lambda one: one[0]):
        day.at(clock)
        event()


def close_the_day(browser: Browser, day: Day) -> str:
    """The manager closes the day on the page, and saves the file."""
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


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[tuple[Day, str, Path]]:
    """The whole day, played once: the hall, the manager's file, and the database after the hall has ended."""
    need("mosquitto")
    folder = tmp_path_factory.mktemp("day")
    with scripted_day(folder, broker="mosquitto") as day:
        day.at("07:30:00")
        day.until(lambda: day.board()["day"] == DAY, "the day to open by itself")
        c2, c6 = Desk(browser, day, "c2"), Desk(browser, day, "c6")
        play(day, morning(day, c2, c6))
        day.at("13:30:00")
        day.until(lambda: day.api.get("/office")[1]["day"]["state"] == "open", "lunch to end")
        play(day, afternoon(day, c2))

        def proofs() -> list[str | None]:
            return [ticket["print"] for ticket in day.tickets().values()]

        day.until(
            lambda: proofs().count("printed") == 59,
            "every slip that the kiosk printed to be out",
        )
        day.at("17:10:00")
        text = close_the_day(browser, day)
    yield day, text, folder / "state"


def test_the_report_is_what_was_worked_out_by_hand(played: tuple[Day, str, Path]) -> None:
    day, _, _ = played
    assert {name: cells for name, cells in day.report.items() if cells[0] != "0"} == REPORT


def test_the_managers_file_has_every_visitor_with_what_happened(played: tuple[Day, str, Path]) -> None:
    _, text, _ = played
    rows = {row["number"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert len(rows) == 60
    special = {n: (row["state"], row["wait_s"], row["service_s"]) for n, row in rows.items() if n in AFTERNOON}
    assert special == AFTERNOON
    for n in range(N):
        assert rows[f"C{n + 1:03d}"]["wait_s"] == str(60 + 180 * n)
        assert rows[f"A{n + 1:03d}"]["wait_s"] == str(600 + 180 * n)
        assert rows[f"G{n + 1:03d}"]["wait_s"] == str(120 + 60 * n)
        assert rows[f"T{n + 1:03d}"]["wait_s"] == "60"


def test_every_move_of_the_table_was_made(played: tuple[Day, str, Path]) -> None:
    _, _, state = played
    with sqlite3.connect(f"file:{database(state)}?mode=ro", uri=True) as connection:
        kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT kind FROM journal")}
        chosen = connection.execute("SELECT count(*) FROM call WHERE chosen").fetchone()
        auto = connection.execute("SELECT count(*) FROM call WHERE auto").fetchone()
    facts = {
        Move.ISSUE: "ticket.issued",
        Move.CALL: "ticket.called",
        Move.RECALL: "ticket.recalled",
        Move.START: "ticket.started",
        Move.FINISH: "ticket.finished",
        Move.FINISH_NEXT: "ticket.sent_on",
        Move.NO_SHOW: "ticket.missed",
        Move.RETURN: "ticket.returned",
        Move.REQUEUE: "ticket.requeued",
        Move.HOLD: "ticket.held",
        Move.RESUME: "ticket.resumed",
        Move.RELEASE: "ticket.released",
        Move.TRANSFER: "ticket.transferred",
        Move.DEFER: "ticket.deferred",
        Move.RECLASSIFY: "ticket.reclassified",
        Move.REOPEN: "ticket.reopened",
        Move.CANCEL: "ticket.cancelled",
        Move.EXPIRE: "ticket.expired",
    }
    assert {*facts, Move.CALL_CHOSEN} == set(Move)
    assert set(facts.values()) <= kinds
    assert chosen == (2,) and auto == (1,)


def test_the_printer_proved_every_slip_and_the_tv_acknowledged_what_it_showed(played: tuple[Day, str, Path]) -> None:
    """The script serves faster than a panel can change, so the TV leaves out calls that were answered before it could
    show them; what it showed is acknowledged once."""
    _, _, state = played
    with sqlite3.connect(f"file:{database(state)}?mode=ro", uri=True) as connection:
        proofs = connection.execute("SELECT print_state, count(*) FROM ticket GROUP BY 1").fetchall()
        shown = connection.execute("SELECT count(*), count(DISTINCT call), count(spoken) FROM seen").fetchone()
        first = connection.execute("SELECT number FROM call JOIN seen ON seen.call = call.id ORDER BY seq").fetchone()
    assert dict(proofs) == {"printed": 59, None: 1}
    assert shown[0] == shown[1] > 10 and shown[2] > 0
    assert first == ("C001",)


def database(state: Path) -> Path:
    return next(state.glob("*.db"))


def replay(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server.store.replay", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the three that may not be in a journal, column by column."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if name not in ("visitor_link", "clerk_name", "dossier", "sqlite_sequence")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in kept}


def test_the_journal_replayed_into_an_empty_database_gives_the_same_rows(
    played: tuple[Day, str, Path], tmp_path: Path
) -> None:
    _, _, state = played
    exported, again = tmp_path / "journal.jsonl", tmp_path / "again.db"
    assert replay("export", database(state), exported).returncode == 0
    ran = replay("import", again, exported)
    assert ran.returncode == 0, ran.stderr
    stored, replayed = tables(database(state)), tables(again)
    assert stored.keys() == replayed.keys() and len(stored["ticket"]) == 60
    for name, rows in stored.items():
        assert rows == replayed[name], name


@pytest.mark.parametrize("column", ["at_ms", "queue_ms", "actor_id", "kind", "ticket", "data", "request_id", "own"])
def test_an_altered_journal_row_is_found(played: tuple[Day, str, Path], tmp_path: Path, column: str) -> None:
    _, _, state = played
    exported, again = tmp_path / "journal.jsonl", tmp_path / "again.db"
    replay("export", database(state), exported)
    lines = exported.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if '"ticket.issued"' in line and n > len(lines) // 2)
    row = json.loads(lines[at])
    row[column] = {
        "at_ms": row["at_ms"] + 1,
        "queue_ms": row["queue_ms"] - 1,
        "actor_id": "somebody",
        "kind": "ticket.recalled",
        "ticket": "t-0000",
        "data": {**row["data"], "class": "priority" if row["data"]["class"] == "ordinary" else "ordinary"},
        "request_id": request_id(),
        "own": "0" * 64,
    }[column]
    lines[at] = json.dumps(row) + "\n"
    exported.write_text("".join(lines), encoding="utf-8")
    ran = replay("import", again, exported)
    assert ran.returncode == 65
    assert f"row {row['seq']}" in ran.stderr
