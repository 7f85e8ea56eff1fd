"""The start time of a demonstration's clock, from office hours and the previous run."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from config.clock import read_demo_clock
from config.office import OfficeSettings

BEFORE_OPENING = timedelta(minutes=5)
LOOK_AHEAD_DAYS = 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def end_of_previous_run(clock_file: Path) -> tuple[int, int] | None:
    """Return (wall_ms, ran_ms) at the end of the previous run; None when there was none."""
    clock = read_demo_clock(clock_file)
    return None if clock is None else clock[:2]


def start_time(
    clock_file: Path, office: OfficeSettings, *, wall_ms: int, boot_ms: int, morning: bool
) -> tuple[int, int]:
    """Return (wall_ms, ran_ms) at the start: the real time, or the beginning of a morning.

    ``ran_ms`` is the hall's boot clock, from which queue time is computed (``config.clock.DemoClock``). ``wall_ms`` and
    ``boot_ms``: the real clocks. ``morning``: start before the office opens. Neither time is before the end of the
    previous run.
    """
    previous = end_of_previous_run(clock_file)
    last_wall_ms, last_ran_ms = previous if previous is not None else (0, 0)
    start_ms = start_of_morning(office, wall_ms, last_wall_ms or None) if morning else max(wall_ms, last_wall_ms)
    return start_ms, max(boot_ms, last_ran_ms)


def start_of_morning(office: OfficeSettings, wall_ms: int, last_wall_ms: int | None) -> int:
    """Return five minutes before the office opens: today, or after the previous run.

    ``last_wall_ms``: the end of the previous run. Without one the morning may be that of today although it has passed;
    a hall that has run before never goes back in time.
    """
    zone = ZoneInfo(office.zone)
    earliest = (
        _local(last_wall_ms, zone) if last_wall_ms is not None else _local(wall_ms, zone).replace(hour=0, minute=0)
    )
    for days_ahead in range(LOOK_AHEAD_DAYS):
        day = earliest.date() + timedelta(days=days_ahead)
        opening_time = _opening_time(office, day)
        if opening_time is None:
            continue
        start = datetime.combine(day, opening_time, zone) - BEFORE_OPENING
        if start >= earliest:
            return round(start.timestamp() * 1000)
    return max(wall_ms, last_wall_ms or 0)


def _opening_time(office: OfficeSettings, day: date) -> time | None:
    """Return when the office opens that day; None when it does not."""
    iso = day.isoformat()
    special_day = next((special for special in office.days if special.date == iso), None)
    if special_day is None and any(holiday.date == iso for holiday in office.holidays):
        return None
    spans = special_day.hours if special_day is not None else office.hours.get(WEEKDAYS[day.weekday()], [])  # type: ignore[call-overload]
    return min((time.fromisoformat(span.partition("-")[0]) for span in spans), default=None)


def _local(wall_ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone)
