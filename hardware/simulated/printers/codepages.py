"""Characters of a printer's code pages.

Python has most pages, but not TCVN 5712-3, which has all Vietnamese letters; its two halves follow Epson's charts of
pages 30 (small letters) and 31 (capitals).
"""

import codecs
from collections.abc import Mapping

# (byte of the first letter, letters of the bytes from there on; a space is an unassigned byte)
_SMALL_LETTERS: tuple[tuple[int, str], ...] = (
    (0xA8, "ăâêôơưđ"),
    (0xB5, "àảãáạ ằẳẵắ"),
    (0xC6, "ặầẩẫấậè ẻẽéẹềểễếệìỉ"),
    (0xDC, "ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ"),
)
_CAPITALS: tuple[tuple[int, str], ...] = (
    (0xA1, "ĂÂ"),
    (0xA7, "Đ"),
    (0xAA, "ÊÔƠƯ"),
    *((first_byte, letters.upper()) for first_byte, letters in _SMALL_LETTERS if first_byte > 0xA8),
)
UNASSIGNED = " "


def _by_byte(rows: tuple[tuple[int, str], ...]) -> Mapping[int, str]:
    return {first_byte + index: letter for first_byte, letters in rows for index, letter in enumerate(letters)}


# Pages that Python lacks: name -> byte -> letter.
_OWN_PAGES: Mapping[str, Mapping[int, str]] = {"tcvn3-1": _by_byte(_SMALL_LETTERS), "tcvn3-2": _by_byte(_CAPITALS)}


def character(byte: int, page: str) -> str:
    """Return the character of ``byte``, perhaps a combining mark.

    It is a space where the page has none.
    """
    if byte < 0x80:
        return chr(byte)
    if page in _OWN_PAGES:
        return _OWN_PAGES[page].get(byte, UNASSIGNED)
    return codecs.decode(bytes([byte]), page, "ignore") or UNASSIGNED
