"""The current day in words, and any problem with the clock."""

from dataclasses import dataclass

from server import views
from server.domain.clock_doubt import EARLIEST_MS, Doubt
from server.store import Snapshot
from server.views import CurrentDay, DayInfo
from server.web.shared.formatting import Formatter


@dataclass(frozen=True, slots=True)
class Today:
    """The current day as the manager's page shows it; ``id`` None: no day is open.

    ``heading``: weekday and date, or why there is none; ``name``: the day as it follows "ngày" in a sentence.
    ``clock_problem``: a sentence, None while the clock is trusted; ``clock_date``: the date of the clock, None where it
    cannot be right; ``reopenable_day``: the name of the day that staff may open again, None without one; ``may_open``,
    ``has_older_tickets``, ``is_practice``, ``may_practise``: as in ``CurrentDay``. ``is_open``: a real day is open.
    """

    id: str | None
    is_open: bool
    name: str
    heading: str
    clock_problem: str | None
    clock_date: str | None
    reopenable_day: str | None
    may_open: bool
    has_older_tickets: bool
    is_practice: bool
    may_practise: bool


def today_now(snapshot: Snapshot, formatter: Formatter) -> Today:
    """Return the current day in words."""
    day, words = views.current_day(snapshot), formatter.words
    if day.is_practice:
        heading = words("mode", "Đang diễn tập")
    elif day.date is not None:
        heading = f"{formatter.weekday(day.date)}, {formatter.date(day.date)}"
    elif day.id is not None:
        heading = words("day", "Chưa rõ hôm nay là ngày nào")
    else:
        heading = words("manager", "Chưa mở ngày làm việc")
    return Today(
        id=day.id,
        is_open=day.id is not None and not day.is_practice,
        name=day_in_sentence(day.date, formatter),
        heading=heading,
        clock_problem=_clock_problem(day, snapshot.now.wall_ms, formatter),
        clock_date=formatter.date(day.clock_date) if snapshot.now.wall_ms >= EARLIEST_MS else None,
        reopenable_day=day_in_sentence(day.last_date, formatter) if day.closed_today else None,
        may_open=day.may_open,
        has_older_tickets=day.has_older_tickets,
        is_practice=day.is_practice,
        may_practise=day.may_practise,
    )


def day_name(day: DayInfo, formatter: Formatter) -> str:
    """Return a day's name in lists: its date, numbered from the second on."""
    if day.date is None:
        opened = formatter.time(day.opened_at_ms)
        return f"{date_or_unknown(None, formatter)} ({opened})"
    name = formatter.date(day.date)
    return name if day.part == 1 else formatter.words("day", "{date} (lần {n})", date=name, n=day.part)


def date_or_unknown(date: str | None, formatter: Formatter) -> str:
    """Return a date as text, or "unknown date" for None."""
    return formatter.words("day", "Chưa rõ ngày") if date is None else formatter.date(date)


def day_in_sentence(date: str | None, formatter: Formatter) -> str:
    """Return a day as it follows the word "ngày" in a sentence."""
    return formatter.words("day", "này") if date is None else formatter.date(date)


def _clock_problem(day: CurrentDay, now_ms: int, formatter: Formatter) -> str | None:
    """Return a sentence about the problem with the clock; None while the clock is trusted."""
    if day.doubt is None:
        return None
    clock = {"time": formatter.time(now_ms), "date": formatter.date(day.clock_date)}
    if day.doubt is Doubt.ENTERED and (day.id is None or day.date is not None):
        return formatter.words(
            "day",
            "Đồng hồ máy đang là {time}, {date}, không phải ngày cán bộ đã cho biết."
            " Đến khi chỉnh đồng hồ, ngày làm việc do cán bộ tự mở và đóng.",
            **clock,
        )
    if day.id is None:
        return formatter.words(
            "day",
            "Đồng hồ máy đang là {time}, {date} nên chưa tin được. Mời cho biết hôm nay là ngày nào.",
            **clock,
        )
    return formatter.words(
        "day",
        "Đồng hồ máy đang là {time}, {date} nên chưa tin được."
        " Các số vẫn được cấp theo thứ tự, ghi “chưa rõ ngày”. Mời cho biết hôm nay là ngày nào.",
        **clock,
    )
