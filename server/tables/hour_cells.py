"""Dates, times of day and opening hours in cells."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from server.domain.calendar import WEEKDAYS, parse_spans
from server.domain.office_changes import is_date

WEEKDAY_NAMES: Mapping[str, str] = MappingProxyType(
    dict(zip(WEEKDAYS, ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"), strict=True))
)
CLOSED = "nghỉ"
"""Written for a day without hours."""
WHOLE_DAY = "cả ngày"
_HALF_DAYS = {"sáng": "am", "chiều": "pm", "am": "am", "pm": "pm"}
_CLOSED = frozenset({CLOSED, "đóng cửa", "closed", "-", ""})
_SPANS_BREAK = re.compile(r"\s*[,;\n]\s*")
_SPAN_SIGNS = re.compile(r"\s*[-–—]\s*")
_HOUR_SIGN = re.compile(r"(\d)\s*[hg.](?=\d)")
_WHOLE_HOUR = re.compile(r"(\d)\s*[hg](?!\d)")
_SHORT_HOUR = re.compile(r"(?<!\d)(\d):")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_TIME = re.compile(r"([01]?\d|2[0-3])[:hg]([0-5]\d)(?::[0-5]\d)?")
_FIRST_SERIAL, _LAST_SERIAL = 36526, 73050
"""The days of 2000 and 2099, as spreadsheets count them."""
_SERIAL_ZERO = date(1899, 12, 30)


class BadCell(Exception):
    """A cell that is no value of its form. ``word``: the part that cannot be read."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word[:60]


def parse_hours(text: str) -> list[str]:
    """Return the spans of a text such as ``07:30-11:30, 13h30-17h``. Raises :class:`BadCell`."""
    if text.casefold() in _CLOSED:
        return []
    plain = _WHOLE_HOUR.sub(r"\1:00", _HOUR_SIGN.sub(r"\1:", _SPAN_SIGNS.sub("-", text)))
    plain = _SHORT_HOUR.sub(r"0\1:", plain)
    try:
        return [span.text for span in parse_spans(part for part in _SPANS_BREAK.split(plain) if part)]
    except ValueError as error:
        raise BadCell(text) from error


def parse_date(text: str) -> str:
    """Return the date of 25/12/2026, 2026-12-25, or of a day's number. Raises :class:`BadCell`."""
    if text.isascii() and text.isdigit() and _FIRST_SERIAL <= int(text[:9]) <= _LAST_SERIAL:
        return (_SERIAL_ZERO + timedelta(days=int(text))).isoformat()
    match = _DATE.fullmatch(text)
    day = text if match is None else f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"
    if not is_date(day):
        raise BadCell(text)
    return day


def parse_time(text: str) -> str:
    """Return the time of day of 7:30, 07:30:00, or of a fraction of a day. Raises :class:`BadCell`."""
    if re.fullmatch(r"0?\.\d{1,18}", text):
        minutes = round(float(text) * 24 * 60) % (24 * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    match = _TIME.fullmatch(text)
    if match is None:
        raise BadCell(text)
    return f"{int(match[1]):02d}:{match[2]}"


def parse_moment(text: str) -> str:
    """Return a date with a time of day; a date alone is its beginning. Raises :class:`BadCell`."""
    day, _, time = text.replace("T", " ").partition(" ")
    return f"{parse_date(day)}T{parse_time(time.strip() or '00:00')}"


def parse_weekday(text: str) -> str:
    """Return the code of a weekday. Raises :class:`BadCell`."""
    names = {name.casefold(): code for code, name in WEEKDAY_NAMES.items()}
    code = names.get(text.casefold(), text.casefold())
    if code not in WEEKDAY_NAMES:
        raise BadCell(text)
    return code


def parse_weekdays(text: str) -> list[str]:
    """Return the weekdays of a text such as ``Thứ Hai, Thứ Ba``. Raises :class:`BadCell`."""
    days = {parse_weekday(part) for part in _SPANS_BREAK.split(text) if part}
    return [day for day in WEEKDAYS if day in days]


def parse_day_part(text: str) -> str | None:
    """Return am, pm, a span as text, or None for the whole day. Raises :class:`BadCell`."""
    name = text.casefold().removeprefix("buổi ")
    if name in ("", WHOLE_DAY):
        return None
    if name in _HALF_DAYS:
        return _HALF_DAYS[name]
    spans = parse_hours(text)
    if len(spans) != 1:
        raise BadCell(text)
    return spans[0]


def parse_week(text: str) -> dict[str, list[str]]:
    """Return the hours of each weekday; a line for each day with hours. Raises :class:`BadCell`."""
    return {**{day: [] for day in WEEKDAYS}, **_by_day(text, parse_weekday)}


def parse_dates(text: str) -> dict[str, list[str]]:
    """Return the hours of single dates; a line for each. Raises :class:`BadCell`."""
    return dict(sorted(_by_day(text, parse_date).items()))


def _by_day(text: str, parse_day: Callable[[str], str]) -> dict[str, list[str]]:
    hours: dict[str, list[str]] = {}
    for line in text.split("\n"):
        if not line.strip():
            continue
        name, sign, spans = line.partition(":")
        day = parse_day(name.strip())
        if not sign or day in hours:
            raise BadCell(line)
        hours[day] = parse_hours(spans.strip())
    return hours


def date_text(day: str) -> str:
    """Return a date as people write it: 25/12/2026."""
    return f"{day[8:]}/{day[5:7]}/{day[:4]}" if is_date(day) else day


def moment_text(moment: str) -> str:
    """Return a date with a time of day as people write it."""
    day, _, time = moment.partition("T")
    return f"{date_text(day)} {time}"


def spans_text(spans: Sequence[str]) -> str:
    """Return the hours of a day, a word for a day without any."""
    return ", ".join(spans) or CLOSED


def weekdays_text(days: Sequence[str]) -> str:
    """Return the names of weekdays."""
    return ", ".join(WEEKDAY_NAMES[day] for day in days)


def day_part_text(hours: str) -> str:
    """Return a half-day by its name, a span as it is."""
    return {"am": "sáng", "pm": "chiều"}.get(hours, hours)


def week_text(week: Mapping[str, Any]) -> str:
    """Return a line for each weekday."""
    return "\n".join(f"{name}: {spans_text(week.get(day, ()))}" for day, name in WEEKDAY_NAMES.items())


def dates_text(dates: Mapping[str, Any]) -> str:
    """Return a line for each date."""
    return "\n".join(f"{date_text(day)}: {spans_text(spans)}" for day, spans in sorted(dates.items()))
