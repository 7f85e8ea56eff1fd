"""A time of today that somebody typed as the end of a pause or stop."""

from zoneinfo import ZoneInfo

from server.domain.calendar import local_date, local_ms
from server.domain.errors import Need, Refusal, Refused


def later_today_ms(clock: str, wall_ms: int, zone: ZoneInfo) -> int:
    """Return the moment of a time of today (``hh:mm``) in UTC ms.

    Raises ``bad_request`` for anything else, and for a time that has passed at ``wall_ms``.
    """
    hour, _, minute = clock.partition(":")
    if hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60:
        moment_ms = local_ms(local_date(wall_ms, zone), int(hour) * 60 + int(minute), zone)
        if moment_ms > wall_ms:
            return moment_ms
    raise Refused(Refusal.BAD_REQUEST, need=Need.UNTIL, values={"detail": clock})
