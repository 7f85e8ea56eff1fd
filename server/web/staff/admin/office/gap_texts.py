"""The gaps of the roster in sentences, and those that a change makes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from server.domain.calendar import WEEKDAYS
from server.domain.office import OfficeDefinition
from server.domain.office_changes import Edit, Part
from server.domain.office_roster import GapKind, RosterGap, gaps_on, usual_gaps
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.list_fields import weekday_name
from server.web.staff.admin.office.roster_fields import half_day_name, weekdays_text

MAX_DAYS = 31
"""The preview looks at so many dates of an exception."""
CAUSES = frozenset({Part.ROSTER, Part.CLERK, Part.COUNTER, Part.SERVICE, Part.HOURS})
"""The parts whose change may open a gap."""


def new_gap_sentences(
    before: OfficeDefinition, after: OfficeDefinition, edits: Sequence[Edit], context: FieldContext
) -> Iterator[str]:
    """Yield the new gaps of the usual week, and of the dates of exceptions."""
    if not CAUSES.isdisjoint(edit.part for edit in edits):
        known = set(usual_gaps(before))
        yield from gap_sentences([gap for gap in usual_gaps(after) if gap not in known], context)
        days = _dates_of(edits, context.today)
        known = set(gaps_on(before, days))
        yield from gap_sentences([gap for gap in gaps_on(after, days) if gap not in known], context)


def gap_sentences(gaps: Iterable[RosterGap], context: FieldContext) -> list[str]:
    """Return the gaps in sentences, those that are alike on several days together."""
    services: dict[tuple[str, str], list[str]] = {}
    days: dict[tuple[object, ...], list[str]] = {}
    for gap in gaps:
        if gap.kind is GapKind.UNSERVED:
            services.setdefault((gap.day, gap.half), []).append(gap.service)
        else:
            days.setdefault((gap.kind, gap.clerk, gap.counters), []).append(gap.day)
    for (day, half), unserved in services.items():
        days.setdefault((GapKind.UNSERVED, half, tuple(unserved)), []).append(day)
    return [_sentence(key, _days_text(on, context), context) for key, on in days.items()]


def _sentence(key: tuple[object, ...], days: str, context: FieldContext) -> str:
    words, (kind, name, ids) = context.words, key
    assert isinstance(name, str) and isinstance(ids, tuple)
    if kind is GapKind.UNSERVED:
        return words(
            "office",
            "{days}, {half}: không ai làm {services}.",
            days=days,
            half=half_day_name(name, words),
            services=", ".join(map(context.service_name, ids)),
        )
    counters, clerks = context.office.counters, context.office.clerks
    labels = [counters[counter].label if counter in counters else counter for counter in ids]
    person = clerks[name].name if name in clerks else name
    if kind is GapKind.TWO_COUNTERS:
        return words(
            "office",
            "{days}: {name} có lịch ở Quầy {first} và Quầy {second} cùng lúc.",
            days=days,
            name=person,
            first=labels[0],
            second=labels[1],
        )
    if kind is GapKind.LEFT:
        return words(
            "office", "{days}: {name} đã nghỉ nhưng còn lịch ở Quầy {label}.", days=days, name=person, label=labels[0]
        )
    return words("office", "{days}: Quầy {label} đã bỏ nhưng còn trong lịch.", days=days, label=labels[0])


def _days_text(days: Sequence[str], context: FieldContext) -> str:
    """Return weekdays and dates in words."""
    weekdays = [day for day in days if day in WEEKDAYS]
    dates = [
        f"{weekday_name(context.words, WEEKDAYS[date.fromisoformat(day).weekday()])} {context.formatter.date(day)}"
        for day in days
        if day not in WEEKDAYS
    ]
    return ", ".join(([weekdays_text(weekdays, context.words)] if weekdays else []) + dates)


def _dates_of(edits: Iterable[Edit], today: str) -> Sequence[str]:
    """Return the dates of the exceptions that the edits change, from today on."""
    days = set[str]()
    for edit in edits:
        for row in (edit.before, edit.after) if edit.part is Part.ROSTER else ():
            if row is not None and row.get("since") and row.get("until"):
                first = max(row["since"], today)
                days |= {day for day in _following(first) if day <= row["until"]}
    return sorted(days)[:MAX_DAYS]


def _following(first: str) -> list[str]:
    return [(date.fromisoformat(first) + timedelta(days=day)).isoformat() for day in range(MAX_DAYS)]
