"""The roster: who sits at which counter, by weekday and by date.

An entry without dates counts in every week. One with dates is an exception: it goes before those, and one of a single
date before one of several. A person whom an exception puts elsewhere sits nowhere else at that time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from server.domain.calendar import WEEKDAYS, Span, parse_span

MORNING, AFTERNOON = "am", "pm"
HALF_DAYS = (MORNING, AFTERNOON)
DAY_MINUTES = 24 * 60
USUAL, SOME_DATES, ONE_DATE = range(3)
"""The ranks of entries: a higher one goes before a lower one."""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A person at a counter on some weekdays.

    ``clerk`` None: nobody sits there, whatever entries of a lower rank say. ``hours``: ``am``, ``pm``, or a span as
    text; None: the whole day. ``since``, ``until``: the first and the last date of an exception; None: every week.
    """

    id: str
    counter: str
    clerk: str | None
    weekdays: tuple[str, ...]
    hours: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def rank(self) -> int:
        """The rank of the entry; the higher one counts."""
        if self.since is None or self.until is None:
            return USUAL
        return ONE_DATE if self.since == self.until else SOME_DATES

    def is_on(self, day: str) -> bool:
        """Return whether the entry counts on a date."""
        in_time = self.since is None or self.until is None or self.since <= day <= self.until
        return in_time and weekday_of(day) in self.weekdays

    def span(self, opening: Sequence[Span]) -> Span:
        """Return the entry's part of a day with these opening hours."""
        if self.hours in HALF_DAYS:
            return half_day(self.hours, opening)
        return Span(0, DAY_MINUTES) if self.hours is None else parse_span(self.hours)


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at a counter during a part of a day.

    ``clerk`` None: nobody, by an exception. ``entry``, ``rank``: of the entry that counts.
    """

    counter: str
    clerk: str | None
    span: Span
    entry: str
    rank: int


def weekday_of(day: str) -> str:
    """Return the code of a date's weekday."""
    return WEEKDAYS[date.fromisoformat(day).weekday()]


def half_day(half: str | None, opening: Sequence[Span]) -> Span:
    """Return the morning or the afternoon of a day with these opening hours.

    The afternoon begins with the second span, else at noon.
    """
    noon_min = opening[1].start_min if len(opening) > 1 else 12 * 60
    return Span(0, noon_min) if half == MORNING else Span(noon_min, DAY_MINUTES)


def overlap(first: Span, second: Span) -> bool:
    """Return whether two spans have a minute in common."""
    return first.start_min < second.end_min and second.start_min < first.end_min


def seats_on(entries: Iterable[RosterEntry], day: str, opening: Sequence[Span]) -> Sequence[Seat]:
    """Return the seats of a date, by the time at which they begin."""
    return _seats([entry for entry in entries if entry.is_on(day)], opening)


def usual_seats(entries: Iterable[RosterEntry], weekday: str, opening: Sequence[Span]) -> Sequence[Seat]:
    """Return the seats of a weekday without exceptions."""
    return _seats([entry for entry in entries if entry.rank == USUAL and weekday in entry.weekdays], opening)


def seats_at(seats: Iterable[Seat], minute: int) -> Mapping[str, Seat]:
    """Return the seats of one minute of their day, by counter."""
    return {seat.counter: seat for seat in seats if seat.span.start_min <= minute < seat.span.end_min}


def _seats(entries: Sequence[RosterEntry], opening: Sequence[Span]) -> Sequence[Seat]:
    """Return the seats of the entries of one day, each as long as nothing changes."""
    spans = {entry.id: entry.span(opening) for entry in entries}
    bounds = sorted({minute for span in spans.values() for minute in (span.start_min, span.end_min)})
    seats: list[Seat] = []
    last: dict[tuple[str, str | None, str], int] = {}
    for start_min, end_min in pairwise(bounds):
        present = [entry for entry in entries if overlap(spans[entry.id], Span(start_min, end_min))]
        for entry in _placed(present):
            key = (entry.counter, entry.clerk, entry.id)
            position = last.get(key)
            if position is not None and seats[position].span.end_min == start_min:
                seats[position] = replace(seats[position], span=Span(seats[position].span.start_min, end_min))
                continue
            last[key] = len(seats)
            seats.append(Seat(entry.counter, entry.clerk, Span(start_min, end_min), entry.id, entry.rank))
    return sorted(seats, key=lambda seat: (seat.span.start_min, seat.counter))


def _placed(entries: Iterable[RosterEntry]) -> Sequence[RosterEntry]:
    """Return the entries that count at one moment: the highest of each counter.

    A person who sits somewhere by a higher rank sits nowhere by a lower one.
    """
    placed: list[RosterEntry] = []
    for entry in sorted(entries, key=lambda entry: -entry.rank):
        is_taken = any(other.counter == entry.counter for other in placed)
        is_elsewhere = entry.clerk is not None and any(
            other.clerk == entry.clerk and other.rank > entry.rank for other in placed
        )
        if not is_taken and not is_elsewhere:
            placed.append(entry)
    return placed
