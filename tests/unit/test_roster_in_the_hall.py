"""The roster at work: pages of administration, opening, alerts, exceptions of today."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account_web import HOST, AccountWeb
from core_hall import MINUTE, OFFICE, Hall, keypad, manager
from office_pages import OfficePages, text_of
from test_web_manager_acts import ManagersPage

from server import commands, views
from server.commands import Refused
from server.domain.permissions import Role
from server.domain.roster import RosterEntry

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
TODAY = "2026-11-23"
BINH_TODAY = {"id": "x1", "counter": "c1", "clerk": "binh", "weekdays": ["mon"], "since": TODAY, "until": TODAY}


def usual(counter: str, clerk: str) -> dict[str, object]:
    return {"id": f"r-{counter}", "counter": counter, "clerk": clerk, "weekdays": WORKDAYS}


ROSTER = [usual("c1", "an"), usual("c2", "binh"), usual("c3", "chi")]


@pytest.fixture
def boss(web: AccountWeb) -> OfficePages:
    return OfficePages(web)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[ManagersPage]:
    dung = {"id": "dung", "name": "Phạm Văn Dũng", "services": ["CT"]}
    hall = Hall(tmp_path, roster=ROSTER, clerks=[*OFFICE["clerks"], dung])
    hall.tick()
    yield ManagersPage(hall)
    hall.close()


def test_an_entry_is_added_shown_in_the_week_and_removed(boss: OfficePages) -> None:
    path = "/roster/new"
    form = boss.form(path)
    status, preview = boss.send(path, form, counter="c3", clerk="chi", weekdays=["mon"], hours__which="am")
    assert status == 200
    assert "Thứ Hai – Thứ Sáu, buổi chiều: không ai làm Đất đai." in text_of(preview)
    assert "Thứ Ba – Thứ Sáu, buổi sáng: không ai làm Đất đai." in text_of(preview)
    boss.send(path, boss.read(preview, path), "save")
    (entry,) = boss.office.roster.values()
    assert entry == RosterEntry(entry.id, "c3", "chi", ("mon",), "am")
    status, week = boss.get("/roster?week=2026-12-02")
    assert status == 200 and "Tuần 30/11/2026 – 04/12/2026" in text_of(week)
    assert week.count(">Lê Thị Chi</a>") == 1 and "buổi sáng" in week
    status, _ = boss.send(f"/roster/item/{entry.id}", boss.form(f"/roster/item/{entry.id}"), "remove")
    assert status == 200
    removal = boss.form(f"/roster/item/{entry.id}") | {"removal": ["1"]}
    boss.send(f"/roster/item/{entry.id}", removal, "save")
    assert boss.office.roster == {}


def test_two_people_at_one_counter_are_refused_with_the_other_entry(boss: OfficePages) -> None:
    boss.save("/roster/new", counter="c1", clerk="an")
    status, page = boss.send("/roster/new", boss.form("/roster/new"), counter="c1", clerk="binh", weekdays=["fri"])
    assert (status, "Thứ Sáu: dòng “Quầy 1: Nguyễn Thị An” đã xếp người" in text_of(page)) == (422, True)
    assert boss.read(page, "/roster/new")["clerk"] == ["binh"]
    status, page = boss.send(
        "/roster/new", boss.form("/roster/new"), counter="c1", clerk="binh", since="2026-11-20", until="2026-11-20"
    )
    assert (status, "Ngày 20/11/2026 đã qua" in text_of(page)) == (422, True)


def test_a_person_at_two_counters_at_a_time_is_a_warning(boss: OfficePages) -> None:
    boss.save("/roster/new", counter="c1", clerk="an")
    form = boss.form("/roster/new")
    _, page = boss.send("/roster/new", form, counter="c2", clerk="an", since="2026-12-01", until="2026-12-01")
    assert "Quầy 2 cùng lúc" not in text_of(page), "an exception ends the usual seat for that day"
    _, page = boss.send("/roster/new", form, counter="c2", clerk="an", weekdays=["mon", "tue"])
    assert "Thứ Hai, Thứ Ba: Nguyễn Thị An có lịch ở Quầy 1 và Quầy 2 cùng lúc." in text_of(page)


def test_a_link_of_the_week_fills_the_form(boss: OfficePages) -> None:
    answer = boss.browser.get("/admin/office/roster/new?counter=c2&weekdays=wed&hours.which=pm&x=1", base_url=HOST)
    fields = boss.read(answer.get_data(as_text=True), "/roster/new")
    assert (fields["counter"], fields["weekdays"], fields["hours.which"]) == (["c2"], ["wed"], ["pm"])


def test_a_further_service_is_chosen_on_the_page_of_a_person(boss: OfficePages) -> None:
    status, preview = boss.send("/clerks/item/binh", boss.form("/clerks/item/binh"), also=["CT"])
    assert (status, "Chứng thực (phục vụ thêm)" in text_of(preview)) == (200, True)
    status, page = boss.send(
        "/clerks/item/binh", boss.form("/clerks/item/binh"), services__which="some", services=["HT"], also=["CT"]
    )
    assert (status, "Cán bộ không phục vụ Chứng thực." in text_of(page)) == (422, True)


def test_the_week_shows_the_own_clerk_of_a_counter_that_it_does_not_plan(boss: OfficePages) -> None:
    path = "/roster/new"
    form = boss.form(path)
    lent: dict[str, Any] = {"counter": "c3", "clerk": "binh", "weekdays": ["tue"], "hours__which": "day"}
    _, preview = boss.send(path, form, since="2026-12-01", until="2026-12-01", **lent)
    boss.send(path, boss.read(preview, path), "save")
    week = boss.get("/roster?week=2026-12-02")[1]
    own = re.findall(r'<a class="add usual"[^>]*>([^<]+)<', week)
    assert [own.count(name) for name in ("Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Chi")] == [5, 4, 4]
    assert week.count(">Trần Văn Bình<") == 5 and "không ai làm" not in text_of(week)
    assert re.findall(r'<a class="add"[^>]*>([^<]+)<', week) == ["–"]  # Bình is at counter 3 that Tuesday


def test_a_person_is_offered_the_counter_of_the_roster_first(boss: OfficePages) -> None:
    person = boss.web.bench.person("Nguyễn Thị Mới", Role.CLERK)
    boss.web.hall.ask(lambda tx, now: commands.name_clerk(tx, manager(), now, person.id, person.name))
    boss.save("/roster/new", counter="c3", clerk=person.id, weekdays=WORKDAYS)
    answer = boss.web.browser(person).get("/?choose=1", base_url=HOST, follow_redirects=True).get_data(as_text=True)
    assert "Theo lịch hôm nay: Quầy 3" in answer
    assert answer.index('<option value="c3"') < answer.index('<option value="c1"')


def test_a_keypad_opens_the_counter_with_the_person_of_the_roster(tmp_path: Path) -> None:
    hall = Hall(tmp_path, roster=[*ROSTER, BINH_TODAY])
    hall.tick()
    hall.next("c1", actor=keypad())
    assert hall.counter("c1").clerk == "binh"
    hall.close()


def test_a_missing_person_is_an_alert_whose_key_sends_somebody(page: ManagersPage) -> None:
    page.hall.open("c1", "c3")
    sentence = "Quầy 2: theo lịch Trần Văn Bình ngồi từ 07:30, nay chưa có mặt"
    assert page.alerts() == [f"{sentence} Mở Quầy 2 với Phạm Văn Dũng"]
    assert "Theo lịch: Trần Văn Bình" in page.text()
    page.press("Mở Quầy 2 với Phạm Văn Dũng")
    assert page.hall.counter("c2").clerk == "dung"
    assert page.alerts() == []


def test_a_person_who_sits_elsewhere_gets_a_message(page: ManagersPage) -> None:
    page.hall.open("c1")
    page.send("/manager/counters/c3/state", state="open", clerk="binh")
    (alert,) = page.alerts()
    assert alert == "Quầy 2: theo lịch Trần Văn Bình ngồi từ 07:30, nhưng đang ở Quầy 3 Nhắn Quầy 3"
    page.press("Nhắn Quầy 3")
    (message,) = page.hall.view(views.messages_with, "c3")
    assert message.text == "Theo lịch, mời Ông/Bà sang Quầy 2."


def test_nobody_is_missing_in_the_first_minutes_and_at_lunch(page: ManagersPage) -> None:
    page.hall.clock.go(-25 * MINUTE)
    assert page.alerts() == []
    page.hall.clock.go(25 * MINUTE + 4 * 60 * MINUTE)
    assert page.alerts() == [], "at lunch"
    page.hall.clock.go(90 * MINUTE + 9 * MINUTE)
    assert page.alerts() == []
    page.hall.clock.go(MINUTE)
    assert len(page.alerts()) == 3


def test_a_manager_changes_the_roster_of_today_and_ends_that(page: ManagersPage) -> None:
    assert page.send("/manager/counters/c2/seat", clerk="dung")[0] == 303
    assert "Theo lịch: Phạm Văn Dũng (chỉ hôm nay)" in " ".join(page.text().split())
    assert page.send("/manager/counters/c3/seat", clerk="dung")[0] == 303
    with page.hall.read() as snapshot:
        today = [entry for entry in snapshot.office.roster.values() if entry.since == TODAY]
    assert [(entry.counter, entry.clerk) for entry in today] == [("c3", "dung")], "one person, one counter"
    assert page.send("/manager/counters/c3/seat", clerk="usual")[0] == 303
    with page.hall.read() as snapshot:
        assert len(snapshot.office.roster) == len(ROSTER)
    assert page.send("/manager/counters/c3/seat", clerk="zz")[0] == 404


def test_the_roster_of_today_is_the_managers_and_only_on_a_day(page: ManagersPage) -> None:
    def put(role: Role) -> None:
        actor = commands.Actor(role, "an", "page-c1")
        page.hall.ask(lambda tx, now: commands.seat_today(tx, actor, now, "c1", "chi"))

    with pytest.raises(Refused):
        put(Role.CLERK)
    page.hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    with pytest.raises(Refused):
        put(Role.MANAGER)


def test_people_wait_where_nobody_at_the_open_counters_serves_their_service(page: ManagersPage) -> None:
    page.hall.open("c1", "c2")
    page.send("/manager/counters/c3/state", state="open", clerk="dung")
    page.hall.issue("DD")
    (alert,) = [alert for alert in page.alerts() if "Đất đai" in alert]
    assert alert.startswith("Lĩnh vực Đất đai: 1 người đang chờ, cán bộ ở các quầy đang mở không phục vụ lĩnh vực này")
