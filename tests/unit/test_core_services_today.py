"""Services of a counter for one day, and services stopped until a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from core_hall import CLERKS, HOUR, MINUTE, OFFICE, Hall, clerk, empty_database, manager, refusal

from server import commands, views
from server.commands import Actor, Refusal, Role
from server.domain.errors import Need
from server.domain.office_changes import Edit, Part
from server.store import replay
from server.store.backends.sqlite_engine import open_engines

LEAD = Actor(Role.LEAD_CLERK, "binh")


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    people = [{**person, "services": ["CT", "DD"]} if person["id"] == "chi" else person for person in OFFICE["clerks"]]
    hall = Hall(tmp_path, clerks=people)
    hall.tick()
    yield hall
    hall.close()


def lend(hall: Hall, counter: str, service: str, actor: Actor | None = None, **more: Any) -> None:
    who = actor or manager()
    hall.ask(lambda tx, now: commands.lend_service(tx, who, now, counter, service, **more))


def take(hall: Hall, counter: str, service: str, **more: Any) -> None:
    hall.ask(lambda tx, now: commands.take_service(tx, manager(), now, counter, service, **more))


def counters(hall: Hall, service: str) -> list[str]:
    with hall.read() as snapshot:
        return snapshot.office.counters_of(service)


def listed(hall: Hall, service: str) -> Any:
    return next(row for row in hall.view(views.services) if row.id == service)


def assert_replayed(hall: Hall, folder: Path) -> None:
    """Assert that the journal gives the same rows."""
    (folder / "again.db").write_bytes(empty_database().read_bytes())
    again = open_engines(folder / "again.db")
    with hall.store.engines.read.connect() as connection:
        assert replay.check(connection, again.write) == []
    again.close()


def test_a_lent_service_is_called_here_today_and_no_longer_tomorrow(hall: Hall, tmp_path: Path) -> None:
    hall.open()
    waits = hall.issue("DD")
    assert hall.next("c2") is None
    lend(hall, "c2", "DD", LEAD)
    assert counters(hall, "DD") == ["c2", "c3"]
    assert hall.row(waits.id).counter == "c2", "the counter was ready, so the ticket comes to it"
    assert hall.wire(hall.issue("DD")).counters == ["c2", "c3"]
    hall.restarted()
    assert counters(hall, "DD") == ["c2", "c3"]
    hall.move(waits, "requeue", counter="c2", reason="x")
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert counters(hall, "DD") == ["c3"]
    hall.ask(lambda tx, now: commands.reopen_day(tx, manager(), now, "closed too early"))
    assert counters(hall, "DD") == ["c2", "c3"]
    hall.clock.go(48 * HOUR)
    hall.tick()
    hall.clock.go(MINUTE)
    hall.tick()
    with hall.read() as snapshot:
        assert snapshot.head.date == "2026-11-25"
    assert counters(hall, "DD") == ["c3"]
    assert_replayed(hall, tmp_path)


def test_a_service_of_no_counter_is_offered_once_it_is_lent(hall: Hall) -> None:
    assert listed(hall, "XX").state == "no_counter"
    lend(hall, "c1", "XX")
    assert (listed(hall, "XX").state, listed(hall, "XX").counters) == ("open", ["c1"])
    hall.open("c1")
    assert hall.issue("XX").id == getattr(hall.next("c1"), "id", None)
    hall.ask(lambda tx, now: commands.restore_services(tx, manager(), now, "c1"))
    assert listed(hall, "XX").state == "no_counter"


def test_a_moved_service_leaves_its_counter_with_its_pins(hall: Hall) -> None:
    hall.open()
    pinned = hall.move(hall.issue("TK"), "transfer", service="TK", pin="c1", reason="x")
    assert pinned.pin == "c1"
    lend(hall, "c2", "TK", taken_from="c1")
    assert (counters(hall, "TK"), hall.row(pinned.id).pin) == (["c2"], None)
    assert getattr(hall.next("c2"), "id", None) == pinned.id
    refused = refusal(hall.move, hall.issue("HT"), "transfer", service="TK", pin="c1")
    assert (refused.code, refused.need) == (Refusal.BAD_REQUEST, Need.PIN)
    lend(hall, "c1", "TK")
    assert counters(hall, "TK") == ["c1", "c2"]


def test_a_held_ticket_is_free_for_others_when_its_service_was_taken(hall: Hall) -> None:
    hall.open()
    hall.issue("HT")
    ticket = hall.next("c1")
    assert ticket is not None
    hall.move(ticket, "start", counter="c1")
    hall.move(ticket, "hold", counter="c1", reason="copies")
    take(hall, "c1", "HT")
    hall.clock.go(31 * MINUTE)
    hall.tick()
    assert hall.row(ticket.id).pin is None
    assert getattr(hall.next("c2"), "id", None) == ticket.id


def test_the_last_counter_is_taken_from_waiting_people_only_when_confirmed(hall: Hall) -> None:
    take(hall, "c3", "DD")
    lend(hall, "c3", "DD")
    hall.issue("DD")
    refused = refusal(take, hall, "c3", "DD")
    assert (refused.code, refused.need, refused.values["n"]) == (Refusal.NOT_ALLOWED, Need.LAST_COUNTER, 1)
    assert counters(hall, "DD") == ["c3"]
    take(hall, "c3", "DD", is_confirmed=True)
    assert counters(hall, "DD") == []


def test_a_clerks_own_list_holds_unless_the_manager_decides_otherwise(hall: Hall) -> None:
    hall.open()
    ticket = hall.issue("HT")
    refused = refusal(lend, hall, "c3", "HT")
    assert (refused.need, refused.values["name"]) == (Need.OWN_LIST, "Lê Thị Chi")
    lend(hall, "c3", "HT", any_clerk=True)
    assert getattr(hall.next("c3"), "id", None) == ticket.id
    take(hall, "c3", "HT")
    with hall.read() as snapshot:
        assert snapshot.office.serves("c3", "chi") == {"CT", "DD"}


def test_only_those_who_may_lend_do_and_only_on_an_open_day(hall: Hall) -> None:
    assert refusal(lend, hall, "c2", "DD", clerk("c2")).code is Refusal.FORBIDDEN
    assert refusal(lend, hall, "c9", "DD").code is Refusal.NOT_FOUND
    assert refusal(lend, hall, "c2", "??").code is Refusal.UNKNOWN_SERVICE
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert refusal(lend, hall, "c2", "DD").code is Refusal.DAY_CLOSED


def test_the_office_of_the_administrators_keeps_its_services(hall: Hall) -> None:
    lend(hall, "c2", "DD")
    boss = Actor(Role.ADMINISTRATOR, "boss")
    edit = Edit(Part.COUNTER, "c2", {"label": "2"}, {"label": "2A"})
    hall.ask(lambda tx, now: commands.change_office(tx, boss, now, [edit]))
    with hall.read() as snapshot:
        assert snapshot.office.counters["c2"].services == ("HT", "CT")
        assert snapshot.office.services_of("c2") == ("HT", "CT", "DD")


def test_a_stopped_service_says_why_until_when_and_whom_to_ask_and_resumes(hall: Hall, tmp_path: Path) -> None:
    until_ms = hall.clock.wall_ms + HOUR

    def stop(**more: Any) -> None:
        hall.ask(lambda tx, now: commands.stop_issuing(tx, LEAD, now, "HT", "hỏng máy in", **more))

    stop(until_at_ms=until_ms, ask="quầy 1")
    stop(until_at_ms=until_ms, ask="quầy 1")
    row = listed(hall, "HT")
    assert (row.state, row.stopped, row.reason, row.ask) == ("closed", True, "hỏng máy in", "quầy 1")
    assert row.until == row.next_open == "2026-11-23T02:00:00.000Z"
    assert refusal(hall.issue, "HT").values["when_ms"] == until_ms
    wake = hall.tick()
    assert wake.wall_ms is not None and wake.wall_ms <= until_ms
    stop(until_at_ms=until_ms + HOUR)
    assert hall.kinds().count("service.stopped") == 2, "the same stop again is no fact"
    hall.clock.go(HOUR)
    hall.tick()
    assert listed(hall, "HT").stopped
    hall.clock.go(HOUR)
    hall.tick()
    assert not listed(hall, "HT").stopped
    assert hall.issue("HT").state.value == "waiting"
    assert_replayed(hall, tmp_path)


def test_a_stop_that_ends_after_the_hours_names_the_next_opening(hall: Hall) -> None:
    noon_ms = hall.clock.wall_ms + 4 * HOUR
    hall.ask(lambda tx, now: commands.stop_issuing(tx, LEAD, now, "HT", until_at_ms=noon_ms))
    assert listed(hall, "HT").next_open == "2026-11-23T06:30:00.000Z"


@pytest.mark.parametrize("after_ms", [0, -MINUTE, 25 * HOUR])
def test_the_end_of_a_stop_lies_ahead_and_near(hall: Hall, after_ms: int) -> None:
    until_ms = hall.clock.wall_ms + after_ms
    refused = refusal(hall.ask, lambda tx, now: commands.stop_issuing(tx, manager(), now, "HT", until_at_ms=until_ms))
    assert (refused.code, refused.need) == (Refusal.BAD_REQUEST, Need.UNTIL)


def test_a_manager_puts_up_notices_and_changes_nothing_else_of_the_office(hall: Hall) -> None:
    text = {"vi": "Ông/Bà vui lòng giữ trật tự"}
    notice = Edit(Part.NOTICE, "n1", None, {"text": text, "since": None, "until": None})
    hall.ask(lambda tx, now: commands.change_office(tx, manager(), now, [notice]))
    with hall.read() as snapshot:
        assert snapshot.office.notices["n1"].text == text
    label = Edit(Part.COUNTER, "c1", {"label": "1"}, {"label": "9"})
    for actor in (manager(), LEAD):
        work = lambda tx, now, who=actor: commands.change_office(tx, who, now, [label])
        assert refusal(hall.ask, work).code is Refusal.FORBIDDEN
    assert CLERKS["c1"] == "an"
    by_clerk = lambda tx, now: commands.change_office(tx, clerk(), now, [notice])
    assert refusal(hall.ask, by_clerk).code is Refusal.FORBIDDEN
