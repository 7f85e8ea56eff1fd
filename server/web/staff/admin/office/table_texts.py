"""Why a file cannot be read as a table, in sentences."""

from collections.abc import Callable, Mapping

from config.words import Words
from server.tables.table import MAX_COLUMNS, MAX_ROWS, TableError, TableProblem

_FILES: Mapping[TableProblem, Callable[[Words, Mapping[str, str]], str]] = {
    TableProblem.EMPTY: lambda words, _: words("office", "Tệp không có dòng nào."),
    TableProblem.TOO_LARGE: lambda words, _: words("office", "Tệp quá lớn. Mời chia thành nhiều tệp."),
    TableProblem.TOO_MANY_ROWS: lambda words, _: words(
        "office", "Tệp có quá {most} dòng. Mời chia thành nhiều tệp.", most=MAX_ROWS
    ),
    TableProblem.TOO_MANY_COLUMNS: lambda words, _: words(
        "office", "Tệp có quá {most} cột. Mời xóa các cột không dùng.", most=MAX_COLUMNS
    ),
    TableProblem.NOT_UTF8: lambda words, _: words(
        "office", "Tệp CSV chưa ở bảng mã UTF-8. Mời lưu lại dạng “CSV UTF-8”, hoặc dạng XLSX."
    ),
    TableProblem.NOT_XLSX: lambda words, _: words(
        "office", "Tệp XLSX bị hỏng. Mời mở và lưu lại bằng Excel hoặc Calc."
    ),
    TableProblem.NOT_JSON: lambda words, _: words("office", "Tệp JSON phải là một danh sách thủ tục."),
    TableProblem.UNKNOWN_FORM: lambda words, _: words(
        "office",
        "Tệp này không phải XLSX (có thể là XLS cũ, ODS, CSV hoặc trang web)."
        " Mời mở bằng Excel hoặc Calc rồi lưu dạng XLSX.",
    ),
    TableProblem.ENCRYPTED: lambda words, _: words(
        "office", "Tệp có mật khẩu nên không đọc được. Mời bỏ mật khẩu, lưu lại rồi gửi lại."
    ),
    TableProblem.FORMULA: lambda words, values: words(
        "office",
        "Trang tính “{sheet}”, ô {cell}: công thức chưa có kết quả. Mời mở và lưu lại bằng Excel hoặc Calc.",
        sheet=values["sheet"],
        cell=values["cell"],
    ),
}


def table_problem_text(error: TableError, words: Words) -> str:
    """Return why a file cannot be read, and what to do."""
    return _FILES[error.problem](words, error.values)
