"""The sentences that refuse a new password or PIN."""

from collections.abc import Callable, Mapping

from config.words import Words
from server.access.passwords import MAX_PASSWORD, MIN_PASSWORD, Weakness

WEAKNESSES: Mapping[Weakness, Callable[[Words], str]] = {
    Weakness.TOO_SHORT: lambda words: words("login", "Mật khẩu cần ít nhất {n} ký tự.", n=MIN_PASSWORD),
    Weakness.TOO_LONG: lambda words: words("account", "Mật khẩu có nhiều nhất {n} ký tự.", n=MAX_PASSWORD),
    Weakness.COMMON: lambda words: words("account", "Mật khẩu này quá phổ biến, dễ bị đoán. Mời chọn mật khẩu khác."),
    Weakness.NAMES_ONLY: lambda words: words(
        "account", "Mật khẩu gần như chỉ gồm tên người, tên cơ quan hoặc tên chương trình. Mời chọn mật khẩu khác."
    ),
    Weakness.NOT_SIX_DIGITS: lambda words: words("account", "Mã PIN gồm đúng 6 chữ số."),
    Weakness.EASY_PIN: lambda words: words("account", "Mã PIN này dễ đoán. Mời chọn mã khác."),
    Weakness.SAME_AS_OLD: lambda words: words("account", "Mật khẩu mới phải khác mật khẩu hiện tại."),
}


def weakness_text(words: Words, weakness: Weakness) -> str:
    """Return the sentence that says why a new password or PIN is refused."""
    return WEAKNESSES[weakness](words)
