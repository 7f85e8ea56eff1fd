"""Read an office from a workbook: each row is taken, or refused with a reason."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.domain.office import OfficeDefinition
from server.domain.office_changes import (
    Edit,
    OfficeProblem,
    Part,
    PartKey,
    Parts,
    Row,
    date_problems,
    differences,
    new_problems,
    office_from_parts,
    parts_of,
)
from server.tables.cells import BadCell, ServiceIds, SheetColumn, read_cell
from server.tables.files import MAX_CELL, Table
from server.tables.office_sheets import (
    HOURS_SHEET,
    ID,
    PERSON_NAME,
    PROCEDURE_SHEET,
    SERVICE_SHEET,
    SHEETS,
    OfficeSheet,
    new_row,
)
from server.tables.procedures import ColumnsMissing, import_procedures


class SheetProblem(StrEnum):
    """Why a row is refused. The comment names the entries of ``values``."""

    NO_COLUMN = "no_column"  # column: the sheet lacks the column that names its parts
    NO_ID = "no_id"  # column
    TWICE = "twice"  # id, line: the line that has it too
    ONE_ROW = "one_row"  # the sheet has one row only
    CELL = "cell"  # column, form, word
    TOO_LONG = "too_long"  # column, most
    NAME_ELSEWHERE = "name_elsewhere"  # the person has an account, which has the name
    OFFICE = "office"  # problem: the office would be impossible
    PROCEDURE = "procedure"  # problem: of a row of procedures


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken: its sheet, its line there, and the reason."""

    sheet: str
    line: int
    kind: SheetProblem
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficeImport:
    """The changes that a workbook makes.

    ``names``: new names of clerks by id. ``refused``: the rows that are not taken. ``ignored``: sheets and columns
    without a meaning here. ``impossible``: problems of the office that no single row has; nothing can be saved then.
    """

    edits: Sequence[Edit]
    names: Mapping[str, str]
    refused: Sequence[RefusedRow]
    ignored: Sequence[str]
    impossible: Sequence[OfficeProblem] = ()


@dataclass(frozen=True, slots=True)
class _TakenRow:
    """A row that could be read. ``fields``: of its part; ``person``: a clerk's name."""

    sheet: OfficeSheet
    line: int
    key: PartKey
    fields: Row
    person: str | None = None


@dataclass(frozen=True, slots=True)
class _Office:
    """The present office for the rows. ``services``: their ids by id and name, those of new rows too."""

    office: OfficeDefinition
    parts: Parts
    services: ServiceIds
    named_elsewhere: Collection[str]


def import_office_tables(
    tables: Mapping[str, Table], office: OfficeDefinition, named_elsewhere: Collection[str] = ()
) -> OfficeImport:
    """Return the edits of the rows, and the rows that are refused.

    A part that no row names stays as it is; so does a field without a column. The same workbook a second time changes
    nothing. ``named_elsewhere``: the clerks whose name is that of their account.
    """
    by_name = {_plain(name): table for name, table in tables.items()}
    present = parts_of(office)
    refused: list[RefusedRow] = []
    taken: list[_TakenRow] = []
    for sheet in SHEETS:
        if sheet is not PROCEDURE_SHEET and (table := by_name.get(_plain(sheet.name))) is not None:
            hall = _Office(office, present, _service_ids(office, taken), named_elsewhere)
            rows = list(_sheet_rows(sheet, table, hall))
            taken += [row for row in rows if isinstance(row, _TakenRow)]
            refused += [row for row in rows if isinstance(row, RefusedRow)]
    wanted, impossible = _possible(office, taken, refused)
    edits = differences(present, wanted)
    procedures = by_name.get(_plain(PROCEDURE_SHEET.name))
    if procedures is not None and not impossible:
        edits += _procedure_edits(procedures, office_from_parts(wanted, office), refused)
    names = {row.key[1]: row.person for row in taken if row.person is not None and _is_new_name(row, office)}
    known = {_plain(sheet.name) for sheet in SHEETS}
    ignored = [name for name in tables if _plain(name) not in known]
    ignored += [
        f"{sheet.name}: {heading}"
        for sheet in SHEETS
        if sheet is not PROCEDURE_SHEET and (table := by_name.get(_plain(sheet.name))) is not None
        for heading in table.headings
        if heading and _column(sheet, heading) is None
    ]
    return OfficeImport(edits, names, sorted(refused, key=_place), ignored, impossible)


def _place(row: RefusedRow) -> tuple[int, int]:
    return [sheet.name for sheet in SHEETS].index(row.sheet), row.line


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()


def _column(sheet: OfficeSheet, heading: str) -> SheetColumn | None:
    """Return the column with this heading; its name is accepted too."""
    wanted = _plain(heading)
    return next((column for column in sheet.columns if wanted in (_plain(column.heading), column.name)), None)


def _service_ids(office: OfficeDefinition, taken: Sequence[_TakenRow]) -> ServiceIds:
    """Return the ids of services by id and name."""
    ids = {name.casefold(): service.id for service in office.services.values() for name in service.name.values()}
    ids |= {
        name.casefold(): service.id for service in office.services_offered.values() for name in service.name.values()
    }
    rows = [row for row in taken if row.sheet is SERVICE_SHEET]
    ids |= {str(name).casefold(): row.key[1] for row in rows for name in (row.fields.get("name") or {}).values()}
    ids |= {service.casefold(): service for service in office.services}
    return ids | {row.key[1].casefold(): row.key[1] for row in rows}


