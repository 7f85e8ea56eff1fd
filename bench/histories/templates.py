"""Templates of the model day's rows and texts, with placeholders for values of a day.

All values are in one pool, which is filled once for each day; a row is then picked from the pool by one call.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from enum import IntEnum
from operator import itemgetter
from typing import Any

from bench.histories.model_day import DAY_MS

FIRST_MS = 1_000_000_000_000
"""A larger number is a time in UTC ms, which is shifted."""
_WORD = r'(?<=")(?:t-[0-9a-f]+|k-\d+|\d{4}-\d\d-\d\d|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=")'
_PLACEHOLDERS = re.compile(_WORD + r'|(?<![\w"])\d{13}\b')
"""The candidates for placeholders in a JSON text: a text between quotation marks, or a time."""

Convert = Callable[[Any], Any]


class PlaceholderKind(IntEnum):
    """The kinds of values of a placeholder."""

    MOMENT = 0
    SEQUENCE = 1
    CALL = 2
    TICKET = 3
    REQUEST = 4
    DATE = 5


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that differs on every day.

    ``value``: the model's value; for a ticket or a request its index.
    """

    kind: PlaceholderKind
    value: Any


@dataclass(frozen=True, slots=True)
class CopiedDay:
    """One copy of the model day.

    ``days``: its distance to the model day; ``sequence``: the number that is added to each sequence of the journal;
    ``tickets``, ``requests``: its new ids.
    """

    days: int
    sequence: int
    tickets: Sequence[str]
    requests: Sequence[str]

    def fill(self, placeholder: Placeholder) -> Any:
        """Return the value of a placeholder on this day."""
        kind, value = placeholder.kind, placeholder.value
        if kind is PlaceholderKind.MOMENT:
            return value + self.days * DAY_MS
        if kind is PlaceholderKind.SEQUENCE:
            return value + self.sequence
        if kind is PlaceholderKind.CALL:
            return f"k-{value + self.sequence}"
        if kind is PlaceholderKind.TICKET:
            return self.tickets[value]
        if kind is PlaceholderKind.REQUEST:
            return self.requests[value]
        return str(value + timedelta(days=self.days))


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The ids and dates by which values of the model day are recognised.

    ``tickets``, ``requests``: id -> index. ``first_date``: dates from this one on are shifted.
    """

    tickets: Mapping[str, int]
    requests: Mapping[str, int]
    first_date: str

    def placeholder(self, value: Any) -> Placeholder | None:
        """Return the placeholder for a value, None when it is the same on every day."""
        if isinstance(value, int):
            return Placeholder(PlaceholderKind.MOMENT, value) if value > FIRST_MS else None
        if value in self.tickets:
            return Placeholder(PlaceholderKind.TICKET, self.tickets[value])
        if value in self.requests:
            return Placeholder(PlaceholderKind.REQUEST, self.requests[value])
        if re.fullmatch(r"k-\d+", value):
            return Placeholder(PlaceholderKind.CALL, int(value[2:]))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value) and value >= self.first_date:
            return Placeholder(PlaceholderKind.DATE, Date.fromisoformat(value))
        return None


class ValuePool:
    """The values of all rows, each once.

    A placeholder with another conversion for the driver is another value.
    """

    def __init__(self) -> None:
        self._constants: list[Any] = []
        self._places: dict[tuple[Any, ...], int] = {}
        self._placeholders: list[tuple[int, Placeholder, Convert | None]] = []

    def constant(self, value: Any) -> int:
        """Return the place of a value that is the same on every day."""
        return self._place((type(value), value), value)

    def placeholder(self, placeholder: Placeholder, convert: Convert | None = None) -> int:
        """Return the place of a placeholder's value."""
        before = len(self._constants)
        place = self._place((placeholder, convert), None)
        if place == before:
            self._placeholders.append((place, placeholder, convert))
        return place

    def _place(self, key: tuple[Any, ...], value: Any) -> int:
        if key not in self._places:
            self._places[key] = len(self._constants)
            self._constants.append(value)
        return self._places[key]

    def values(self, day: CopiedDay) -> list[Any]:
        """Return the values of a day by their places."""
        values = self._constants.copy()
        for place, placeholder, convert in self._placeholders:
            filled = day.fill(placeholder)
            values[place] = filled if convert is None else convert(filled)
        return values


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A text with placeholders.

    ``format_text``: for the operator ``%``; ``pick`` takes its values from the pool.
    """

    format_text: str
    pick: Callable[[list[Any]], Any]
    convert: Convert | None = None

    def text(self, values: list[Any]) -> Any:
        """Return the text of a day, converted for the driver."""
        text = self.format_text % self.pick(values)
        return text if self.convert is None else self.convert(text)


@dataclass(frozen=True, slots=True)
class RowTemplate:
    """A row as the driver takes it. ``texts``: the positions of texts with placeholders."""

    pick: Callable[[list[Any]], tuple[Any, ...]]
    texts: Sequence[tuple[int, TextTemplate]]

    def row(self, values: list[Any]) -> Sequence[Any]:
        """Return the row of a day."""
        if not self.texts:
            return self.pick(values)
        row = list(self.pick(values))
        for position, template in self.texts:
            row[position] = template.text(values)
        return row


class TemplateBuilder:
    """Makes templates whose values are in one pool."""

    def __init__(self, names: ModelNames) -> None:
        self._names = names
        self.pool = ValuePool()

    def text(
        self, text: str, also: Mapping[str, Placeholder] | None = None, convert: Convert | None = None
    ) -> TextTemplate:
        """Return the template of a JSON text.

        ``also``: further parts of the text, each of which occurs once, with their placeholders.
        """
        placeholders: dict[int, tuple[int, Placeholder]] = {}
        for match in _PLACEHOLDERS.finditer(text):
            word = match.group()
            placeholder = self._names.placeholder(int(word) if word.isdigit() else word)
            if placeholder is not None:
                placeholders[match.start()] = (match.end(), placeholder)
        for part, placeholder in (also or {}).items():
            placeholders[text.index(part)] = (text.index(part) + len(part), placeholder)
        pieces, places, end = [], [], 0
        for begin in sorted(placeholders):
            pieces.append(text[end:begin].replace("%", "%%"))
            end, placeholder = placeholders[begin]
            places.append(self.pool.placeholder(placeholder))
        pieces.append(text[end:].replace("%", "%%"))
        return TextTemplate("%s".join(pieces), _picker(places), convert)

    def row(
        self, values: Mapping[str, Any], converters: Mapping[str, Convert | None], sequences: Sequence[str]
    ) -> RowTemplate:
        """Return the template of a row; ``sequences``: the columns with a sequence of the journal."""
        texts = []
        places = []
        for position, (column, value) in enumerate(values.items()):
            convert = converters[column]
            converted = value if convert is None or value is None else convert(value)
            placeholder = self._placeholder_of(column, value, sequences)
            if isinstance(value, str) and value.startswith("{"):
                texts.append((position, self.text(value, convert=convert)))
            elif isinstance(value, dict):
                texts.append((position, self.text(converted)))
            places.append(
                self.pool.constant(converted) if placeholder is None else self.pool.placeholder(placeholder, convert)
            )
        return RowTemplate(_picker(places), texts)

    def _placeholder_of(self, column: str, value: Any, sequences: Sequence[str]) -> Placeholder | None:
        if not isinstance(value, int | str) or isinstance(value, bool):
            return None
        if column in sequences:
            return Placeholder(PlaceholderKind.SEQUENCE, value)
        return Placeholder(PlaceholderKind.MOMENT, value) if column == "boot_ms" else self._names.placeholder(value)


def _picker(places: Sequence[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    """Return a function that picks a tuple of values."""
    if len(places) > 1:
        return itemgetter(*places)
    if places:
        pick = itemgetter(places[0])
        return lambda values: (pick(values),)
    return lambda values: ()
