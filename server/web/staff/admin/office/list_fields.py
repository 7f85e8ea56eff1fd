"""Fields with several values: lines, services, and opening hours."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from config.words import Words
from server.domain.calendar import WEEKDAYS, parse_spans
from server.web.shared.formatting import DASH
from server.web.staff.admin.office.fields import FieldContext, FieldMistake, OfficeField, Typed, first_text

_SPAN = re.compile(r"(\d{1,2})\s*[:hg.]\s*(\d\d)?\s*(?:-|–|—|đến|to)\s*(\d{1,2})\s*[:hg.]\s*(\d\d)?", re.IGNORECASE)
_BETWEEN_SPANS = re.compile(r"\s*(?:[,;\n+]|\bvà\b|\band\b)\s*")


@dataclass(frozen=True, slots=True)
class LinesField(OfficeField):
    """A list of texts, one on each line. ``lines``: the height of the input."""

    lines: int = 4
    control: ClassVar[str] = "lines"

    def typed(self, value: Any) -> Typed:
        """Return the lines in one input."""
        return {self.name: ["\n".join(value or ())]}

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the lines that are not empty."""
        return [line.strip() for line in first_text(typed, self.name).split("\n") if line.strip()]

    def text(self, value: Any, _context: FieldContext) -> str:
        """Return the lines, separated by semicolons."""
        return "; ".join(value or ()) or DASH


@dataclass(frozen=True, slots=True)
class ServicesField(OfficeField):
    """Some of the office's services. ``all_name``: the choice of no list (None); without it a list is needed."""

    all_name: Any = None
    control: ClassVar[str] = "services"

    def typed(self, value: Any) -> Typed:
        """Return the ticked services, and whether there is a list."""
        return {self.name: list(value or ()), f"{self.name}.which": ["all" if value is None else "some"]}

    def read(self, typed: Typed, current: Any) -> Any:
        """Return the ticked services; those that were there before keep their order."""
        if self.all_name is not None and first_text(typed, f"{self.name}.which") != "some":
            return None
        ticked = list(typed.get(self.name, ()))
        kept = [service for service in current or () if service in ticked]
        return [*kept, *(service for service in ticked if service not in kept)]

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the names of the services."""
        if value is None and self.all_name is not None:
            return str(self.all_name(context.words))
        return ", ".join(map(context.service_name, value or ())) or DASH


@dataclass(frozen=True, slots=True)
class SpansField(OfficeField):
    """The hours of one day.

    ``optional``: None when it is empty; otherwise the day is then closed.
    """

    optional: bool = False
    control: ClassVar[str] = "spans"

    def typed(self, value: Any) -> Typed:
        """Return the hours in one input."""
        return {self.name: [", ".join(value or ())]}

    def read(self, typed: Typed, current: Any) -> Any:
        """Return the hours as texts."""
        spans = parse_hours(first_text(typed, self.name))
        return None if self.optional and not spans and current is None else spans

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the hours."""
        if value is None:
            return context.words("office", "nghỉ cả ngày")
        return ", ".join(value) or context.words("office", "nghỉ")


@dataclass(frozen=True, slots=True)
class OwnHoursField(OfficeField):
    """The hours of a service on each weekday; None: those of the office."""

    control: ClassVar[str] = "own_hours"

    def typed(self, value: Any) -> Typed:
        """Return an input for each weekday, and whether the hours are its own."""
        own = value or {}
        days = {f"{self.name}.{weekday}": [", ".join(own.get(weekday, ()))] for weekday in WEEKDAYS}
        return {**days, f"{self.name}.which": ["office" if value is None else "own"]}

    def read(self, typed: Typed, _current: Any) -> Any:
        """Return the hours of each weekday, None without own hours."""
        if first_text(typed, f"{self.name}.which") != "own":
            return None
        return {weekday: parse_hours(first_text(typed, f"{self.name}.{weekday}")) for weekday in WEEKDAYS}

    def text(self, value: Any, context: FieldContext) -> str:
        """Return the hours of the weekdays, those that are the same together."""
        if value is None:
            return context.words("office", "theo giờ của cơ quan")
        return "; ".join(
            f"{weekday_name(context.words, weekday)}: {', '.join(value[weekday]) or context.words('office', 'nghỉ')}"
            for weekday in WEEKDAYS
            if weekday in value
        )


def parse_hours(text: str) -> Sequence[str]:
    """Return the spans of a text such as "7h30-11h30, 13:30 - 17:00". Raises :class:`FieldMistake`."""
    spans = [_span(part) for part in _BETWEEN_SPANS.split(text) if part]
    try:
        return [span.text for span in parse_spans(spans)]
    except ValueError as error:
        raise FieldMistake(hours_mistake) from error


def hours_mistake(words: Words) -> str:
    """Return the sentence for hours that cannot be read."""
    return words("office", "Giờ viết như 07:30-11:30; nhiều buổi cách nhau bằng dấu phẩy; để trống là nghỉ.")


def _span(text: str) -> str:
    match = _SPAN.fullmatch(unicodedata.normalize("NFC", text).strip())
    if match is None:
        raise FieldMistake(hours_mistake)
    start_hour, start_minute, end_hour, end_minute = match.groups()
    return f"{int(start_hour):02d}:{start_minute or '00'}-{int(end_hour):02d}:{end_minute or '00'}"


def weekday_name(words: Words, weekday: str) -> str:
    """Return the name of a weekday by its code."""
    names = {
        "mon": words("day", "Thứ Hai"),
        "tue": words("day", "Thứ Ba"),
        "wed": words("day", "Thứ Tư"),
        "thu": words("day", "Thứ Năm"),
        "fri": words("day", "Thứ Sáu"),
        "sat": words("day", "Thứ Bảy"),
        "sun": words("day", "Chủ nhật"),
    }
    return names[weekday]
