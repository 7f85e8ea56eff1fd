"""The office changes at once or later, changes are taken back, past days keep theirs."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, Hall, manager

from server import commands, views
from server.commands import Actor, OfficeRefused, Refused, Role
from server.domain.office_changes import (
    Edit,
    EditConflict,
    Part,
    PartKey,
    ProblemKind,
    Row,
    differences,
    edited,
    office_from_parts,
    parts_of,
    reverse,
)
from server.store import SqliteBackend
from server.store.migrations import migrate
from server.store.replay import check
from server.views import office_changes

BOSS = Actor(Role.ADMINISTRATOR, "p-000001", roles=(Role.ADMINISTRATOR, Role.MANAGER))
MANAGER = Actor(Role.MANAGER, "p-000002")


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with closing(Hall(tmp_path)) as hall:
        yield hall


def change(hall: Hall, *edits: Edit, date: str | None = None) -> str:
    return str(hall.ask(lambda tx, now: commands.change_office(tx, BOSS, now, edits, date=date)))


def edit(hall: Hall, part: Part, id_: str, **fields: Any) -> Edit:
    """Return the edit of these fields, from what they are now."""
    with hall.store.read() as snapshot:
        row = parts_of(snapshot.office)[(part, id_)]
    return Edit(part, id_, {name: row[name] for name in fields}, fields)


def new_service(id_: str = "MT", prefix: str = "M") -> Edit:
    row = {"prefix": prefix, "name": {"vi": "Môi trường"}, "outcome": "received", "capacity": None, "hours": None}
    return Edit(Part.SERVICE, id_, None, {**row, "usual": True, "closed": False})


def counters_with(hall: Hall, service: str) -> dict[str, list[str]]:
    """Return the counters that serve it, each with its services."""
    with hall.store.read() as snapshot:
        office = snapshot.office
    return {counter: list(office.counters[counter].services) for counter in office.counters_of(service)}


def same_after_replay(hall: Hall, folder: Path) -> None:
    backend = SqliteBackend(folder / "again.db")
    with closing(backend.open()) as empty, hall.store.engines.read.connect() as connection:
        migrate(empty.write)
        assert check(connection, empty.write) == []


def test_parts_make_the_office_that_they_were_taken_from(hall: Hall) -> None:
    with hall.store.read() as snapshot:
        office = snapshot.office
    assert parts_of(office_from_parts(parts_of(office), office)) == parts_of(office)


def test_a_change_takes_effect_at_once_and_a_replay_gives_the_same_office(hall: Hall, tmp_path: Path) -> None:
    change(
        hall,
        edit(hall, Part.SERVICE, "HT", name={"vi": "Hộ tịch và cư trú"}, capacity=9),
        edit(hall, Part.COUNTER, "c1", services=["HT", "TK", "DD"], label="1A"),
        edit(hall, Part.RULES, "", calls=2),
        edit(hall, Part.HOURS, "", fri=["07:30-11:30"]),
        edit(hall, Part.OFFICE, "", hotline="1022"),
        Edit(Part.DATE, "2026-12-25", None, {"name": {"vi": "Ngày nghỉ bù"}, "spans": None}),
        Edit(Part.NOTICE, "n1", None, {"text": {"vi": "Chiều nay nghỉ sớm"}, "since": None, "until": None}),
        new_service(),
    )
    with hall.store.read() as snapshot:
        office = snapshot.office
    assert (office.services["HT"].name, office.services["HT"].capacity) == ({"vi": "Hộ tịch và cư trú"}, 9)
    assert (office.counters["c1"].services, office.counters["c1"].label) == (("HT", "TK", "DD"), "1A")
    assert office.rules.calls == 2
    assert [span.text for span in office.hours.weekly["fri"]] == ["07:30-11:30"]
    assert office.hotline == "1022"
    assert office.holidays["2026-12-25"] == {"vi": "Ngày nghỉ bù"}
    assert office.notices["n1"].text == {"vi": "Chiều nay nghỉ sớm"}
    assert list(office.services) == ["HT", "CT", "DD", "TK", "XX", "MT"]
    same_after_replay(hall, tmp_path)


def test_the_order_of_services_can_be_changed(hall: Hall, tmp_path: Path) -> None:
    change(hall, edit(hall, Part.ORDER, "service", ids=["XX", "TK", "DD", "CT", "HT"]))
    with hall.store.read() as snapshot:
        assert list(snapshot.office.services) == ["XX", "TK", "DD", "CT", "HT"]
    same_after_replay(hall, tmp_path)


def test_nothing_is_changed_when_one_edit_is_impossible(hall: Hall) -> None:
    good, bad = edit(hall, Part.RULES, "", calls=2), edit(hall, Part.RULES, "", grace_s=0)
    with pytest.raises(OfficeRefused) as refused:
        change(hall, good, bad)
    assert [(problem.kind, problem.name) for problem in refused.value.problems] == [(ProblemKind.LIMITS, "grace_s")]
    with hall.store.read() as snapshot:
        assert snapshot.office.rules.calls == 3


def test_the_second_of_two_who_edit_one_field_is_refused_and_learns_which(hall: Hall) -> None:
    first = edit(hall, Part.SERVICE, "HT", capacity=5)
    second = edit(hall, Part.SERVICE, "HT", capacity=7)
    change(hall, first)
    with pytest.raises(EditConflict) as conflict:
        change(hall, second)
    assert (conflict.value.part, conflict.value.id, conflict.value.fields) == (Part.SERVICE, "HT", ("capacity",))
    change(hall, edit(hall, Part.SERVICE, "HT", usual=False))  # another field of the same part is no conflict


def test_a_planned_change_takes_effect_when_its_day_opens(hall: Hall, tmp_path: Path) -> None:
    hall.issue("HT")
    planned = change(hall, edit(hall, Part.PROCEDURE, "1.001193", fee="8.000 đồng"), date="2026-11-25")
    with hall.store.read() as snapshot:
        assert snapshot.office.procedures["1.001193"].fee == "Miễn phí"
        assert [row.id for row in office_changes.planned_changes(snapshot)] == [planned]
    hall.clock.go(24 * HOUR)
    hall.tick()
    with hall.store.read() as snapshot:
        assert snapshot.office.procedures["1.001193"].fee == "Miễn phí"
    hall.clock.go(16 * HOUR + MINUTE)  # just after midnight of the 25th: no day is open
    hall.tick()
    with hall.store.read() as snapshot:
        assert snapshot.office.procedures["1.001193"].fee == "8.000 đồng"
        assert office_changes.planned_changes(snapshot) == []
        done = office_changes.office_change(snapshot, planned)
    assert done is not None and (done.state, done.by, done.date) == ("done", "p-000001", "2026-11-25")
    same_after_replay(hall, tmp_path)


def test_a_planned_change_waits_for_the_close_of_a_day_that_goes_on_over_midnight(hall: Hall) -> None:
    hall.issue("HT")
    change(hall, edit(hall, Part.RULES, "", calls=2), date="2026-11-24")
    hall.clock.go(17 * HOUR)  # 01:00 of the 24th, the day of the 23rd is still open
    hall.tick()
    with hall.store.read() as snapshot:
        assert (snapshot.head.day, snapshot.office.rules.calls) == ("2026-11-23", 3)
    hall.clock.go(3 * HOUR)
    hall.tick()
    with hall.store.read() as snapshot:
        assert (snapshot.head.day, snapshot.office.rules.calls) == (None, 2)


def test_a_planned_change_can_be_withdrawn_once(hall: Hall, tmp_path: Path) -> None:
    planned = change(hall, edit(hall, Part.RULES, "", calls=2), date="2026-11-25")
    hall.ask(lambda tx, now: commands.withdraw_change(tx, BOSS, now, planned))
    with pytest.raises(Refused):
        hall.ask(lambda tx, now: commands.withdraw_change(tx, BOSS, now, planned))
    hall.clock.go(72 * HOUR)
    hall.tick()
    with hall.store.read() as snapshot:
        assert snapshot.office.rules.calls == 3
    same_after_replay(hall, tmp_path)


def test_a_planned_change_that_fits_no_more_changes_nothing(hall: Hall, tmp_path: Path) -> None:
    planned = change(hall, edit(hall, Part.RULES, "", calls=2), date="2026-11-25")
    change(hall, edit(hall, Part.RULES, "", calls=5))
    hall.clock.go(72 * HOUR)
    hall.tick()
    with hall.store.read() as snapshot:
        assert snapshot.office.rules.calls == 5
        row = office_changes.office_change(snapshot, planned)
    assert row is not None and row.state == "impossible"
    same_after_replay(hall, tmp_path)


@pytest.mark.parametrize("date", ["2026-11-23", "2026-11-22", "2026-02-30", "morgen"])
def test_a_change_cannot_be_planned_for_today_or_earlier(hall: Hall, date: str) -> None:
    with pytest.raises(Refused):
        change(hall, edit(hall, Part.RULES, "", calls=2), date=date)


def test_a_change_is_taken_back_once_and_a_service_that_it_added_is_closed(hall: Hall, tmp_path: Path) -> None:
    added = change(hall, new_service(), edit(hall, Part.RULES, "", calls=2))
    hall.ask(lambda tx, now: commands.undo_change(tx, BOSS, now, added))
    with hall.store.read() as snapshot:
        assert snapshot.office.services["MT"].closed
        assert "MT" not in snapshot.office.services_offered
        assert snapshot.office.rules.calls == 3
        row = office_changes.office_change(snapshot, added)
    assert row is not None and row.undone_by is not None
    with pytest.raises(Refused):
        hall.ask(lambda tx, now: commands.undo_change(tx, BOSS, now, added))
    same_after_replay(hall, tmp_path)


def test_past_days_keep_the_office_of_their_day(hall: Hall) -> None:
    hall.issue("HT")
    hall.clock.go(20 * HOUR)  # the day of the 23rd closes at night
    hall.tick()
    change(hall, edit(hall, Part.SERVICE, "HT", name={"vi": "Tư pháp"}), new_service())
    change(hall, edit(hall, Part.RULES, "", target_min=5))
    with hall.store.read() as snapshot:
        past = office_changes.office_of_day(snapshot, "2026-11-23")
        assert (past.services["HT"].name, past.rules.target_min) == ({"vi": "Hộ tịch"}, 20)
        assert "MT" not in past.services
        assert snapshot.office.services["HT"].name == {"vi": "Tư pháp"}


def test_a_closed_service_issues_no_numbers_and_serves_those_who_wait(hall: Hall) -> None:
    waiting = hall.issue("HT")
    change(hall, edit(hall, Part.SERVICE, "HT", closed=True))
    with pytest.raises(Refused) as refused:
        hall.issue("HT")
    assert refused.value.code == "service_closed"
    with hall.store.read() as snapshot:
        listed = {service.id: service.state for service in views.services(snapshot)}
        assert listed["HT"] == "closed"  # somebody waits
        assert "1.001193" not in [procedure.code for procedure in views.catalogue(snapshot).procedures]
    hall.open("c1")
    called = hall.next("c1")
    assert called is not None and called.id == waiting.id
    hall.move(waiting, "start", counter="c1")
    hall.move(waiting, "finish", counter="c1", outcome="received")
    with hall.store.read() as snapshot:
        assert "HT" not in [service.id for service in views.services(snapshot)]


def test_the_last_counter_of_a_service_stays_while_people_wait_unless_they_are_moved(
    hall: Hall, tmp_path: Path
) -> None:
    tickets = [hall.issue("DD") for _ in range(3)]
    counter = next(iter(counters_with(hall, "DD")))
    hall.open(counter)
    called = hall.next(counter)
    assert called is not None
    hall.move(called, "start", counter=counter)
    hall.move(called, "hold", counter=counter, reason="bổ sung giấy tờ")
    edits = [
        edit(hall, Part.COUNTER, counter, services=[service for service in services if service != "DD"] or ["HT"])
        for counter, services in counters_with(hall, "DD").items()
    ]
    with pytest.raises(OfficeRefused) as refused:
        change(hall, *edits)
    assert [(problem.kind, problem.id, problem.values) for problem in refused.value.problems] == [
        (ProblemKind.PEOPLE_WAIT, "DD", {"n": 3})
    ]
    hall.ask(lambda tx, now: commands.change_office(tx, BOSS, now, edits, moves={"DD": "HT"}))
    moved = [hall.row(ticket.id) for ticket in tickets]
    assert [(row.service, row.state) for row in moved] == [("HT", "waiting")] * 3
    assert [row.rank_key for row in moved] == [row.rank_key for row in tickets]
    same_after_replay(hall, tmp_path)


def test_people_are_not_moved_to_a_service_without_a_counter_and_nothing_is_half_done(hall: Hall) -> None:
    waiting = hall.issue("HT")
    closing = edit(hall, Part.SERVICE, "HT", closed=True)
    for target in ("HT", "nothing"):
        with pytest.raises(Refused) as refused:
            hall.ask(lambda tx, now: commands.change_office(tx, BOSS, now, [closing], moves={"HT": target}))  # noqa: B023
        assert refused.value.code == "bad_request"
    with hall.store.read() as snapshot:
        assert not snapshot.office.services["HT"].closed
    assert hall.row(waiting.id).service == "HT"


def test_a_ready_counter_that_gets_one_more_service_is_given_its_waiting_ticket(hall: Hall) -> None:
    counters = counters_with(hall, "DD")
    other = next(counter for counter in ("c1", "c2", "c3") if counter not in counters)
    waiting = hall.issue("DD")
    hall.open(other)
    hall.ready(other)
    assert hall.row(waiting.id).state == "waiting"
    with hall.store.read() as snapshot:
        services = list(snapshot.office.counters[other].services)
    change(hall, edit(hall, Part.COUNTER, other, services=[*services, "DD"]))
    assert (hall.row(waiting.id).state, hall.row(waiting.id).counter) == ("called", other)


def test_a_planned_change_takes_effect_on_a_date_that_staff_entered(hall: Hall, tmp_path: Path) -> None:
    change(hall, edit(hall, Part.RULES, "", calls=2), date="2026-11-25")
    hall.ask(lambda tx, now: commands.enter_date(tx, MANAGER, now, "2026-11-24"))
    hall.ask(lambda tx, now: commands.close_day(tx, MANAGER, now))
    with hall.store.read() as snapshot:
        assert snapshot.office.rules.calls == 3
    hall.ask(lambda tx, now: commands.enter_date(tx, MANAGER, now, "2026-11-25"))
    with hall.store.read() as snapshot:
        assert (snapshot.head.date, snapshot.office.rules.calls) == ("2026-11-25", 2)
    same_after_replay(hall, tmp_path)


def test_a_change_is_taken_back_from_a_later_day_on(hall: Hall) -> None:
    done = change(hall, edit(hall, Part.RULES, "", calls=2))
    hall.ask(lambda tx, now: commands.undo_change(tx, BOSS, now, done, date="2026-11-25"))
    with hall.store.read() as snapshot:
        assert snapshot.office.rules.calls == 2
    hall.clock.go(48 * HOUR)
    hall.tick()
    with hall.store.read() as snapshot:
        assert snapshot.office.rules.calls == 3


def test_a_counter_that_is_open_cannot_be_closed_for_good(hall: Hall) -> None:
    hall.issue("HT")
    hall.open("c1")
    closing_c1 = edit(hall, Part.COUNTER, "c1", closed=True)
    with pytest.raises(OfficeRefused) as refused:
        change(hall, closing_c1)
    assert [problem.kind for problem in refused.value.problems] == [ProblemKind.COUNTER_IN_USE]


def test_a_closed_counter_is_in_no_list_and_cannot_be_opened(hall: Hall) -> None:
    change(hall, edit(hall, Part.COUNTER, "c3", closed=True))
    with hall.store.read() as snapshot:
        assert [counter.id for counter in views.counters(snapshot)] == ["c1", "c2"]
        assert snapshot.office.counters_of("CT") == ["c2"]
    with pytest.raises(Refused):
        hall.open("c3")


def test_only_an_administrator_changes_the_office(hall: Hall) -> None:
    for role in (Role.CLERK, Role.LEAD_CLERK, Role.MANAGER, Role.AUDITOR, Role.STATION, Role.PROGRAM):
        calls = edit(hall, Part.RULES, "", calls=2)
        actor = Actor(role, "x")
        with pytest.raises(Refused) as refused:
            hall.ask(lambda tx, now: commands.change_office(tx, actor, now, [calls]))  # noqa: B023
        assert refused.value.code == "forbidden"


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ((Part.HOURS, "", {"mon": ["07:30-11:30", "11:00-12:00"]}), ProblemKind.OVERLAP),
        ((Part.SERVICE, "HT", {"prefix": "a"}), ProblemKind.PREFIX),
        ((Part.SERVICE, "HT", {"name": {"en": "Civil status"}}), ProblemKind.NO_NAME),
        ((Part.SERVICE, "HT", {"capacity": 0}), ProblemKind.CAPACITY),
        ((Part.COUNTER, "c1", {"services": []}), ProblemKind.NO_SERVICES),
        ((Part.COUNTER, "c1", {"services": ["ZZ"]}), ProblemKind.UNKNOWN_SERVICE),
        ((Part.COUNTER, "c1", {"label": "2"}), ProblemKind.SAME_LABEL),
        ((Part.COUNTER, "c1", {"clerk": "nobody"}), ProblemKind.UNKNOWN_CLERK),
        ((Part.RULES, "", {"dossier_codes": ["["]}), ProblemKind.PATTERN),
        ((Part.RULES, "", {"close_at": "25:00"}), ProblemKind.TIME),
    ],
)
def test_an_impossible_office_is_refused_with_its_reason(
    hall: Hall, wrong: tuple[Part, str, dict[str, Any]], kind: ProblemKind
) -> None:
    part, id_, fields = wrong
    with pytest.raises(OfficeRefused) as refused:
        change(hall, edit(hall, part, id_, **fields))
    assert kind in [problem.kind for problem in refused.value.problems]


def test_differences_make_one_office_out_of_the_other_and_back(hall: Hall) -> None:
    with hall.store.read() as snapshot:
        before = parts_of(snapshot.office)
    after = edited(before, [new_service(), edit(hall, Part.RULES, "", calls=2)])
    edits = differences(before, after)
    assert edited(before, edits) == after
    assert edited(after, reverse(edits)) == before


def parts_now(hall: Hall) -> dict[PartKey, Row]:
    with hall.store.read() as snapshot:
        return parts_of(snapshot.office)


def test_a_new_service_and_a_new_clerk_go_to_an_old_counter_in_one_change(hall: Hall, tmp_path: Path) -> None:
    before = parts_now(hall)
    counter = before[(Part.COUNTER, "c1")]
    after = {
        **before,
        (Part.COUNTER, "c1"): {**counter, "services": ["MT", *counter["services"]], "clerk": "nv-9"},
        (Part.SERVICE, "MT"): new_service().after or {},
        (Part.CLERK, "nv-9"): {"role": "clerk", "services": None, "closed": False},
        (Part.ORDER, "service"): {"ids": ["MT", *before[(Part.ORDER, "service")]["ids"]]},
    }
    change(hall, *differences(before, after))
    with hall.store.read() as snapshot:
        office = snapshot.office
    assert (office.counters["c1"].services[0], office.counters["c1"].clerk) == ("MT", "nv-9")
    assert next(iter(office.services)) == "MT"
    same_after_replay(hall, tmp_path)


def test_an_order_is_changed_and_taken_back_although_a_part_was_added_meanwhile(hall: Hall, tmp_path: Path) -> None:
    day = hall.ask(lambda tx, now: commands.open_day(tx, MANAGER, now))
    hall.ask(lambda tx, now: commands.close_day(tx, MANAGER, now))
    old = list(parts_now(hall)[(Part.ORDER, "service")]["ids"])
    reorder = edit(hall, Part.ORDER, "service", ids=old[::-1])
    swap_clerks = edit(hall, Part.ORDER, "clerk", ids=parts_now(hall)[(Part.ORDER, "clerk")]["ids"][::-1])
    change(hall, new_service("AA", "Q"))
    first = change(hall, reorder, swap_clerks)
    change(hall, new_service())
    hall.ask(lambda tx, now: commands.name_clerk(tx, Actor(Role.CLERK, "p-zzz"), now, "p-zzz", "Lê Thị Hoa"))
    with hall.store.read() as snapshot:
        assert list(snapshot.office.services) == [*old[::-1], "AA", "MT"]
        assert list(office_changes.office_of_day(snapshot, day).services) == old
    hall.ask(lambda tx, now: commands.undo_change(tx, BOSS, now, first))
    with hall.store.read() as snapshot:
        assert list(snapshot.office.services) == [*old, "AA", "MT"]
    same_after_replay(hall, tmp_path)


def test_two_changes_that_together_leave_a_date_without_meaning_refuse_the_second(hall: Hall) -> None:
    date = "2026-12-25"
    change(hall, Edit(Part.DATE, date, None, {"name": {"vi": "Nghỉ nửa ngày"}, "spans": ["07:30-11:30"]}))
    no_name, no_hours = edit(hall, Part.DATE, date, name=None), edit(hall, Part.DATE, date, spans=None)
    planned = change(hall, no_hours, date="2026-11-25")
    change(hall, no_name)
    with pytest.raises(OfficeRefused) as refused:
        change(hall, no_hours)
    assert [(problem.kind, problem.id) for problem in refused.value.problems] == [(ProblemKind.NO_NAME, date)]
    hall.clock.go(48 * HOUR)
    hall.tick()
    with hall.read() as snapshot:
        later = office_changes.office_change(snapshot, planned)
    assert later is not None
    assert later.state == "impossible"


@pytest.mark.parametrize("date", ["20991201", "2099-W49-2", "9999-12-31", "2099-12-01\n", ""])
def test_a_change_is_planned_for_a_date_in_one_form_and_not_too_far_away(hall: Hall, date: str) -> None:
    with pytest.raises(Refused):
        change(hall, edit(hall, Part.RULES, "", calls=2), date=date)


def test_an_edit_of_a_date_that_is_none_is_refused(hall: Hall) -> None:
    with pytest.raises(OfficeRefused):
        change(hall, Edit(Part.DATE, "20261225", None, {"name": {"vi": "Nghỉ"}, "spans": None}))


@pytest.mark.parametrize(("part", "id_"), [(Part.OFFICE, ""), (Part.SERVICE, "HT"), (Part.RULES, "")])
def test_a_field_that_no_part_has_is_never_stored(hall: Hall, part: Part, id_: str) -> None:
    with pytest.raises(ValueError, match="fax"):
        change(hall, Edit(part, id_, {"fax": None}, {"fax": "1022"}))


def test_the_time_zone_of_an_open_day_stays(hall: Hall) -> None:
    hall.issue("HT")
    zone = edit(hall, Part.OFFICE, "", zone="Asia/Tokyo")
    with pytest.raises(OfficeRefused) as refused:
        change(hall, zone)
    assert [(problem.kind, problem.name) for problem in refused.value.problems] == [(ProblemKind.DAY_OPEN, "zone")]
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    change(hall, zone)
    with hall.read() as snapshot:
        assert snapshot.office.zone.key == "Asia/Tokyo"


def test_no_ticket_is_sent_to_a_counter_that_is_no_longer_used(hall: Hall) -> None:
    ticket = hall.issue("HT")
    hall.open("c1")
    change(hall, edit(hall, Part.COUNTER, "c2", closed=True))
    service = parts_now(hall)[(Part.COUNTER, "c2")]["services"][0]
    hall.next("c1")
    with pytest.raises(Refused) as refused:
        hall.move(ticket, "transfer", counter="c1", service=service, pin="c2")
    assert refused.value.code == "not_found"


def test_a_planned_change_waits_while_a_day_goes_on_under_another_date(hall: Hall, tmp_path: Path) -> None:
    hall.issue("HT")
    hall.open("c1")
    hall.next("c1")
    planned = change(hall, edit(hall, Part.COUNTER, "c1", closed=True), date="2026-11-24")
    hall.clock.step_wall(24 * HOUR)  # the clock was a day behind
    hall.rebooted("boot-2")
    hall.ask(lambda tx, now: commands.confirm_clock(tx, MANAGER, now, keep_tickets=True))
    with hall.store.read() as snapshot:
        assert snapshot.head.date == "2026-11-24"
        assert not snapshot.office.counters["c1"].closed  # it serves somebody
    hall.ask(lambda tx, now: commands.close_day(tx, MANAGER, now))
    hall.tick()
    with hall.store.read() as snapshot:
        assert snapshot.office.counters["c1"].closed
        done = office_changes.office_change(snapshot, planned)
    assert done is not None
    assert done.state == "done"
    same_after_replay(hall, tmp_path)
