"""In the practice of a hall nothing counts, and everything says so."""

from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from core_hall import HOUR, MONDAY_0800, Clock, Hall, clerk, manager, refusal
from core_web import Web
from sqlalchemy import select

from counter.node.state import NodeState, face_of, heartbeat_received
from hardware.ports import SignFace
from server import commands, views
from server.access.database import AccessDatabase
from server.access.deliveries import queue_facts
from server.access.schema import delivery as deliveries
from server.access.web_hooks import WebHooks
from server.commands import Actor, Role
from server.domain.facts import DayOpened, FactKind, data_of
from server.messaging.publisher import _ticket_fact
from server.startup.opening import ending_sessions_at_close
from server.store import replay
from server.store.backends.sqlite_engine import open_engines
from server.store.journal import read_entries
from server.store.migrations import migrate
from server.store.queries import days_on
from server.web.visitors.app import create_visitor_app
from server.wire.messages import CounterPicture, ServerBeat

MONDAY = "2026-11-23"
MONDAY_0600 = MONDAY_0800 - 2 * HOUR
SUNDAY_0900 = MONDAY_0800 - 23 * HOUR


def hall_at(folder: Path, wall_ms: int) -> Hall:
    hall = Hall(folder, Clock(wall_ms))
    hall.tick()
    return hall


@pytest.fixture
def early(tmp_path: Path) -> Iterator[Hall]:
    """Return a hall on Monday at 06:00, before it opens."""
    hall = hall_at(tmp_path, MONDAY_0600)
    yield hall
    hall.close()


BAND = "ĐANG DIỄN TẬP - SỐ KHÔNG CÓ GIÁ TRỊ"


