"""Read an office from a workbook: each row is taken, or refused with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from server.domain.office import OfficeDefinition
from server.domain.office_changes import (
    Edit,
    OfficeProblem,
    Part,
    PartKey,
    Parts,
    ProblemKind,
    Row,
    date_problems,
    differences,
    new_problems,
    office_from_parts,
    parts_of,
)
from server.domain.office_changes.parts import ORDERED_PARTS, ids_of
from server.tables.cells import KnownIds, plain
from server.tables.office_rows import (
    PresentOffice,
    RefusedRow,
    SheetProblem,
    TakenRow,
    column_of,
    ids_by_name,
    sheet_rows,
    table_of_sheet,
)
from server.tables.office_sheets import (
    CLERK_SHEET,
    COUNTER_SHEET,
    ID,
    PERSON,
    PROCEDURE_SHEET,
    SERVICE_SHEET,
    SHEETS,
    OfficeSheet,
    new_row,
)
from server.tables.office_tables import GUIDE_SHEET, LABEL_COLUMN
from server.tables.table import Table

_OF_THE_WHOLE = frozenset({ProblemKind.NO_COUNTERS, ProblemKind.NO_OPEN_SERVICES})
"""Problems that many rows have together."""
NO_ACCOUNTS: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OfficeImport:
    """The changes that a workbook makes.

    ``names``: new names of clerks by id. ``refused``: the rows that are not taken. ``ignored``: sheets and columns
    without a meaning here. ``impossible``: problems of the office that no single row has; nothing can be saved then.
    ``unchanged``: how many rows are taken that change nothing.
    """

    edits: Sequence[Edit]
    names: Mapping[str, str]
    refused: Sequence[RefusedRow] = ()
    ignored: Sequence[str] = ()
    impossible: Sequence[OfficeProblem] = ()
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        """Return whether it changes nothing."""
        return not self.edits and not self.names

    @property
    def added(self) -> int:
        """Return how many parts are added."""
        return sum(edit.before is None for edit in self.edits)

    @property
    def removed(self) -> int:
        """Return how many parts are removed."""
        return sum(edit.after is None for edit in self.edits)

    @property
    def closed(self) -> int:
        """Return how many parts are closed."""
        return sum(closes(edit) for edit in self.edits)

    @property
    def changed(self) -> int:
        """Return how many parts are changed, and not closed."""
        return len(self.edits) - self.added - self.removed - self.closed

    @property
    def most_important_first(self) -> Sequence[Edit]:
        """Return the edits, those first that remove or close a part."""
        return sorted(self.edits, key=lambda edit: not (edit.after is None or closes(edit)))


def closes(edit: Edit) -> bool:
    """Return whether an edit closes a part that was not closed."""
    return bool(edit.before is not None and edit.after is not None and edit.after.get("closed"))


def import_office_tables(
    tables: Mapping[str, Table], office: OfficeDefinition, accounts: Mapping[str, bool] = NO_ACCOUNTS
) -> OfficeImport:
    """Return the edits of the rows, and the rows that are refused.

    A part that no row names stays as it is; so does a field without a column. The same workbook a second time changes
    nothing. ``accounts``: the people who have an account, True for those who may sign in.
    """
    tables_of_sheets, ignored = _sheets_of(tables)
    present = parts_of(office)
    hall = PresentOffice(office, present, _known_ids(office, tables_of_sheets), accounts)
    taken: list[TakenRow] = []
    refused: list[RefusedRow] = []
    for sheet, table in tables_of_sheets:
        for row in sheet_rows(sheet, table, hall):
            if isinstance(row, TakenRow):
                taken.append(row)
            else:
                refused.append(row)
    wanted, impossible = _possible(office, taken, refused)
    edits = differences(present, {**wanted, **_orders(wanted, taken)})
    names = {row.key[1]: row.person for row in taken if row.person is not None}
    unchanged = sum(not row.changes_its_part and row.person is None for row in taken)
    return OfficeImport(edits, names, sorted(refused, key=_position), ignored, impossible, unchanged)


def import_procedures(table: Table, office: OfficeDefinition) -> OfficeImport:
    """Return the edits of a table of procedures, and the rows that are refused."""
    return import_office_tables({PROCEDURE_SHEET.name: table}, office)


def _sheets_of(tables: Mapping[str, Table]) -> tuple[Sequence[tuple[OfficeSheet, Table]], Sequence[str]]:
    """Return the sheets with their tables, and the sheets and columns without a meaning."""
    by_name = {plain(name).casefold(): table for name, table in tables.items()}
    tables_of_sheets: list[tuple[OfficeSheet, Table]] = []
    known = {GUIDE_SHEET.casefold()}
    for sheet in SHEETS:
        names = (sheet.name.casefold(), sheet.english.casefold())
        known |= set(names)
        if (table := by_name.get(names[0], by_name.get(names[1]))) is not None:
            tables_of_sheets.append((sheet, table_of_sheet(sheet, table)))
    ignored = [name for name in tables if plain(name).casefold() not in known]
    ignored += [
        f"{sheet.name}: {heading}"
        for sheet, table in tables_of_sheets
        for heading in table.headings
        if heading and column_of(sheet, heading) is None and heading != LABEL_COLUMN
    ]
    return tables_of_sheets, ignored


def _position(row: RefusedRow) -> tuple[int, int]:
    return [sheet.name for sheet in SHEETS].index(row.sheet), row.line


def _known_ids(office: OfficeDefinition, tables_of_sheets: Sequence[tuple[OfficeSheet, Table]]) -> KnownIds:
    """Return the ids of services, clerks and counters by name, those of new rows too."""
    names = [(name, service.id) for service in office.services_offered.values() for name in service.name.values()]
    people = [(clerk.name, clerk.id) for clerk in office.clerks.values()]
    labels = [(counter.label, counter.id) for counter in office.counters.values()]
    services, clerks, counters = list(office.services), list(office.clerks), list(office.counters)
    for sheet, table in tables_of_sheets:
        if sheet is SERVICE_SHEET:
            services += _cells_of(sheet, table, ID)
            names += _names_of(sheet, table, "name.vi") + _names_of(sheet, table, "name.en")
        if sheet is CLERK_SHEET:
            clerks += _cells_of(sheet, table, ID)
            people += _names_of(sheet, table, PERSON)
        if sheet is COUNTER_SHEET:
            counters += _cells_of(sheet, table, ID)
            labels += _names_of(sheet, table, "label")
    return KnownIds(ids_by_name(names, services), ids_by_name(people, clerks), ids_by_name(labels, counters))


def _names_of(sheet: OfficeSheet, table: Table, column: str) -> list[tuple[str, str]]:
    """Return the names in a column, each with the id of its row."""
    rows = zip(_cells_of(sheet, table, column), _cells_of(sheet, table, ID), strict=False)
    return [(name, id_) for name, id_ in rows if name and id_]


def _cells_of(sheet: OfficeSheet, table: Table, column: str) -> list[str]:
    """Return the cells of a column, none where the table lacks it."""
    headings = [column_of(sheet, heading) for heading in table.headings]
    place = next((place for place, known in enumerate(headings) if known is not None and known.name == column), None)
    return [] if place is None else [plain(row[place]) for row in table.rows]


def _possible(
    office: OfficeDefinition, taken: list[TakenRow], refused: list[RefusedRow]
) -> tuple[dict[PartKey, Row], Sequence[OfficeProblem]]:
    """Return the parts after the rows, without those that would make the office impossible.

    A refused row may have been needed by another one, so the rest is tried again.
    """
    present = parts_of(office)
    while True:
        wanted = _after(present, taken)
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


def _after(present: Parts, taken: Sequence[TakenRow]) -> dict[PartKey, Row]:
    """Return the parts after the rows."""
    wanted: dict[PartKey, Row] = dict(present)
    for row in taken:
        if row.removes:
            wanted.pop(row.key, None)
        elif row.changes_its_part:
            wanted[row.key] = {**(wanted.get(row.key) or new_row(row.key[0])), **row.fields}
    return wanted


def _row_of(problem: OfficeProblem, taken: Sequence[TakenRow]) -> TakenRow | None:
    """Return the row that makes a problem: of its part, else of the other part.

    Of a part with many rows it is that of the mistaken field, else the last one.
    """
    if problem.kind in _OF_THE_WHOLE:
        return None
    for id_ in (problem.id, problem.values.get("other")):
        rows = [row for row in taken if row.key == (problem.part, id_) and row.changes_its_part]
        if rows:
            return next((row for row in rows if problem.name in row.fields), rows[-1])
    return None


def _orders(wanted: Parts, taken: Sequence[TakenRow]) -> Mapping[PartKey, Row]:
    """Return the orders that the rows change.

    The parts with a place stand in the order of their places, and all together where they stood; the others stay.
    """
    orders: dict[PartKey, Row] = {}
    for part in ORDERED_PARTS:
        ids = ids_of(wanted, part)
        placed = [row for row in taken if row.place is not None and row.key[0] is part and row.key in wanted]
        sorted_ids = iter([row.key[1] for row in sorted(placed, key=lambda row: (row.place, row.line))])
        moved = {row.key[1] for row in placed}
        order = [next(sorted_ids) if id_ in moved else id_ for id_ in ids]
        if order != ids:
            orders[(Part.ORDER, part.value)] = {"ids": order}
    return orders
