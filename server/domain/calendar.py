"""Opening hours in the office's local time: weekly spans, special dates, holidays.

Dates are ``YYYY-MM-DD``, spans ``HH:MM-HH:MM`` (``24:00`` ends a day). The zone is passed in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD_DAYS = 60
"""The next opening is searched for on so many dates, longer than any holiday."""

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Span:
    """Open from ``start_min`` until just before ``end_min``, in minutes since local midnight."""

    start_min: int
    end_min: int

    @property
    def text(self) -> str:
        """The span as people write it: ``07:30-11:30``."""
        return f"{_format_minutes(self.start_min)}-{_format_minutes(self.end_min)}"


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours of the office or of a service.

    ``weekly`` has the spans of each of ``WEEKDAYS``, none for one that is missing; ``dates`` those of dates that differ
    from their weekday. ``holidays`` maps a date to the holiday's id.
    """

    weekly: Mapping[str, Sequence[Span]]
    dates: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    holidays: Mapping[str, str] = field(default_factory=dict)

    def spans(self, day: str) -> tuple[Span, ...]:
        """Return the spans of one local date.

        Special spans apply on a holiday too: it may be a make-up working day.
        """
        if day in self.dates:
            return tuple(self.dates[day])
        if day in self.holidays:
            return ()
        return tuple(self.weekly.get(WEEKDAYS[date.fromisoformat(day).weekday()], ()))

    def with_dates(self, dates: Mapping[str, Iterable[str]]) -> "Hours":
        """Return these hours with others on some dates, which are texts."""
        return replace(self, dates={**self.dates, **{day: parse_spans(spans) for day, spans in dates.items()}})


class Opening(StrEnum):
    """The state of the office's hours; ``LUNCH`` lies between two spans of one date."""

    OPEN = "open"
    LUNCH = "lunch"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OpeningStatus:
    """The opening of the office or a service at one moment, and its next changes.

    ``next_open_ms``: the next opening, UTC ms; None while it is open, and when there is none within two months.
    ``next_change_ms``: the next opening or closing, UTC ms; None: none within two months. ``holiday``: the holiday's id
    while the office is closed for it. ``half_day``: "pm" from the start of the day's second span on (else from noon),
    before that "am"; the capacity of a service is per half-day.
    """

    opening: Opening
    holiday: str | None
    next_open_ms: int | None
    next_change_ms: int | None
    half_day: str


def parse_span(text: str) -> Span:
    """Return the span of a text such as ``07:30-11:30``.

    Raises ``ValueError`` for anything else, and for an end that is not after its start.
    """
    start, _, end = text.partition("-")
    span = Span(parse_clock(start), parse_clock(end))
    if span.end_min <= span.start_min:
        raise ValueError(f"{text!r} ends before it starts")
    return span


def parse_clock(text: str) -> int:
    """Return the minutes since midnight of a time of day such as ``07:30``. Raises ``ValueError``."""
    hour, minute = text.strip().split(":")
    total = int(hour) * 60 + int(minute)
    if not 0 <= total <= 24 * 60 or not 0 <= int(minute) < 60:
        raise ValueError(f"{text!r} is not a time of day")
    return total


def parse_spans(texts: Iterable[str]) -> tuple[Span, ...]:
    """Return the spans of one day. Raises ``ValueError`` as ``parse_span`` does."""
    return tuple(map(parse_span, texts))


def parse_week(texts: Mapping[Any, Iterable[str]]) -> Mapping[str, tuple[Span, ...]]:
    """Return the spans of each weekday. Raises ``ValueError`` as ``parse_span`` does."""
    return {weekday: parse_spans(spans) for weekday, spans in texts.items()}


def is_date(text: str) -> bool:
    """Return whether a text is a date in the form ``2026-12-01``.

    Only in this form can dates be compared as texts.
    """
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def local_date(wall_ms: int, zone: tzinfo) -> str:
    """Return the office's date at ``wall_ms``."""
    return _local_time(wall_ms, zone).date().isoformat()


def local_clock(wall_ms: int, zone: tzinfo) -> str:
    """Return the office's time of day at ``wall_ms``, ``HH:MM``."""
    return f"{_local_time(wall_ms, zone):%H:%M}"


def local_ms(day: str, minutes: int, zone: tzinfo) -> int:
    """Return the UTC ms of ``minutes`` after local midnight of the date ``day``."""
    midnight = datetime.combine(date.fromisoformat(day), time(), zone)
    return round((midnight + timedelta(minutes=minutes)).timestamp() * 1000)


def next_midnight_ms(wall_ms: int, zone: tzinfo) -> int:
    """Return the UTC ms at which the office's next date begins."""
    tomorrow = _local_time(wall_ms, zone).date() + timedelta(days=1)
    return local_ms(tomorrow.isoformat(), 0, zone)


def opening_status(hours: Hours, wall_ms: int, zone: tzinfo) -> OpeningStatus:
    """Return the status at ``wall_ms``; between two spans of one date it is lunch."""
    local = _local_time(wall_ms, zone)
    today = local.date().isoformat()
    minute = local.hour * 60 + local.minute
    spans = hours.spans(today)
    opening = _opening_at(spans, minute)
    next_change = next(_openings_and_closings(hours, today, wall_ms, zone), None)
    next_open_ms = next((at_ms for at_ms, opens in _openings_and_closings(hours, today, wall_ms, zone) if opens), None)
    return OpeningStatus(
        opening=opening,
        holiday=hours.holidays.get(today) if today not in hours.dates else None,
        next_open_ms=None if opening is Opening.OPEN else next_open_ms,
        next_change_ms=None if next_change is None else next_change[0],
        half_day="am" if minute < _afternoon_start_min(spans) else "pm",
    )


def always_open_status(wall_ms: int, zone: tzinfo) -> OpeningStatus:
    """Return the status of an office that is open at any hour on any day.

    Such is a demonstration, and an office while its date is not known.
    """
    local = _local_time(wall_ms, zone)
    return OpeningStatus(
        opening=Opening.OPEN,
        holiday=None,
        next_open_ms=None,
        next_change_ms=None,
        half_day="am" if local.hour < 12 else "pm",
    )


def _opening_at(spans: Sequence[Span], minute: int) -> Opening:
    if any(span.start_min <= minute < span.end_min for span in spans):
        return Opening.OPEN
    was_open = any(span.end_min <= minute for span in spans)
    opens_again = any(span.start_min > minute for span in spans)
    return Opening.LUNCH if was_open and opens_again else Opening.CLOSED


def _afternoon_start_min(spans: Sequence[Span]) -> int:
    """Return the minute of the day at which the second span starts, else noon."""
    return spans[1].start_min if len(spans) > 1 else 12 * 60


def _openings_and_closings(hours: Hours, today: str, wall_ms: int, zone: tzinfo) -> Iterator[tuple[int, bool]]:
    """Yield each later opening (UTC ms, True) and closing (UTC ms, False), in order."""
    first = date.fromisoformat(today)
    for offset in range(_LOOK_AHEAD_DAYS):
        day = (first + timedelta(days=offset)).isoformat()
        for span in hours.spans(day):
            for minute, opens in ((span.start_min, True), (span.end_min, False)):
                at_ms = local_ms(day, minute, zone)
                if at_ms > wall_ms:
                    yield at_ms, opens


def _local_time(wall_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone)


def _format_minutes(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
