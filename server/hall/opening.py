"""When a demonstration's clock starts: pure, from the office's hours and from what the clock showed last."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from config.clock import kept_pace
from config.office import OfficeFile

EARLY = timedelta(minutes=5)
LOOK_AHEAD_DAYS = 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def last_shown(pace: Path) -> tuple[int, int] | None:
    """(wall_ms, ran_ms) that an earlier run of this hall left behind; None when there was none."""
    kept = kept_pace(pace)
    return None if kept is None else kept[:2]


def first_moment(pace: Path, office: OfficeFile, *, wall_ms: int, boot_ms: int, morning: bool) -> tuple[int, int]:
    """(wall_ms, ran_ms) to start with: real time, or a morning's beginning; never behind an earlier run."""
    last = last_shown(pace)
    last_wall_ms, last_ran_ms = last if last is not None else (0, 0)
    start_ms = start_of_morning(office, wall_ms, last_wall_ms or None) if morning else max(wall_ms, last_wall_ms)
    return start_ms, max(boot_ms, last_ran_ms)


def start_of_morning(office: OfficeFile, wall_ms: int, last_ms: int | None) -> int:
    """Five minutes before the office opens: today's opening, or the first one after ``last_ms``.

    A fresh hall may begin this morning again although it is past; one that has run never goes back.
    """
    zone = ZoneInfo(office.zone)
    floor = _local(last_ms, zone) if last_ms is not None else _local(wall_ms, zone).replace(hour=0, minute=0)
    for ahead in range(LOOK_AHEAD_DAYS):
        day = floor.date() + timedelta(days=ahead)
        opens = _opens(office, day)
        if opens is None:
            continue
        start = datetime.combine(day, opens, zone) - EARLY
        if start >= floor:
            return round(start.timestamp() * 1000)
    return max(wall_ms, last_ms or 0)


def _opens(office: OfficeFile, day: date) -> time | None:
    """When the office opens that day; None when it does not."""
    iso = day.isoformat()
    extra = next((one for one in office.days if one.date == iso), None)
    if extra is None and any(one.date == iso for one in office.holidays):
        return None
    spans = extra.hours if extra is not None else office.hours.get(WEEKDAYS[day.weekday()], [])  # type: ignore[call-overload]
    return min((time.fromisoformat(span.partition("-")[0]) for span in spans), default=None)


def _local(wall_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone)
