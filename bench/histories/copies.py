"""Copy a model day into years of history, with a valid hash chain."""

import hashlib
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Table, select

from bench.histories.model_day import DATE, DAY_MS
from bench.histories.templates import (
    Convert,
    CopiedDay,
    ModelNames,
    Placeholder,
    PlaceholderKind,
    RowTemplate,
    TemplateBuilder,
    TextTemplate,
    ValuePool,
)
from server.store import schema as t
from server.store.backends.sqlite_engine import newest_sqlite, open_engines
from server.store.chain import GENESIS, canonical
from server.store.entry import JournalEntry
from server.store.journal import read_entries
from server.store.migrations import migrate

DAYS_A_YEAR = 250
GROWING = (t.day, t.issued, t.series, t.ticket, t.leg, t.call, t.seen, t.rating)
"""Tables with new rows on each day; ``day_service``, ``job`` and ``help_call`` stay empty."""
OF_LAST_DAY = (t.request, t.counter_state, t.queue_clock, t.hours)
"""Tables that hold only the state after the last day."""
SEQUENCES = {"journal": ("seq",), "call": ("seq",), "day": ("seq",), "request": ("seq",), "ticket": ("issue_seq",)}
BULK_PRAGMAS = {"journal_mode": "OFF", "synchronous": 0, "foreign_keys": 0, "cache_size": -400_000}


@dataclass(frozen=True, slots=True)
class FactTemplate:
    """The templates of a fact.

    ``hashed``: the text that is hashed, with NUL for ``prev``; ``row``: the row, without ``own``.
    """

    hashed: TextTemplate
    row: RowTemplate


@dataclass(frozen=True, slots=True)
class ModelPart:
    """A part of the model: its facts, and the rows of its tables."""

    journal: Sequence[FactTemplate]
    tables: Mapping[str, Sequence[RowTemplate]]


@dataclass(frozen=True, slots=True)
class HistoryModel:
    """The templates of the model database.

    ``before``: everything before its last day; ``day``: its last day; ``last_state``: the tables ``OF_LAST_DAY``;
    ``constant``: the tables that no day changes. ``issued_ms``: when each ticket was issued, by the index of the
    ticket; ``requests``: the number of requests. ``as_stored``: converts a hash of the journal for the driver.
    """

    before: ModelPart
    day: ModelPart
    last_state: ModelPart
    constant: ModelPart
    pool: ValuePool
    issued_ms: Sequence[int]
    requests: int
    as_stored: Convert


def read_model(path: Path) -> HistoryModel:
    """Read the model database."""
    engines = open_engines(path)
    try:
        with engines.read.connect() as connection:
            return _ModelReader(connection).model()
    finally:
        engines.close()


class _ModelReader:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._entries = list(read_entries(connection))
        self._converters = {table.name: converters(connection.dialect, table) for table in t.metadata.sorted_tables}
        tickets = connection.execute(select(t.ticket.c.id, t.ticket.c.issued_at_ms).order_by(t.ticket.c.issue_seq))
        self._issued_ms = {row.id: row.issued_at_ms for row in tickets}
        requests = [entry.request_id for entry in self._entries if entry.request_id is not None]
        self._names = ModelNames(
            {ticket: place for place, ticket in enumerate(self._issued_ms)},
            {request: place for place, request in enumerate(requests)},
            str(Date.fromisoformat(DATE) - timedelta(days=1)),
        )
        self._templates = TemplateBuilder(self._names)
        openings = (entry for entry in self._entries if entry.kind == "day.opened" and entry.data["date"] == DATE)
        self._first_seq = next(openings).seq
        self._tickets_of_day = {entry.ticket for entry in self._entries if entry.day == DATE}

    def model(self) -> HistoryModel:
        """Return the templates of all rows."""
        tables: dict[bool, dict[str, list[RowTemplate]]] = {False: {}, True: {}}
        for table in GROWING:
            for values in self._rows(table):
                tables[self._is_of_day(table.name, values)].setdefault(table.name, []).append(self._row(table, values))
        changing = {*GROWING, *OF_LAST_DAY, t.journal}
        journal = [self._fact_template(entry) for entry in self._entries]
        as_stored = self._converters["journal"]["own"]
        return HistoryModel(
            before=ModelPart(journal[: self._first_seq - 1], tables[False]),
            day=ModelPart(journal[self._first_seq - 1 :], tables[True]),
            last_state=self._whole(OF_LAST_DAY),
            constant=self._whole([table for table in t.metadata.sorted_tables if table not in changing]),
            pool=self._templates.pool,
            issued_ms=list(self._issued_ms.values()),
            requests=len(self._names.requests),
            as_stored=as_stored or str,
        )

    def _whole(self, tables: Iterable[Table]) -> ModelPart:
        return ModelPart(
            [], {table.name: [self._row(table, values) for values in self._rows(table)] for table in tables}
        )

    def _rows(self, table: Table) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(select(table)).mappings()]

    def _is_of_day(self, table: str, values: Mapping[str, Any]) -> bool:
        if table == "seen":
            return int(values["call"][2:]) >= self._first_seq
        if table == "leg":
            return values["ticket"] in self._tickets_of_day
        return bool(values["id" if table == "day" else "day"] == DATE)

    def _row(self, table: Table, values: Mapping[str, Any]) -> RowTemplate:
        return self._templates.row(values, self._converters[table.name], SEQUENCES.get(table.name, ()))

    def _fact_template(self, entry: JournalEntry) -> FactTemplate:
        columns = entry.columns() | {"kind": entry.kind.value, "data": canonical(entry.data)}
        return FactTemplate(
            self._hashed(entry),
            self._row(t.journal, {column.name: columns[column.name] for column in t.journal.columns}),
        )

    def _hashed(self, entry: JournalEntry) -> TextTemplate:
        """Return the template of the text that ``entry_hash`` hashes.

        It has NUL for the hash of the previous fact. Sequence and boot time are found between the keys of columns.
        """
        text = canonical({name: value for name, value in entry.columns().items() if name != "own"})
        boot, seq = f'"boot_ms":{entry.boot_ms},"counter"', f'"seq":{entry.seq},"service":'
        marks = {f'"prev":"{entry.prev}"': '"prev":"\0"', boot: '"boot_ms":\1,"counter"', seq: '"seq":\2,"service":'}
        for part, marked in marks.items():
            assert text.count(part) == 1, (part, text)
            text = text.replace(part, marked)
        return self._templates.text(
            text,
            {
                "\1": Placeholder(PlaceholderKind.MOMENT, entry.boot_ms),
                "\2": Placeholder(PlaceholderKind.SEQUENCE, entry.seq),
            },
        )


