"""Changes of an example's file as text, so that its comments stay."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_HEADER = re.compile(r"^\[\[?([\w.-]+)\]\]?\s*$")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a TOML file with the comments above it. ``name`` is "" for the lines before the first table."""

    name: str
    lines: tuple[str, ...]


def tables_of(text: str) -> list[Table]:
    """Return the tables in their order; joined, their lines are the text again."""
    tables: list[Table] = []
    name, lines = "", list[str]()
    for line in text.splitlines():
        header = _HEADER.match(line)
        if header:
            start = len(lines)
            while start > 0 and lines[start - 1].startswith("#"):
                start -= 1
            tables.append(Table(name, tuple(lines[:start])))
            name, lines = header[1], lines[start:]
        lines.append(line)
    tables.append(Table(name, tuple(lines)))
    return tables


def text_of(tables: Sequence[Table]) -> str:
    """Return the file with these tables."""
    return "\n".join(line for table in tables for line in table.lines).strip("\n") + "\n"


def only(tables: Sequence[Table], kept: Callable[[str], bool]) -> list[Table]:
    """Return the tables whose top section ``kept`` accepts."""
    return [table for table in tables if kept(table.name.partition(".")[0])]


def with_value(tables: Sequence[Table], name: str, key: str, literal: str) -> list[Table]:
    """Return the tables with ``key = literal`` in the table ``name``.

    Raises ``KeyError`` without that table.
    """
    if not any(table.name == name for table in tables):
        raise KeyError(name)
    return [_with_line(table, key, f"{key} = {literal}") if table.name == name else table for table in tables]


def _with_line(table: Table, key: str, new: str) -> Table:
    lines = list(table.lines)
    for index, line in enumerate(lines):
        if re.match(rf"{re.escape(key)}\s*=", line):
            lines[index] = new
            return Table(table.name, tuple(lines))
    header = next(index for index, line in enumerate(lines) if _HEADER.match(line))
    return Table(table.name, (*lines[: header + 1], new, *lines[header + 1 :]))
