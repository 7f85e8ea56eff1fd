"""Times and dates as screens and slips write them: 08:12; Thứ Hai, 23/11/2026."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Words(Protocol):
    """The texts of one language, as ``config.words`` hands them out."""

    def __call__(self, surface: str, text: str, /, **values: object) -> str: ...


_HEAD: tuple[Callable[[Words], str], ...] = (
    lambda words: words("day", "Thứ Hai"),
    lambda words: words("day", "Thứ Ba"),
    lambda words: words("day", "Thứ Tư"),
    lambda words: words("day", "Thứ Năm"),
    lambda words: words("day", "Thứ Sáu"),
    lambda words: words("day", "Thứ Bảy"),
    lambda words: words("day", "Chủ Nhật"),
)
_INSIDE: tuple[Callable[[Words], str], ...] = (
    lambda words: words("day", "thứ Hai"),
    lambda words: words("day", "thứ Ba"),
    lambda words: words("day", "thứ Tư"),
    lambda words: words("day", "thứ Năm"),
    lambda words: words("day", "thứ Sáu"),
    lambda words: words("day", "thứ Bảy"),
    lambda words: words("day", "Chủ nhật"),
)


def local(wall_ms: int, zone: str) -> datetime:
    """The wall clock in the hall's zone."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(ZoneInfo(zone))


def hhmm(wall_ms: int, zone: str) -> str:
    """08:12"""
    return f"{local(wall_ms, zone):%H:%M}"


def date(wall_ms: int, zone: str) -> str:
    """23/11/2026"""
    return f"{local(wall_ms, zone):%d/%m/%Y}"


def date_line(words: Words, wall_ms: int, zone: str) -> str:
    """Thứ Hai, 23/11/2026, at the head of a line."""
    return f"{_HEAD[local(wall_ms, zone).weekday()](words)}, {date(wall_ms, zone)}"


def when(words: Words, wall_ms: int, now_ms: int, zone: str) -> str:
    """A moment inside a sentence: "13:30 hôm nay" or "07:30, thứ Tư, 25/11/2026"."""
    moment = local(wall_ms, zone)
    time = f"{moment:%H:%M}"
    if moment.date() == local(now_ms, zone).date():
        return words("day", "{time} hôm nay", time=time)
    weekday = _INSIDE[moment.weekday()](words)
    return words("day", "{time}, {weekday}, {date}", time=time, weekday=weekday, date=date(wall_ms, zone))
