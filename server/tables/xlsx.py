"""Read and write the sheets of an XLSX file, within limits."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from server.tables.table import (
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TAGS,
    MAX_TITLES,
    MAX_UNPACKED_BYTES,
    Choices,
    Table,
    TableError,
    TableProblem,
    cleaned,
)

ZIP = b"PK"
"""Begins an XLSX file, which is a ZIP archive."""
OLE = b"\xd0\xcf\x11\xe0"
"""Begins the form of Excel before 2007, and that of an encrypted file."""
LIST_ROWS = 2000
"""The rows of a sheet that have drop-down lists."""
TEXT_FORMAT = "@"
"""What is typed into a cell of this format stays a text: 001, 1.001190, 07:30."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FORMULA = re.compile(rb"<c ([^<>]*+)>\s*+<f[^<>]*?(?:/>|>[^<]*+</f>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?+\s*+</c>")
"""A cell with a formula and no value. It never reads a part of a damaged sheet twice, which would take hours."""
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3}[0-9]+)"')
_SHEET_PARTS = "xl/worksheets/"
_HALF_SECOND = timedelta(milliseconds=500)


def refuse_other_forms(contents: bytes) -> None:
    """Raise :class:`TableError` for a file of Excel that is no XLSX."""
    if contents.startswith(OLE):
        raise TableError(TableProblem.ENCRYPTED if _ENCRYPTED in contents else TableProblem.UNKNOWN_FORM)


def read_sheets(contents: bytes, *, most: int) -> Mapping[str, Sequence[Sequence[str]]]:
    """Return the rows of the first sheets as texts, by the name of the sheet.

    A formula is not computed: its last value counts. Raises :class:`TableError`.
    """
    from openpyxl import load_workbook  # takes a quarter of a second, and few need it

    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            formulas = _checked(archive)
        workbook = load_workbook(io.BytesIO(contents), read_only=True, data_only=True)
        for sheet in workbook.worksheets[:most]:
            if (cell := formulas.get(getattr(sheet, "_worksheet_path", ""))) is not None:
                raise TableError(TableProblem.FORMULA, sheet=sheet.title, cell=cell)
        sheets = {sheet.title: _rows(sheet) for sheet in workbook.worksheets[:most]}
        workbook.close()
        return sheets
    except TableError:
        raise
    except Exception as error:
        raise TableError(TableProblem.NOT_XLSX) from error


def write_workbook(tables: Mapping[str, Table]) -> bytes:
    """Return an XLSX file with a sheet for each table, by its name."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    for name, table in tables.items():
        _write_sheet(workbook.create_sheet(name), table)
    contents = io.BytesIO()
    workbook.save(contents)
    return contents.getvalue()


def _checked(archive: zipfile.ZipFile) -> Mapping[str, str]:
    """Return the first formula without a value of each part of the file: its cell.

    Raises :class:`TableError` for a file that would take much memory or time to read: a document of a few kilobytes can
    have millions of cells, by compression or by entities.
    """
    if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise TableError(TableProblem.TOO_LARGE)
    formulas, tags = {}, 0
    for entry in archive.infolist():
        part = archive.read(entry).replace(b"\0", b"")  # ASCII characters of UTF-16 have one
        if entry.filename == "mimetype":  # OpenDocument has this entry
            raise TableError(TableProblem.UNKNOWN_FORM)
        if b"<!DOCTYPE" in part:  # spreadsheets write none
            raise TableError(TableProblem.NOT_XLSX)
        tags += part.count(b"<")
        if tags > MAX_TAGS:
            raise TableError(TableProblem.TOO_LARGE)
        if entry.filename.startswith(_SHEET_PARTS) and (cell := _formula_without_value(part)):
            formulas[entry.filename] = cell
    return formulas


def _formula_without_value(part: bytes) -> str:
    """Return the cell of the first formula that no program has computed.

    The result of one that is a text may be empty.
    """
    for formula in _FORMULA.finditer(part):
        if b't="str"' not in formula[1] and (reference := _REFERENCE.search(formula[1])):
            return reference[1].decode()
    return ""


def _rows(sheet: Any) -> Sequence[Sequence[str]]:
    """Return the rows of a sheet, some more than allowed at most."""
    most = MAX_ROWS + MAX_TITLES + 2
    rows = sheet.iter_rows(max_row=most, max_col=MAX_COLUMNS + 1, values_only=True)
    return [[cell_text(value) for value in row] for row in rows]


def cell_text(value: object) -> str:
    """Return a value of a cell as people write it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        moment = (value + _HALF_SECOND).replace(microsecond=0)  # spreadsheets count in fractions of days
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _write_sheet(sheet: Any, table: Table) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    wrapped, bold = Alignment(wrap_text=True, vertical="top"), Font(bold=True)
    shaded = PatternFill("solid", fgColor="E3ECF7")
    sheet.freeze_panes = "A2"
    for position in range(len(table.headings)):
        sheet.column_dimensions[_column_letters(position)].width = _width(table, position)
    for row_number, row in enumerate((table.headings, *table.rows)):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=cleaned(text))
            cell.data_type = "s"  # a text stays a text, also one that begins like a formula
            cell.alignment, cell.number_format = wrapped, TEXT_FORMAT
            if row_number == 0:
                cell.font, cell.fill = bold, shaded
            cells.append(cell)
        sheet.append(cells)
    for heading, choices in table.choices.items():
        _offer(sheet, _column_letters(list(table.headings).index(heading)), choices)


def _offer(sheet: Any, letters: str, choices: Choices) -> None:
    """Give a column a drop-down list. Other texts may be typed too: a name instead of an id."""
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = f"'{choices}'!$A$2:$A${LIST_ROWS}" if isinstance(choices, str) else f'"{",".join(choices)}"'
    offered = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=False)
    offered.add(f"{letters}2:{letters}{LIST_ROWS}")
    sheet.data_validations.append(offered)


def _width(table: Table, position: int) -> int:
    """Return the width of a column, in characters: that of its longest line, within limits."""
    cells = (table.headings[position], *(row[position] for row in table.rows[:200]))
    return min(48, max(10, *(len(line) + 2 for cell in cells for line in cell.split("\n"))))


def _column_letters(position: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(position + 1))
