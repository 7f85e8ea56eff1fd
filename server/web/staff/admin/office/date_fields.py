"""The field of a service's hours on single dates, and the effect of its change."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from config.words import Words
from server.domain.office import OfficeDefinition
from server.web.shared.formatting import DASH
from server.web.staff.admin.office.fields import FieldContext, FieldMistake, OfficeField, Typed, first_text
from server.web.staff.admin.office.list_fields import parse_hours

_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_CLOSED = frozenset({"nghỉ", "nghi", "closed", "-", ""})


@dataclass(frozen=True, slots=True)
class DatesField(OfficeField):
    """Hours by date, a line for each: ``05/12/2026: 08:00-11:00``."""

    lines: int = 3
    control: ClassVar[str] = "lines"

    def typed(self, value: Any) -> Typed:
        """Return the lines in one input."""
        lines = [f"{date.fromisoformat(day):%d/%m/%Y}: {', '.join(spans) or 'nghỉ'}" for day, spans in _sorted(value)]
        return {self.name: ["\n".join(lines)]}

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the hours of each date. Raises :class:`FieldMistake`."""
        lines = [line for line in first_text(typed, self.name).split("\n") if line.strip()]
        hours = dict(map(_read_line, lines))
        if len(hours) < len(lines):
            raise FieldMistake(lambda words: words("office", "Mỗi ngày chỉ có một dòng."))
        return dict(sorted(hours.items()))

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the dates with their hours."""
        return "; ".join(_day_text(day, spans, context) for day, spans in _sorted(value)) or DASH


def date_sentences(before: OfficeDefinition, after: OfficeDefinition, context: FieldContext) -> Iterator[str]:
    """Yield which services have other hours on which dates."""
    words = context.words
    for service in after.services_offered.values():
        old = before.services[service.id].dates if service.id in before.services else {}
        name = context.service_name(service.id)
        for day in sorted({*old, *service.dates}):
            if day not in service.dates:
                yield words(
                    "office",
                    "{service}, {date}: theo giờ thường lệ.",
                    service=name,
                    date=context.formatter.date(day),
                )
            elif old.get(day) != service.dates[day]:
                yield f"{name}, {_day_text(day, service.dates[day], context)}."


def _sorted(value: Mapping[str, Sequence[str]] | None) -> Sequence[tuple[str, Sequence[str]]]:
    return sorted((value or {}).items())


def _day_text(day: str, spans: Sequence[str], context: FieldContext) -> str:
    return f"{context.formatter.date(day)}: {', '.join(spans) or context.words('office', 'nghỉ')}"


def _read_line(line: str) -> tuple[str, Sequence[str]]:
    day_text, _, hours_text = line.partition(":")
    match = _DATE.fullmatch(day_text.strip())
    try:
        if match is None:
            day = date.fromisoformat(day_text.strip())
        else:
            day = date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError as error:
        raise FieldMistake(_line_mistake) from error
    text = hours_text.strip()
    return day.isoformat(), [] if text.casefold() in _CLOSED else parse_hours(text)


def _line_mistake(words: Words) -> str:
    return words("office", "Mỗi dòng viết như 05/12/2026: 08:00-11:00, hoặc 05/12/2026: nghỉ.")
