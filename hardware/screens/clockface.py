"""Formats times and dates for screens and slips: 08:12; Thứ Hai, 23/11/2026.

``wall_ms`` and ``now_ms`` are UTC in milliseconds since 1970, ``zone`` the name of a time zone.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class TextLookup(Protocol):
    """Looks up the texts of one language; ``config.words`` has the implementation."""

    def __call__(self, surface: str, text: str, /, **values: object) -> str: ...


_WEEKDAYS: tuple[Callable[[TextLookup], str], ...] = (
    lambda words: words("day", "Thứ Hai"),
    lambda words: words("day", "Thứ Ba"),
    lambda words: words("day", "Thứ Tư"),
    lambda words: words("day", "Thứ Năm"),
    lambda words: words("day", "Thứ Sáu"),
    lambda words: words("day", "Thứ Bảy"),
    lambda words: words("day", "Chủ Nhật"),
)
_WEEKDAYS_IN_SENTENCE: tuple[Callable[[TextLookup], str], ...] = (
    lambda words: words("day", "thứ Hai"),
    lambda words: words("day", "thứ Ba"),
    lambda words: words("day", "thứ Tư"),
    lambda words: words("day", "thứ Năm"),
    lambda words: words("day", "thứ Sáu"),
    lambda words: words("day", "thứ Bảy"),
    lambda words: words("day", "Chủ nhật"),
)


def local_time(wall_ms: int, zone: str) -> datetime:
    """Return the local time in ``zone``."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(ZoneInfo(zone))


def hhmm(wall_ms: int, zone: str) -> str:
    """Return "08:12"."""
    return f"{local_time(wall_ms, zone):%H:%M}"


def date_text(wall_ms: int, zone: str) -> str:
    """Return "23/11/2026"."""
    return f"{local_time(wall_ms, zone):%d/%m/%Y}"


def date_line(words: TextLookup, wall_ms: int, zone: str) -> str:
    """Return "Thứ Hai, 23/11/2026", for the beginning of a line."""
    return f"{_WEEKDAYS[local_time(wall_ms, zone).weekday()](words)}, {date_text(wall_ms, zone)}"


def time_in_sentence(words: TextLookup, wall_ms: int, now_ms: int, zone: str) -> str:
    """Return a time within a sentence: "13:30 hôm nay" or "07:30, thứ Tư, 25/11/2026"."""
    moment = local_time(wall_ms, zone)
    time = f"{moment:%H:%M}"
    if moment.date() == local_time(now_ms, zone).date():
        return words("day", "{time} hôm nay", time=time)
    weekday = _WEEKDAYS_IN_SENTENCE[moment.weekday()](words)
    return words("day", "{time}, {weekday}, {date}", time=time, weekday=weekday, date=date_text(wall_ms, zone))
