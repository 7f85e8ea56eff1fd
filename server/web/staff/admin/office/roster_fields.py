"""The fields of an entry of the roster: weekdays, part of the day, dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from config.words import Words
from server.domain.calendar import WEEKDAYS
from server.domain.roster import AFTERNOON, HALF_DAYS, MORNING
from server.web.shared.formatting import DASH
from server.web.staff.admin.office.fields import FieldContext, FieldMistake, OfficeField, Typed, first_text
from server.web.staff.admin.office.list_fields import hours_mistake, parse_hours, weekday_name

OWN_HOURS = "span"
"""The choice of hours that are typed."""


@dataclass(frozen=True, slots=True)
class WeekdaysField(OfficeField):
    """Some days of the week."""

    control: ClassVar[str] = "weekdays"

    def typed(self, value: Any) -> Typed:
        """Return the ticked weekdays."""
        return {self.name: list(value or ())}

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the ticked weekdays in the order of the week."""
        return [weekday for weekday in WEEKDAYS if weekday in typed.get(self.name, ())]

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the names of the weekdays."""
        return weekdays_text(value or (), context.words)


@dataclass(frozen=True, slots=True)
class DayPartField(OfficeField):
    """The whole day, the morning, the afternoon, or hours that are typed."""

    control: ClassVar[str] = "day_part"

    def typed(self, value: Any) -> Typed:
        """Return the choice, and the hours."""
        is_own = value is not None and value not in HALF_DAYS
        return {f"{self.name}.which": [OWN_HOURS if is_own else value or "day"], self.name: [value] if is_own else []}

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the part of the day. Raises :class:`FieldMistake`."""
        which = first_text(typed, f"{self.name}.which")
        if which != OWN_HOURS:
            return which if which in HALF_DAYS else None
        spans = parse_hours(first_text(typed, self.name))
        if len(spans) != 1:
            raise FieldMistake(hours_mistake if spans else _one_span)
        return spans[0]

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the part of the day in words."""
        return half_day_name(value, context.words) if value is None or value in HALF_DAYS else str(value)


@dataclass(frozen=True, slots=True)
class DateField(OfficeField):
    """A date, None when it is empty."""

    control: ClassVar[str] = "date"

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the date as the browser sends it."""
        return first_text(typed, self.name) or None

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the date as people write it."""
        try:
            return DASH if value is None else context.formatter.date(date.fromisoformat(value).isoformat())
        except ValueError:
            return str(value)


def half_day_name(half: str | None, words: Words) -> str:
    """Return the name of a half-day; None: the whole day."""
    if half is None:
        return words("office", "cả ngày")
    return {MORNING: words("office", "buổi sáng"), AFTERNOON: words("office", "buổi chiều")}[half]


def weekdays_text(weekdays: Sequence[str], words: Words) -> str:
    """Return weekdays in words, those that follow each other as from and to."""
    runs: list[list[str]] = []
    for weekday in WEEKDAYS:
        if weekday not in weekdays:
            continue
        if runs and WEEKDAYS.index(weekday) == WEEKDAYS.index(runs[-1][-1]) + 1:
            runs[-1].append(weekday)
        else:
            runs.append([weekday])
    names = [[weekday_name(words, weekday) for weekday in run] for run in runs]
    texts = [f"{run[0]} – {run[-1]}" if len(run) > 2 else ", ".join(run) for run in names]
    return ", ".join(texts) or DASH


def _one_span(words: Words) -> str:
    return words("office", "Mời ghi giờ ngồi quầy, như 08:00-10:00.")
