"""Rules that decide whether the date of the wall clock can be trusted."""

from datetime import date as Date
from datetime import tzinfo
from enum import StrEnum

from server.domain.calendar import local_date

EARLIEST_MS = 1_767_225_600_000
"""2026-01-01 UTC. The program did not exist before: a clock that shows an earlier time is wrong."""

LATEST_MS = 4_102_444_800_000
"""2100-01-01 UTC. A later time in a request is a mistake of its sender."""

UNDATED_DAY_HOURS = 12
"""The length of a day of unknown date, from its first number.

It is longer than any office day, and shorter than the time from one morning to the next.
"""


class Doubt(StrEnum):
    """The reason why the date of the wall clock is not trusted."""

    LOST = "lost"  # before EARLIEST_MS: its battery is empty
    BEHIND = "behind"  # after a boot on an earlier date than the last trusted one: one of the two is wrong
    ENTERED = "told"  # staff entered another date than the clock's; "told" is its word in the journal


def doubt_at_boot(wall_ms: int, sure_ms: int | None, previous: Doubt | None, zone: tzinfo) -> Doubt | None:
    """Return the reason to doubt the clock after a boot; None: it is trusted.

    ``wall_ms``: the clock after the boot, UTC ms. ``sure_ms``: the last moment at which it was trusted, UTC ms; None:
    it never was. ``previous``: the doubt before this boot; None: it was trusted. A date that staff entered is valid
    until the clock is set or they enter another one.
    """
    if wall_ms < EARLIEST_MS:
        return Doubt.LOST
    if previous is Doubt.ENTERED:
        return Doubt.ENTERED
    if sure_ms is not None and local_date(wall_ms, zone) < local_date(sure_ms, zone):
        return Doubt.BEHIND
    return None


def doubt_after_step(wall_ms: int) -> Doubt | None:
    """Return the reason to doubt a clock that was just set while the machine ran.

    It is trusted (None) unless it shows an impossible date.
    """
    return Doubt.LOST if wall_ms < EARLIEST_MS else None


def is_date(text: str) -> bool:
    """Return whether ``text`` is a calendar date (``YYYY-MM-DD``) on which this program may run."""
    try:
        return 2026 <= Date.fromisoformat(text).year < 2100 and len(text) == 10
    except ValueError:
        return False
