"""Which day it is, as the manager's page shows and asks it."""

from dataclasses import dataclass

from server.domain.calendar import local_date
from server.domain.dating import EARLIEST_MS, Doubt
from server.domain.ticket import State
from server.store.queries import last_day, tickets_of
from server.store.store import Reading
from server.views.hall import DayInfo
from server.web.figures import Figures


@dataclass(frozen=True, slots=True)
class Today:
    """The open day, or that none is. ``why``: what is wrong with the clock; ``clock_date``: the date that it shows,
    None where it cannot be right; ``again``: the name of a day that can be opened again; ``may_open``: whether one can
    be opened without a reason; ``left``: whether tickets wait since before the machine was switched on."""

    id: str | None
    is_open: bool
    name: str
    heading: str
    why: str | None
    clock_date: str | None
    again: str | None
    may_open: bool
    left: bool


def today_now(reading: Reading, fig: Figures) -> Today:
    """The day as it is now."""
    head, words = reading.head, fig.words
    last = last_day(reading.connection)
    clock_date = local_date(reading.now.wall_ms, reading.office.zone)
    doubted = head.doubt is not None
    if head.date is not None:
        heading = f"{fig.weekday(head.date)}, {fig.date(head.date)}"
    elif head.day is not None:
        heading = words("day", "Chưa rõ hôm nay là ngày nào")
    else:
        heading = words("manager", "Chưa mở ngày làm việc")
    closed_today = head.day is None and last is not None and (doubted or last.date == clock_date)
    return Today(
        id=head.day,
        is_open=head.day is not None,
        name=named_day(head.date, fig),
        heading=heading,
        why=_why(reading, fig),
        clock_date=fig.date(clock_date) if reading.now.wall_ms >= EARLIEST_MS else None,
        again=named_day(last.date, fig) if closed_today else None,
        may_open=head.day is None and (doubted or not closed_today),
        left=_left(reading),
    )


def day_name(day: DayInfo, fig: Figures) -> str:
    """A day's name in lists: its date, and which part of it where there are several."""
    if day.date is None:
        opened = fig.time(day.opened_at_ms)
        return f"{date_name(None, fig)} ({opened})"
    name = fig.date(day.date)
    return name if day.part == 1 else fig.words("day", "{date} (lần {n})", date=name, n=day.part)


def date_name(date: str | None, fig: Figures) -> str:
    """A date, or that it is not known."""
    return fig.words("day", "Chưa rõ ngày") if date is None else fig.date(date)


def named_day(date: str | None, fig: Figures) -> str:
    """A day as a sentence names it after the word "ngày"."""
    return fig.words("day", "này") if date is None else fig.date(date)


def _why(reading: Reading, fig: Figures) -> str | None:
    doubt, now_ms = reading.head.doubt, reading.now.wall_ms
    if doubt is None:
        return None
    shown = {"time": fig.time(now_ms), "date": fig.date(local_date(now_ms, reading.office.zone))}
    if doubt is Doubt.TOLD and (reading.head.day is None or reading.head.date is not None):
        return fig.words(
            "day",
            "Đồng hồ máy đang là {time}, {date}, không phải ngày cán bộ đã cho biết."
            " Đến khi chỉnh đồng hồ, ngày làm việc do cán bộ tự mở và đóng.",
            **shown,
        )
    if reading.head.day is None:
        return fig.words(
            "day",
            "Đồng hồ máy đang là {time}, {date} nên chưa tin được. Mời cho biết hôm nay là ngày nào.",
            **shown,
        )
    return fig.words(
        "day",
        "Đồng hồ máy đang là {time}, {date} nên chưa tin được."
        " Các số vẫn được cấp theo thứ tự, ghi “chưa rõ ngày”. Mời cho biết hôm nay là ngày nào.",
        **shown,
    )


def _left(reading: Reading) -> bool:
    """Whether tickets wait that were given before the open day was opened."""
    if reading.head.day is None:
        return False
    oldest = tickets_of(reading.connection, reading.head.day, (State.WAITING, State.CALLED, State.HELD), limit=1)
    return bool(oldest) and oldest[0].issue_seq < reading.head.day_seq
