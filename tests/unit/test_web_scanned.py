"""A scanned slip on a clerk's page: how long, and when it is dealt with."""

from collections.abc import Callable
from pathlib import Path

import pytest
from core_hall import Hall

from server.web.scanned import SHOWN_S, TOLD_S, ScannedSlips


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    hall = Hall(tmp_path)
    hall.tick()
    hall.open("c1", "c2")
    return hall


def test_it_is_there_for_two_minutes_at_its_own_counter(hall: Hall) -> None:
    slips, row = ScannedSlips(), hall.issue()
    slips.opened("c1", row, 100.0)
    assert slips.at("c1", 100.0) == slips.at("c1", 100.0 + SHOWN_S - 0.1) == row.id
    assert slips.at("c1", 100.0 + SHOWN_S) is None
    assert slips.at("c2", 100.0) is None


def test_the_slip_scanned_last_is_shown(hall: Hall) -> None:
    slips, first, second = ScannedSlips(), hall.issue(), hall.issue()
    slips.opened("c1", first, 0.0)
    slips.opened("c1", second, 1.0)
    assert slips.at("c1", 2.0) == second.id


def test_putting_away_one_ticket_leaves_another(hall: Hall) -> None:
    slips, row = ScannedSlips(), hall.issue()
    slips.opened("c1", row, 0.0)
    slips.closed("c1", "t-other")
    assert slips.at("c1", 1.0) == row.id
    slips.closed("c1", row.id)
    slips.closed("c1")
    assert slips.at("c1", 1.0) is None


def test_why_a_scan_was_not_taken_is_news_for_a_while_and_until_something_is_taken(hall: Hall) -> None:
    slips = ScannedSlips()
    slips.refused("c1", "garbled", 0.0)
    assert slips.why_not("c1", TOLD_S - 0.1) == "garbled"
    assert slips.why_not("c1", TOLD_S) is None
    assert slips.why_not("c2", 0.0) is None
    answers: tuple[Callable[[], object], ...] = (
        lambda: slips.closed("c1"),
        lambda: slips.taken("c1"),
        lambda: slips.opened("c1", hall.issue(), 0.0),
    )
    for answer in answers:
        slips.refused("c1", "card", 0.0)
        assert slips.why_not("c1", 0.0) == "card"
        answer()
        assert slips.why_not("c1", 0.0) is None
    slips.refused("c1", "forbidden", 0.0)
    assert slips.why_not("c1", 0.0) is None, "nothing a clerk could do about"


def test_what_staff_do_deals_with_it_and_what_a_printer_says_does_not(hall: Hall) -> None:
    slips, row = ScannedSlips(), hall.issue()
    slips.opened("c1", row, 0.0)
    assert not slips.is_dealt_with("c1", row)
    assert not slips.is_dealt_with("c1", hall.issue())
    called = hall.move(row, "call_chosen", counter="c1", reason="x")
    assert slips.is_dealt_with("c1", called)
    hall.close()
