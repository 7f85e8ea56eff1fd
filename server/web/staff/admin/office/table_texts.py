"""Why a file or a row of a table is refused, in sentences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.words import Words
from server.tables.files import MAX_COLUMNS, MAX_ROWS, TableProblem
from server.tables.procedures import RowProblem, RowProblemKind

_ROWS: Mapping[RowProblemKind, Callable[[Words, Mapping[str, Any]], str]] = {
    RowProblemKind.NO_CODE: lambda words, values: words("office", "Thiếu mã thủ tục."),
    RowProblemKind.BAD_CODE: lambda words, values: words(
        "office", "Mã “{code}” chỉ được có chữ không dấu, số, dấu chấm và gạch, tối đa 40 ký tự.", code=values["code"]
    ),
    RowProblemKind.TWICE: lambda words, values: words(
        "office", "Mã “{code}” đã có ở dòng {line}.", code=values["code"], line=values["line"]
    ),
    RowProblemKind.NO_NAME: lambda words, values: words("office", "Thiếu tên thủ tục bằng tiếng Việt."),
    RowProblemKind.UNKNOWN_SERVICE: lambda words, values: words(
        "office", "Không có lĩnh vực “{service}”. Mời thêm lĩnh vực trước, hoặc sửa ô này.", service=values["service"]
    ),
    RowProblemKind.NO_PLACE: lambda words, values: words(
        "office", "Mời ghi lĩnh vực, hoặc nơi giải quyết nếu thủ tục không làm tại đây."
    ),
    RowProblemKind.TOO_LONG: lambda words, values: words(
        "office", "Ô “{column}” dài quá {most} ký tự.", column=values["column"], most=values["most"]
    ),
}

_FILES: Mapping[TableProblem, Callable[[Words], str]] = {
    TableProblem.EMPTY: lambda words: words("office", "Tệp không có dòng nào."),
    TableProblem.TOO_LARGE: lambda words: words("office", "Tệp quá lớn. Mời chia thành nhiều tệp."),
    TableProblem.TOO_MANY_ROWS: lambda words: words(
        "office", "Tệp có quá {most} dòng. Mời chia thành nhiều tệp.", most=MAX_ROWS
    ),
    TableProblem.TOO_MANY_COLUMNS: lambda words: words(
        "office", "Tệp có quá {most} cột. Mời xóa các cột không dùng.", most=MAX_COLUMNS
    ),
    TableProblem.NOT_UTF8: lambda words: words(
        "office", "Tệp CSV chưa ở bảng mã UTF-8. Mời lưu lại dạng “CSV UTF-8”, hoặc dạng XLSX."
    ),
    TableProblem.NOT_XLSX: lambda words: words("office", "Tệp XLSX bị hỏng. Mời mở và lưu lại bằng Excel hoặc Calc."),
    TableProblem.NOT_JSON: lambda words: words("office", "Tệp JSON phải là một danh sách thủ tục."),
    TableProblem.UNKNOWN_FORM: lambda words: words("office", "Tệp XLS cũ không đọc được. Mời lưu lại dạng XLSX."),
}


@dataclass(frozen=True, slots=True)
class RowText:
    """A refused row as the page shows it."""

    line: int
    text: str


def row_text(problem: RowProblem, words: Words) -> RowText:
    """Return why a row is refused."""
    return RowText(problem.line, _ROWS[problem.kind](words, problem.values))


def table_problem_text(problem: TableProblem, words: Words) -> str:
    """Return why a file cannot be read, and what to do."""
    return _FILES[problem](words)


def missing_text(columns: Sequence[str], words: Words) -> str:
    """Return which columns a table lacks."""
    names = {"code": words("office", "mã thủ tục"), "name_vi": words("office", "tên")}
    missing = ", ".join(names[column] for column in columns)
    return words("office", "Tệp thiếu cột: {columns}. Mời tải mẫu về, điền rồi gửi lại.", columns=missing)
