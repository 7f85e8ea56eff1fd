"""The cells of an office's sheets: how a value is written, and read back."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from server.tables import hour_cells
from server.tables.hour_cells import WEEKDAY_NAMES, BadCell
from server.tables.table import cleaned

YES, NO = "có", "không"
MARK = "x"
NONE_OF_THEM = "-"
"""A list without any entry, where an empty cell has another meaning."""
_YES = frozenset({YES, MARK, "1", "yes", "y", "true", "đúng", "✓", "✔"})
_NO = frozenset({NO, "", "0", "no", "n", "false", "sai", "-"})
ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
"""What a spreadsheet shows for a formula that failed."""
_LIST_BREAK = re.compile(r"\s*[;\n]\s*")
_LINE_BREAK = re.compile(r"\s*\n\s*")
_WHOLE_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]00?)?")


class CellForm(StrEnum):
    """The forms of cells; a mistaken cell is refused with the sentence of its form."""

    TEXT = "text"
    CODE = "code"  # as a text, but an empty cell leaves the value
    MARK = "mark"  # x or nothing
    YES_NO = "yes_no"
    NUMBER = "number"
    SERVICE = "service"
    SERVICES = "services"
    CLERK = "clerk"
    COUNTER = "counter"
    SPANS = "spans"
    WEEK = "week"
    DATES = "dates"
    LINES = "lines"
    WORDS = "words"  # on lines, or between semicolons
    OUTCOME = "outcome"
    NUMBER_END = "number_end"
    ORDER_BY = "order_by"
    ROLE = "role"
    TIME = "time"
    MOMENT = "moment"
    DATE = "date"
    WEEKDAY = "weekday"
    WEEKDAYS = "weekdays"
    DAY_PART = "day_part"  # empty: the whole day
    ZONE = "zone"
    NO_ERROR = "no_error"  # of a formula that failed, in a cell of any form


CHOICES: Mapping[CellForm, Mapping[str, str]] = MappingProxyType(
    {
        CellForm.OUTCOME: {"received": "tiếp nhận", "returned": "trả kết quả", "advice": "hướng dẫn"},
        CellForm.NUMBER_END: {"stop": "ngừng cấp", "wrap": "cấp lại từ đầu"},
        CellForm.ORDER_BY: {"hand": "theo thứ tự đã đặt", "demand": "theo nhu cầu"},
        CellForm.ROLE: {"clerk": "cán bộ", "manager": "quản lý"},
        CellForm.WEEKDAY: WEEKDAY_NAMES,
    }
)
"""The values of forms with few values, with their texts."""
_LEFT_IF_EMPTY = frozenset(
    {CellForm.CODE, CellForm.YES_NO, CellForm.NUMBER, CellForm.OUTCOME, CellForm.NUMBER_END, CellForm.ORDER_BY}
    | {CellForm.ROLE, CellForm.TIME, CellForm.ZONE}
)


@dataclass(frozen=True, slots=True)
class KnownIds:
    """The ids that cells name, by id and by name, in lower case. Of a name that two have there is none."""

    services: Mapping[str, str] = field(default_factory=dict)
    clerks: Mapping[str, str] = field(default_factory=dict)
    counters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet. ``name``: of the row's field, ``name.vi`` for one language.

    ``heading``: as an export writes it; ``english``, the name and those of ``also`` are accepted too. ``optional``: an
    empty cell is None.
    """

    name: str
    heading: str
    english: str
    form: CellForm = CellForm.TEXT
    optional: bool = False
    also: Sequence[str] = ()

    @property
    def is_left_if_empty(self) -> bool:
        """Return whether an empty cell leaves the value, which cannot be empty, as it is."""
        return not self.optional and self.form in _LEFT_IF_EMPTY

    def has_heading(self, heading: str) -> bool:
        """Return whether a heading, in lower case, is that of this column."""
        return heading in _headings(self.name, self.heading, self.english, *self.also)


@cache
def _headings(*names: str) -> frozenset[str]:
    plain_names = {plain(name).casefold() for name in names}
    return frozenset(plain_names | {name.replace(".", "_") for name in plain_names})


def plain(text: str) -> str:
    """Return a text as values have it: normalised, without blanks around it."""
    return unicodedata.normalize("NFC", cleaned(text)).strip()


def written(column: SheetColumn, row: Mapping[str, Any]) -> str:
    """Return the text of a row's cell."""
    name, _, language = column.name.partition(".")
    value = row[name]
    if language:
        return str((value or {}).get(language, ""))
    if value == [] and column.optional and column.form is CellForm.SERVICES:
        return NONE_OF_THEM
    return "" if value is None else _WRITERS.get(column.form, str)(value)


