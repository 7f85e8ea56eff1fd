"""Why a row of an office's workbook is refused, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.tables.cells import CellForm
from server.tables.office_import import OfficeImport, RefusedRow, SheetProblem
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.problem_texts import problem_text
from server.web.staff.admin.office.sections import BY_PART
from server.web.staff.admin.office.table_texts import row_text

_FORMS: Mapping[CellForm, Phrase] = {
    CellForm.NUMBER: lambda words: words("office", "cần một số nguyên, hoặc để trống"),
    CellForm.SERVICES: lambda words: words(
        "office", "không có lĩnh vực này; ghi mã hoặc tên, mỗi lĩnh vực một dòng hoặc cách nhau bằng dấu chấm phẩy"
    ),
    CellForm.SPANS: lambda words: words("office", "giờ viết như 07:30-11:30, 13:30-17:00"),
    CellForm.WEEK: lambda words: words("office", "mỗi dòng một ngày, như Thứ Hai: 07:30-11:30"),
    CellForm.OUTCOME: lambda words: words("office", "ghi một trong: tiếp nhận, trả kết quả, hướng dẫn"),
    CellForm.MOMENT: lambda words: words("office", "ngày giờ viết như 2026-12-01 07:30"),
    CellForm.DATE: lambda words: words("office", "ngày viết như 2026-12-25 hoặc 25/12/2026, và phải có trong lịch"),
    CellForm.WEEKDAY: lambda words: words("office", "ghi Thứ Hai, Thứ Ba… hoặc Chủ nhật"),
}


@dataclass(frozen=True, slots=True)
class SheetRowText:
    """A refused row as the page shows it."""

    sheet: str
    line: int
    text: str


def refused_texts(changes: OfficeImport, context: FieldContext) -> list[SheetRowText]:
    """Return the refused rows with their reasons."""
    return [SheetRowText(row.sheet, row.line, _text(row, context)) for row in changes.refused]


def _text(row: RefusedRow, context: FieldContext) -> str:
    words, values = context.words, row.values
    match row.kind:
        case SheetProblem.NO_COLUMN:
            return words("office", "Thiếu cột “{column}”. Mời tải mẫu về để xem tên các cột.", column=values["column"])
        case SheetProblem.NO_ID:
            return words("office", "Thiếu “{column}”.", column=values["column"])
        case SheetProblem.TWICE:
            return words("office", "Mã “{code}” đã có ở dòng {line}.", code=values["id"], line=values["line"])
        case SheetProblem.ONE_ROW:
            return words("office", "Trang tính này chỉ có một dòng.")
        case SheetProblem.TOO_LONG:
            column, most = values["column"], values["most"]
            return words("office", "Ô “{column}” dài quá {most} ký tự.", column=column, most=most)
        case SheetProblem.CELL:
            form = _FORMS[values["form"]](words)
            return words(
                "office", "Ô “{column}”, “{word}”: {form}.", column=values["column"], word=values["word"], form=form
            )
        case SheetProblem.NAME_ELSEWHERE:
            return words("office", "Người này có tài khoản: họ tên sửa ở trang Người dùng.")
        case SheetProblem.PROCEDURE:
            return row_text(values["problem"], words).text
        case SheetProblem.OFFICE:
            problem = values["problem"]
            section = BY_PART[problem.part]
            field = section.field_named(problem.name)
            sentence = problem_text(problem, section, context)
            return sentence if field is None else f"{field.label(words)}: {sentence}"
