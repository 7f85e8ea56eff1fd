"""Read the rows of an office's sheets: each is taken, or refused with a reason."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from server.domain.office import OfficeDefinition
from server.domain.office_changes import Part, PartKey, Parts, Row
from server.tables.cells import ERRORS, CellForm, KnownIds, SheetColumn, plain, read_cell, written
from server.tables.hour_cells import BadCell
from server.tables.office_sheets import ID, NOT_FIELDS, ORDER, PERSON, REMOVED, OfficeSheet, new_row
from server.tables.table import MAX_CELL, Table, below_titles

_SHORT_CODE = re.compile(r"\d\.\d{1,5}")
"""A national code that a spreadsheet took for a number: 1.001190 became 1.00119."""
CODE_LENGTH = 8


class SheetProblem(StrEnum):
    """Why a row is refused. The comment names the entries of ``values``."""

    NO_COLUMN = "no_column"  # column: the sheet lacks the column that names its parts
    NO_ID = "no_id"  # column
    TWICE = "twice"  # id, line: the line that has it too
    ONE_ROW = "one_row"  # the sheet has one row only
    UNKNOWN_LINE = "unknown_line"  # column, word: the part has no such field
    CELL = "cell"  # column, form, word
    TOO_LONG = "too_long"  # column, most
    ACCOUNT = "account"  # the person has an account, which has name and roles
    NO_PLACE = "no_place"  # a procedure with neither a service nor a place where to go
    OFFICE = "office"  # problem: the office would be impossible


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken: its sheet, its line there, and the reason."""

    sheet: str
    line: int
    kind: SheetProblem
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A row that could be read.

    ``fields``: those of its part that differ; ``person``: a clerk's new name; ``place``: among the parts of its kind;
    ``removes``: the part is removed.
    """

    sheet: OfficeSheet
    line: int
    key: PartKey
    fields: Row
    person: str | None = None
    place: int | None = None
    removes: bool = False
    is_new: bool = False

    @property
    def changes_its_part(self) -> bool:
        """Return whether the row changes, adds or removes its part."""
        return bool(self.fields) or self.is_new or self.removes


@dataclass(frozen=True, slots=True)
class PresentOffice:
    """The office that the rows change.

    ``known``: its ids, and those of new rows; ``accounts``: the people with an account, True for those who may sign in.
    """

    office: OfficeDefinition
    parts: Parts
    known: KnownIds
    accounts: Mapping[str, bool]


class _RowRefusal(Exception):
    """The row is refused."""

    def __init__(self, kind: SheetProblem, **values: Any) -> None:
        super().__init__(kind.value)
        self.kind, self.values = kind, values


Cells = Mapping[str, tuple[SheetColumn, str]]
"""The cells of a row by the name of their column."""


def column_of(sheet: OfficeSheet, heading: str) -> SheetColumn | None:
    """Return the column with this heading; its English heading and its name are accepted too."""
    wanted = plain(heading).casefold()
    return next((column for column in sheet.columns if column.has_heading(wanted)), None)


def table_of_sheet(sheet: OfficeSheet, table: Table) -> Table:
    """Return the table below its titles."""
    key = sheet.columns[0]
    return below_titles(table, lambda heading: key.has_heading(plain(heading).casefold()))


def sheet_rows(sheet: OfficeSheet, table: Table, present: PresentOffice) -> Iterator[TakenRow | RefusedRow]:
    """Yield each row that is not empty, taken or refused."""
    columns: dict[str, tuple[int, SheetColumn]] = {}
    for position, heading in enumerate(table.headings):
        if (column := column_of(sheet, heading)) is not None:
            columns.setdefault(column.name, (position, column))
    key = sheet.columns[0]
    if key.name not in columns:
        yield RefusedRow(sheet.name, table.first_line - 1, SheetProblem.NO_COLUMN, {"column": key.heading})
        return
    lines: dict[str, int] = {}
    for line, texts in enumerate(table.rows, start=table.first_line):
        cells = {name: (column, texts[position]) for name, (position, column) in columns.items()}
        if not any(text.strip() for _, text in cells.values()):
            continue
        try:
            yield _taken_row(sheet, line, cells, present, lines)
        except _RowRefusal as refusal:
            yield RefusedRow(sheet.name, line, refusal.kind, refusal.values)


def _taken_row(sheet: OfficeSheet, line: int, cells: Cells, present: PresentOffice, lines: dict[str, int]) -> TakenRow:
    """Return a row. ``lines``: those of the ids so far. Raises :class:`_RowRefusal`."""
    id_ = _id(sheet, cells, present)
    if id_ in lines:
        raise _RowRefusal(SheetProblem.TWICE if id_ else SheetProblem.ONE_ROW, id=id_, line=lines[id_])
    lines[id_] = line
    if sheet.lines is not None:
        return TakenRow(sheet, line, (sheet.part, ""), _field_of_line(sheet, id_, cells, present))
    row = present.parts.get((sheet.part, id_))
    key = (sheet.part, id_)
    if REMOVED in cells and _value(*cells[REMOVED], present.known):
        return TakenRow(sheet, line, key, {}, removes=row is not None)
    fields = _fields(sheet, cells, row, present)
    place = _value(*cells[ORDER], present.known) if ORDER in cells else None
    taken = TakenRow(sheet, line, key, fields, place=place, is_new=row is None)
    return _with_person(taken, cells, present) if sheet.part is Part.CLERK else taken


def _id(sheet: OfficeSheet, cells: Cells, present: PresentOffice) -> str:
    """Return the id of a row, empty for a part that is there once. Raises :class:`_RowRefusal`."""
    if ID not in cells:
        return ""
    column, text = cells[ID]
    if not plain(text):
        raise _RowRefusal(SheetProblem.NO_ID, column=column.heading)
    id_ = str(_value(column, text, present.known))
    if sheet.part is Part.PROCEDURE and _SHORT_CODE.fullmatch(id_):
        whole = id_.ljust(CODE_LENGTH, "0")
        return whole if (sheet.part, whole) in present.parts and (sheet.part, id_) not in present.parts else id_
    return id_


def _value(column: SheetColumn, text: str, known: KnownIds) -> Any:
    """Return the value of a cell. Raises :class:`_RowRefusal`."""
    if len(text) > MAX_CELL:
        raise _RowRefusal(SheetProblem.TOO_LONG, column=column.heading, most=MAX_CELL)
    if plain(text) in ERRORS:
        raise _RowRefusal(SheetProblem.CELL, column=column.heading, form=CellForm.NO_ERROR, word=plain(text))
    try:
        return read_cell(column, text, known)
    except BadCell as bad:
        raise _RowRefusal(SheetProblem.CELL, column=column.heading, form=column.form, word=bad.word) from bad


def _field_of_line(sheet: OfficeSheet, name: str, cells: Cells, present: PresentOffice) -> Row:
    """Return the field of a line if its cell changes it. Raises :class:`_RowRefusal`."""
    column = (sheet.lines or {}).get(name)
    value = cells.get(sheet.columns[1].name)
    if column is None:
        raise _RowRefusal(SheetProblem.UNKNOWN_LINE, column=sheet.columns[0].heading, word=name[:60])
    if value is None:
        return {}
    return _changed({}, column, value[1], present.parts[(sheet.part, "")], present.known)


def _fields(sheet: OfficeSheet, cells: Cells, row: Row | None, present: PresentOffice) -> Row:
    """Return the fields that the cells of a row change. Raises :class:`_RowRefusal`."""
    before = new_row(sheet.part) if row is None else row
    fields: dict[str, Any] = {}
    for name, (column, text) in cells.items():
        if name not in NOT_FIELDS:
            fields = _changed(fields, column, text, before, present.known)
    if sheet.part is Part.DATE and fields.get("name") == {}:
        fields["name"] = None
    if sheet.part is Part.PROCEDURE:
        fields = _completed(fields, before, is_new=row is None)
    return {name: value for name, value in fields.items() if value != before[name]}


def _changed(fields: dict[str, Any], column: SheetColumn, text: str, before: Row, known: KnownIds) -> dict[str, Any]:
    """Return ``fields`` with that of a cell.

    A cell as an export writes it changes nothing, even where several values have the same text.
    """
    name, _, language = column.name.partition(".")
    if plain(text) == plain(written(column, before)) or (column.is_left_if_empty and not plain(text)):
        return fields
    value = _value(column, text, known)
    if language:
        texts = {**(fields.get(name) or before[name] or {}), language: value}
        value = {language: text for language, text in texts.items() if text}
    return {**fields, name: value}


def _completed(fields: dict[str, Any], before: Row, *, is_new: bool) -> dict[str, Any]:
    """Return the fields of a procedure with its full name. Raises :class:`_RowRefusal`."""
    after = {**before, **fields}
    if not after["full_name"]:
        fields = {**fields, "full_name": after["name"].get("vi", "")}
    if (fields or is_new) and not after["closed"] and not after["service"] and not after["place"]:
        raise _RowRefusal(SheetProblem.NO_PLACE)
    return fields


def _with_person(row: TakenRow, cells: Cells, present: PresentOffice) -> TakenRow:
    """Return a clerk's row with the new name. Raises :class:`_RowRefusal` for what the account has."""
    clerk = row.key[1]
    name = _value(*cells[PERSON], present.known) if PERSON in cells else ""
    known = present.office.clerks.get(clerk)
    is_new_name = bool(name) and (known is None or known.name != name)
    may_sign_in = present.accounts.get(clerk)
    if may_sign_in is not None and (is_new_name or (may_sign_in and {"role", "closed"} & set(row.fields))):
        raise _RowRefusal(SheetProblem.ACCOUNT)
    return replace(row, person=name) if is_new_name else row


def ids_by_name(names: Collection[tuple[str, str]], ids: Collection[str]) -> Mapping[str, str]:
    """Return the ids by name and by id, in lower case.

    ``names``: names with their ids; a name that two have is left out.
    """
    by_name: dict[str, str | None] = {}
    for name, id_ in names:
        known = by_name.setdefault(plain(name).casefold(), id_)
        if known != id_:
            by_name[plain(name).casefold()] = None
    unique = {name: id_ for name, id_ in by_name.items() if id_ is not None}
    return {**unique, **{id_.casefold(): id_ for id_ in ids}, **{id_: id_ for id_ in ids}}
