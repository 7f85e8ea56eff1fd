"""The roster of one office: who should sit where, and what nobody would serve."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from server.domain.calendar import Hours, Span, local_clock, local_date, parse_clock
from server.domain.office import OfficeDefinition
from server.domain.roster import HALF_DAYS, USUAL, Seat, half_day, overlap, seats_at, seats_on, usual_seats


class GapKind(StrEnum):
    """The kinds of gaps. The comment names the fields of the gap that are set."""

    UNSERVED = "unserved"  # half, service: no person who may serve it sits at a counter of the service
    TWO_COUNTERS = "two_counters"  # clerk, counters: one person at two counters at a time
    LEFT = "left"  # clerk, counters: the person works here no longer
    CLOSED_COUNTER = "closed_counter"  # counters: the counter is no longer used


@dataclass(frozen=True, slots=True)
class RosterGap:
    """Something that the roster lacks.

    ``day``: the code of a weekday, or a date.
    """

    kind: GapKind
    day: str
    half: str = ""
    service: str = ""
    clerk: str = ""
    counters: tuple[str, ...] = ()


def seats_of(office: OfficeDefinition, day: str) -> Sequence[Seat]:
    """Return the seats of a date; none where the office has no hours."""
    opening = office.hours.spans(day)
    return seats_on(office.roster.values(), day, opening) if opening or office.always_open else ()


def seats_now(office: OfficeDefinition, wall_ms: int) -> Mapping[str, Seat]:
    """Return the seats at a moment (UTC ms), by counter."""
    if not office.roster:
        return {}
    minute = parse_clock(local_clock(wall_ms, office.zone))
    return seats_at(seats_of(office, local_date(wall_ms, office.zone)), minute)


def usual_clerk(office: OfficeDefinition, counter: str, wall_ms: int) -> str | None:
    """Return the person who should sit at a counter at a moment.

    It is the one of the roster, else the counter's default clerk, unless the roster puts that one elsewhere.
    """
    seats = seats_now(office, wall_ms)
    if counter in seats:
        return _present(office, seats[counter].clerk)
    clerk = office.counters[counter].clerk
    return None if clerk in {seat.clerk for seat in seats.values()} else clerk


def counters_of_the_week(office: OfficeDefinition) -> Collection[str]:
    """Return the counters that the usual week plans; at the others the default clerk sits."""
    return {entry.counter for entry in office.roster.values() if entry.rank == USUAL}


def counter_of(office: OfficeDefinition, clerk: str, wall_ms: int) -> str | None:
    """Return the counter of a person now, else the next one of the day.

    None without any.
    """
    if not office.roster:
        return None
    minute = parse_clock(local_clock(wall_ms, office.zone))
    day = seats_of(office, local_date(wall_ms, office.zone))
    own = [seat for seat in day if seat.clerk == clerk and minute < seat.span.end_min]
    in_use = office.counters_in_use
    return next((seat.counter for seat in own if seat.counter in in_use), None)


def usual_gaps(office: OfficeDefinition) -> Sequence[RosterGap]:
    """Return the gaps of the usual week, without exceptions."""
    if not office.roster:
        return ()
    weekly = office.hours.weekly
    return [
        gap
        for weekday, opening in weekly.items()
        if opening
        for gap in _gaps(office, weekday, usual_seats(office.roster.values(), weekday, opening), opening)
    ]


def gaps_on(office: OfficeDefinition, days: Iterable[str]) -> Sequence[RosterGap]:
    """Return the gaps of some dates."""
    if not office.roster:
        return ()
    return [
        gap
        for day in days
        if (opening := office.hours.spans(day))
        for gap in _gaps(office, day, seats_of(office, day), opening)
    ]


def _gaps(office: OfficeDefinition, day: str, seats: Sequence[Seat], opening: Sequence[Span]) -> Iterator[RosterGap]:
    for half in HALF_DAYS:
        part = half_day(half, opening)
        for service in office.services_offered.values():
            hours = _spans(office.hours_of(service.id), day)
            is_handled = service.place is None and office.counters_of(service.id)
            is_open = any(overlap(span, part) for span in hours)
            if is_handled and is_open and not _is_served(office, service.id, seats, part):
                yield RosterGap(GapKind.UNSERVED, day, half, service.id)
    yield from _of_people(office, day, seats)


def _spans(hours: Hours, day: str) -> Sequence[Span]:
    """Return the spans of a date, or those of a weekday."""
    return hours.spans(day) if "-" in day else hours.weekly.get(day, ())


def _is_served(office: OfficeDefinition, service: str, seats: Sequence[Seat], part: Span) -> bool:
    """Return whether somebody who may serve a service sits at one of its counters.

    A counter without a place in the usual week has its default clerk, unless an exception seats somebody else there;
    where it has none either, nobody knows, and that is no gap.
    """
    planned = counters_of_the_week(office)
    seated = [seat for seat in seats if overlap(seat.span, part)]
    elsewhere = {seat.clerk for seat in seated}
    for counter in office.counters_of(service):
        present = [seat.clerk for seat in seated if seat.counter == counter]
        if not present and counter not in planned:
            clerk = office.counters[counter].clerk
            if clerk not in elsewhere and _may_serve(office, clerk, service):
                return True
            continue
        if any(_present(office, clerk) and _may_serve(office, clerk, service) for clerk in present):
            return True
    return False


def _may_serve(office: OfficeDefinition, clerk: str | None, service: str) -> bool:
    person = office.clerks.get(clerk or "")
    return person is None or (not person.closed and person.may_serve(service))


def _present(office: OfficeDefinition, clerk: str | None) -> str | None:
    """Return a person of the roster who still works here, else None."""
    person = office.clerks.get(clerk or "")
    return None if person is None or person.closed else person.id


def _of_people(office: OfficeDefinition, day: str, seats: Sequence[Seat]) -> Iterator[RosterGap]:
    gaps = dict[RosterGap, None]()
    for seat in seats:
        if seat.counter not in office.counters_in_use:
            gaps[RosterGap(GapKind.CLOSED_COUNTER, day, counters=(seat.counter,))] = None
        if seat.clerk is not None and _present(office, seat.clerk) is None:
            gaps[RosterGap(GapKind.LEFT, day, clerk=seat.clerk, counters=(seat.counter,))] = None
    for first, second in combinations(seats, 2):
        if first.clerk is not None and first.clerk == second.clerk and overlap(first.span, second.span):
            counters = tuple(sorted((first.counter, second.counter)))
            gaps[RosterGap(GapKind.TWO_COUNTERS, day, clerk=first.clerk, counters=counters)] = None
    yield from gaps
