"""The journal out of one database and into an empty one: the same rows come back, column by column.

``python -m server.store.replay export|import|check``. The export is JSON lines: a head that says how many facts
there are and what the last one's hash is, then one fact a line. What may not be in the journal (visitors' links,
clerks' names) is not given back.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, Engine, func, insert, select

from server.store.apply import Inconsistent, apply
from server.store.engine import CannotOpen, canonical, lock, open_engines
from server.store.facts import COLUMNS, GENESIS, Fact, Kind, to_row
from server.store.journal import Broken, chained, read_facts
from server.store.migrations import migrate
from server.store.tables import NEVER_JOURNALLED, journal, metadata

FORMAT = "luot-journal"
VERSION = 1

EX_DATA = 65  # sysexits.h: the data were wrong


class BadExport(Exception):
    """The file is not a whole export."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the journal gives. ``stored`` or ``replayed`` is None where the row is missing."""

    table: str
    stored: Mapping[str, Any] | None
    replayed: Mapping[str, Any] | None

    def __str__(self) -> str:
        return f"{self.table}: stored {self.stored}, the journal gives {self.replayed}"


def export(connection: Connection, out: TextIO) -> int:
    """Write the whole journal; returns the number of facts. Raises :class:`Broken`."""
    count, last = connection.execute(select(func.count(), func.max(journal.c.seq)).select_from(journal)).one()
    own = select(journal.c.own).where(journal.c.seq == last)
    head = connection.execute(own).scalar_one_or_none() or GENESIS
    out.write(canonical({"format": FORMAT, "version": VERSION, "facts": count, "head": head}) + "\n")
    for fact in chained(read_facts(connection)):
        row = {name: getattr(fact, name) for name in COLUMNS}
        out.write(canonical(row) + "\n")
    return int(count)


def facts_of(lines: Iterable[str]) -> Iterator[Fact]:
    """The facts of an export, each checked against the one before, and the whole against its head.

    Raises :class:`BadExport`, :class:`Broken`.
    """
    rows = iter(lines)
    head = _object(next(rows, ""), 1)
    if (head.get("format"), head.get("version")) != (FORMAT, VERSION):
        raise BadExport("line 1: this is not an export of the journal")
    count, own = 0, GENESIS
    for fact in chained(_fact(line, number) for number, line in enumerate(rows, 2)):
        count, own = count + 1, fact.own
        yield fact
    if (count, own) != (head.get("facts"), head.get("head")):
        raise BadExport(f"the export is not whole: {count} of {head.get('facts')} facts, or another end")


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        read = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadExport(f"line {number}: {error}") from error
    if not isinstance(read, dict):
        raise BadExport(f"line {number}: not an object")
    return read


def _fact(line: str, number: int) -> Fact:
    row = _object(line, number)
    if set(row) != set(COLUMNS):
        raise BadExport(f"line {number}: the columns are not those of a fact")
    try:
        canonical(row).encode("utf-8")  # what cannot be written cannot have been sealed
        return Fact(**(row | {"kind": Kind(row["kind"])}))
    except (ValueError, RecursionError) as error:
        raise BadExport(f"line {number}: {error}") from error


def replay(engine: Engine, facts: Iterable[Fact]) -> int:
    """Write and apply the facts to an empty database in one transaction; returns how many.

    Raises :class:`BadExport` when it is not empty, ``Inconsistent`` when a fact does not fit.
    """
    count = 0
    with engine.begin() as connection:
        if connection.execute(select(func.count()).select_from(journal)).scalar_one():
            raise BadExport("the database is not empty")
        for fact in facts:
            connection.execute(insert(journal), to_row(fact))
            apply(connection, fact)
            count += 1
    return count


def differences(stored: Connection, replayed: Connection) -> list[Difference]:
    """Rows that are not equal, table by table and column by column."""
    found: list[Difference] = []
    for table in metadata.sorted_tables:
        if table.name in NEVER_JOURNALLED:
            continue
        keys = [column.name for column in table.primary_key.columns]
        left, right = _rows(stored, table.name, keys), _rows(replayed, table.name, keys)
        keys_of_both = sorted({*left, *right}, key=repr)
        pairs = ((left.get(key), right.get(key)) for key in keys_of_both)
        found += [Difference(table.name, one, other) for one, other in pairs if one != other]
    return found


def _rows(connection: Connection, table: str, keys: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = [dict(row._mapping) for row in connection.execute(select(metadata.tables[table]))]
    return {tuple(row[key] for key in keys): row for row in rows}


def check(connection: Connection, engine: Engine) -> list[Difference]:
    """Replay the journal of ``connection`` into the empty database of ``engine`` and compare every row.

    Raises :class:`Broken`, ``Inconsistent``.
    """
    replay(engine, chained(read_facts(connection)))
    with engine.connect() as again:
        return differences(connection, again)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 65 when the journal or an export is wrong."""
    parser = argparse.ArgumentParser(prog="python -m server.store.replay", description=__doc__)
    parser.add_argument("what", choices=("export", "import", "check"))
    parser.add_argument("database", type=Path)
    parser.add_argument("file", type=Path, nargs="?", help="export: where to; import: where from; check: none")
    asked = parser.parse_args(arguments)
    if (asked.file is None) is not (asked.what == "check"):
        parser.error("export and import take a file, check takes none")
    try:
        return COMMANDS[asked.what](asked.database, asked.file)
    except (BadExport, Broken, Inconsistent, CannotOpen) as error:
        print(f"{asked.database}: {error}", file=sys.stderr)
        return EX_DATA


def _export(database: Path, file: Path) -> int:
    engines = open_engines(_existing(database))
    with engines.read.connect() as connection, file.open("w", encoding="utf-8") as out:
        count = export(connection, out)
    engines.close()
    print(f"{count} facts written to {file}")
    return 0


def _import(database: Path, file: Path) -> int:
    held = lock(database)
    try:
        engines = open_engines(database)
        migrate(engines.write)
        with file.open(encoding="utf-8") as lines:
            count = replay(engines.write, facts_of(lines))
        engines.close()
    finally:
        os.close(held)
    print(f"{count} facts replayed into {database}")
    return 0


def _check(database: Path, _file: Path | None) -> int:
    """Replay into a database of its own and compare with what is stored."""
    engines = open_engines(_existing(database))
    with tempfile.TemporaryDirectory() as folder:
        empty = open_engines(Path(folder) / "again.db")
        migrate(empty.write)
        with engines.read.connect() as connection:
            found = check(connection, empty.write)
        empty.close()
    engines.close()
    for difference in found:
        print(difference, file=sys.stderr)
    print(f"{len(found)} differences")
    return EX_DATA if found else 0


def _existing(database: Path) -> Path:
    if not database.exists():
        raise CannotOpen("there is no such database")
    return database


COMMANDS = {"export": _export, "import": _import, "check": _check}

if __name__ == "__main__":
    raise SystemExit(main())
