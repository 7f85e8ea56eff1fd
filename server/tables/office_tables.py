"""The office as the tables of a workbook; an import of them changes nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from server.domain.office import OfficeDefinition
from server.domain.office_changes import Part, Parts, parts_of
from server.domain.office_changes.parts import SINGLE_PARTS, ids_of
from server.tables.cells import CHOICES, NO, YES, CellForm, SheetColumn, written
from server.tables.office_sheets import (
    CLERK_SHEET,
    COUNTER_SHEET,
    ID,
    ORDER,
    PERSON,
    PROCEDURE_SHEET,
    REMOVED,
    RULES_SHEET,
    SERVICE_SHEET,
    SHEETS,
    OfficeSheet,
)
from server.tables.table import Choices, Table, TableFormat

GUIDE_SHEET = "Hướng dẫn"
"""The first sheet of a workbook, for people; an import does not read it."""
LABEL_COLUMN = "Nội dung"
"""The column with the name of a rule for people; an import does not read it."""
RuleLabel = Callable[[str], str]
"""Returns the name of a rule for people."""


def office_tables(office: OfficeDefinition, rule_label: RuleLabel = str) -> Mapping[str, Table]:
    """Return the office as the tables of a workbook."""
    parts = parts_of(office)
    return {sheet.name: _table(sheet, parts, office, rule_label) for sheet in SHEETS}


def procedure_table(office: OfficeDefinition, form: TableFormat = TableFormat.XLSX) -> Table:
    """Return the procedures of an office as a table of its own.

    JSON, which is for programs, has the names of the fields; lists of other sheets are not offered.
    """
    table = _table(PROCEDURE_SHEET, parts_of(office), office, str)
    if form is TableFormat.JSON:
        names = [column.name.replace(".", "_") for column in PROCEDURE_SHEET.columns]
        return Table(["code" if name == ID else name for name in names], table.rows)
    return Table(table.headings, table.rows)


def _table(sheet: OfficeSheet, parts: Parts, office: OfficeDefinition, rule_label: RuleLabel) -> Table:
    headings = [column.heading for column in sheet.columns]
    if sheet.lines is not None:
        rows = list(_lines(sheet, parts, rule_label))
        if sheet is RULES_SHEET:
            return Table([headings[0], LABEL_COLUMN, headings[1]], rows)
        return Table(headings, [[row[0], row[2]] for row in rows])
    choices = {column.heading: offered for column in sheet.columns if (offered := _choices(column))}
    return Table(headings, list(_rows(sheet, parts, office)), choices=choices)


def _lines(sheet: OfficeSheet, parts: Parts, rule_label: RuleLabel) -> Iterator[Sequence[str]]:
    """Yield the name, the name for people, and the value of each field."""
    key = sheet.columns[0]
    for name, column in (sheet.lines or {}).items():
        value = written(column, parts[(sheet.part, "")])
        yield [written(key, {key.name: name}), rule_label(name), value]


def _rows(sheet: OfficeSheet, parts: Parts, office: OfficeDefinition) -> Iterator[Sequence[str]]:
    ids = [""] if sheet.part in SINGLE_PARTS else ids_of(parts, sheet.part)
    for place, id_ in enumerate(ids, start=1):
        others = {ID: id_, ORDER: place, REMOVED: False}
        if sheet.part is Part.CLERK:
            others[PERSON] = office.clerks[id_].name
        row = {**parts[(sheet.part, id_)], **others}
        yield [written(column, row) for column in sheet.columns]


def _choices(column: SheetColumn) -> Choices:
    """Return the drop-down list of a column, empty without one."""
    match column.form:
        case CellForm.YES_NO:
            return (YES, NO)
        case CellForm.SERVICE:
            return SERVICE_SHEET.name
        case CellForm.CLERK:
            return CLERK_SHEET.name
        case CellForm.COUNTER:
            return COUNTER_SHEET.name
    return tuple(CHOICES.get(column.form, {}).values())
