"""The call gap: two calls of a ticket are not too close together.

The same time passes before a ticket is marked absent.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import Hall, clerk, refusal

from config.office_rules import RuleSettings
from server import views
from server.domain.queue.call_gap import next_call_ms
from server.domain.queue.ticket import TicketState
from server.store import queries
from server.store.queries import TicketRow
from server.views import ClerkPage

SECOND = 1000


@pytest.fixture
def spaced(tmp_path: Path) -> Iterator[Hall]:
    """A hall with the settings that an office has when it sets nothing."""
    hall = Hall(tmp_path, rules={"call_gap_s": 20})
    hall.tick()
    hall.open()
    yield hall
    hall.close()


def called(hall: Hall, counter: str = "c1") -> TicketRow:
    row = hall.issue("HT")
    return hall.move(row, "call_chosen", counter=counter, reason="x")


def newest_call(hall: Hall, row: TicketRow) -> str:
    with hall.read() as snapshot:
        call = queries.newest_call(snapshot.connection, row.id)
    assert call is not None
    return call.id


def page(hall: Hall, counter: str = "c1") -> ClerkPage:
    with hall.read() as snapshot:
        page = views.clerk_page(snapshot, counter)
    assert page is not None
    return page


def test_an_office_that_sets_nothing_has_twenty_seconds_and_three_minutes() -> None:
    assert (RuleSettings().call_gap_s, RuleSettings().call_later_min) == (20, 3)


@pytest.mark.parametrize(
    ("shown_ms", "spoken_ms", "free_ms"),
    [
        (None, None, 1_000_000 + 25 * SECOND),
        (1_000_400, None, 1_000_400 + 20 * SECOND),
        (1_004_999, None, 1_004_999 + 20 * SECOND),
        (1_009_000, None, 1_000_000 + 25 * SECOND),
        (1_000_400, 1_007_000, 1_007_000 + 20 * SECOND),
        (1_009_000, 1_009_500, 1_009_500 + 20 * SECOND),
        (None, 1_002_000, 1_000_000 + 25 * SECOND),
    ],
)
def test_the_time_counts_from_when_it_was_shown_or_spoken(
    shown_ms: int | None, spoken_ms: int | None, free_ms: int
) -> None:
    assert next_call_ms(1_000_000, shown_ms, spoken_ms, 20) == free_ms


def test_without_a_least_time_nothing_is_waited_for() -> None:
    assert next_call_ms(1_000_000, None, 1_007_000, 0) == 1_000_000


def test_a_recall_waits_twenty_seconds_from_when_the_call_was_shown(spaced: Hall) -> None:
    row = called(spaced)
    spaced.clock.go(2 * SECOND)
    spaced.seen(newest_call(spaced, row))
    spaced.clock.go(20 * SECOND - 1)
    refused = refusal(spaced.move, row, "recall", counter="c1")
    assert (refused.code, refused.values["need"], refused.values["seconds"]) == ("not_allowed", "recall_soon", 1)
    assert "start" in refused.allowed
    spaced.clock.go(1)
    assert spaced.move(row, "recall", counter="c1").calls == 2


def test_a_call_that_is_spoken_later_counts_from_then(spaced: Hall) -> None:
    row = called(spaced)
    call = newest_call(spaced, row)
    spaced.seen(call)
    spaced.clock.go(8 * SECOND)
    spaced.seen(call, "yes")
    spaced.clock.go(12 * SECOND)
    assert refusal(spaced.move, row, "recall", counter="c1").values["seconds"] == 8
    spaced.clock.go(8 * SECOND)
    assert spaced.move(row, "recall", counter="c1").calls == 2


def test_a_second_screen_that_wakes_up_late_holds_nobody_up(spaced: Hall) -> None:
    row = called(spaced)
    call = newest_call(spaced, row)
    spaced.seen(call, "yes")
    spaced.clock.go(19 * SECOND)
    spaced.seen(call, "yes", station="tv-2")
    spaced.clock.go(SECOND)
    assert spaced.move(row, "recall", counter="c1").calls == 2


def test_a_hall_whose_screens_say_nothing_waits_five_seconds_more(spaced: Hall) -> None:
    row = called(spaced)
    spaced.clock.go(25 * SECOND - 1)
    assert refusal(spaced.move, row, "recall", counter="c1").values["need"] == "recall_soon"
    spaced.clock.go(1)
    assert spaced.move(row, "recall", counter="c1").calls == 2


def test_each_call_begins_the_time_anew(spaced: Hall) -> None:
    row = called(spaced)
    spaced.clock.go(25 * SECOND)
    spaced.move(row, "recall", counter="c1")
    assert refusal(spaced.move, row, "recall", counter="c1").values["seconds"] == 25


@pytest.mark.parametrize("reason", [None, "left"])
def test_nobody_is_absent_before_the_last_calls_time_is_over(spaced: Hall, reason: str | None) -> None:
    row = called(spaced)
    for _ in range(2):
        spaced.clock.go(25 * SECOND)
        spaced.move(row, "recall", counter="c1")
    spaced.clock.go(25 * SECOND - 1)
    refused = refusal(spaced.move, row, "no_show", counter="c1", reason=reason)
    assert (refused.values["need"], refused.values["seconds"]) == ("absent_soon", 1)
    assert spaced.row(row.id).state is TicketState.CALLED
    spaced.clock.go(1)
    assert spaced.move(row, "no_show", counter="c1", reason=reason).state is TicketState.NO_SHOW


def test_a_wall_clock_that_is_set_neither_shortens_nor_lengthens_the_time(spaced: Hall) -> None:
    row = called(spaced)
    spaced.clock.step_wall(3_600_000)
    assert refusal(spaced.move, row, "recall", counter="c1").values["seconds"] == 25
    spaced.clock.step_wall(-7_200_000)
    spaced.clock.go(25 * SECOND)
    assert spaced.move(row, "recall", counter="c1").calls == 2


def test_whoever_comes_is_served_at_once_and_putting_off_needs_no_wait(spaced: Hall) -> None:
    row = called(spaced)
    assert spaced.move(row, "start", counter="c1").state is TicketState.SERVING
    other = called(spaced, "c2")
    assert spaced.move(other, "requeue", counter="c2", actor=clerk("c2")).state is TicketState.WAITING


def test_the_page_says_from_when_recall_and_absent_work(spaced: Hall) -> None:
    row = called(spaced)
    spaced.clock.go(5 * SECOND)
    buttons = page(spaced).buttons
    assert [(buttons[name].allowed, buttons[name].wait_ms) for name in ("recall", "no_show")] == [(True, 20_000)] * 2
    assert buttons["start"].wait_ms == 0
    spaced.clock.go(20 * SECOND)
    assert page(spaced).buttons["recall"].wait_ms == 0
    spaced.move(row, "start", counter="c1")
    assert page(spaced).buttons["recall"].wait_ms == 0
