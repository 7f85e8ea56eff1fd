"""Due times in literals, each on the axis of its arguments."""

from datetime import timedelta, timezone

import pytest

from server.domain.calendar import HOUR_MS, MINUTE_MS, Opening, local_ms
from server.domain.queue.counter import CounterState
from server.domain.queue.due import (
    absent_from_s,
    hold_duration_ms,
    is_day_over,
    is_within,
    next_nightly_close_ms,
    opens_by_schedule,
    pin_after_hold,
    pins_end_ms,
    put_off_until_ms,
    readiness_ends_ms,
    split_due,
    take_back_at_s,
    undated_day_ends_ms,
)

HANOI = timezone(timedelta(hours=7))
MONDAY, TUESDAY, WEDNESDAY = "2026-11-23", "2026-11-24", "2026-11-25"
CLOSE_AT = "03:00"


def at(date: str, hour: int, minute: int = 0) -> int:
    return local_ms(date, hour * 60 + minute, HANOI)


def test_a_subject_is_due_at_its_moment_and_not_before() -> None:
    assert split_due([(5, "now"), (6, "later"), (4, "before")], 5) == (["now", "before"], [6])
    assert split_due([(0.5, "now")], 0.5) == (["now"], [])


def test_a_hold_lasts_as_long_as_the_clerk_asked_for_else_as_long_as_usual() -> None:
    assert hold_duration_ms(10, 30) == 10 * MINUTE_MS
    assert hold_duration_ms(None, 30) == 30 * MINUTE_MS


def test_a_ticket_whose_hold_ends_waits_for_its_own_counter_unless_that_has_closed() -> None:
    assert pin_after_hold("c1", CounterState.OPEN) == "c1"
    assert pin_after_hold("c1", CounterState.PAUSED) == "c1"
    assert pin_after_hold("c1", CounterState.CLOSED) is None


def test_pins_end_after_a_long_pause_or_as_long_after_the_first_was_made() -> None:
    since = [20 * MINUTE_MS, 12 * MINUTE_MS]
    assert pins_end_ms(CounterState.OPEN, 0, since, 15) is None
    assert pins_end_ms(CounterState.PAUSED, 0, [], 15) is None
    assert pins_end_ms(CounterState.PAUSED, 10 * MINUTE_MS, since, 15) == 25 * MINUTE_MS
    assert pins_end_ms(CounterState.CLOSED, 10 * MINUTE_MS, since, 15) == 27 * MINUTE_MS


def test_readiness_ends_after_its_time_or_once_the_counter_is_left() -> None:
    assert readiness_ends_ms(MINUTE_MS, 10) == 11 * MINUTE_MS
    assert absent_from_s(12.5, 30) == 42.5


@pytest.mark.parametrize(
    ("called_ms", "started_s", "due_s"), [(60_000, 10.0, 105.0), (60_000, 80.0, 125.0), (None, 80.0, 125.0)]
)
def test_the_time_to_answer_runs_while_the_server_does(called_ms: int | None, started_s: float, due_s: float) -> None:
    assert take_back_at_s(called_ms, started_s, 45) == due_s


def test_a_ticket_put_off_can_be_called_after_its_minutes() -> None:
    assert put_off_until_ms(7, 3) == 3 * MINUTE_MS + 7


def test_the_last_millisecond_of_a_limit_still_counts() -> None:
    assert is_within(1, 2, 2 * MINUTE_MS + 1)
    assert not is_within(1, 2, 2 * MINUTE_MS + 2)


def test_a_day_is_over_from_the_closing_time_of_a_later_date() -> None:
    assert not is_day_over(MONDAY, at(MONDAY, 23, 59), CLOSE_AT, HANOI)
    assert not is_day_over(MONDAY, at(TUESDAY, 3) - 1, CLOSE_AT, HANOI)
    assert is_day_over(MONDAY, at(TUESDAY, 3), CLOSE_AT, HANOI)
    assert is_day_over(MONDAY, at(TUESDAY, 10), CLOSE_AT, HANOI)
    assert undated_day_ends_ms(5) == 12 * HOUR_MS + 5


def test_a_day_that_is_over_stays_over_in_every_later_night() -> None:
    assert is_day_over(MONDAY, at(WEDNESDAY, 0), CLOSE_AT, HANOI)
    assert is_day_over(MONDAY, at(WEDNESDAY, 2), CLOSE_AT, HANOI)
    assert is_day_over(MONDAY, at("2026-12-24", 2, 59), CLOSE_AT, HANOI)


def test_the_next_closing_is_today_or_tomorrow() -> None:
    assert next_nightly_close_ms(at(MONDAY, 2, 59), CLOSE_AT, HANOI) == at(MONDAY, 3)
    assert next_nightly_close_ms(at(MONDAY, 3), CLOSE_AT, HANOI) == at(TUESDAY, 3)


def test_the_hours_open_a_day_once_a_date() -> None:
    assert opens_by_schedule(Opening.OPEN, MONDAY, None)
    assert opens_by_schedule(Opening.OPEN, TUESDAY, MONDAY)
    assert not opens_by_schedule(Opening.OPEN, MONDAY, MONDAY)
    assert not opens_by_schedule(Opening.LUNCH, TUESDAY, MONDAY)
