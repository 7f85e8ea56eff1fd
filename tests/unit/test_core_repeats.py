"""An office may allow one waiting number for one touch sequence."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from core_hall import MINUTE, Hall, clerk, request_id

from server.commands import Refused
from server.store.queries import TicketRow


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path, rules={"repeat_min": 10})
    hall.open()
    yield hall
    hall.close()


def take(hall: Hall, service: str = "CT", **more: Any) -> tuple[str, TicketRow]:
    request = request_id()
    return request, hall.issue(service, request_id=request, **more)


def test_the_second_number_of_the_same_touches_is_refused_with_the_first_one(hall: Hall) -> None:
    request, row = take(hall)
    with pytest.raises(Refused) as caught:
        take(hall, earlier=request)
    assert caught.value.values == {"number": row.number, "service": "CT", "need": "taken"}


@pytest.mark.parametrize(
    ("service", "change"),
    [
        ("DD", lambda hall, row: None),  # another service
        ("CT", lambda hall, row: hall.clock.go(10 * MINUTE)),
        ("CT", lambda hall, row: hall.next("c2")),  # it does not wait any more
        ("CT", lambda hall, row: hall.move(row, "cancel", reason="Nhầm")),
    ],
)
def test_another_number_is_issued(hall: Hall, service: str, change: Callable[[Hall, TicketRow], None]) -> None:
    request, row = take(hall)
    change(hall, row)
    take(hall, service, earlier=request)


def test_staff_issue_regardless_and_other_kiosks_do_not_count(hall: Hall) -> None:
    request, _ = take(hall)
    take(hall, earlier=request, actor=clerk("c2"))
    take(hall, earlier=request_id())


def test_without_the_rule_nothing_is_refused(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    hall.open()
    request, _ = take(hall)
    take(hall, earlier=request)
    hall.close()
