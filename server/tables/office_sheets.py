"""The sheets of an office's workbook: one for each kind of part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from server.domain.calendar import WEEKDAYS
from server.domain.office import (
    Clerk,
    CounterDefinition,
    NoticeDefinition,
    OfficeDefinition,
    ServiceDefinition,
    ServiceGroup,
)
from server.domain.office_changes import Part, Parts, Row, parts_of
from server.domain.office_changes.parts import SINGLE_PARTS, with_lists
from server.domain.permissions import Role
from server.tables.cells import WEEKDAY_NAMES, CellForm, SheetColumn, written
from server.tables.files import Table
from server.tables.procedures import procedure_table

ID = "id"
"""The column by which a row finds its part."""
PERSON_NAME = "person"
"""The column of a clerk's name, which no part has."""


@dataclass(frozen=True, slots=True)
class OfficeSheet:
    """A sheet. ``columns``: the first names the part, but for a part that is there once."""

    name: str
    part: Part
    columns: Sequence[SheetColumn]


CLOSED = SheetColumn("closed", "Đã ngừng (x)", CellForm.TICK)
OFFICE_SHEET = OfficeSheet(
    "Cơ quan",
    Part.OFFICE,
    (
        SheetColumn("name.vi", "Tên cơ quan"),
        SheetColumn("name.en", "Tên tiếng Anh"),
        SheetColumn("hotline", "Số điện thoại", optional=True),
    ),
)
HOURS_SHEET = OfficeSheet(
    "Giờ làm việc",
    Part.HOURS,
    (SheetColumn(ID, "Ngày trong tuần", CellForm.WEEKDAY), SheetColumn("spans", "Giờ", CellForm.SPANS)),
)
SERVICE_SHEET = OfficeSheet(
    "Lĩnh vực",
    Part.SERVICE,
    (
        SheetColumn(ID, "Mã"),
        SheetColumn("prefix", "Chữ đầu của số"),
        SheetColumn("series", "Chung dãy số với (mã)", optional=True),
        SheetColumn("name.vi", "Tên lĩnh vực"),
        SheetColumn("name.en", "Tên tiếng Anh"),
        SheetColumn("outcome", "Kết quả thường ghi", CellForm.OUTCOME),
        SheetColumn("capacity", "Nhiều nhất mỗi buổi", CellForm.NUMBER, optional=True),
        SheetColumn("hours", "Giờ riêng", CellForm.WEEK, optional=True),
        SheetColumn("usual", "Hiện ở trang đầu (x)", CellForm.TICK),
        SheetColumn("synonyms", "Từ người dân thường dùng", CellForm.LINES),
        CLOSED,
    ),
)
PROCEDURE_SHEET = OfficeSheet("Thủ tục", Part.PROCEDURE, ())
"""Its columns are those of ``server.tables.procedures``."""
SHEETS: Sequence[OfficeSheet] = (
    OFFICE_SHEET,
    HOURS_SHEET,
    OfficeSheet(
        "Ngày nghỉ",
        Part.DATE,
        (
            SheetColumn(ID, "Ngày", CellForm.DATE),
            SheetColumn("name.vi", "Tên ngày nghỉ"),
            SheetColumn("name.en", "Tên tiếng Anh"),
            SheetColumn("spans", "Giờ làm việc ngày đó", CellForm.SPANS, optional=True),
        ),
    ),
    SERVICE_SHEET,
    OfficeSheet(
        "Nhóm lĩnh vực",
        Part.GROUP,
        (
            SheetColumn(ID, "Mã"),
            SheetColumn("name.vi", "Tên nhóm"),
            SheetColumn("name.en", "Tên tiếng Anh"),
            SheetColumn("services", "Lĩnh vực", CellForm.SERVICES),
        ),
    ),
    OfficeSheet(
        "Cán bộ",
        Part.CLERK,
        (
            SheetColumn(ID, "Mã"),
            SheetColumn(PERSON_NAME, "Họ tên"),
            SheetColumn("services", "Chỉ phục vụ lĩnh vực", CellForm.SERVICES, optional=True),
            CLOSED,
        ),
    ),
    OfficeSheet(
        "Quầy",
        Part.COUNTER,
        (
            SheetColumn(ID, "Mã"),
            SheetColumn("label", "Tên quầy"),
            SheetColumn("services", "Lĩnh vực", CellForm.SERVICES),
            SheetColumn("clerk", "Mã cán bộ", optional=True),
            CLOSED,
        ),
    ),
    PROCEDURE_SHEET,
    OfficeSheet(
        "Thông báo",
        Part.NOTICE,
        (
            SheetColumn(ID, "Mã"),
            SheetColumn("text.vi", "Nội dung"),
            SheetColumn("text.en", "Nội dung tiếng Anh"),
            SheetColumn("since", "Hiện từ", CellForm.MOMENT, optional=True),
            SheetColumn("until", "Đến", CellForm.MOMENT, optional=True),
        ),
    ),
)
"""The sheets in their order: one that is named by others comes before them."""
_NEW_PARTS: Mapping[Part, Any] = {
    Part.SERVICE: ServiceDefinition("", "", {}, "received", None, None, usual=True),
    Part.GROUP: ServiceGroup("", {}, ()),
    Part.COUNTER: CounterDefinition("", "", (), None, "hall"),
    Part.CLERK: Clerk("", "", Role.CLERK, None),
    Part.NOTICE: NoticeDefinition("", {}, None, None),
}


def new_row(part: Part) -> Row:
    """Return the fields of a new part before those of its row."""
    if part is Part.DATE:
        return {"name": None, "spans": None}
    definition = _NEW_PARTS[part]
    left_out = {"id", "name"} if part is Part.CLERK else {"id"}
    return with_lists(
        {field.name: getattr(definition, field.name) for field in fields(definition) if field.name not in left_out}
    )


def office_tables(office: OfficeDefinition) -> Mapping[str, Table]:
    """Return the office as the tables of a workbook; an import of it changes nothing."""
    parts = parts_of(office)
    return {
        sheet.name: procedure_table(office)
        if sheet is PROCEDURE_SHEET
        else Table([column.heading for column in sheet.columns], list(_rows(sheet, parts, office)))
        for sheet in SHEETS
    }


def _rows(sheet: OfficeSheet, parts: Parts, office: OfficeDefinition) -> Iterable[Sequence[str]]:
    if sheet is HOURS_SHEET:
        week = parts[(Part.HOURS, "")]
        return [[WEEKDAY_NAMES[day], written(sheet.columns[1], week[day])] for day in WEEKDAYS]
    ids = [""] if sheet.part in SINGLE_PARTS else _ids(sheet.part, parts)
    return [[_cell(column, id_, parts[(sheet.part, id_)], office) for column in sheet.columns] for id_ in ids]


def _ids(part: Part, parts: Parts) -> Sequence[str]:
    return [id_ for kind, id_ in parts if kind is part]


def _cell(column: SheetColumn, id_: str, row: Row, office: OfficeDefinition) -> str:
    if column.name == ID:
        return id_
    if column.name == PERSON_NAME:
        return office.clerks[id_].name
    name, _, language = column.name.partition(".")
    value = row[name]
    if language:
        return str((value or {}).get(language, ""))
    return written(column, value)