def _written_choice(form: CellForm) -> Callable[[Any], str]:
    return lambda value: CHOICES[form].get(value, str(value))


_WRITERS: Mapping[CellForm, Callable[[Any], str]] = {
    CellForm.MARK: lambda value: MARK if value else "",
    CellForm.YES_NO: lambda value: YES if value else NO,
    CellForm.LINES: "\n".join,
    CellForm.WORDS: "\n".join,
    CellForm.SERVICES: "\n".join,
    CellForm.SPANS: hour_cells.spans_text,
    CellForm.WEEK: hour_cells.week_text,
    CellForm.DATES: hour_cells.dates_text,
    CellForm.DATE: hour_cells.date_text,
    CellForm.WEEKDAYS: hour_cells.weekdays_text,
    CellForm.DAY_PART: hour_cells.day_part_text,
    CellForm.MOMENT: hour_cells.moment_text,
    **{form: _written_choice(form) for form in CHOICES},
}


def read_cell(column: SheetColumn, text: str, known: KnownIds) -> Any:
    """Return the value of a cell. Raises :class:`BadCell`."""
    text = plain(text)
    return None if not text and column.optional else _READERS[column.form](text, known)


def _mark(text: str, _known: KnownIds) -> bool:
    if text.casefold() not in _YES | _NO:
        raise BadCell(text)
    return text.casefold() in _YES


def _number(text: str, _known: KnownIds) -> int:
    match = _WHOLE_NUMBER.fullmatch(text)
    if match is None:
        raise BadCell(text)
    return int(match[1])


def _lines(text: str, _known: KnownIds) -> list[str]:
    return [line for line in _LINE_BREAK.split(text) if line]


def _words(text: str, _known: KnownIds) -> list[str]:
    """Return the words without those that differ from an earlier one only in case."""
    words = [word for word in _LIST_BREAK.split(text) if word]
    return list({word.casefold(): word for word in reversed(words)}.values())[::-1]


def _id_of(name: str, ids: Mapping[str, str]) -> str:
    known = ids.get(name) or ids.get(name.casefold())
    if known is None:
        raise BadCell(name)
    return known


def _services(text: str, known: KnownIds) -> list[str]:
    names = [name for name in _LIST_BREAK.split(text) if name not in ("", NONE_OF_THEM)]
    return list(dict.fromkeys(_id_of(name, known.services) for name in names))


def _choice(form: CellForm) -> Callable[[str, KnownIds], str]:
    names = {name.casefold(): code for code, name in CHOICES[form].items()}

    def read(text: str, _known: KnownIds) -> str:
        code = names.get(text.casefold(), text.casefold())
        if code not in CHOICES[form]:
            raise BadCell(text)
        return code

    return read


def _zone(text: str, _known: KnownIds) -> str:
    if text not in available_timezones():
        raise BadCell(text)
    return text


def _of_text(parse: Callable[[str], Any]) -> Callable[[str, KnownIds], Any]:
    return lambda text, _known: parse(text)


_READERS: Mapping[CellForm, Callable[[str, KnownIds], Any]] = {
    CellForm.TEXT: _of_text(str),
    CellForm.CODE: _of_text(str),
    CellForm.MARK: _mark,
    CellForm.YES_NO: _mark,
    CellForm.NUMBER: _number,
    CellForm.SERVICE: lambda text, known: _id_of(text, known.services),
    CellForm.SERVICES: _services,
    CellForm.CLERK: lambda text, known: _id_of(text, known.clerks),
    CellForm.COUNTER: lambda text, known: _id_of(text, known.counters),
    CellForm.SPANS: _of_text(hour_cells.parse_hours),
    CellForm.WEEK: _of_text(hour_cells.parse_week),
    CellForm.DATES: _of_text(hour_cells.parse_dates),
    CellForm.LINES: _lines,
    CellForm.WORDS: _words,
    CellForm.TIME: _of_text(hour_cells.parse_time),
    CellForm.MOMENT: _of_text(hour_cells.parse_moment),
    CellForm.DATE: _of_text(hour_cells.parse_date),
    CellForm.WEEKDAYS: _of_text(hour_cells.parse_weekdays),
    CellForm.DAY_PART: _of_text(hour_cells.parse_day_part),
    CellForm.ZONE: _zone,
    **{form: _choice(form) for form in CHOICES},
}
