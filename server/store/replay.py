"""Export the journal, import it into an empty database, or check the tables against it.

``python -m server.store.replay export|import|check``. The export is JSON lines: a head with the number of facts and the
hash of the last one, then one fact per line. An import gives the same rows, except for data that are never in the
journal (visitors' tokens, clerks' names).
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, func, select

from server.domain.facts import FactKind
from server.store.apply import Inconsistent, apply
from server.store.backends import CannotOpen, LastEnd, SqliteBackend
from server.store.chain import GENESIS, BrokenChain, canonical, verified
from server.store.entry import COLUMNS, JournalEntry
from server.store.errors import StoreError
from server.store.journal import append, read_entries
from server.store.migrations import migrate
from server.store.schema import NEVER_JOURNALLED, NOT_FROM_THE_START, journal, metadata

FORMAT = "luot-journal"
VERSION = 1
"""The members ``format`` and ``version`` of an export's first line."""

EX_DATA = 65  # sysexits.h: the data were wrong


class BadExport(StoreError):
    """The file is not a complete export."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored row that differs from the replayed one; None where a row is missing."""

    table: str
    stored: Mapping[str, Any] | None
    replayed: Mapping[str, Any] | None

    def __str__(self) -> str:
        return f"{self.table}: stored {self.stored}, the journal gives {self.replayed}"


def export(connection: Connection, out: TextIO) -> int:
    """Write the whole journal; return the number of facts. Raises :class:`BrokenChain`."""
    count, last_seq = connection.execute(select(func.count(), func.max(journal.c.seq)).select_from(journal)).one()
    last_hash = select(journal.c.own).where(journal.c.seq == last_seq)
    head = connection.execute(last_hash).scalar_one_or_none() or GENESIS
    out.write(canonical({"format": FORMAT, "version": VERSION, "facts": count, "head": head}) + "\n")
    for entry in verified(read_entries(connection)):
        out.write(canonical(entry.columns()) + "\n")
    return int(count)


def parse_export(lines: Iterable[str]) -> Iterator[JournalEntry]:
    """Yield the entries of an export, verified by the chain and against its head.

    Raises :class:`BadExport`, :class:`BrokenChain`.
    """
    rows = iter(lines)
    head = _json_object(next(rows, ""), 1)
    if (head.get("format"), head.get("version")) != (FORMAT, VERSION):
        raise BadExport("line 1: this is not an export of the journal")
    count, last_hash = 0, GENESIS
    for entry in verified(_parse_entry(line, line_number) for line_number, line in enumerate(rows, 2)):
        count, last_hash = count + 1, entry.own
        yield entry
    if (count, last_hash) != (head.get("facts"), head.get("head")):
        raise BadExport(f"the export is not whole: {count} of {head.get('facts')} facts, or another end")


def _json_object(line: str, line_number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadExport(f"line {line_number}: {error}") from error
    if not isinstance(value, dict):
        raise BadExport(f"line {line_number}: not an object")
    return value


def _parse_entry(line: str, line_number: int) -> JournalEntry:
    row = _json_object(line, line_number)
    if set(row) != set(COLUMNS):
        raise BadExport(f"line {line_number}: the columns are not those of a fact")
    try:
        canonical(row).encode("utf-8")  # a text that cannot be encoded cannot have been hashed
        return JournalEntry(**(row | {"kind": FactKind(row["kind"])}))
    except (ValueError, RecursionError) as error:
        raise BadExport(f"line {line_number}: {error}") from error


def replay(engine: Engine, entries: Iterable[JournalEntry]) -> int:
    """Write and apply the entries to an empty database in one transaction; return their number.

    Raises :class:`BadExport` when the database is not empty, ``Inconsistent`` when a fact does not fit.
    """
    count = 0
    with engine.begin() as connection:
        if connection.execute(select(func.count()).select_from(journal)).scalar_one():
            raise BadExport("the database is not empty")
        for entry in entries:
            append(connection, [entry])
            apply(connection, entry)
            count += 1
    return count


def differences(stored: Connection, replayed: Connection) -> list[Difference]:
    """Return the rows that differ in any column, table by table."""
    rows: list[Difference] = []
    for table in metadata.sorted_tables:
        if table.name in NEVER_JOURNALLED | NOT_FROM_THE_START:
            continue
        keys = [column.name for column in table.primary_key.columns]
        stored_rows, replayed_rows = _rows(stored, table.name, keys), _rows(replayed, table.name, keys)
        keys_of_both = sorted({*stored_rows, *replayed_rows}, key=repr)
        pairs = ((stored_rows.get(key), replayed_rows.get(key)) for key in keys_of_both)
        rows += [Difference(table.name, row, replayed_row) for row, replayed_row in pairs if row != replayed_row]
    return rows


def _rows(connection: Connection, table: str, keys: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = [dict(row._mapping) for row in connection.execute(select(metadata.tables[table]))]
    return {tuple(row[key] for key in keys): row for row in rows}


def check(connection: Connection, engine: Engine) -> list[Difference]:
    """Replay the journal of ``connection`` into the empty database of ``engine`` and compare every row.

    Raises :class:`BrokenChain`, ``Inconsistent``.
    """
    replay(engine, verified(read_entries(connection)))
    with engine.connect() as replayed:
        return differences(connection, replayed)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line. Exit code 65 when the journal or an export is wrong."""
    parser = argparse.ArgumentParser(prog="python -m server.store.replay", description=__doc__)
    parser.add_argument("command", choices=("export", "import", "check"))
    parser.add_argument("database", type=Path)
    parser.add_argument("file", type=Path, nargs="?", help="export: where to; import: where from; check: none")
    args = parser.parse_args(arguments)
    if (args.file is None) is not (args.command == "check"):
        parser.error("export and import take a file, check takes none")
    try:
        return COMMANDS[args.command](args.database, args.file)
    except (BadExport, BrokenChain, Inconsistent, CannotOpen) as error:
        print(f"{args.database}: {error}", file=sys.stderr)
        return EX_DATA


def _export(database: Path, file: Path) -> int:
    with (
        closing(SqliteBackend(_existing(database)).open()) as engines,
        engines.read.connect() as connection,
        file.open("w", encoding="utf-8") as out,
    ):
        count = export(connection, out)
    print(f"{count} facts written to {file}")
    return 0


def _import(database: Path, file: Path) -> int:
    backend = SqliteBackend(database)
    lock = backend.lock()
    try:
        with closing(backend.open()) as engines, file.open(encoding="utf-8") as lines:
            migrate(engines.write)
            count = replay(engines.write, parse_export(lines))
    finally:
        lock.release(cleanly=lock.last_end is LastEnd.CLEAN)
    print(f"{count} facts replayed into {database}")
    return 0


def _check(database: Path, _file: Path | None) -> int:
    """Replay into a temporary database and compare it with the stored rows."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(SqliteBackend(_existing(database)).open()) as engines,
        closing(SqliteBackend(Path(folder) / "again.db").open()) as empty,
        engines.read.connect() as connection,
    ):
        migrate(empty.write)
        rows = check(connection, empty.write)
    for difference in rows:
        print(difference, file=sys.stderr)
    print(f"{len(rows)} differences")
    return EX_DATA if rows else 0


def _existing(database: Path) -> Path:
    if not database.exists():
        raise CannotOpen("there is no such database")
    return database


COMMANDS = {"export": _export, "import": _import, "check": _check}

if __name__ == "__main__":
    raise SystemExit(main())
