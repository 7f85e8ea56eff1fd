"""Whether the wall clock can be believed, and how far it reaches: plain rules over moments and dates."""

from datetime import date as Date
from datetime import tzinfo
from enum import StrEnum

from server.domain.calendar import local_date

EARLIEST_MS = 1_767_225_600_000
"""2026-01-01 UTC. No day of this program is older: a clock that shows less has lost its time."""

LATEST_MS = 4_102_444_800_000
"""2100-01-01 UTC. Later moments are mistakes of their sender."""

UNDATED_HOURS = 12
"""A day of unknown date is over so long after its first number: longer than any office day, shorter than the time
from one morning to the next."""


class Doubt(StrEnum):
    """Why the date of the wall clock is not believed."""

    LOST = "lost"  # before EARLIEST_MS: its battery is empty
    BEHIND = "behind"  # after a boot on an earlier date than the last fact: one of the two is wrong
    TOLD = "told"  # staff named another date than the clock's


def doubt_at_boot(wall_ms: int, sure_ms: int | None, earlier: Doubt | None, zone: tzinfo) -> Doubt | None:
    """Judge the clock after a boot. ``sure_ms``: the last moment at which it was believed; ``earlier``: the doubt of
    the boot before. What staff said about a clock holds until it is set or they say otherwise."""
    if wall_ms < EARLIEST_MS:
        return Doubt.LOST
    if earlier is Doubt.TOLD:
        return Doubt.TOLD
    if sure_ms is not None and local_date(wall_ms, zone) < local_date(sure_ms, zone):
        return Doubt.BEHIND
    return None


def doubt_after_step(wall_ms: int) -> Doubt | None:
    """Judge a clock that was just set while the machine ran: it is believed, unless no such day can be."""
    return Doubt.LOST if wall_ms < EARLIEST_MS else None


def is_date(text: str) -> bool:
    """Whether ``text`` is a calendar date (``YYYY-MM-DD``) on which this program may run."""
    try:
        return 2026 <= Date.fromisoformat(text).year < 2100 and len(text) == 10
    except ValueError:
        return False
