"""The kiosk orders services by hand, or by the numbers of the last weeks."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from core_hall import HOUR, Hall
from test_core_office_changes import BOSS, MANAGER, change, edit, new_service, same_after_replay

from server import commands, views
from server.domain.demand_order import by_demand, counted, group_demand
from server.domain.office_changes import Edit, Part
from server.wire.messages import Office

DAY = 24 * HOUR
DEMAND = {"order_by": "demand", "order_weeks": 1}


@pytest.mark.parametrize(
    ("demand", "order"),
    [
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "dcba"),
        ({"a": 5, "b": 5, "c": 9, "d": 5}, "cabd"),
        ({"a": 0, "b": 0, "c": 0, "d": 0}, "abcd"),
        ({"a": 1, "c": 3, "d": 4}, "dbca"),
        ({"b": 1, "c": 3, "d": 4}, "adcb"),
        ({"a": 1, "b": 2, "c": 3}, "cbad"),
        ({"d": 4}, "abcd"),
        ({}, "abcd"),
        ({"a": 1, "b": 2, "c": 3, "d": 4, "gone": 99}, "dcba"),
    ],
)
def test_most_numbers_come_first_and_what_is_not_counted_keeps_its_place(demand: dict[str, int], order: str) -> None:
    assert "".join(by_demand("abcd", demand)) == order


def test_a_new_service_is_not_counted_and_one_without_numbers_counts_as_none() -> None:
    assert counted(["a", "b", "c"], {"a": 7, "c": 2}, {"c"}) == {"a": 7, "b": 0}


def test_a_group_has_the_numbers_of_its_services() -> None:
    groups = {"g1": ("a", "b"), "g2": ("c",), "new": ("d",)}
    assert group_demand(groups, {"a": 3, "b": 4, "c": 9}) == {"g1": 7, "g2": 9}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    groups = [
        {"id": "giay-to", "name": {"vi": "Giấy tờ"}, "services": ["HT", "TK"]},
        {"id": "nha-dat", "name": {"vi": "Nhà đất"}, "services": ["DD", "CT"]},
    ]
    with closing(Hall(tmp_path, groups=groups)) as hall:
        yield hall


def picture(hall: Hall) -> Office:
    with hall.store.read() as snapshot:
        return views.office(snapshot, "e")


def order(hall: Hall) -> list[str]:
    return [service.id for service in picture(hall).services]


def next_day(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.close_day(tx, MANAGER, now))
    hall.clock.go(2 * DAY)  # Tuesday is a holiday
    hall.ask(lambda tx, now: commands.open_day(tx, MANAGER, now))


def test_the_order_of_a_day_is_counted_when_it_opens_and_stays(hall: Hall, tmp_path: Path) -> None:
    for service in ("CT", "CT", "CT", "DD", "DD", "HT"):
        hall.issue(service)
    change(hall, edit(hall, Part.RULES, "", **DEMAND))
    assert order(hall) == ["HT", "CT", "DD", "TK", "XX"]
    next_day(hall)
    assert order(hall) == ["CT", "DD", "HT", "TK", "XX"]
    assert [group.id for group in picture(hall).groups] == ["nha-dat", "giay-to"]
    for _ in range(9):
        hall.issue("HT")
    assert order(hall) == ["CT", "DD", "HT", "TK", "XX"]
    hall.ask(lambda tx, now: commands.close_day(tx, MANAGER, now))
    assert order(hall) == ["CT", "DD", "HT", "TK", "XX"]
    hall.clock.go(DAY)
    hall.ask(lambda tx, now: commands.open_day(tx, MANAGER, now))
    assert order(hall)[:3] == ["HT", "CT", "DD"]
    same_after_replay(hall, tmp_path)


def test_a_new_service_keeps_the_place_where_people_put_it(hall: Hall) -> None:
    for service in ("CT", "CT", "DD"):
        hall.issue(service)
    change(hall, edit(hall, Part.RULES, "", **DEMAND), new_service())
    ids = ["HT", "CT", "DD", "TK", "XX", "MT"]
    change(hall, Edit(Part.ORDER, "service", {"ids": ids}, {"ids": ["HT", "MT", "CT", "DD", "TK", "XX"]}))
    next_day(hall)
    assert order(hall) == ["CT", "MT", "DD", "HT", "TK", "XX"]
    hall.issue("HT")
    hall.clock.go(7 * DAY)
    next_day(hall)
    assert order(hall) == ["HT", "MT", "CT", "DD", "TK", "XX"]


def test_old_numbers_and_practice_do_not_count(hall: Hall) -> None:
    hall.issue("DD")
    change(hall, edit(hall, Part.RULES, "", **DEMAND))
    hall.ask(lambda tx, now: commands.close_day(tx, MANAGER, now))
    hall.clock.go(7 * DAY)
    hall.ask(lambda tx, now: commands.open_day(tx, MANAGER, now))
    assert order(hall)[0] == "DD"
    next_day(hall)
    assert order(hall)[0] == "HT"


def test_by_hand_counts_at_once_again(hall: Hall) -> None:
    hall.issue("DD")
    changed = change(hall, edit(hall, Part.RULES, "", **DEMAND))
    next_day(hall)
    assert order(hall)[0] == "DD"
    hall.ask(lambda tx, now: commands.undo_change(tx, BOSS, now, changed))
    assert order(hall)[0] == "HT"


def test_a_preview_has_the_numbers_until_today(hall: Hall) -> None:
    hall.issue("DD")
    next_day(hall)
    hall.issue("CT")
    with hall.store.read() as snapshot:
        assert views.demand_now(snapshot, 1) == {"HT": 0, "CT": 0, "DD": 1, "TK": 0, "XX": 0}
