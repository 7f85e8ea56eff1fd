"""The first sheet of an office's workbook: how its other sheets are filled in."""

from collections.abc import Mapping, Sequence

from config.words import Words
from server.domain.office import OfficeDefinition
from server.tables.cells import CellForm, SheetColumn
from server.tables.office_sheets import ID, ORDER, REMOVED, SHEETS, OfficeSheet
from server.tables.office_tables import GUIDE_SHEET, office_tables
from server.tables.table import Table
from server.tables.xlsx import write_workbook
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import OfficeField, WholeNumberField
from server.web.staff.admin.office.rule_fields import RULE_FIELDS
from server.web.staff.admin.office.sheet_texts import FORMS

_OF_COLUMNS: Mapping[str, Phrase] = {
    ID: lambda words: words("office", "dòng được nhận ra theo ô này; mã mới là thêm mới, và sau này không đổi được"),
    ORDER: lambda words: words(
        "office", "số nhỏ đứng trước; hai dòng cùng số thì theo thứ tự dòng; để trống là giữ chỗ"
    ),
    REMOVED: lambda words: words("office", "ghi x để xóa dòng này"),
    "closed": lambda words: words("office", "ghi x để ngừng; xóa dấu x để dùng lại"),
    "until": lambda words: words("office", "thôi hiện đúng lúc này; ngày giờ viết như 01/12/2026 07:30"),
}
"""How some columns are filled in, by their names."""


def office_workbook(office: OfficeDefinition, words: Words) -> bytes:
    """Return the office as a workbook with its guide, the template of an import."""
    labels = {field.name: _label(field, words) for field in RULE_FIELDS}
    tables = office_tables(office, lambda rule: labels.get(rule, ""))
    return write_workbook({GUIDE_SHEET: guide_table(words), **tables})


def guide_table(words: Words) -> Table:
    """Return what each column of each sheet is, and how its cells are written."""
    headings = [
        words("office", "Trang tính"),
        words("office", "Cột"),
        words("office", "Tên tiếng Anh của cột"),
        words("office", "Cách ghi"),
    ]
    rows: list[Sequence[str]] = [["", "", "", rule] for rule in _general(words)]
    rows += [_row(sheet, column, words) for sheet in SHEETS for column in sheet.columns]
    return Table(headings, rows)


def _general(words: Words) -> Sequence[str]:
    return (
        words("office", "Sửa, thêm dòng trong các trang tính sau, lưu dạng XLSX rồi gửi lại ở trang này của Lượt."),
        words(
            "office", "Dòng, cột hoặc trang tính không có trong tệp thì giữ nguyên. Xóa một dòng khỏi tệp không xóa gì."
        ),
        words(
            "office", "Mọi thay đổi được xem trước. Dòng sai không được nhận, có ghi lý do; gửi lại tệp không thêm gì."
        ),
    )


_NAMING = frozenset({CellForm.SERVICE, CellForm.SERVICES, CellForm.CLERK, CellForm.COUNTER})


def _row(sheet: OfficeSheet, column: SheetColumn, words: Words) -> Sequence[str]:
    of_column = _OF_COLUMNS.get(column.name)
    text = FORMS[column.form](words) if of_column is None else of_column(words)
    if of_column is None and column.form in _NAMING:
        text = text.partition("; ")[2]  # without the reason of a refusal
    if sheet.lines is not None and column.form is CellForm.TEXT:
        text = words("office", "giữ nguyên cột này") if column.name == ID else words("office", "giá trị mới")
    return [sheet.name, column.heading, column.english, text]


def _label(field: OfficeField, words: Words) -> str:
    """Return the name of a rule, with its unit."""
    label = field.label(words)
    unit = field.unit(words) if isinstance(field, WholeNumberField) and field.unit is not None else ""
    return f"{label} ({unit})" if unit else label
