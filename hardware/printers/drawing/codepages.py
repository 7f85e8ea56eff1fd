"""Vietnamese as single bytes, on the code pages that some printers have.

TCVN3 is the layout of Epson's pages 30 and 31: 67 small letters on one page, 67 capitals on the other, plain ASCII on
both. python-escpos encodes it; Windows' page, where a tone is a byte of its own, is encoded here.
"""

import unicodedata
from collections.abc import Callable, Mapping
from functools import partial

from hardware.printers import encode
from hardware.printers.profile import CodePage, Encoding

SMALL = "ăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
CAPITAL = SMALL.upper()
"""The 134 letters beyond ASCII."""
ETH = "\u00d0"
TONES: Mapping[str, int] = {"\u0300": 0xCC, "\u0309": 0xD2, "\u0303": 0xDE, "\u0301": 0xEC, "\u0323": 0xF2}
PLAIN: Mapping[str, str] = {"–": "-", "—": "-", "·": "-", "•": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'"}
"""Signs that may stand for others where a page lacks them. No letter is among them."""


class Letters:
    """Turns cleaned text into bytes for one printer; keeps which page it is on.

    ``page`` is the page after all bytes so far (None: unknown). Set it back when bytes are not sent after all.
    """

    def __init__(self, pages: CodePage) -> None:
        self._encode = _tcvn3(pages) if pages.encoding is Encoding.TCVN3 else partial(_encoded_cp1258, pages.page)
        self.page: int | None = None

    def bytes_of(self, text: str) -> bytes | None:
        """The bytes, with the changes of page between them; None when a character is on no page of the printer."""
        if any(letter.isascii() and not " " <= letter <= "~" for letter in text):
            return None
        encoded = self._encode(text, self.page)
        if encoded is None:
            return None
        data, self.page = encoded
        return data


Encode = Callable[[str, int | None], tuple[bytes, int | None] | None]
"""Encodes a text for a printer on that page; returns the bytes and the page after them, None when a letter is on no
page."""


def _tcvn3(numbers: CodePage) -> Encode:
    """By python-escpos' tables, in which Đ is written as the Icelandic letter that looks like it."""
    from hardware.printers.library import Pages  # loads python-escpos, in the printer's thread

    pages = Pages({"TCVN-3-1": numbers.page, "TCVN-3-2": numbers.capitals})

    def encoded(text: str, page: int | None) -> tuple[bytes, int | None] | None:
        if ETH in text:
            return None
        plain = "".join(PLAIN.get(letter, letter) for letter in text).replace("Đ", ETH)
        # Letters that are on no page never reach the library's encoder, which has ideas of its own about Chinese ones.
        if not all(letter.isascii() or pages.has(letter) for letter in plain):
            return None
        return pages.encode(plain, page)

    return encoded


def _encoded_cp1258(number: int, text: str, page: int | None) -> tuple[bytes, int | None] | None:
    """By our own table: python-escpos' encoder does not part letters from their tones."""
    out = bytearray()
    for letter in text:
        coded = letter.encode() if letter.isascii() else _cp1258(letter)
        if coded is None:
            coded = PLAIN[letter].encode() if letter in PLAIN else None
        elif not letter.isascii() and page != number:
            page = number
            out += encode.code_page(number)
        if coded is None:
            return None
        out += coded
    return bytes(out), page


def _cp1258(letter: str) -> bytes | None:
    """One byte, or a letter's with its tone's behind it."""
    parts = unicodedata.normalize("NFD", letter)
    tones = [mark for mark in parts if mark in TONES]
    base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
    for whole, marks in ((letter, []), (base, tones)):
        try:
            return whole.encode("cp1258") + bytes(TONES[mark] for mark in marks)
        except UnicodeEncodeError:
            continue
    return None
