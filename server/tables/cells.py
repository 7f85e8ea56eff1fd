"""The cells of an office's sheets: how a value is written, and read back."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from server.domain.calendar import WEEKDAYS, parse_spans
from server.domain.office_changes import is_date

WEEKDAY_NAMES: Mapping[str, str] = MappingProxyType(
    dict(zip(WEEKDAYS, ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"), strict=True))
)
OUTCOME_NAMES: Mapping[str, str] = MappingProxyType(
    {"received": "tiếp nhận", "returned": "trả kết quả", "advice": "hướng dẫn"}
)
YES = "x"
_NO = ("", "0", "không", "no")
_SPANS_BREAK = re.compile(r"\s*[,;\n]\s*")
_LIST_BREAK = re.compile(r"\s*[;\n]\s*")
_SPAN_SIGNS = re.compile(r"\s*[-–—]\s*")
_HOUR_SIGN = re.compile(r"(\d)\s*[hg.](?=\d)")
_WHOLE_HOUR = re.compile(r"(\d)\s*[hg](?!\d)")


class CellForm(StrEnum):
    """The forms of cells; a mistaken cell is refused with the sentence of its form."""

    TEXT = "text"
    TICK = "tick"
    NUMBER = "number"
    SERVICES = "services"
    SPANS = "spans"
    WEEK = "week"
    LINES = "lines"
    OUTCOME = "outcome"
    MOMENT = "moment"
    DATE = "date"
    WEEKDAY = "weekday"


class BadCell(Exception):
    """A cell that is no value of its form. ``word``: the part that cannot be read."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word[:60]


ServiceIds = Mapping[str, str]
"""The ids of services by id and by name, in lower case."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet. ``name``: of the row's field, ``name.vi`` for one language.

    ``heading``: as an export writes it; the name is accepted too. ``optional``: an empty cell is None.
    """

    name: str
    heading: str
    form: CellForm = CellForm.TEXT
    optional: bool = False


def written(column: SheetColumn, value: Any) -> str:
    """Return a value as the text of its cell."""
    if value is None:
        return ""
    match column.form:
        case CellForm.TICK:
            return YES if value else ""
        case CellForm.LINES | CellForm.SERVICES:
            return "\n".join(value)
        case CellForm.SPANS:
            return ", ".join(value)
        case CellForm.WEEK:
            return "\n".join(f"{WEEKDAY_NAMES[day]}: {', '.join(value[day])}" for day in WEEKDAYS if value.get(day))
        case CellForm.OUTCOME:
            return OUTCOME_NAMES[value]
        case _:
            return str(value)


def read_cell(column: SheetColumn, cell: str, services: ServiceIds) -> Any:
    """Return the value of a cell. Raises :class:`BadCell`."""
    text = unicodedata.normalize("NFC", cell).strip()
    if not text and column.optional:
        return None
    return _READERS[column.form](text, services)


def parse_hours(text: str) -> list[str]:
    """Return the spans of a text such as ``07:30-11:30, 13h30-17h``. Raises :class:`BadCell`."""
    plain = _WHOLE_HOUR.sub(r"\1:00", _HOUR_SIGN.sub(r"\1:", _SPAN_SIGNS.sub("-", text)))
    try:
        return [span.text for span in parse_spans(part for part in _SPANS_BREAK.split(plain) if part)]
    except ValueError as error:
        raise BadCell(text) from error


def weekday(text: str) -> str:
    """Return the code of a weekday. Raises :class:`BadCell`."""
    names = {name.casefold(): code for code, name in WEEKDAY_NAMES.items()}
    code = names.get(text.casefold(), text.casefold())
    if code not in WEEKDAY_NAMES:
        raise BadCell(text)
    return code


def _text(text: str, _services: ServiceIds) -> str:
    return text


def _tick(text: str, _services: ServiceIds) -> bool:
    return text.casefold() not in _NO


def _number(text: str, _services: ServiceIds) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadCell(text)
    return int(text)


def _list(text: str, _services: ServiceIds) -> list[str]:
    return [line for line in _LIST_BREAK.split(text) if line]


def _services(text: str, services: ServiceIds) -> list[str]:
    """Return the ids of services, which a cell names by id or name."""
    ids = []
    for name in _list(text, services):
        known = services.get(name.casefold())
        if known is None:
            raise BadCell(name)
        ids.append(known)
    return list(dict.fromkeys(ids))


def _spans(text: str, _services: ServiceIds) -> list[str]:
    return parse_hours(text)


def _week(text: str, _services: ServiceIds) -> dict[str, list[str]]:
    week: dict[str, list[str]] = {day: [] for day in WEEKDAYS}
    for line in text.split("\n"):
        day, sign, hours = line.partition(":")
        if not sign:
            raise BadCell(line)
        week[weekday(day.strip())] = parse_hours(hours.strip())
    return week


def _outcome(text: str, _services: ServiceIds) -> str:
    names = {name: code for code, name in OUTCOME_NAMES.items()}
    code = names.get(text.casefold(), text.casefold())
    if code not in OUTCOME_NAMES:
        raise BadCell(text)
    return code


def _date(text: str, _services: ServiceIds) -> str:
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    date = text if match is None else f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"
    if not is_date(date):
        raise BadCell(text)
    return date


def _moment(text: str, services: ServiceIds) -> str:
    day, sign, time = text.replace("T", " ").partition(" ")
    if not sign or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:00)?", time.strip()):
        raise BadCell(text)
    return f"{_date(day, services)}T{time.strip()[:5]}"


def _weekday(text: str, _services: ServiceIds) -> str:
    return weekday(text)


_READERS: Mapping[CellForm, Callable[[str, ServiceIds], Any]] = {
    CellForm.TEXT: _text,
    CellForm.TICK: _tick,
    CellForm.NUMBER: _number,
    CellForm.SERVICES: _services,
    CellForm.SPANS: _spans,
    CellForm.WEEK: _week,
    CellForm.LINES: _list,
    CellForm.OUTCOME: _outcome,
    CellForm.MOMENT: _moment,
    CellForm.DATE: _date,
    CellForm.WEEKDAY: _weekday,
}
