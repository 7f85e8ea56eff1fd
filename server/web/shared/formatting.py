"""Format figures, times and dates: 26.708, 97,99%, 14,7; 07:30, 23/11/2026, thứ Hai.

Vietnamese and English differ only in the separators of numbers; dates and times are in the hall's zone in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from config.words import Words
from server.domain.calendar import MINUTE_MS
from server.domain.reports.measures import Share

SEPARATORS: Mapping[str, tuple[str, str]] = {"vi": (".", ","), "en": (",", ".")}
"""Language → the separator of thousands, the decimal separator."""

DASH = "–"
"""Stands for a figure or time that is not known."""


@dataclass(frozen=True, slots=True)
class Formatter:
    """Writes figures in the language of ``words`` and times in the hall's time zone ``zone``.

    ``places``: the number of digits after the decimal separator. ``wall_ms`` and ``now_ms`` are moments (UTC ms),
    ``day`` is an ISO date.
    """

    words: Words
    zone: str

    def number(self, value: float, places: int = 0) -> str:
        """Return a number as text: 26708 → "26.708"; halves are rounded away from zero."""
        thousands, decimals = SEPARATORS.get(self.words.language, SEPARATORS["vi"])
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        return f"{rounded:,}".translate({ord(","): thousands, ord("."): decimals})

    def minutes(self, duration_ms: float | None, places: int = 1) -> str:
        """Return a duration in minutes, without the unit; a dash for None."""
        return DASH if duration_ms is None else self.number(duration_ms / MINUTE_MS, places)

    def whole_minutes(self, duration_ms: int) -> int:
        """Return the full minutes of a duration, 0 for a negative one.

        Durations are negative after a clock was set back.
        """
        return max(0, duration_ms // MINUTE_MS)

    def share(self, share: Share) -> str:
        """Return a share such as "148/206 (71,8%)", without the percentage of an empty total."""
        a, b = self.number(share.part), self.number(share.total)
        if share.percent is None:
            return f"{a}/{b}"
        return self.words("manager", "{a}/{b} ({p}%)", a=a, b=b, p=self.percent(share))

    def percent(self, share: Share, places: int = 1) -> str:
        """Return the percentage alone ("71,8"), for texts that also have its two numbers."""
        return DASH if share.percent is None else self.number(share.percent, places)

    def share_minutes(self, share: Share) -> str:
        """Return a share of durations in ms, in whole minutes: "84/120 (70,0%)"."""
        a, b = self.minutes(share.part, 0), self.minutes(share.total, 0)
        return self.words("manager", "{a}/{b} ({p}%)", a=a, b=b, p=self.percent(share))

    def time(self, wall_ms: int | None) -> str:
        """Return the hall's time of UTC milliseconds ("07:30"); a dash for None."""
        return DASH if wall_ms is None else f"{self._local(wall_ms):%H:%M}"

    def moment(self, wall_ms: int, now_ms: int) -> str:
        """Return the time of a moment, with the date unless it is today.

        For example "07:30", and "07:30 23/11".
        """
        local, today = self._local(wall_ms), self._local(now_ms).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local:%H:%M %d/%m}"

    def stopwatch(self, duration_ms: int) -> str:
        """Return a duration as a stopwatch shows it: "02:31", from an hour on "1:02:31"."""
        minutes, seconds = divmod(max(0, duration_ms) // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"

    def clock(self, minute: int) -> str:
        """Return the time of a minute of the day: 450 → "07:30"."""
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def date(self, day: str) -> str:
        """Return an ISO date as "23/11/2026"."""
        return f"{date.fromisoformat(day):%d/%m/%Y}"

    def day(self, wall_ms: int) -> str:
        """Return the hall's date of UTC milliseconds, as an ISO date."""
        return self._local(wall_ms).date().isoformat()

    def weekday(self, day: str) -> str:
        """Return the weekday of an ISO date, with a capital letter: "Thứ Hai", "Monday"."""
        words = self.words
        names = (
            words("day", "Thứ Hai"),
            words("day", "Thứ Ba"),
            words("day", "Thứ Tư"),
            words("day", "Thứ Năm"),
            words("day", "Thứ Sáu"),
            words("day", "Thứ Bảy"),
            words("day", "Chủ nhật"),
        )
        return names[date.fromisoformat(day).weekday()]

    def minute_of_day(self, wall_ms: int) -> int:
        """Return the minute of the hall's day (0 to 1439) of UTC milliseconds."""
        local = self._local(wall_ms)
        return local.hour * 60 + local.minute

    def _local(self, wall_ms: int) -> datetime:
        return datetime.fromtimestamp(wall_ms / 1000, ZoneInfo(self.zone))
