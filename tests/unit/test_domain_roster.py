"""The roster: who sits where, exceptions before the usual week, and what nobody would serve."""

from typing import Any

import pytest
from core_hall import OFFICE, office

from server.commands.setup import office_from_settings
from server.domain.calendar import local_ms, parse_spans
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Part, ProblemKind, find_problems, office_from_parts, parts_of
from server.domain.office_roster import GapKind, counter_of, gaps_on, seats_of, usual_clerk, usual_gaps
from server.domain.roster import RosterEntry, seats_at, seats_on, usual_seats
from server.startup.office_toml import office_values, update_to

OPENING = parse_spans(["07:30-11:30", "13:30-17:00"])
WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
MONDAY, TUESDAY, FRIDAY, NEXT_MONDAY = "2026-11-30", "2026-12-01", "2026-12-04", "2026-12-07"


def entry(id_: str, counter: str, clerk: str | None, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "counter": counter, "clerk": clerk, "weekdays": WORKDAYS} | fields


USUAL = [entry("r1", "c1", "an"), entry("r2", "c2", "binh"), entry("r3", "c3", "chi")]


def place(*entries: dict[str, Any], **changes: Any) -> OfficeDefinition:
    return office_from_settings(office(roster=[*USUAL, *entries], holidays=[], **changes))


def at(hall: OfficeDefinition, day: str, clock: str) -> dict[str, str | None]:
    hour, minute = map(int, clock.split(":"))
    return {counter: seat.clerk for counter, seat in seats_at(seats_of(hall, day), hour * 60 + minute).items()}


def test_the_usual_week_counts_on_its_weekdays() -> None:
    hall = place()
    assert at(hall, MONDAY, "08:00") == {"c1": "an", "c2": "binh", "c3": "chi"}
    assert at(hall, "2026-12-05", "08:00") == {}, "a Saturday without hours"


def test_a_clerk_lent_for_a_week_leaves_her_counter_and_comes_back() -> None:
    hall = place(entry("x1", "c3", "an", since=MONDAY, until=FRIDAY))
    assert at(hall, FRIDAY, "08:00") == {"c2": "binh", "c3": "an"}
    assert at(hall, NEXT_MONDAY, "08:00") == {"c1": "an", "c2": "binh", "c3": "chi"}


def test_an_exception_of_one_day_goes_before_one_of_a_week() -> None:
    lent = entry("x1", "c3", "an", since=MONDAY, until=FRIDAY)
    today = entry("x2", "c2", "an", since=TUESDAY, until=TUESDAY, hours="am")
    nobody = entry("x3", "c1", None, since=TUESDAY, until=TUESDAY)
    hall = place(lent, today, nobody)
    assert at(hall, TUESDAY, "08:00") == {"c1": None, "c2": "an", "c3": "chi"}
    assert at(hall, TUESDAY, "14:00") == {"c1": None, "c2": "binh", "c3": "an"}


def test_half_days_follow_the_opening_hours_of_the_day() -> None:
    morning = RosterEntry("r1", "c1", "an", tuple(WORKDAYS), "am")
    short = RosterEntry("r2", "c1", "binh", tuple(WORKDAYS), "13:30-15:00")
    seats = usual_seats([morning, short], "mon", OPENING)
    assert [(seat.clerk, seat.span.text) for seat in seats] == [("an", "00:00-13:30"), ("binh", "13:30-15:00")]
    (saturday,) = seats_on([morning], MONDAY, parse_spans(["08:00-11:00"]))
    assert saturday.span.text == "00:00-12:00"


def test_the_counter_of_a_person_is_the_present_or_the_next_one_of_the_day() -> None:
    hall = place(entry("x1", "c2", "an", since=TUESDAY, until=TUESDAY, hours="pm"))
    for clock_min, counter in ((8 * 60, "c1"), (13 * 60, "c1"), (14 * 60, "c2")):
        assert counter_of(hall, "an", local_ms(TUESDAY, clock_min, hall.zone)) == counter
    assert counter_of(hall, "ql", local_ms(TUESDAY, 0, hall.zone)) is None
    assert counter_of(office_from_settings(office()), "an", local_ms(TUESDAY, 480, hall.zone)) is None


def test_a_counter_is_opened_with_the_person_of_the_roster() -> None:
    hall = place(
        entry("x1", "c1", "binh", since=TUESDAY, until=TUESDAY), entry("x2", "c3", None, since=TUESDAY, until=TUESDAY)
    )
    at_8 = local_ms(TUESDAY, 480, hall.zone)
    assert [usual_clerk(hall, counter, at_8) for counter in ("c1", "c2", "c3")] == ["binh", None, None]
    left = place(clerks=[person | {"closed": person["id"] == "an"} for person in OFFICE["clerks"]])
    assert usual_clerk(left, "c1", at_8) is None
    assert usual_clerk(office_from_settings(office()), "c1", at_8) == "an", "without a roster the default clerk"