def _sheet_rows(sheet: OfficeSheet, table: Table, hall: _Office) -> Iterator[_TakenRow | RefusedRow]:
    columns: dict[str, tuple[int, SheetColumn]] = {}
    for position, heading in enumerate(table.headings):
        if (column := _column(sheet, heading)) is not None:
            columns.setdefault(column.name, (position, column))
    needed = sheet.columns[0]
    if needed.name not in columns:
        yield RefusedRow(sheet.name, table.first_line - 1, SheetProblem.NO_COLUMN, {"column": needed.heading})
        return
    lines: dict[str, int] = {}
    for line, cells in enumerate(table.rows, start=table.first_line):
        if not any(cell.strip() for cell in cells):
            continue
        yield _row(sheet, line, {name: (cells[place], column) for name, (place, column) in columns.items()},
                   hall, lines)  # fmt: skip


def _row(
    sheet: OfficeSheet,
    line: int,
    cells: Mapping[str, tuple[str, SheetColumn]],
    hall: _Office,
    lines: dict[str, int],
) -> _TakenRow | RefusedRow:
    """Return one row, taken or refused. ``lines``: those of the ids so far."""
    values: dict[str, Any] = {}
    for name, (cell, column) in cells.items():
        if len(cell) > MAX_CELL:
            return RefusedRow(sheet.name, line, SheetProblem.TOO_LONG, {"column": column.heading, "most": MAX_CELL})
        try:
            values[name] = read_cell(column, cell, hall.services)
        except BadCell as bad:
            if name == ID and not cell.strip():
                return RefusedRow(sheet.name, line, SheetProblem.NO_ID, {"column": column.heading})
            reason = {"column": column.heading, "form": column.form, "word": bad.word}
            return RefusedRow(sheet.name, line, SheetProblem.CELL, reason)
    id_ = str(values.pop(ID, ""))
    if not id_ and sheet.columns[0].name == ID:
        return RefusedRow(sheet.name, line, SheetProblem.NO_ID, {"column": sheet.columns[0].heading})
    if id_ in lines:
        kind = SheetProblem.TWICE if id_ else SheetProblem.ONE_ROW
        return RefusedRow(sheet.name, line, kind, {"id": id_, "line": lines[id_]})
    lines[id_] = line
    if sheet is HOURS_SHEET:
        return _TakenRow(sheet, line, (Part.HOURS, ""), {id_: values.get("spans", [])})
    person = values.pop(PERSON_NAME, None) or None
    taken = _TakenRow(
        sheet, line, (sheet.part, id_), _fields(sheet, values, hall.parts.get((sheet.part, id_), {})), person
    )
    if id_ in hall.named_elsewhere and _is_new_name(taken, hall.office):
        return RefusedRow(sheet.name, line, SheetProblem.NAME_ELSEWHERE)
    return taken


def _is_new_name(row: _TakenRow, office: OfficeDefinition) -> bool:
    known = office.clerks.get(row.key[1])
    return row.person is not None and (known is None or known.name != row.person)


def _fields(sheet: OfficeSheet, values: Mapping[str, Any], present: Row) -> Row:
    """Return the fields of a row; a language without a column stays as it is."""
    fields_: dict[str, Any] = {}
    for name, value in values.items():
        field_name, _, language = name.partition(".")
        if not language:
            fields_[name] = value
            continue
        texts = dict(fields_.get(field_name) or present.get(field_name) or {})
        texts[language] = value
        fields_[field_name] = texts
    for field_name in {name.partition(".")[0] for name in values if "." in name}:
        texts = {language: text for language, text in fields_[field_name].items() if text}
        fields_[field_name] = (texts or None) if sheet.part is Part.DATE else texts
    return fields_


def _possible(
    office: OfficeDefinition, taken: list[_TakenRow], refused: list[RefusedRow]
) -> tuple[dict[PartKey, Row], Sequence[OfficeProblem]]:
    """Return the parts after the rows, without those that would make the office impossible.

    A refused row may have been needed by another one, so the rest is tried again.
    """
    present = parts_of(office)
    while True:
        wanted: dict[PartKey, Row] = dict(present)
        for row in taken:
            before = wanted.get(row.key) or new_row(row.key[0])
            wanted[row.key] = {**before, **row.fields}
        edits = differences(present, wanted)
        problems = [*date_problems(wanted, edits), *new_problems(office, office_from_parts(wanted, office))]
        wrong: dict[tuple[str, int], OfficeProblem] = {}
        for problem in problems:
            if (mistaken := _row_of(problem, taken)) is not None:
                wrong.setdefault((mistaken.sheet.name, mistaken.line), problem)
        if not wrong:
            return wanted, problems
        taken[:] = [row for row in taken if (row.sheet.name, row.line) not in wrong]
        refused += [
            RefusedRow(sheet, line, SheetProblem.OFFICE, {"problem": problem})
            for (sheet, line), problem in wrong.items()
        ]


def _row_of(problem: OfficeProblem, taken: Sequence[_TakenRow]) -> _TakenRow | None:
    """Return the row of a problem, else that of the other part of it."""
    for id_ in (problem.id, problem.values.get("other")):
        for row in taken:
            is_day = row.sheet is not HOURS_SHEET or problem.name in row.fields
            if row.key == (problem.part, id_) and is_day:
                return row
    return None


def _procedure_edits(table: Table, office: OfficeDefinition, refused: list[RefusedRow]) -> list[Edit]:
    name = PROCEDURE_SHEET.name
    try:
        changes = import_procedures(table, office)
    except ColumnsMissing as error:
        missing = {"column": ", ".join(error.columns)}
        refused.append(RefusedRow(name, table.first_line - 1, SheetProblem.NO_COLUMN, missing))
        return []
    refused += [RefusedRow(name, row.line, SheetProblem.PROCEDURE, {"problem": row}) for row in changes.refused]
    return list(changes.edits)
