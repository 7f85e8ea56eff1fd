"""The mistakes of an office file, in sentences for the pages."""

from collections.abc import Callable, Mapping

from config.uploaded_office import MistakeKind, OfficeMistake
from config.words import Words
from server.web.shared.error_texts import FIELD_MISTAKES, missing_field, wrong_field

SENTENCES: Mapping[MistakeKind, Callable[[Words, str], str]] = {
    MistakeKind.SYNTAX: lambda words, _: words("office", "viết sai cú pháp TOML, mời sửa dòng này rồi gửi lại"),
    MistakeKind.NOT_TEXT: lambda words, _: words("office", "tệp không phải văn bản UTF-8, mời lưu lại dạng UTF-8"),
    MistakeKind.UNKNOWN_SETTING: FIELD_MISTAKES["extra_forbidden"],
    MistakeKind.MISSING_SETTING: missing_field,
    MistakeKind.WRONG_VALUE: wrong_field,
    MistakeKind.OTHER_ID: lambda words, _: words("office", "mã cơ quan (id) không phải mã dùng ở máy này"),
    MistakeKind.PROCEDURES_NOT_CHOSEN: lambda words, _: words(
        "office", "tệp dùng thêm một tệp thủ tục chưa được gửi, mời gửi cả tệp đó hoặc xóa dòng này"
    ),
    MistakeKind.PROCEDURES_UNREADABLE: lambda words, _: words(
        "office", "tệp thủ tục phải là một danh sách thủ tục ở dạng JSON"
    ),
    MistakeKind.NO_FILE: lambda words, _: words("setup", "Mời Ông/Bà chọn tệp của cơ quan."),
    MistakeKind.OTHER: lambda words, _: words("office", "nội dung chưa dùng được"),
}
"""The sentence of each kind; the argument is the name of the setting in the file."""

NO_DETAIL = (MistakeKind.NO_FILE,)
"""The kinds whose sentence says everything."""


def mistake_text(mistake: OfficeMistake, words: Words) -> str:
    """Return the sentence of a mistake, with the exact English one in brackets."""
    sentence = SENTENCES[mistake.kind](words, mistake.setting).rstrip(".")
    sentence = sentence[:1].upper() + sentence[1:]
    if mistake.kind in NO_DETAIL:
        return f"{sentence}."
    if words.language == "en":
        return mistake.text
    return f"{sentence} ({mistake.text})."