def test_a_service_that_nobody_may_serve_in_a_half_day_is_a_gap() -> None:
    never = [person | ({"services": ["CT"]} if person["id"] == "chi" else {}) for person in OFFICE["clerks"]]
    gaps = usual_gaps(place(clerks=never))
    assert {(gap.day, gap.half, gap.service) for gap in gaps} == {(d, h, "DD") for d in WORKDAYS for h in ("am", "pm")}
    away = place(entry("x1", "c3", None, since=TUESDAY, until=TUESDAY, hours="pm"))
    assert usual_gaps(away) == []
    (gap,) = gaps_on(away, [MONDAY, TUESDAY])
    assert (gap.kind, gap.day, gap.half, gap.service) == (GapKind.UNSERVED, TUESDAY, "pm", "DD")


def test_an_exception_alone_leaves_the_default_clerk_at_the_counter_on_all_other_days() -> None:
    lent = office_from_settings(office(roster=[entry("x1", "c3", "binh", since=TUESDAY, until=TUESDAY)]))
    assert gaps_on(lent, [MONDAY, TUESDAY]) == usual_gaps(lent) == []
    nobody = office_from_settings(office(roster=[entry("x1", "c3", None, since=TUESDAY, until=TUESDAY)]))
    assert {(gap.day, gap.service) for gap in gaps_on(nobody, [MONDAY, TUESDAY])} == {(TUESDAY, "DD")}


def test_one_person_at_two_counters_and_one_who_left_are_gaps() -> None:
    twice = place(
        entry("x1", "c2", "an", since=TUESDAY, until=TUESDAY), entry("x2", "c3", "an", since=TUESDAY, until=TUESDAY)
    )
    (gap,) = [gap for gap in gaps_on(twice, [TUESDAY]) if gap.kind is GapKind.TWO_COUNTERS]
    assert (gap.clerk, gap.counters) == ("an", ("c2", "c3"))
    left = place(clerks=[person | {"closed": person["id"] == "binh"} for person in OFFICE["clerks"]])
    kinds = {gap.kind for gap in usual_gaps(left)}
    assert GapKind.LEFT in kinds


@pytest.mark.parametrize(
    ("fields", "kind", "name"),
    [
        ({"counter": "c9"}, ProblemKind.UNKNOWN_COUNTER, "counter"),
        ({"clerk": "zz"}, ProblemKind.UNKNOWN_CLERK, "clerk"),
        ({"weekdays": []}, ProblemKind.WEEKDAYS, "weekdays"),
        ({"hours": "25:00"}, ProblemKind.SPAN, "hours"),
        ({"until": None}, ProblemKind.BOTH_DATES, "until"),
        ({"since": FRIDAY, "until": MONDAY}, ProblemKind.ENDS_FIRST, "until"),
        ({"since": "2026-02-30", "until": MONDAY}, ProblemKind.DAY, "since"),
        ({"since": "2026-12-05", "until": "2026-12-06"}, ProblemKind.WEEKDAYS, "weekdays"),
        ({"counter": "c2"}, ProblemKind.SEAT_TAKEN, "hours"),
        ({"counter": "c2", "hours": "10:00-10:30", "weekdays": ["fri"]}, ProblemKind.SEAT_TAKEN, "hours"),
    ],
)
def test_an_impossible_entry_is_a_problem_with_its_field(fields: dict[str, Any], kind: ProblemKind, name: str) -> None:
    parts = parts_of(place(entry("x1", "c1", "an", since=TUESDAY, until=TUESDAY)))
    usual_again = {"since": None, "until": None} if kind is ProblemKind.SEAT_TAKEN else {}
    row = {**parts[(Part.ROSTER, "x1")], **usual_again, **fields}
    hall = office_from_parts({**parts, (Part.ROSTER, "x1"): row}, place())
    (problem,) = find_problems(hall)
    assert (problem.kind, problem.part, problem.id, problem.name) == (kind, Part.ROSTER, "x1", name)


def test_exceptions_of_different_weeks_or_half_days_do_not_meet() -> None:
    first = entry("x1", "c1", "chi", since=MONDAY, until=FRIDAY, hours="am")
    second = entry("x2", "c1", "binh", since=MONDAY, until=FRIDAY, hours="pm")
    third = entry("x3", "c1", "binh", since=NEXT_MONDAY, until="2026-12-11")
    assert find_problems(place(first, second, third)) == []


def test_the_roster_is_written_to_a_file_and_read_from_it() -> None:
    hall = place(entry("x1", "c3", None, since=MONDAY, until=FRIDAY, hours="pm"))
    values = office_values(hall)
    again = office_from_settings(type(office()).model_validate(values))
    assert again.roster == hall.roster
    assert update_to(hall, type(office()).model_validate(values)).is_empty
