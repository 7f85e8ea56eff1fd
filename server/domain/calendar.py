"""Opening hours: weekly spans, dates with hours of their own, holidays; in the office's local time.

Dates are ``YYYY-MM-DD``, spans ``HH:MM-HH:MM`` (``24:00`` ends a day). The zone is handed in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD_DAYS = 60


@dataclass(frozen=True, slots=True)
class Span:
    """Opening from ``start_min`` to ``end_min``, minutes since local midnight; the end is outside."""

    start_min: int
    end_min: int

    @property
    def text(self) -> str:
        """As people write it: ``07:30-11:30``."""
        return f"{_clock(self.start_min)}-{_clock(self.end_min)}"


@dataclass(frozen=True, slots=True)
class Hours:
    """When something is open. ``holidays`` maps a date to its id in the words; ``dates`` replace a weekday's spans."""

    weekly: Mapping[str, Sequence[Span]]
    dates: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    holidays: Mapping[str, str] = field(default_factory=dict)

    def spans(self, day: str) -> tuple[Span, ...]:
        """The spans of one local date; a date of its own beats a holiday (make-up working day)."""
        if day in self.dates:
            return tuple(self.dates[day])
        if day in self.holidays:
            return ()
        return tuple(self.weekly.get(WEEKDAYS[date.fromisoformat(day).weekday()], ()))


class Opening(StrEnum):
    OPEN = "open"
    LUNCH = "lunch"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds at one moment. ``next_open_ms``/``next_change_ms``: UTC ms; None = not within two months.
    ``holiday``: the holiday's id when closed for one. ``half``: "am" or "pm", which half-day counts capacity."""

    opening: Opening
    holiday: str | None
    next_open_ms: int | None
    next_change_ms: int | None
    half: str


def parse_span(text: str) -> Span:
    """``"07:30-11:30"``. Raises ``ValueError`` for anything else or an end that is not after its start."""
    start, _, end = text.partition("-")
    span = Span(_minutes(start), _minutes(end))
    if span.end_min <= span.start_min:
        raise ValueError(f"{text!r} ends before it starts")
    return span


def local_date(wall_ms: int, zone: tzinfo) -> str:
    """The office's date at ``wall_ms``."""
    return _local(wall_ms, zone).date().isoformat()


def local_clock(wall_ms: int, zone: tzinfo) -> str:
    """The office's time of day, ``HH:MM``."""
    return f"{_local(wall_ms, zone):%H:%M}"


def local_ms(day: str, minutes: int, zone: tzinfo) -> int:
    """UTC ms of ``minutes`` after local midnight of ``day``."""
    midnight = datetime.combine(date.fromisoformat(day), time(), zone)
    return round((midnight + timedelta(minutes=minutes)).timestamp() * 1000)


def moment(hours: Hours, wall_ms: int, zone: tzinfo) -> Moment:
    """What holds at ``wall_ms``. Between two spans of one date it is lunch."""
    here = _local(wall_ms, zone)
    today = here.date().isoformat()
    minute = here.hour * 60 + here.minute
    spans = hours.spans(today)
    opening = _opening(spans, minute)
    upcoming = next(_edges(hours, today, wall_ms, zone), None)
    opens = next((at for at, opens in _edges(hours, today, wall_ms, zone) if opens), None)
    return Moment(
        opening=opening,
        holiday=hours.holidays.get(today) if today not in hours.dates else None,
        next_open_ms=None if opening is Opening.OPEN else opens,
        next_change_ms=None if upcoming is None else upcoming[0],
        half="am" if minute < _half_border(spans) else "pm",
    )


def always_open(wall_ms: int, zone: tzinfo) -> Moment:
    """A demonstration's calendar: open at any hour, on any day."""
    here = _local(wall_ms, zone)
    return Moment(Opening.OPEN, None, None, None, "am" if here.hour < 12 else "pm")


def _opening(spans: Sequence[Span], minute: int) -> Opening:
    if any(span.start_min <= minute < span.end_min for span in spans):
        return Opening.OPEN
    before = any(span.end_min <= minute for span in spans)
    after = any(span.start_min > minute for span in spans)
    return Opening.LUNCH if before and after else Opening.CLOSED


def _half_border(spans: Sequence[Span]) -> int:
    """The minute at which the afternoon begins: the second span's start, else noon."""
    return spans[1].start_min if len(spans) > 1 else 12 * 60


def _edges(hours: Hours, today: str, wall_ms: int, zone: tzinfo) -> Iterator[tuple[int, bool]]:
    """(UTC ms, opens?) of every coming opening and closing, in order."""
    first = date.fromisoformat(today)
    for offset in range(_LOOK_AHEAD_DAYS):
        day = (first + timedelta(days=offset)).isoformat()
        for span in hours.spans(day):
            for minute, opens in ((span.start_min, True), (span.end_min, False)):
                at = local_ms(day, minute, zone)
                if at > wall_ms:
                    yield at, opens


def _local(wall_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone)


def _minutes(text: str) -> int:
    hour, minute = text.strip().split(":")
    total = int(hour) * 60 + int(minute)
    if not 0 <= total <= 24 * 60 or not 0 <= int(minute) < 60:
        raise ValueError(f"{text!r} is not a time of day")
    return total


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
