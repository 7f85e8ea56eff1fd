"""Vietnamese as single bytes, on the code pages that some printers have.

TCVN3 is the layout of Epson's pages 30 and 31, as its code tables and the printer data base of python-escpos' makers
give them: 67 small letters on one page, 67 capitals on the other, plain ASCII on both.
"""

import unicodedata
from collections.abc import Mapping

from hardware.printers import encode
from hardware.printers.profile import CodePage, Encoding

_SMALL = {
    0xA8: "ăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
_CAPITAL = {
    0xA1: "ĂÂ",
    0xA7: "Đ",
    0xAA: "ÊÔƠƯ",
    **{first: letters.upper() for first, letters in _SMALL.items() if first != 0xA8},
}


def _table(rows: Mapping[int, str]) -> dict[str, int]:
    return {letter: first + n for first, letters in rows.items() for n, letter in enumerate(letters)}


SMALL, CAPITAL = _table(_SMALL), _table(_CAPITAL)
TONES: Mapping[str, int] = {"\u0300": 0xCC, "\u0309": 0xD2, "\u0303": 0xDE, "\u0301": 0xEC, "\u0323": 0xF2}
PLAIN: Mapping[str, str] = {"–": "-", "—": "-", "·": "-", "•": "-", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'"}
"""Signs that may stand for others where a page lacks them. No letter is among them."""


class Letters:
    """Turns cleaned text into bytes for one printer; keeps which page it is on.

    ``page`` is the page after all bytes so far (-1: unknown). Set it back when bytes are not sent after all.
    """

    def __init__(self, pages: CodePage) -> None:
        self._pages, self.page = pages, -1

    def bytes_of(self, text: str) -> bytes | None:
        """The bytes, with the changes of page between them; None when a character is on no page of the printer."""
        out, page = bytearray(), self.page
        for character in text:
            found = self._found(character)
            if found is None:
                return None
            wanted, code = found
            if wanted is not None and wanted != page:
                page = wanted
                out += encode.code_page(page)
            out += code
        self.page = page
        return bytes(out)

    def _found(self, character: str) -> tuple[int | None, bytes] | None:
        """The page it is on (None: on all) and its bytes."""
        if " " <= character <= "~":
            return None, character.encode()
        coded = _tcvn3(character, self._pages) if self._pages.encoding is Encoding.TCVN3 else None
        if self._pages.encoding is Encoding.CP1258 and (code := _cp1258(character)) is not None:
            coded = self._pages.page, code
        if coded is None and character in PLAIN:
            return None, PLAIN[character].encode()
        return coded


def _tcvn3(letter: str, pages: CodePage) -> tuple[int, bytes] | None:
    if letter in SMALL:
        return pages.page, bytes([SMALL[letter]])
    if letter in CAPITAL:
        return pages.capitals, bytes([CAPITAL[letter]])
    return None


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