def converters(dialect: Dialect, table: Table) -> dict[str, Convert | None]:
    """Return the conversion of each column's values for the driver; None without one."""
    return {column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns}


class HistoryWriter:
    """Writes days into a new database at ``path``.

    ``ticket_ids(wall_ms, random_source)`` returns the function that makes the tickets' ids.
    """

    def __init__(self, path: Path, model: HistoryModel, ticket_ids: Callable[..., Callable[[], str]]) -> None:
        engines = open_engines(path)
        migrate(engines.write)
        engines.close()
        self._connection = newest_sqlite().module.connect(str(path), isolation_level=None)
        for pragma, value in BULK_PRAGMAS.items():
            self._connection.execute(f"PRAGMA {pragma}={value}")
        self._model, self._prev, self._sequence = model, GENESIS, 0
        self._wall_ms, self._random = 0, random.Random(2)
        self._new_ticket_id = ticket_ids(lambda: self._wall_ms, self._random)
        self._own = [column.name for column in t.journal.columns].index("own")
        self._values: list[Any] = []

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def begin(self, first_date: Date) -> None:
        """Write the constant tables, and the model's short day as the day before ``first_date``."""
        self._values = self._model.pool.values(self._copied_day(first_date))
        self._write(self._model.constant)
        self._write(self._model.before)

    def add(self, date: Date) -> None:
        """Write a copy of the model day."""
        self._values = self._model.pool.values(self._copied_day(date))
        self._write(self._model.day)
        self._sequence += len(self._model.day.journal)

    def finish(self) -> None:
        """Write the tables that hold only the state after the last day."""
        for table in self._model.last_state.tables:
            self._connection.execute(f"DELETE FROM {table}")
        self._write(self._model.last_state)

    def _copied_day(self, date: Date) -> CopiedDay:
        days = (date - Date.fromisoformat(DATE)).days
        tickets = []
        for issued_ms in self._model.issued_ms:
            self._wall_ms = issued_ms + days * DAY_MS
            tickets.append(self._new_ticket_id())
        digits = self._random.randbytes(16 * self._model.requests).hex()
        requests = [_request_id(digits[start : start + 32]) for start in range(0, len(digits), 32)]
        return CopiedDay(days, self._sequence, tickets, requests)

    def _write(self, part: ModelPart) -> None:
        self._connection.execute("BEGIN")
        self._insert("journal", self._journal_rows(part.journal))
        for table, templates in part.tables.items():
            self._insert(table, [template.row(self._values) for template in templates])
        self._connection.execute("COMMIT")

    def _journal_rows(self, templates: Sequence[FactTemplate]) -> Iterator[Sequence[Any]]:
        values, as_stored = self._values, self._model.as_stored
        for template in templates:
            text = template.hashed.text(values).replace("\0", self._prev)
            self._prev = hashlib.sha256(text.encode()).hexdigest()
            row = list(template.row.row(values))
            row[self._own] = as_stored(self._prev)
            yield row

    def _insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        columns = [column.name for column in t.metadata.tables[table].columns]
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        self._connection.executemany(text, rows)


def _request_id(digits: str) -> str:
    """Return a UUID of version 4 as text."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def weekdays(first: Date) -> Iterator[Date]:
    """Yield Mondays to Fridays from ``first`` on."""
    return (day for n in itertools.count() if (day := first + timedelta(days=n)).weekday() < 5)