class ManagersPage:
    """The page "Now" in the browser of the hall's manager."""

    def __init__(self, hall: Hall) -> None:
        self.web = Web(hall)
        self._sent("/manager/sign-in", {"manager": "ql"})

    def now(self, path: str = "/manager") -> str:
        return unescape(self.web.browser.get(path, base_url="http://127.0.0.1").get_data(as_text=True))

    def press(self, action: str) -> tuple[int, str]:
        return self._sent(f"/manager/practice/{action}", {})

    def _sent(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        answer = self.web.browser.post(path, data=form, base_url="http://127.0.0.1", follow_redirects=True)
        return answer.status_code, unescape(answer.get_data(as_text=True))


def start(hall: Hall, actor: Actor | None = None) -> None:
    hall.ask(lambda tx, now: commands.start_practice(tx, actor or manager(), now))


def stop(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.stop_practice(tx, manager(), now))


def is_practice(hall: Hall) -> bool:
    with hall.read() as snapshot:
        return snapshot.head.practice


def test_a_practice_issues_before_opening_from_series_of_its_own(early: Hall) -> None:
    start(early)
    early.open("c1")
    assert [early.issue().number, early.issue().number, early.issue("CT").number] == ["A901", "A902", "B901"]
    called = early.next("c1")
    assert called is not None and called.number == "A901"


def test_the_schedule_ends_the_practice_and_the_real_day_begins_at_one(early: Hall) -> None:
    start(early)
    early.open("c1")
    waiting = early.issue()
    early.clock.go(2 * HOUR)
    early.tick()
    assert not is_practice(early)
    assert early.row(waiting.id).state == "expired"
    assert early.counter("c1").state == "closed"
    assert early.issue().number == "A001"
    with early.read() as snapshot:
        assert snapshot.head.day == MONDAY, "the real day has the date as its id"
        assert days_on(snapshot.connection, MONDAY) == [MONDAY]


def test_the_first_number_in_the_hours_opens_the_real_day_without_a_tick(early: Hall) -> None:
    start(early)
    early.clock.go(2 * HOUR)
    assert early.issue().number == "A001"


def test_a_practice_ends_by_hand_and_may_begin_again(early: Hall) -> None:
    start(early)
    first = early.issue()
    stop(early)
    assert early.row(first.id).state == "expired"
    assert early.view(views.current_day).id is None
    stop(early)
    start(early)
    assert early.issue().number == "A901", "a new practice has new series"
    assert early.row(first.id).number == "A901"


def test_a_started_practice_starts_no_second_one(early: Hall) -> None:
    start(early)
    start(early)
    assert early.kinds().count("day.opened") == 1


def test_no_practice_begins_while_a_real_day_is_open_or_due(tmp_path: Path) -> None:
    hall = Hall(tmp_path, Clock(MONDAY_0800))
    assert refusal(start, hall).values["need"] == "practice", "the schedule is about to open the day"
    hall.tick()
    assert refusal(start, hall).values["need"] == "practice"
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    start(hall)
    assert is_practice(hall), "the day of the date was closed, so nothing real begins any more today"
    hall.close()


def test_a_clerk_starts_no_practice(early: Hall) -> None:
    assert refusal(start, early, clerk("c1")).code == "forbidden"
    start(early, Actor(Role.LEAD_CLERK, "an", "page-c1"))
    assert is_practice(early)


def test_no_practice_begins_while_the_date_is_in_doubt(tmp_path: Path) -> None:
    hall = hall_at(tmp_path, 0)
    assert refusal(start, hall).values["need"] == "practice"
    hall.close()


def test_a_practice_ends_with_its_date(tmp_path: Path) -> None:
    hall = hall_at(tmp_path, SUNDAY_0900)
    start(hall)
    hall.issue()
    hall.clock.go(14 * HOUR)
    hall.tick()
    assert is_practice(hall)
    hall.clock.go(2 * HOUR)
    hall.tick()
    assert not is_practice(hall)
    hall.close()


def test_a_practice_survives_a_restart_and_ends_when_the_clock_is_doubted(early: Hall) -> None:
    start(early)
    early.issue()
    early.restarted()
    early.tick()
    assert early.issue().number == "A902"
    early.restarted("boot-2")
    early.clock.step_wall(-50 * 365 * 24 * HOUR)
    early.tick()
    assert not is_practice(early)


def test_staff_who_open_the_day_or_enter_a_date_end_the_practice(early: Hall) -> None:
    start(early)
    early.ask(lambda tx, now: commands.open_day(tx, manager(), now))
    assert early.view(views.current_day).id == MONDAY
    early.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    start(early)
    early.ask(lambda tx, now: commands.reopen_day(tx, manager(), now, "nhầm"))
    assert not is_practice(early)
    early.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    start(early)
    early.ask(lambda tx, now: commands.enter_date(tx, manager(), now, "2026-11-24"))
    assert not is_practice(early)


def test_no_figure_counts_a_practice(early: Hall) -> None:
    start(early)
    early.open("c1")
    early.served("c1")
    early.issue()
    practice_day = early.view(lambda snapshot: snapshot.head.day)
    early.clock.go(2 * HOUR)
    early.tick()
    early.open("c1")
    early.served("c1")
    report = early.view(views.day_report, MONDAY)
    assert (report.figures.day_totals.issued, report.figures.practice) == (1, 2)
    assert [day.id for day in early.view(views.days)] == [MONDAY]
    assert early.view(views.service_day, practice_day) is None
    assert early.view(views.service_day, MONDAY).part == 1
    assert early.view(views.neighbours, early.view(views.service_day, MONDAY)) == (None, None)
    tickets, _ = early.view(views.tickets_page, MONDAY, None, after=0, limit=10)
    assert [ticket.number for ticket in tickets] == ["A001"]


def marks(hall: Hall) -> tuple[str, bool, bool, set[str]]:
    """Return what the pictures say of a practice, and the states of the services."""
    return (
        hall.view(views.office, "e").mode,
        hall.view(views.board, "e").practice,
        hall.view(views.counter_picture, "c1", "e").practice,
        {service.state for service in hall.view(views.services) if service.id != "XX"},
    )


def test_the_pictures_say_that_the_hall_practises(early: Hall) -> None:
    assert marks(early) == ("live", False, False, {"closed"})
    start(early)
    assert marks(early) == ("practice", True, True, {"open"})
    stop(early)
    assert marks(early) == ("live", False, False, {"closed"})


def test_hours_are_announced_as_if_there_were_no_practice(early: Hall) -> None:
    start(early)
    early.tick()
    early.clock.go(2 * HOUR)
    early.tick()
    announced = [call.kind for call in early.view(views.board, "e").calls]
    assert announced == ["opening"]
    assert early.kinds().count("hours.changed") == 2


def test_a_practice_replays_to_the_same_tables(early: Hall, tmp_path: Path) -> None:
    start(early)
    early.open("c1")
    early.served("c1")
    early.issue()
    early.clock.go(2 * HOUR)
    early.tick()
    early.issue()
    with closing(open_engines(tmp_path / "again.db")) as again, early.store.engines.read.connect() as connection:
        migrate(again.write)
        assert replay.check(connection, again.write) == []


def test_facts_of_a_practice_are_known_from_the_journal_alone(early: Hall) -> None:
    start(early)
    early.issue()
    stop(early)
    early.clock.go(2 * HOUR)
    early.tick()
    early.issue()
    with early.read() as snapshot:
        entries = [(entry.kind, entry.is_practised) for entry in read_entries(snapshot.connection)]
    assert [(kind, practised) for kind, practised in entries if kind is FactKind.DAY_OPENED] == [
        (FactKind.DAY_OPENED, True),
        (FactKind.DAY_OPENED, False),
    ]
    assert [practised for kind, practised in entries if kind is FactKind.ISSUED] == [True, False]
    assert [practised for kind, practised in entries if kind is FactKind.DAY_CLOSED] == [True]
    assert not any(practised for kind, practised in entries if kind is FactKind.HOURS_CHANGED)


def test_a_real_day_is_recorded_in_the_form_of_before() -> None:
    real = DayOpened(day=MONDAY, date=MONDAY, office="mau", queue_ms=5)
    assert data_of(real) == {"day": MONDAY, "date": MONDAY, "office": "mau", "queue_ms": 5, "goes_on": None}


def test_a_practice_is_started_and_ended_on_the_page_now(early: Hall) -> None:
    page = ManagersPage(early)
    assert ("Bắt đầu diễn tập" in page.now(), BAND in page.now()) == (True, False)
    status, shown = page.press("start")
    assert status == 200
    assert "Đã bắt đầu diễn tập. Các số diễn tập bắt đầu từ 901." in shown
    assert BAND in shown, "the page after the press has the mark"
    assert ("Kết thúc diễn tập" in shown, "Đóng ngày làm việc" in shown) == (True, False)
    early.issue()
    assert BAND in page.now("/?choose=1")
    status, shown = page.press("stop")
    assert (status, BAND in shown, "Các số diễn tập đã hết hiệu lực." in shown) == (200, False, True)


def test_visitors_pages_carry_the_mark(early: Hall) -> None:
    start(early)
    visitors = create_visitor_app(Web(early).app.extensions["luot"], requests_per_s=50).test_client()
    assert BAND in visitors.get("/", base_url="http://127.0.0.1").get_data(as_text=True)


def test_a_signs_second_line_says_that_it_is_practice() -> None:
    picture = {"id": "c1", "label": "1", "state": "open", "number": "A901", "ticket": "called", "class": "ordinary"}
    state = NodeState(CounterPicture.model_validate({**picture, "epoch": "e", "rev": 1, "practice": True}))
    state = heartbeat_received(state, ServerBeat(online=True, epoch="e", up_ms=1, rev=1), 1.0)
    assert face_of(state, 1.0) == SignFace("A901", blink=True, below="DIEN TAP")


def test_no_program_outside_receives_facts_of_a_practice(early: Hall, tmp_path: Path) -> None:
    start(early)
    early.issue()
    early.clock.go(2 * HOUR)
    early.tick()
    early.issue()
    with early.read() as snapshot:
        entries = list(read_entries(snapshot.connection))
    with closing(AccessDatabase(tmp_path / "access.db", lambda: 0)) as database:
        kinds = (FactKind.DAY_OPENED, FactKind.DAY_CLOSED, FactKind.ISSUED)
        hook = WebHooks(database).create("quan-tri", "http://127.0.0.1:1/", kinds, is_local=True, next_seq=1)
        with database.transaction() as connection:
            queue_facts(connection, hook.id, frozenset(kinds), entries, len(entries) + 1, 0)
            sent = connection.execute(select(deliveries.c.kind, deliveries.c.body)).all()
    assert [fact.number for fact in map(_ticket_fact, entries) if fact is not None] == ["A001"]
    assert sorted(kind for kind, _ in sent) == ["day.opened", "ticket.issued"]
    assert not [body for _, body in sent if "A901" in body or "practice" in body]


def test_the_close_of_a_practice_ends_no_session_of_a_clerk(early: Hall) -> None:
    access = MagicMock()
    handle = ending_sessions_at_close(access, lambda committed: None)
    start(early)
    stop(early)
    early.ask(lambda tx, now: commands.open_day(tx, manager(), now))
    for committed in early.committed:
        handle(committed)
    assert access.sessions.end_of_clerks.call_count == 0
    early.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    handle(early.committed[-1])
    assert access.sessions.end_of_clerks.call_count == 1
