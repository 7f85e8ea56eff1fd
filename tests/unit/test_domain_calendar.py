"""Opening hours in the office's local time: lunch, holidays, make-up days, the next opening."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.calendar import Hours, Opening, Span, local_clock, local_date, local_ms, opening_status, parse_span
from server.domain.queue.numbering import format_number

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = (parse_span("07:30-11:30"), parse_span("13:30-17:00"))
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)
HOURS = Hours(WEEK, holidays={"2026-11-24": "culture"}, dates={"2026-11-28": (parse_span("07:30-11:30"),)})


def at(day: str, clock: str) -> int:
    hour, minute = clock.split(":")
    return local_ms(day, int(hour) * 60 + int(minute), ZONE)


@pytest.mark.parametrize(
    ("day", "clock", "opening", "next_open"),
    [
        ("2026-11-23", "07:29", Opening.CLOSED, ("2026-11-23", "07:30")),
        ("2026-11-23", "07:30", Opening.OPEN, None),
        ("2026-11-23", "11:29", Opening.OPEN, None),
        ("2026-11-23", "11:30", Opening.LUNCH, ("2026-11-23", "13:30")),
        ("2026-11-23", "16:59", Opening.OPEN, None),
        ("2026-11-23", "17:00", Opening.CLOSED, ("2026-11-25", "07:30")),
        ("2026-11-24", "09:00", Opening.CLOSED, ("2026-11-25", "07:30")),
        ("2026-11-28", "09:00", Opening.OPEN, None),
        ("2026-11-28", "12:00", Opening.CLOSED, ("2026-11-30", "07:30")),
        ("2026-11-29", "09:00", Opening.CLOSED, ("2026-11-30", "07:30")),
    ],
)
def test_what_holds_at_a_moment(day: str, clock: str, opening: Opening, next_open: tuple[str, str] | None) -> None:
    now = opening_status(HOURS, at(day, clock), ZONE)
    assert now.opening is opening
    assert now.next_open_ms == (None if next_open is None else at(*next_open))


def test_a_holiday_is_named_and_a_make_up_day_beats_it() -> None:
    assert opening_status(HOURS, at("2026-11-24", "09:00"), ZONE).holiday == "culture"
    made_up = Hours(WEEK, dates={"2026-11-24": DAY}, holidays={"2026-11-24": "culture"})
    open_then = opening_status(made_up, at("2026-11-24", "09:00"), ZONE)
    assert (open_then.opening, open_then.holiday) == (Opening.OPEN, None)


def test_the_half_day_turns_at_the_start_of_the_afternoon() -> None:
    assert opening_status(HOURS, at("2026-11-23", "12:00"), ZONE).half_day == "am"
    assert opening_status(HOURS, at("2026-11-23", "13:30"), ZONE).half_day == "pm"


def test_the_next_change_is_the_next_opening_or_closing() -> None:
    assert opening_status(HOURS, at("2026-11-23", "08:00"), ZONE).next_change_ms == at("2026-11-23", "11:30")


def test_an_office_that_never_opens_says_so() -> None:
    never = opening_status(Hours({}), at("2026-11-23", "08:00"), ZONE)
    assert (never.opening, never.next_open_ms, never.next_change_ms) == (Opening.CLOSED, None, None)


def test_the_local_date_is_the_halls_not_utc() -> None:
    eight_in_the_evening_utc = 1795464000000  # 2026-11-23T20:00:00Z
    assert local_date(eight_in_the_evening_utc, ZONE) == "2026-11-24"
    assert local_clock(eight_in_the_evening_utc, ZONE) == "03:00"


@pytest.mark.parametrize("text", ["11:30-07:30", "7-8", "07:60-08:00", "", "25:00-26:00", "08:00-08:00"])
def test_a_wrong_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_span(text)


def test_a_span_may_end_at_midnight_and_is_written_as_it_was_read() -> None:
    assert parse_span("00:00-24:00") == Span(0, 1440)
    assert parse_span("07:30-11:30").text == "07:30-11:30"


@given(st.integers(1795400000000, 1798000000000))
def test_open_and_its_next_change_agree(wall_ms: int) -> None:
    now = opening_status(HOURS, wall_ms, ZONE)
    assert now.next_change_ms is not None and now.next_change_ms > wall_ms
    then = opening_status(HOURS, now.next_change_ms, ZONE)
    assert (now.opening is Opening.OPEN) != (then.opening is Opening.OPEN)


@pytest.mark.parametrize(
    ("prefix", "seq", "number"), [("A", 1, "A001"), ("A", 999, "A999"), ("A", 1000, "A1000"), ("AB", 15, "AB015")]
)
def test_numbers_have_three_digits_and_four_after_999(prefix: str, seq: int, number: str) -> None:
    assert format_number(prefix, seq) == number


def test_a_series_counts_from_one() -> None:
    with pytest.raises(ValueError):
        format_number("A", 0)
