"""Which character a printer's code page shows for a byte.

Python knows most pages. TCVN 5712-3, the one with all of Vietnamese, it does not; the two halves are laid out
as in Epson's charts of its pages 30 (small letters) and 31 (capitals).
"""

import codecs
from collections.abc import Mapping

# (first byte, letters in order; a space is an empty place)
_SMALL: tuple[tuple[int, str], ...] = (
    (0xA8, "ăâêôơưđ"),
    (0xB5, "àảãáạ ằẳẵắ"),
    (0xC6, "ặầẩẫấậè ẻẽéẹềểễếệìỉ"),
    (0xDC, "ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ"),
)
_CAPITALS: tuple[tuple[int, str], ...] = (
    (0xA1, "ĂÂ"),
    (0xA7, "Đ"),
    (0xAA, "ÊÔƠƯ"),
    *((first, letters.upper()) for first, letters in _SMALL if first > 0xA8),
)
EMPTY = " "


def _spread(rows: tuple[tuple[int, str], ...]) -> Mapping[int, str]:
    return {first + at: letter for first, letters in rows for at, letter in enumerate(letters)}


_OWN: Mapping[str, Mapping[int, str]] = {"tcvn3-1": _spread(_SMALL), "tcvn3-2": _spread(_CAPITALS)}


def character(byte: int, page: str) -> str:
    """One character, perhaps a combining mark; a space where the page has none."""
    if byte < 0x80:
        return chr(byte)
    if page in _OWN:
        return _OWN[page].get(byte, EMPTY)
    return codecs.decode(bytes([byte]), page, "ignore") or EMPTY
