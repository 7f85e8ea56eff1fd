"""A week of the roster as a table of counters and days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import url_for

from server.domain.calendar import WEEKDAYS, Span
from server.domain.office import OfficeDefinition
from server.domain.office_roster import counters_of_the_week, gaps_on, seats_of
from server.domain.roster import HALF_DAYS, USUAL, Seat, half_day, overlap
from server.web.shared.formatting import DASH
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.gap_texts import gap_sentences
from server.web.staff.admin.office.list_fields import weekday_name
from server.web.staff.admin.office.roster_fields import half_day_name


@dataclass(frozen=True, slots=True)
class SeatText:
    """A person in a cell; ``url``: the form of the entry; ``is_exception``: it has dates."""

    text: str
    url: str
    is_exception: bool


@dataclass(frozen=True, slots=True)
class CellPart:
    """A part of a cell. ``name``: of the half-day, empty for the whole day; ``new_url``: the form of a new entry.

    ``usual``: the counter's own clerk, who sits there when the roster names nobody; empty without one.
    """

    name: str
    seats: Sequence[SeatText]
    new_url: str
    usual: str = ""


@dataclass(frozen=True, slots=True)
class RosterDay:
    """A column of the table. ``is_open``: the office has hours on this date."""

    weekday: str
    date: str
    is_today: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class RosterWeek:
    """The table of a week. ``previous`` and ``next``: the first dates of the weeks beside it.

    ``rows``: the label of each counter, with a cell for each of ``days``. ``gaps``: sentences.
    """

    first: str
    last: str
    previous: str
    next: str
    days: Sequence[RosterDay]
    rows: Sequence[tuple[str, Sequence[Sequence[CellPart]]]]
    gaps: Sequence[str]


def roster_week(office: OfficeDefinition, context: FieldContext, wanted: str) -> RosterWeek:
    """Return the week that has the date ``wanted``, else the present one."""
    monday = _monday(wanted) or _monday(context.today)
    assert monday is not None
    dates = [monday + timedelta(days=day) for day in range(7)]
    shown = [day for day in dates if office.hours.spans(day.isoformat()) or day.weekday() < 5]
    days = [day.isoformat() for day in shown]
    seats = {day: seats_of(office, day) for day in days}
    return RosterWeek(
        first=context.formatter.date(days[0]),
        last=context.formatter.date(days[-1]),
        previous=(monday - timedelta(days=7)).isoformat(),
        next=(monday + timedelta(days=7)).isoformat(),
        days=[_day(office, day, context) for day in days],
        rows=[
            (counter.label, [_cell(office, counter.id, day, seats[day], context) for day in days])
            for counter in office.counters_in_use.values()
        ],
        gaps=gap_sentences(gaps_on(office, days), context),
    )


def _monday(day: str) -> date | None:
    try:
        wanted = date.fromisoformat(day)
        return wanted - timedelta(days=wanted.weekday()) if 2000 <= wanted.year < 2100 else None
    except ValueError:
        return None


def _day(office: OfficeDefinition, day: str, context: FieldContext) -> RosterDay:
    name = weekday_name(context.words, WEEKDAYS[date.fromisoformat(day).weekday()])
    return RosterDay(name, context.formatter.date(day)[:5], day == context.today, bool(office.hours.spans(day)))


def _cell(
    office: OfficeDefinition, counter: str, day: str, seats: Sequence[Seat], context: FieldContext
) -> Sequence[CellPart]:
    """Return the half-days of a cell; one part where both are alike."""
    opening = office.hours.spans(day)
    parts = []
    for half in HALF_DAYS:
        spans = [span for span in opening if overlap(span, half_day(half, opening))]
        if spans:
            own = [seat for seat in seats if seat.counter == counter and any(overlap(seat.span, s) for s in spans)]
            texts = [_seat_text(office, seat, spans, context) for seat in own]
            usual = "" if own else _usual_name(office, counter, seats, spans)
            parts.append(CellPart(half_day_name(half, context.words), texts, _new_url(counter, day, half), usual))
    if len(parts) == 2 and (parts[0].seats, parts[0].usual) == (parts[1].seats, parts[1].usual):
        return [CellPart("", parts[0].seats, _new_url(counter, day, "day"), parts[0].usual)]
    return parts


def _usual_name(office: OfficeDefinition, counter: str, seats: Sequence[Seat], spans: Sequence[Span]) -> str:
    """Return the own clerk of a counter that the usual week leaves out.

    Empty without one, or where the roster seats that one elsewhere.
    """
    person = office.clerks.get(office.counters[counter].clerk or "")
    if person is None or person.closed or counter in counters_of_the_week(office):
        return ""
    is_elsewhere = any(seat.clerk == person.id and overlap(seat.span, span) for seat in seats for span in spans)
    return "" if is_elsewhere else person.name


def _seat_text(office: OfficeDefinition, seat: Seat, spans: Sequence[Span], context: FieldContext) -> SeatText:
    person = office.clerks.get(seat.clerk or "")
    name = context.words("office", "không ai") if seat.clerk is None else seat.clerk if person is None else person.name
    is_whole = seat.span.start_min <= spans[0].start_min and seat.span.end_min >= spans[-1].end_min
    text = name if is_whole else f"{name} {seat.span.text}"
    url = url_for("office.item_page", key="roster", item_id=seat.entry)
    return SeatText(text or DASH, url, seat.rank > USUAL)


def _new_url(counter: str, day: str, half: str) -> str:
    weekday = WEEKDAYS[date.fromisoformat(day).weekday()]
    prefilled = urlencode({"counter": counter, "weekdays": weekday, "hours.which": half})
    return f"{url_for('office.new_page', key='roster')}?{prefilled}"
