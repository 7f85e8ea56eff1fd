"""A table of texts, the limits of a file, and why it has none."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MAX_BYTES = 8_000_000
"""The largest file that is read."""
MAX_UNPACKED_BYTES = 80_000_000
"""The most bytes that an XLSX file may unpack to."""
MAX_TAGS = 1_500_000
"""The most tags in an XLSX file; a table of ``MAX_ROWS`` procedures has a million."""
MAX_ROWS = 10_000
MAX_COLUMNS = 60
MAX_SHEETS = 30
MAX_CELL = 4_000
"""The most characters of a cell."""
MAX_TITLES = 10
"""The most rows above the headings, such as a title over several columns."""
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
    UNKNOWN_FORM = "unknown_form"  # of another program: XLS, ODS, a page of the web
    ENCRYPTED = "encrypted"
    FORMULA = "formula"  # sheet, cell: a formula without a value


class TableError(Exception):
    """A file cannot be read as a table. ``values``: those that the comment of the problem names."""

    def __init__(self, problem: TableProblem, **values: str) -> None:
        super().__init__(problem.value)
        self.problem, self.values = problem, values


Choices = Sequence[str] | str
"""The texts that a drop-down list offers; a text: the first column of the sheet with this name."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its headings, and rows of at least as many cells.

    ``first_line``: the line of its first row in the file. ``choices``: drop-down lists by heading.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    first_line: int = 2
    choices: Mapping[str, Choices] = field(default_factory=dict)


def table_of(rows: Iterable[Sequence[str]]) -> Table:
    """Return the rows of a file as a table.

    The headings are the first row that is not empty. Empty rows and cells at the end are left out.
    Raises :class:`TableError`.
    """
    table_rows: list[Sequence[str]] = []
    filled = 0
    for row in rows:
        table_rows.append(_without_empty_end([cleaned(cell) for cell in row]))
        if table_rows[-1]:
            filled = len(table_rows)
        if filled > MAX_ROWS + 1:
            raise TableError(TableProblem.TOO_MANY_ROWS)
        if len(table_rows[-1]) > MAX_COLUMNS:
            raise TableError(TableProblem.TOO_MANY_COLUMNS)
    if not filled:
        raise TableError(TableProblem.EMPTY)
    width = max(map(len, table_rows))
    first = next(number for number, row in enumerate(table_rows) if row)
    padded = [[*row, *[""] * (width - len(row))] for row in table_rows[first + 1 : filled]]
    return Table([heading.strip() for heading in table_rows[first]], padded, first_line=first + 2)


def below_titles(table: Table, is_heading: Callable[[str], bool]) -> Table:
    """Return the table whose headings are the first row with a known one.

    Rows above it are titles. The same table where no row has a known heading.
    """
    for number, row in enumerate((table.headings, *table.rows[:MAX_TITLES])):
        if any(map(is_heading, row)):
            if number == 0:
                return table
            return Table([heading.strip() for heading in row], table.rows[number:], table.first_line + number)
    return table


def cleaned(cell: str) -> str:
    """Return a cell with line feeds as line breaks.

    Characters that cannot be shown or stored become spaces.
    """
    return _CONTROLS.sub(" ", cell.replace("\r\n", "\n").replace("\r", "\n"))


def _without_empty_end(cells: Sequence[str]) -> Sequence[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
