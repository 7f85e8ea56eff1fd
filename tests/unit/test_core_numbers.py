"""The kind of numbers: where a series begins and ends, and whether it begins again."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from core_hall import OFFICE, Hall, office

from config.load import ConfigError, validate
from config.office import OfficeSettings
from server import commands, views
from server.commands import Actor, OfficeRefused, Refused, Role
from server.commands.setup import office_from_settings
from server.domain.number_range import NumberRange
from server.domain.office_changes import Edit, OfficeProblem, Part, ProblemKind, parts_of
from server.startup.office_toml import office_text, update_to

BOSS = Actor(Role.ADMINISTRATOR, "p-000001", roles=(Role.ADMINISTRATOR, Role.MANAGER))
OpenHall = Callable[..., Hall]


@pytest.fixture
def open_hall(tmp_path: Path) -> Iterator[OpenHall]:
    halls: list[Hall] = []

    def opened(**changes: Any) -> Hall:
        halls.append(Hall(tmp_path, **changes))
        halls[-1].open()
        return halls[-1]

    yield opened
    for hall in halls:
        hall.close()


def numbers(hall: Hall, count: int, service: str = "CT") -> list[str]:
    return [hall.issue(service).number for _ in range(count)]


def change(hall: Hall, part: Part, id_: str, **fields: Any) -> None:
    with hall.read() as snapshot:
        row = parts_of(snapshot.office)[(part, id_)]
    edits = [Edit(part, id_, {name: row[name] for name in fields}, fields)]
    hall.ask(lambda tx, now: commands.change_office(tx, BOSS, now, edits))


def refused(hall: Hall, part: Part, id_: str, **fields: Any) -> list[OfficeProblem]:
    with pytest.raises(OfficeRefused) as caught:
        change(hall, part, id_, **fields)
    return list(caught.value.problems)


def service_at_kiosk(hall: Hall, service: str) -> Any:
    with hall.read() as snapshot:
        return next(row for row in views.services(snapshot) if row.id == service)


@pytest.mark.parametrize(
    ("numbers", "previous", "in_use", "expected"),
    [
        (NumberRange(), None, (), 1),
        (NumberRange(), 999, (), 1000),
        (NumberRange(first=100), 7, (), 100),
        (NumberRange(first=100), 150, (151, 152), 153),
        (NumberRange(last=3), 3, (), None),
        (NumberRange(last=3, wraps=True), 3, (1,), 2),
        (NumberRange(last=3, wraps=True), 3, (1, 2, 3), None),
    ],
)
def test_a_number_follows_the_one_before_it(
    numbers: NumberRange, previous: int | None, in_use: tuple[int, ...], expected: int | None
) -> None:
    assert numbers.next_free(previous, in_use) == expected


def test_a_range_begins_anywhere_with_its_own_digits(open_hall: OpenHall) -> None:
    hall = open_hall(rules={"number_first": 98, "number_digits": 2})
    assert numbers(hall, 3) == ["B98", "B99", "B100"]


def test_a_service_has_a_range_of_its_own_and_a_shared_series_that_of_its_owner(open_hall: OpenHall) -> None:
    services = [dict(service) for service in OFFICE["services"]]
    services[0] |= {"number_first": 500}
    hall = open_hall(services=services)
    assert [*numbers(hall, 1, "HT"), *numbers(hall, 1, "TK"), *numbers(hall, 1, "CT")] == ["A500", "A501", "B001"]


def test_at_the_end_of_a_range_no_more_numbers_are_issued_today_and_the_kiosk_says_when(open_hall: OpenHall) -> None:
    hall = open_hall(rules={"number_first": 7, "number_last": 8})
    assert service_at_kiosk(hall, "CT").left == 2
    assert numbers(hall, 2) == ["B007", "B008"]
    with pytest.raises(Refused) as caught:
        hall.issue("CT")
    assert caught.value.values["need"] == "range"
    at_kiosk = service_at_kiosk(hall, "CT")
    assert (at_kiosk.state, at_kiosk.left) == ("full", 0)
    # Tomorrow is a holiday; this afternoon has the same range.
    assert at_kiosk.next_open == "2026-11-25T00:30:00.000Z"
    assert numbers(hall, 1, "HT") == ["A007"]
    change(hall, Part.RULES, "", number_last=9)
    assert numbers(hall, 1) == ["B009"]


def test_a_series_that_begins_again_leaves_out_numbers_that_may_still_be_called(open_hall: OpenHall) -> None:
    hall = open_hall(rules={"number_last": 20, "number_end": "wrap"})
    assert numbers(hall, 20)[-1] == "B020"
    with pytest.raises(Refused) as caught:  # all of them wait
        hall.issue("CT")
    assert (caught.value.values["need"], caught.value.values["when_ms"]) == ("range", None)
    for _ in range(3):
        row = hall.next("c2")
        assert row is not None
        if row.number == "B002":  # the visitor may come back
            hall.move(row, "no_show", counter="c2", reason="Không có mặt")
        else:
            hall.move(row, "start", counter="c2")
            hall.move(row, "finish", counter="c2", outcome="received")
    issued = [hall.issue("CT"), hall.issue("CT")]
    assert [(row.number, row.seq) for row in issued] == [("B001", 21), ("B003", 22)]
    again = hall.next("c2", number="3")
    assert again is not None
    assert again.id == issued[1].id


def test_two_services_with_one_prefix_are_refused_unless_they_share_their_numbers(open_hall: OpenHall) -> None:
    hall = open_hall()
    (problem,) = refused(hall, Part.SERVICE, "CT", prefix="A")
    assert (problem.kind, problem.id, problem.values) == (ProblemKind.SAME_PREFIX, "CT", {"other": "HT", "prefix": "A"})
    (problem,) = refused(hall, Part.SERVICE, "CT", series="HT")
    assert problem.kind is ProblemKind.SERIES_PREFIX
    change(hall, Part.SERVICE, "CT", prefix="A", series="HT")
    assert [*numbers(hall, 1, "HT"), *numbers(hall, 1, "CT")] == ["A001", "A002"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"series": "TK"}, ProblemKind.SERIES),
        ({"series": "CT"}, ProblemKind.SERIES),
        ({"number_first": 30, "number_last": 20}, ProblemKind.RANGE),
        ({"number_end": "wrap"}, ProblemKind.WRAPPING),
        ({"number_last": 19, "number_end": "wrap"}, ProblemKind.WRAPPING),
        ({"number_last": 10000}, ProblemKind.LIMITS),
    ],
)
def test_numbers_that_cannot_be_are_refused(open_hall: OpenHall, fields: dict[str, Any], kind: ProblemKind) -> None:
    assert [problem.kind for problem in refused(open_hall(), Part.SERVICE, "CT", **fields)] == [kind]


def test_a_file_with_one_prefix_in_two_series_is_refused_with_both_services() -> None:
    services = [*OFFICE["services"], {"id": "YY", "prefix": "B", "name": {"vi": "Riêng"}}]
    with pytest.raises(ConfigError, match="service 'YY': prefix 'B' is that of 'CT'"):
        validate(OfficeSettings, {**OFFICE, "services": services}, Path("office.toml"))


def test_the_numbers_survive_the_file() -> None:
    own = {"number_first": 5, "number_last": 99, "number_digits": 2, "number_end": "wrap"}
    services = [*OFFICE["services"], {"id": "YY", "prefix": "Y", "name": {"vi": "Riêng"}, **own}]
    value = office_from_settings(office(services=services, rules=own))
    again = OfficeSettings.model_validate(tomllib.loads(office_text(value)))
    assert update_to(value, again).is_empty
    assert value.services["YY"].number_end == value.rules.number_end == "wrap"
