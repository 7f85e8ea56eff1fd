"""How figures, times and dates are written: 26.708, 97,99%, 14,7; 07:30, 23/11/2026, thứ Hai.

Vietnamese and English differ in the two marks of a number only; dates and times are the hall's in both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from config.words import Words
from server.domain.measures import MINUTE_MS, Share

MARKS: Mapping[str, tuple[str, str]] = {"vi": (".", ","), "en": (",", ".")}
"""Language → the mark between thousands, the mark before decimals."""

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Figures:
    """Writes figures in the language of ``words`` and times in the hall's ``zone``."""

    words: Words
    zone: str

    def number(self, value: float, places: int = 0) -> str:
        """26708 → "26.708"; halves are rounded away from zero, as people expect."""
        thousands, decimals = MARKS.get(self.words.language, MARKS["vi"])
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        return f"{rounded:,}".translate({ord(","): thousands, ord("."): decimals})

    def minutes(self, duration_ms: float | None, places: int = 1) -> str:
        """A duration in minutes, without the unit; a dash for none."""
        return NOTHING if duration_ms is None else self.number(duration_ms / MINUTE_MS, places)

    def waited(self, duration_ms: int) -> int:
        """Whole minutes that have passed; a clock that was set back makes none negative."""
        return max(0, duration_ms // MINUTE_MS)

    def share(self, share: Share) -> str:
        """ "148/206 (71,8%)"; without a percentage where there was nothing to count."""
        a, b = self.number(share.a), self.number(share.b)
        if share.percent is None:
            return f"{a}/{b}"
        return self.words("manager", "{a}/{b} ({p}%)", a=a, b=b, p=self.percent(share))

    def percent(self, share: Share, places: int = 1) -> str:
        """The percentage alone, "71,8"; only beside its two numbers."""
        return NOTHING if share.percent is None else self.number(share.percent, places)

    def share_minutes(self, share: Share) -> str:
        """A share of times in ms, in whole minutes: "84/120 (70,0%)"."""
        a, b = self.minutes(share.a, 0), self.minutes(share.b, 0)
        return self.words("manager", "{a}/{b} ({p}%)", a=a, b=b, p=self.percent(share))

    def time(self, wall_ms: int | None) -> str:
        """UTC milliseconds → "07:30" in the hall; a dash for none."""
        return NOTHING if wall_ms is None else f"{self._local(wall_ms):%H:%M}"

    def moment(self, wall_ms: int, now_ms: int) -> str:
        """ "07:30" of today, "07:30 23/11" of another day of the hall."""
        at, today = self._local(wall_ms), self._local(now_ms).date()
        return f"{at:%H:%M}" if at.date() == today else f"{at:%H:%M %d/%m}"

    def seconds(self, duration_ms: int) -> str:
        """A running time: "02:31", "1:02:31" from an hour on."""
        minutes, seconds = divmod(max(0, duration_ms) // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"

    def clock(self, minute: int) -> str:
        """A minute of the day: 450 → "07:30"."""
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def date(self, day: str) -> str:
        """An ISO date → "23/11/2026"."""
        return f"{date.fromisoformat(day):%d/%m/%Y}"

    def weekday(self, day: str) -> str:
        """The weekday's name at the beginning of a line: "Thứ Hai", "Monday"."""
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
        """The hall's local minute, for counting by hour."""
        local = self._local(wall_ms)
        return local.hour * 60 + local.minute

    def _local(self, wall_ms: int) -> datetime:
        return datetime.fromtimestamp(wall_ms / 1000, ZoneInfo(self.zone))
