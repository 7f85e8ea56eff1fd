"""Problems of the roster: impossible entries, and two for one counter."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations

from server.domain.calendar import WEEKDAYS, is_date, parse_span
from server.domain.office import OfficeDefinition
from server.domain.office_changes.parts import Part
from server.domain.office_changes.problem_kinds import OfficeProblem, ProblemKind
from server.domain.roster import HALF_DAYS, RosterEntry, overlap, weekday_of


def problems_of_roster(office: OfficeDefinition) -> Iterator[OfficeProblem]:
    """Yield the problems of the entries, then those of two entries together."""
    readable = []
    for entry in office.roster.values():
        problems = list(_of_entry(entry, office))
        yield from problems
        if not problems:
            readable.append(entry)
    for first, second in combinations(readable, 2):
        if first.counter == second.counter and first.rank == second.rank:
            day = _common_day(first, second, office)
            if day is not None:
                values = {"other": first.id, "day": day}
                yield OfficeProblem(ProblemKind.SEAT_TAKEN, Part.ROSTER, second.id, "hours", values)


def _of_entry(entry: RosterEntry, office: OfficeDefinition) -> Iterator[OfficeProblem]:
    if entry.counter not in office.counters:
        unknown = {"counter": entry.counter}
        yield OfficeProblem(ProblemKind.UNKNOWN_COUNTER, Part.ROSTER, entry.id, "counter", unknown)
    if entry.clerk is not None and entry.clerk not in office.clerks:
        yield OfficeProblem(ProblemKind.UNKNOWN_CLERK, Part.ROSTER, entry.id, "clerk", {"clerk": entry.clerk})
    if not entry.weekdays or any(weekday not in WEEKDAYS for weekday in entry.weekdays):
        yield OfficeProblem(ProblemKind.WEEKDAYS, Part.ROSTER, entry.id, "weekdays")
    if entry.hours is not None and entry.hours not in HALF_DAYS and not _is_span(entry.hours):
        yield OfficeProblem(ProblemKind.SPAN, Part.ROSTER, entry.id, "hours")
    yield from _of_dates(entry)


def _of_dates(entry: RosterEntry) -> Iterator[OfficeProblem]:
    dates = {"since": entry.since, "until": entry.until}
    for name, day in dates.items():
        if day is not None and not is_date(day):
            yield OfficeProblem(ProblemKind.DAY, Part.ROSTER, entry.id, name)
    if (entry.since is None) is not (entry.until is None):
        missing = "since" if entry.since is None else "until"
        yield OfficeProblem(ProblemKind.BOTH_DATES, Part.ROSTER, entry.id, missing)
    elif entry.since is not None and entry.until is not None and is_date(entry.since) and is_date(entry.until):
        if entry.until < entry.since:
            yield OfficeProblem(ProblemKind.ENDS_FIRST, Part.ROSTER, entry.id, "until")
        elif entry.weekdays and not any(entry.is_on(day) for day in _days(entry.since, entry.until)):
            yield OfficeProblem(ProblemKind.WEEKDAYS, Part.ROSTER, entry.id, "weekdays")


def _common_day(first: RosterEntry, second: RosterEntry, office: OfficeDefinition) -> str | None:
    """Return a weekday on which two entries meet, else None."""
    for weekday in _common_weekdays(first, second):
        opening = office.hours.weekly.get(weekday, ())
        if overlap(first.span(opening), second.span(opening)):
            return weekday
    return None


def _common_weekdays(first: RosterEntry, second: RosterEntry) -> list[str]:
    both = [weekday for weekday in first.weekdays if weekday in second.weekdays]
    if None in (first.since, first.until, second.since, second.until):
        return both
    since, until = max(first.since or "", second.since or ""), min(first.until or "", second.until or "")
    present = {weekday_of(day) for day in _days(since, until)} if since <= until else set[str]()
    return [weekday for weekday in both if weekday in present]


def _days(since: str, until: str) -> list[str]:
    """Return the dates of a period, at most those of its first week."""
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    return [(first + timedelta(days=day)).isoformat() for day in range(min(7, (last - first).days + 1))]


def _is_span(text: str) -> bool:
    try:
        return parse_span(text) is not None
    except ValueError:
        return False
