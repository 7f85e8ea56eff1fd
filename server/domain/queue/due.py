"""Due times: holds, pins, readiness, unanswered calls, put-off tickets, the end of the day.

Most functions return a moment on the clock of their arguments: queue time in ms, real time in seconds since boot, or
the wall clock in UTC ms. Arguments such as ``pause_min`` and ``grace_s`` are durations from the settings (``Rules``).
No function here reads a clock.
"""

from collections.abc import Collection, Iterable
from datetime import tzinfo
from typing import TypeVar

from server.domain.calendar import HOUR_MS, MINUTE_MS, Opening, local_date, local_ms
from server.domain.clock_doubt import UNDATED_DAY_HOURS
from server.domain.queue.counter import CounterState

MINUTES_PER_DAY = 24 * 60

Subject = TypeVar("Subject")
Time = TypeVar("Time", int, float)


def split_due(due_times: Iterable[tuple[Time, Subject]], now: Time) -> tuple[list[Subject], list[Time]]:
    """Return the subjects that are due at ``now``, and the due times of the others."""
    due: list[Subject] = []
    later: list[Time] = []
    for due_time, subject in due_times:
        if due_time <= now:
            due.append(subject)
        else:
            later.append(due_time)
    return due, later


def hold_duration_ms(requested_min: int | None, default_min: int) -> int:
    """Return how long a ticket is held.

    ``requested_min``: as the clerk requested; None or 0: ``default_min`` instead.
    """
    return (requested_min or default_min) * MINUTE_MS


def pin_after_hold(counter: str, state: CounterState) -> str | None:
    """Return the counter to which a ticket is pinned when its hold ends.

    It is the ticket's counter, unless that is closed (None).
    """
    return None if state is CounterState.CLOSED else counter


def pins_end_ms(state: CounterState, since_ms: int, pinned_since_ms: Collection[int], pause_min: int) -> int | None:
    """Return when the pins to a counter end; None while it is open.

    They end when the counter has been paused for ``pause_min``, or has been closed for that time since the first ticket
    was pinned to it. ``since_ms``: since when it is in ``state``; ``pinned_since_ms``: since when each ticket that is
    pinned to it waits so. None also if no ticket is pinned to it. All in queue time.
    """
    if state is CounterState.OPEN or not pinned_since_ms:
        return None
    return (since_ms if state is CounterState.PAUSED else min(pinned_since_ms)) + pause_min * MINUTE_MS


def readiness_ends_ms(ready_since_ms: int, ready_min: int) -> int:
    """Return when a counter without a call is no longer ready, in queue time."""
    return ready_since_ms + ready_min * MINUTE_MS


def absent_from_s(last_sign_of_life_s: float, grace_s: int) -> float:
    """Return when the clerk of a ready counter counts as absent.

    It is in real seconds since boot. Neither the clerk page nor the keypad has given a sign of life for ``grace_s``
    then. An open page and a working keypad give one every few seconds, also while the clerk does nothing.
    """
    return last_sign_of_life_s + grace_s


def take_back_at_s(called_ms: int | None, server_started_s: float, acknowledge_s: int) -> float:
    """Return when an automatic call that nobody acknowledged is taken back.

    It is in real seconds since boot. ``called_ms``: real ms since boot, None for a call of an earlier boot. Nobody can
    acknowledge a call while the server does not run, so the time counts from its start (``server_started_s``, since
    boot too) at the earliest.
    """
    called_s = 0.0 if called_ms is None else called_ms / 1000
    return max(called_s, server_started_s) + acknowledge_s


def put_off_until_ms(queue_ms: int, later_min: int) -> int:
    """Return the queue time when a ticket put off at ``queue_ms`` can be called again."""
    return queue_ms + later_min * MINUTE_MS


def is_within(since_ms: int, minutes: int, queue_ms: int) -> bool:
    """Return whether at most ``minutes`` of queue time have passed between ``since_ms`` and ``queue_ms``.

    So long a served ticket can be reopened or rated.
    """
    return queue_ms - since_ms <= minutes * MINUTE_MS


def is_day_over(date: str, wall_ms: int, nightly_close_at: str, zone: tzinfo) -> bool:
    """Return whether the service day of ``date`` is over at ``wall_ms`` (UTC ms).

    It is over from ``nightly_close_at`` (local ``HH:MM``) of the following date on. That is the time at night at which
    a day that staff left open is closed by itself (``Rules.close_at``), never the end of the office hours.
    """
    return wall_ms >= _time_of_day_ms(date, nightly_close_at, 1, zone)


def undated_day_ends_ms(first_number_ms: int) -> int:
    """Return the queue time when a day of unknown date is over.

    ``first_number_ms``: the queue time at which its first number was issued.
    """
    return first_number_ms + UNDATED_DAY_HOURS * HOUR_MS


def opens_by_schedule(opening: Opening, today: str, newest_day_date: str | None) -> bool:
    """Return whether the schedule opens a day now.

    It does so during the opening hours, unless the newest service day has the date of ``today`` already: the schedule
    or staff opened it, and it may have been closed again. ``newest_day_date``: None if there was no day yet, or if its
    date is unknown.
    """
    return opening is Opening.OPEN and newest_day_date != today


def next_nightly_close_ms(wall_ms: int, nightly_close_at: str, zone: tzinfo) -> int:
    """Return the next time of ``nightly_close_at`` (local ``HH:MM``) after ``wall_ms``; all in UTC ms."""
    today = local_date(wall_ms, zone)
    closings_ms = [_time_of_day_ms(today, nightly_close_at, days, zone) for days in (0, 1)]
    return next(closing_ms for closing_ms in closings_ms if closing_ms > wall_ms)


def _time_of_day_ms(date: str, time_of_day: str, days_later: int, zone: tzinfo) -> int:
    """Return the UTC ms of ``time_of_day`` (local ``HH:MM``), ``days_later`` days after ``date``."""
    hour, minute = map(int, time_of_day.split(":"))
    return local_ms(date, days_later * MINUTES_PER_DAY + hour * 60 + minute, zone)
