"""Why a row of an office's workbook is refused, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.tables.cells import CellForm
from server.tables.office_import import OfficeImport
from server.tables.office_rows import RefusedRow, SheetProblem
from server.web.shared.phrases import Phrase
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.problem_texts import problem_text
from server.web.staff.admin.office.sections import BY_PART

FORMS: Mapping[CellForm, Phrase] = {
    CellForm.TEXT: lambda words: words("office", "ghi như trên trang"),
    CellForm.CODE: lambda words: words("office", "chữ không dấu, số, gạch ngang"),
    CellForm.MARK: lambda words: words("office", "ghi x, hoặc để trống"),
    CellForm.YES_NO: lambda words: words("office", "ghi có hoặc không; để trống là giữ nguyên"),
    CellForm.NUMBER: lambda words: words("office", "cần một số nguyên, hoặc để trống"),
    CellForm.SERVICE: lambda words: words("office", "không có lĩnh vực này; ghi mã hoặc tên một lĩnh vực"),
    CellForm.SERVICES: lambda words: words(
        "office", "không có lĩnh vực này; ghi mã hoặc tên, mỗi lĩnh vực một dòng hoặc cách nhau bằng dấu chấm phẩy"
    ),
    CellForm.CLERK: lambda words: words("office", "không có cán bộ này; ghi mã, hoặc họ tên nếu không trùng"),
    CellForm.COUNTER: lambda words: words("office", "không có quầy này; ghi mã hoặc tên quầy"),
    CellForm.SPANS: lambda words: words("office", "giờ viết như 07:30-11:30, 13:30-17:00; ghi nghỉ khi không làm việc"),
    CellForm.WEEK: lambda words: words("office", "mỗi dòng một ngày, như Thứ Hai: 07:30-11:30"),
    CellForm.DATES: lambda words: words(
        "office", "mỗi dòng một ngày, như 05/12/2026: 08:00-11:00 hoặc 05/12/2026: nghỉ"
    ),
    CellForm.LINES: lambda words: words("office", "mỗi dòng trong ô một mục"),
    CellForm.WORDS: lambda words: words("office", "mỗi dòng một từ, hoặc cách nhau bằng dấu chấm phẩy"),
    CellForm.OUTCOME: lambda words: words("office", "ghi một trong: tiếp nhận, trả kết quả, hướng dẫn"),
    CellForm.NUMBER_END: lambda words: words("office", "ghi một trong: ngừng cấp, cấp lại từ đầu"),
    CellForm.ORDER_BY: lambda words: words("office", "ghi một trong: theo thứ tự đã đặt, theo nhu cầu"),
    CellForm.ROLE: lambda words: words("office", "ghi một trong: cán bộ, quản lý"),
    CellForm.TIME: lambda words: words("office", "giờ viết như 03:00"),
    CellForm.MOMENT: lambda words: words("office", "ngày giờ viết như 01/12/2026 07:30"),
    CellForm.DATE: lambda words: words("office", "ngày viết như 25/12/2026, và phải có trong lịch"),
    CellForm.WEEKDAY: lambda words: words("office", "ghi Thứ Hai, Thứ Ba… hoặc Chủ nhật"),
    CellForm.WEEKDAYS: lambda words: words("office", "ghi các ngày cách nhau bằng dấu phẩy, như Thứ Hai, Thứ Ba"),
    CellForm.DAY_PART: lambda words: words("office", "ghi sáng, chiều hoặc giờ như 08:00-10:00; để trống là cả ngày"),
    CellForm.ZONE: lambda words: words("office", "múi giờ viết như Asia/Ho_Chi_Minh"),
    CellForm.NO_ERROR: lambda words: words("office", "công thức của ô này bị lỗi"),
}
"""How a cell of each form is written."""


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
        case SheetProblem.UNKNOWN_LINE:
            return words("office", "Ô “{column}”: không có “{word}”.", column=values["column"], word=values["word"])
        case SheetProblem.TOO_LONG:
            column, most = values["column"], values["most"]
            return words("office", "Ô “{column}” dài quá {most} ký tự.", column=column, most=most)
        case SheetProblem.CELL:
            form = FORMS[values["form"]](words)
            return words(
                "office", "Ô “{column}”, “{word}”: {form}.", column=values["column"], word=values["word"], form=form
            )
        case SheetProblem.ACCOUNT:
            return words("office", "Người này có tài khoản: họ tên, vai trò và việc ngừng sửa ở trang Người dùng.")
        case SheetProblem.NO_PLACE:
            return words("office", "Mời ghi lĩnh vực, hoặc nơi giải quyết nếu thủ tục không làm tại đây.")
        case SheetProblem.OFFICE:
            return _office_text(row, context)


def _office_text(row: RefusedRow, context: FieldContext) -> str:
    problem = row.values["problem"]
    section = BY_PART[problem.part]
    field = section.field_named(problem.name)
    sentence = problem_text(problem, section, context)
    return sentence if field is None else f"{field.label(context.words)}: {sentence}"
