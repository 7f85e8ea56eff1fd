"""Sentences of the set-up's pages about wrong input."""

from collections.abc import Mapping

from config.words import TextId
from server.access.passwords import MAX_PASSWORD, MIN_PASSWORD, Weakness

WEAK_PASSWORDS: Mapping[Weakness, TextId] = {
    Weakness.TOO_SHORT: TextId("setup", "Mật khẩu cần ít nhất {min} ký tự."),
    Weakness.TOO_LONG: TextId("setup", "Mật khẩu có nhiều nhất {max} ký tự."),
    Weakness.COMMON: TextId("setup", "Mật khẩu này quá phổ biến, dễ bị đoán. Mời Ông/Bà chọn mật khẩu khác."),
    Weakness.NAMES_ONLY: TextId(
        "setup", "Mật khẩu gần như chỉ có tên người, tên cơ quan hoặc tên phần mềm. Mời Ông/Bà chọn mật khẩu khác."
    ),
}
"""Why a password is refused; other weaknesses cannot occur here."""
PASSWORD_LIMITS = {"min": MIN_PASSWORD, "max": MAX_PASSWORD}
MINUTE_MS = 60_000


def wait_minutes(until_ms: int, now_ms: int) -> int:
    """Return the whole minutes until ``until_ms``, at least one."""
    return max(1, -(-(until_ms - now_ms) // MINUTE_MS))
