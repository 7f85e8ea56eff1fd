"""How figures are written in both languages."""

import pytest

from config.words import words
from server.domain.calendar import MINUTE_MS
from server.domain.reports.measures import Share
from server.web.shared.formatting import Formatter

VI = Formatter(words("vi"), "Asia/Ho_Chi_Minh")
EN = Formatter(words("en"), "Asia/Ho_Chi_Minh")
HALF_PAST_SEVEN = 1795393800000  # 2026-11-23T00:30:00Z


@pytest.mark.parametrize(
    ("value", "places", "vi", "en"),
    [
        (26708, 0, "26.708", "26,708"),
        (0, 0, "0", "0"),
        (999, 0, "999", "999"),
        (1234567.891, 2, "1.234.567,89", "1,234,567.89"),
        (14.65, 1, "14,7", "14.7"),
        (0.5, 0, "1", "1"),
        (12, 1, "12,0", "12.0"),
    ],
)
def test_numbers_carry_the_marks_of_their_language(value: float, places: int, vi: str, en: str) -> None:
    assert VI.number(value, places) == vi
    assert EN.number(value, places) == en


def test_a_percentage_prints_its_two_numbers() -> None:
    assert VI.share(Share(12200, 12450)) == "12.200/12.450 (98,0%)"
    assert VI.percent(Share(12200, 12450), 2) == "97,99"
    assert EN.share(Share(148, 206)) == "148/206 (71.8%)"


def test_a_share_of_nothing_prints_no_percentage() -> None:
    assert VI.share(Share(0, 0)) == "0/0"


def test_times_are_the_halls_and_have_twenty_four_hours() -> None:
    assert VI.time(HALF_PAST_SEVEN) == "07:30"
    assert VI.time(HALF_PAST_SEVEN + 12 * 60 * MINUTE_MS) == "19:30"
    assert VI.time(None) == "–"
    assert VI.minute_of_day(HALF_PAST_SEVEN) == 450
    assert VI.clock(450) == "07:30"


def test_dates_are_day_month_year_in_both_languages() -> None:
    assert VI.date("2026-11-03") == EN.date("2026-11-03") == "03/11/2026"
    assert VI.weekday("2026-11-23") == "Thứ Hai"
    assert VI.weekday("2026-11-29") == "Chủ nhật"


def test_running_times_show_hours_only_when_there_are_any() -> None:
    assert VI.stopwatch(151_000) == "02:31"
    assert VI.stopwatch(3_751_999) == "1:02:31"
    assert VI.stopwatch(-5) == "00:00"


def test_a_duration_that_was_not_measured_is_a_dash() -> None:
    assert VI.minutes(None) == "–"
    assert VI.minutes(14.65 * MINUTE_MS) == "14,7"
