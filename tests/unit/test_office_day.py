"""Six days of an office whose own people change it on their pages."""

import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from account_web import HOST, AccountWeb
from core_hall import HOUR, MINUTE, request_id
from flask.testing import FlaskClient
from office_pages import OfficePages, text_of

from server import views
from server.commands import Actor, Refused
from server.domain.calendar import local_date
from server.domain.permissions import Role
from server.store import SqliteBackend
from server.store.migrations import migrate
from server.store.replay import check
from server.views import office_changes
from server.web.staff.practice.halls import EXTENSION
from server.wire.messages import to_time

WEDNESDAY, THURSDAY, FRIDAY, MONDAY = "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30"
DAY = 24 * HOUR


class OfficeDay:
    """An administrator, a manager and two clerks at their pages."""

    def __init__(self, web: AccountWeb) -> None:
        self.web, self.hall = web, web.hall
        self.go_to(WEDNESDAY)
        self.manager = self.sit_down("Đặng Thị Quản Lý", Role.MANAGER)
        self.administrator = OfficePages(web)

    def sit_down(self, name: str, role: Role) -> FlaskClient:
        return self.web.browser(self.web.bench.person(name, role))

    def go_to(self, date: str) -> None:
        """Let the time pass to 08:00 of a date, hour by hour."""
        while True:
            local_hour = (self.hall.clock.wall_ms // HOUR + 7) % 24
            if self.date == date and local_hour == 8:
                return
            self.hall.clock.go(HOUR)
            self.hall.tick()
            self.web.bench.now_ms = self.hall.clock.now().wall_ms

    @property
    def date(self) -> str:
        with self.hall.store.read() as snapshot:
            return local_date(snapshot.now.wall_ms, snapshot.office.zone)

    def send(self, browser: FlaskClient, path: str, **fields: Any) -> str:
        """Send a form; return the texts of the page after it."""
        form = {"request_id": request_id()} | fields
        answer = browser.post(path, data=form, base_url=HOST, follow_redirects=True)
        page = unescape(answer.get_data(as_text=True))
        assert answer.status_code == 200, page[-1500:]
        return text_of(page)

    def services(self, counter: str) -> tuple[str, ...]:
        with self.hall.store.read() as snapshot:
            return tuple(snapshot.office.services_of(counter))

    def report(self, date: str) -> str:
        return text_of(unescape(self.manager.get(f"/manager/day?date={date}", base_url=HOST).get_data(as_text=True)))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """Play the days once. Yields what was seen on the way."""
    folder = tmp_path_factory.mktemp("office-day")
    with closing(AccountWeb(folder)) as web:
        day, seen = OfficeDay(web), SimpleNamespace(folder=folder)
        seen.day = day
        _wednesday(day, seen)
        _later_days(day, seen)
        yield seen
        web.app.extensions[EXTENSION].close()


def _wednesday(day: OfficeDay, seen: SimpleNamespace) -> None:
    """People wait; everything is changed while they do."""
    seen.births, seen.results = day.hall.issue("HT", procedure="1.001193"), day.hall.issue("TK")
    for counter, clerk in (("c1", "an"), ("c3", "chi")):
        day.hall.sign(counter, clerk)
        day.hall.open(counter)
    day.send(day.manager, "/manager/counters/c3/services", do="lend", service="TK", **{"from": "c1"}, sure="1")
    seen.lent = (day.services("c1"), day.services("c3"))
    seen.called_at_c3 = day.hall.next("c3")
    # a colleague takes over counter 1
    for name in ("Phạm Thị Mới", "Vũ Văn Thay"):
        trainee = day.sit_down(name, Role.CLERK)
        day.send(trainee, "/sign-in", counter="c1")
        seen.clerk = day.hall.counter("c1").clerk
    seen.swapped_to = day.web.bench.named("vu-van-thay").id
    # a holiday tomorrow, a fee from Monday, a new name from Friday, a notice
    day.administrator.save("/dates/new", id=THURSDAY, name__vi="Ngày Chuyển đổi số", own="")
    day.administrator.save("/procedures/item/1.001193", fee="8.000 đồng", when="date", date=MONDAY)
    day.administrator.save("/services/item/HT", name__vi="Tư pháp", when="date", date=FRIDAY)
    day.send(day.manager, "/manager/notices", text="Chiều nay nhận hồ sơ đến 16:30", end="day")
    seen.notices = notices(day)
    # practice beside real work
    facts = len(day.hall.facts())
    trainee.post("/practice/start", data={"counter": "c1"}, base_url=HOST, follow_redirects=True)
    seen.practice = unescape(
        trainee.get("/practice/hall/clerk/c1", base_url=HOST, follow_redirects=True).get_data(as_text=True)
    )
    seen.facts_of_practice = len(day.hall.facts()) - facts
    # the tickets of before are served as they were issued
    assert seen.called_at_c3 is not None
    at_c1 = Actor(Role.CLERK, seen.swapped_to, "page-c1")
    called_at_c1 = day.hall.next("c1", actor=at_c1)
    for counter, ticket, actor in (("c3", seen.called_at_c3, None), ("c1", called_at_c1, at_c1)):
        assert ticket is not None
        day.hall.move(ticket, "start", counter=counter, actor=actor)
        day.hall.clock.go(5 * MINUTE)
        day.hall.move(ticket, "finish", counter=counter, outcome="received", actor=actor)
    seen.served = [day.hall.row(ticket.id) for ticket in (seen.births, seen.results)]


def _later_days(day: OfficeDay, seen: SimpleNamespace) -> None:
    """Each change takes effect on its own day, and Wednesday keeps its office."""
    day.go_to(THURSDAY)
    day.manager = day.web.browser(day.web.bench.named("dang-thi-quan-ly"))
    seen.on_the_holiday = (day.services("c1"), day.services("c3"), notices(day))
    with pytest.raises(Refused) as refused:
        day.hall.issue("HT")
    seen.refused_on_the_holiday = refused.value.code.value
    day.go_to(FRIDAY)
    day.manager = day.web.browser(day.web.bench.named("dang-thi-quan-ly"))
    seen.friday_name = name_of(day, "HT")
    day.hall.issue("HT")
    seen.wednesday, seen.friday = day.report(WEDNESDAY), day.report(FRIDAY)
    seen.friday_fee = fee(day)
    day.go_to(MONDAY)
    seen.monday_fee = fee(day)


def notices(day: OfficeDay) -> list[str]:
    """Return the notices that screens show now."""
    with day.hall.store.read() as snapshot:
        now = to_time(snapshot.now.wall_ms)
        return [
            notice.text["vi"] for notice in views.office(snapshot, "e1").notices if notice.to is None or now < notice.to
        ]


def name_of(day: OfficeDay, service: str) -> str:
    with day.hall.store.read() as snapshot:
        return snapshot.office.services[service].name["vi"]


def fee(day: OfficeDay) -> str:
    with day.hall.store.read() as snapshot:
        return snapshot.office.procedures["1.001193"].fee


def test_a_service_is_at_another_counter_for_one_day_only(played: SimpleNamespace) -> None:
    assert played.lent == (("HT",), ("CT", "DD", "TK"))
    assert played.called_at_c3.id == played.results.id
    assert played.on_the_holiday[:2] == (("HT", "TK"), ("CT", "DD"))


def test_a_colleague_takes_over_the_counter(played: SimpleNamespace) -> None:
    assert played.clerk == played.swapped_to


def test_a_holiday_entered_the_day_before_closes_the_hall(played: SimpleNamespace) -> None:
    assert played.refused_on_the_holiday in ("service_closed", "day_closed")


def test_a_notice_of_the_day_is_gone_the_next_day(played: SimpleNamespace) -> None:
    assert played.notices == ["Chiều nay nhận hồ sơ đến 16:30"]
    assert played.on_the_holiday[2] == []


def test_a_fee_and_a_name_change_on_their_day_and_not_before(played: SimpleNamespace) -> None:
    assert played.friday_name == "Tư pháp"
    assert (played.friday_fee, played.monday_fee) == ("Miễn phí", "8.000 đồng")


def test_practice_beside_real_work_leaves_no_trace_in_the_hall(played: SimpleNamespace) -> None:
    assert "DIỄN TẬP RIÊNG" in played.practice
    assert played.facts_of_practice == 0


def test_tickets_of_before_keep_what_they_had(played: SimpleNamespace) -> None:
    births, results = played.served
    assert [(row.number, row.service, row.procedure, row.state.value) for row in (births, results)] == [
        ("A001", "HT", "1.001193", "served"),
        ("A002", "TK", None, "served"),
    ]
    assert births.rank_key == played.births.rank_key


def test_past_days_keep_their_names_in_reports(played: SimpleNamespace) -> None:
    assert "Hộ tịch" in played.wednesday and "Tư pháp" not in played.wednesday
    assert "Tư pháp" in played.friday and not re.search(r"Hộ tịch", played.friday)


def test_a_replay_gives_the_same_office_and_the_same_tickets(played: SimpleNamespace, tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "again.db")
    with closing(backend.open()) as empty, played.day.hall.store.engines.read.connect() as connection:
        migrate(empty.write)
        assert check(connection, empty.write) == []
    with played.day.hall.store.read() as snapshot:
        past = office_changes.office_of_day(snapshot, WEDNESDAY)
        assert past.services["HT"].name == {"vi": "Hộ tịch"}
