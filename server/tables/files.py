"""Read and write tables as CSV, XLSX or JSON, within limits."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from server.tables.table import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_SHEETS,
    Table,
    TableError,
    TableFormat,
    TableProblem,
    cleaned,
    table_of,
)
from server.tables.xlsx import OLE, ZIP, cell_text, read_sheets, refuse_other_forms, write_workbook

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""Begin a text that a spreadsheet would evaluate."""
SHEET = "Sheet1"
SEPARATORS = ";,\t"
MARKUP = ("<html", "<!doctype", "<table", "<?xml")
"""Begin a file of another program that is named like a table."""


def read_table(contents: bytes) -> Table:
    """Return the table of a file; its form is recognised by its contents. Raises :class:`TableError`."""
    if len(contents) > MAX_BYTES:
        raise TableError(TableProblem.TOO_LARGE)
    if contents.startswith(ZIP):
        (rows,) = read_sheets(contents, most=1).values()
        return table_of(rows)
    refuse_other_forms(contents)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(TableProblem.NOT_UTF8) from error
    if not text.strip():
        raise TableError(TableProblem.EMPTY)
    if text.lstrip()[:20].casefold().startswith(MARKUP):
        raise TableError(TableProblem.UNKNOWN_FORM)
    if text.lstrip().startswith(("[", "{")):
        return _json_table(text)
    return table_of(_csv_rows(text))


def write_table(table: Table, form: TableFormat) -> bytes:
    """Return the table as a file of this form."""
    match form:
        case TableFormat.CSV:
            return _csv_file(table)
        case TableFormat.XLSX:
            return write_workbook({SHEET: table})
        case TableFormat.JSON:
            objects = [dict(zip(table.headings, row, strict=True)) for row in table.rows]
            return (json.dumps(objects, ensure_ascii=False, indent=1) + "\n").encode()


def read_workbook(contents: bytes) -> Mapping[str, Table]:
    """Return the table of each sheet that is not empty, by its name. Raises :class:`TableError`."""
    if len(contents) > MAX_BYTES:
        raise TableError(TableProblem.TOO_LARGE)
    refuse_other_forms(contents)
    if not contents:
        raise TableError(TableProblem.EMPTY)
    if not contents.startswith(ZIP):
        raise TableError(TableProblem.UNKNOWN_FORM)
    sheets = read_sheets(contents, most=MAX_SHEETS)
    return {name: table_of(rows) for name, rows in sheets.items() if any(map(any, rows))}


def looks_like_workbook(contents: bytes) -> bool:
    """Return whether a file is a spreadsheet, or meant to be one, and no TOML."""
    if contents.startswith((ZIP, OLE)):
        return True
    first_line = contents[:2000].decode("utf-8-sig", errors="replace").lstrip().split("\n")[0].casefold()
    is_table = any(map(first_line.count, SEPARATORS)) and "=" not in first_line
    return first_line.startswith(MARKUP) or (is_table and not first_line.startswith(("#", "[")))


def _csv_rows(text: str) -> Iterator[Sequence[str]]:
    first_line = text.lstrip("\r\n").partition("\n")[0]
    if first_line.startswith("sep=") and len(first_line.strip()) == len("sep=;"):
        separator, text = first_line[4], text.lstrip("\r\n").partition("\n")[2]
        yield []  # it is a line of the file
    else:
        separator = max(SEPARATORS, key=first_line.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [_without_guard(cell) for cell in row]
    except csv.Error as error:  # a cell that is longer than the module's limit
        raise TableError(TableProblem.TOO_LARGE) from error


def _json_table(text: str) -> Table:
    """Return the table of a list of objects.

    A list in an object becomes lines of one cell.
    """
    try:
        objects = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TableError(TableProblem.NOT_JSON) from error
    if isinstance(objects, dict):  # an object with one list, as some programs write it
        lists = [value for value in objects.values() if isinstance(value, list)]
        objects = lists[0] if len(lists) == 1 else None
    if not isinstance(objects, list) or not all(isinstance(row, dict) for row in objects):
        raise TableError(TableProblem.NOT_JSON)
    if len(objects) > MAX_ROWS:
        raise TableError(TableProblem.TOO_MANY_ROWS)
    flat = [_flat(row) for row in objects]
    headings = list(dict.fromkeys(name for row in flat for name in row))
    if not headings:
        raise TableError(TableProblem.EMPTY)
    if len(headings) > MAX_COLUMNS:
        raise TableError(TableProblem.TOO_MANY_COLUMNS)
    rows = [[cleaned(row.get(name, "")) for name in headings] for row in flat]
    return Table([cleaned(heading) for heading in headings], rows, first_line=1)


def _flat(row: Mapping[str, Any]) -> dict[str, str]:
    """Return an object's members as texts: ``name`` with languages becomes ``name_vi`` and ``name_en``."""
    flat: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{language}": cell_text(text) for language, text in value.items()}
        elif isinstance(value, list):
            flat[name] = "\n".join(map(cell_text, value))
        else:
            flat[name] = cell_text(value)
    return flat


def _csv_file(table: Table) -> bytes:
    """Return CSV with a byte order mark and semicolons.

    Spreadsheets open it without an import dialog.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(table.headings)
    writer.writerows([[_guarded(cell) for cell in row] for row in table.rows])
    return text.getvalue().encode("utf-8-sig")


def _guarded(cell: str) -> str:
    """Return a cell with an apostrophe before a text that a spreadsheet would evaluate."""
    return f"'{cell}" if _is_guarded(f"'{cell}") else cell


def _without_guard(cell: str) -> str:
    return cell[1:] if _is_guarded(cell) else cell


def _is_guarded(cell: str) -> bool:
    """Return whether a cell begins with apostrophes before a formula.

    A text that has one itself gets another, so that reading takes away the right one.
    """
    return cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_PREFIXES)
