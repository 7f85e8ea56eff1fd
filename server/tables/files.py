"""Read and write tables as CSV, XLSX or JSON, within limits."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

MAX_BYTES = 8_000_000
"""The largest file that is read."""
MAX_UNPACKED_BYTES = 80_000_000
"""The most bytes that an XLSX file may unpack to."""
MAX_TAGS = 1_500_000
"""The most tags in an XLSX file; a table of ``MAX_ROWS`` procedures has a million."""
MAX_ROWS = 10_000
MAX_COLUMNS = 60
MAX_SHEETS = 20
MAX_CELL = 4_000
"""The most characters of a cell."""
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
"""Begin a text that a spreadsheet would evaluate."""
SHEET = "Sheet1"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class TableFormat(StrEnum):
    """The forms of a file; the value is the end of its name."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class TableProblem(StrEnum):
    """Why a file cannot be read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    NOT_UTF8 = "not_utf8"
    NOT_XLSX = "not_xlsx"
    NOT_JSON = "not_json"
    UNKNOWN_FORM = "unknown_form"


class TableError(Exception):
    """A file cannot be read as a table."""

    def __init__(self, problem: TableProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its headings, and rows of as many cells. ``first_line``: the line of its first row in the file."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    first_line: int = 2


def read_table(contents: bytes) -> Table:
    """Return the table of a file; its form is recognised by its contents. Raises :class:`TableError`."""
    if len(contents) > MAX_BYTES:
        raise TableError(TableProblem.TOO_LARGE)
    if contents.startswith(b"PK"):
        (rows,) = _xlsx_sheets(contents, most=1).values()
        return _table(rows)
    if contents.startswith(b"\xd0\xcf\x11\xe0"):  # the form of Excel before 2007
        raise TableError(TableProblem.UNKNOWN_FORM)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(TableProblem.NOT_UTF8) from error
    text = text.strip("\r\n")
    if not text.strip():
        raise TableError(TableProblem.EMPTY)
    if text.lstrip().startswith(("[", "{")):
        return _json_table(text)
    return _table(_csv_rows(text))


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
    if not contents.startswith(b"PK"):
        raise TableError(TableProblem.EMPTY if not contents else TableProblem.NOT_XLSX)
    return {name: _table(rows) for name, rows in _xlsx_sheets(contents, most=MAX_SHEETS).items() if any(map(any, rows))}


def _table(rows: Iterable[Sequence[str]]) -> Table:
    """Return the table of the rows of a file, the headings first. Empty rows at the end are left out."""
    table_rows: list[Sequence[str]] = []
    for row in rows:
        if len(table_rows) > MAX_ROWS:
            raise TableError(TableProblem.TOO_MANY_ROWS)
        if len(row) > MAX_COLUMNS:
            raise TableError(TableProblem.TOO_MANY_COLUMNS)
        table_rows.append([_cleaned(cell) for cell in row])
    while table_rows and not any(table_rows[-1]):
        table_rows.pop()
    if not table_rows:
        raise TableError(TableProblem.EMPTY)
    headings = [heading.strip() for heading in table_rows[0]]
    while headings and not headings[-1]:
        headings.pop()
    width = len(headings)
    return Table(headings, [[*row[:width], *[""] * (width - len(row))] for row in table_rows[1:]])


def _cleaned(cell: str) -> str:
    """Return a cell with line feeds as line breaks.

    Characters that cannot be shown or stored become spaces.
    """
    return _CONTROLS.sub(" ", cell.replace("\r\n", "\n").replace("\r", "\n"))


def _csv_rows(text: str) -> Iterator[Sequence[str]]:
    first_line = text.splitlines()[0]
    separator = max(";,\t", key=first_line.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [_without_guard(cell) for cell in row]
    except csv.Error as error:  # a cell that is longer than the module's limit
        raise TableError(TableProblem.TOO_LARGE) from error


def _xlsx_sheets(contents: bytes, *, most: int) -> Mapping[str, Sequence[Sequence[str]]]:
    """Return the rows of the first sheets as texts, by the name of the sheet.

    A formula is not computed: its last value counts.
    """
    from openpyxl import load_workbook  # takes a quarter of a second, and few need it

    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            _check_size(archive)
        workbook = load_workbook(io.BytesIO(contents), read_only=True, data_only=True)
        sheets = {
            sheet.title: [
                [_cell_text(value) for value in _without_empty_end(row)]
                for row in sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS + 1, values_only=True)
            ]
            for sheet in workbook.worksheets[:most]
        }
        workbook.close()
        return sheets
    except TableError:
        raise
    except Exception as error:
        raise TableError(TableProblem.NOT_XLSX) from error


def _check_size(archive: zipfile.ZipFile) -> None:
    """Raise :class:`TableError` for a file that would take much memory or time to read.

    A document of a few kilobytes can have millions of cells, by compression or by entities.
    """
    if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise TableError(TableProblem.TOO_LARGE)
    tags = 0
    for entry in archive.infolist():
        part = archive.read(entry).replace(b"\0", b"")  # ASCII characters of UTF-16 have one
        if b"<!DOCTYPE" in part:  # spreadsheets write none
            raise TableError(TableProblem.NOT_XLSX)
        tags += part.count(b"<")
        if tags > MAX_TAGS:
            raise TableError(TableProblem.TOO_LARGE)


def _without_empty_end(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return row[:end]


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


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
    rows = [[_cleaned(row.get(name, "")) for name in headings] for row in flat]
    return Table([_cleaned(heading) for heading in headings], rows, first_line=1)


def _flat(row: Mapping[str, Any]) -> dict[str, str]:
    """Return an object's members as texts: ``name`` with languages becomes ``name_vi`` and ``name_en``."""
    flat: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{language}": _cell_text(text) for language, text in value.items()}
        elif isinstance(value, list):
            flat[name] = "\n".join(map(_cell_text, value))
        else:
            flat[name] = _cell_text(value)
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


def write_workbook(tables: Mapping[str, Table]) -> bytes:
    """Return an XLSX file with a sheet for each table, by its name."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    for name, table in tables.items():
        _write_sheet(workbook.create_sheet(name), table)
    contents = io.BytesIO()
    workbook.save(contents)
    return contents.getvalue()


def _write_sheet(sheet: Any, table: Table) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    sheet.freeze_panes = "A2"
    for position in range(len(table.headings)):
        sheet.column_dimensions[_column_letters(position)].width = 28
    for row_number, row in enumerate((table.headings, *table.rows)):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=_cleaned(text))
            cell.data_type = "s"  # a text stays a text, also one that begins like a formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if row_number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)


def _column_letters(position: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(position + 1))
