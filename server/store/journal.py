"""Reads and writes rows of the journal."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from server.domain.facts import FactKind
from server.store.chain import GENESIS, BrokenChain, canonical
from server.store.entry import JournalEntry
from server.store.schema import journal
from server.store.schema.compact import DamagedValue
from server.store.statement import Statement


def append(connection: Connection, entries: Sequence[JournalEntry]) -> None:
    """Append entries, at least one; ``data`` is stored as canonical JSON."""
    rows = [_row(entry) for entry in entries]
    if len(rows) == 1:
        _INSERT.execute(connection, **rows[0])
    else:
        _INSERT.execute_many(connection, rows)


_INSERT = Statement(insert(journal).inline())


def _row(entry: JournalEntry) -> dict[str, Any]:
    """Return the stored columns. The hash of the entry before is in that one's row."""
    row = entry.columns() | {"kind": entry.kind.value, "data": canonical(entry.data)}
    del row["prev"]
    return row


def select_entries() -> Select[Any]:
    """Select whole entries: the journal's columns, and ``prev``."""
    before = journal.alias("before")
    own_before = select(before.c.own).where(before.c.seq == journal.c.seq - 1).scalar_subquery()
    return select(journal, func.coalesce(own_before, GENESIS, type_=journal.c.own.type).label("prev"))


def to_entry(row: Row[Any]) -> JournalEntry:
    """Return the entry of a row of ``select_entries``. Raises :class:`BrokenChain`."""
    values = dict(row._mapping)
    try:
        return JournalEntry(**(values | {"kind": FactKind(values["kind"]), "data": json.loads(values["data"])}))
    except (ValueError, RecursionError) as error:
        raise BrokenChain(row.seq, str(error)) from error


def read_entries(connection: Connection, after: int = 0, limit: int | None = None) -> Iterator[JournalEntry]:
    """Yield the entries with a ``seq`` above ``after``, in order.

    Raises :class:`BrokenChain` at a row that cannot be read.
    """
    query = select_entries().where(journal.c.seq > after).order_by(journal.c.seq).limit(limit)
    seq = after
    try:
        for row in connection.execute(query):
            yield to_entry(row)
            seq = row.seq
    except DamagedValue as error:
        damaged = select(func.min(journal.c.seq)).where(journal.c.seq > seq)
        raise BrokenChain(connection.execute(damaged).scalar_one(), str(error)) from error
