"""Vietnamese as single bytes, on the code pages that some printers have.

TCVN3 is the layout of Epson's pages 30 and 31: 67 small letters on one page, 67 capitals on the other, plain ASCII on
both. python-escpos encodes it; Windows' page, where a tone is a byte of its own, is encoded here.
"""

import unicodedata
from collections.abc import Callable, Mapping
from functools import partial

from hardware.printers import encode
from hardware.printers.profile import Encoding, VietnameseCodePage

SMALL = "ăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
"""The 67 small Vietnamese letters that are not in ASCII."""
CAPITAL = SMALL.upper()
"""The capitals of ``SMALL``, in the same order."""
ETH = "\u00d0"
"""The Icelandic capital Ð, which python-escpos' table of TCVN3 has in the place of Đ."""
# Combining mark of a tone -> its byte on Windows' code page 1258.
TONES: Mapping[str, int] = {"\u0300": 0xCC, "\u0309": 0xD2, "\u0303": 0xDE, "\u0301": 0xEC, "\u0323": 0xF2}
REPLACEMENTS: Mapping[str, str] = {
    "–": "-",
    "—": "-",
    "·": "-",
    "•": "-",
    "…": "...",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
}
"""Punctuation mark -> the ASCII text printed in its place. Letters are never replaced."""


class CodePageEncoder:
    """Encodes text that ``lettering.clean`` returned, for one printer, and tracks the printer's code page.

    ``code_page``: the printer's Vietnamese pages. ``page``: the number (n of ESC t) of the page that is selected in the
    printer after all bytes so far (None: unknown). A caller that does not send the bytes restores the earlier number.
    """

    def __init__(self, code_page: VietnameseCodePage) -> None:
        self._encode = (
            _tcvn3_encoder(code_page)
            if code_page.encoding is Encoding.TCVN3
            else partial(_encode_cp1258, code_page.page)
        )
        self.page: int | None = None

    def bytes_of(self, text: str) -> bytes | None:
        """Return the bytes of ``text``, with the commands that change the page.

        None, with ``page`` unchanged, when a character is on no page.
        """
        if any(letter.isascii() and not " " <= letter <= "~" for letter in text):
            return None
        encoded = self._encode(text, self.page)
        if encoded is None:
            return None
        data, self.page = encoded
        return data


EncodeText = Callable[[str, int | None], tuple[bytes, int | None] | None]
"""Takes a text and the number of the page that is selected before it (None: unknown). Returns the bytes and the number
of the page that is selected after them; None when a letter is on no page."""


def _tcvn3_encoder(code_page: VietnameseCodePage) -> EncodeText:
    """Return the encoder of TCVN3 text, by python-escpos' tables.

    Those tables have the Icelandic letter ``ETH`` in the place of Đ.
    """
    from hardware.printers.library import CodePages  # loads python-escpos, in the printer's thread

    pages = CodePages({"TCVN-3-1": code_page.page, "TCVN-3-2": code_page.capitals})

    def encoded(text: str, page: int | None) -> tuple[bytes, int | None] | None:
        if ETH in text:
            return None
        plain = "".join(REPLACEMENTS.get(letter, letter) for letter in text).replace("Đ", ETH)
        # Letters that are on no page never reach the library's encoder, which substitutes Chinese ones.
        if not all(letter.isascii() or pages.has(letter) for letter in plain):
            return None
        return pages.encode(plain, page)

    return encoded


def _encode_cp1258(cp1258_page: int, text: str, page: int | None) -> tuple[bytes, int | None] | None:
    """Encode text on Windows' page, as ``EncodeText`` does.

    ``cp1258_page``: the printer's number of that page. python-escpos' encoder does not separate letters from tones.
    """
    data = bytearray()
    for letter in text:
        letter_bytes = letter.encode() if letter.isascii() else _cp1258_bytes(letter)
        if letter_bytes is None:
            letter_bytes = REPLACEMENTS[letter].encode() if letter in REPLACEMENTS else None
        elif not letter.isascii() and page != cp1258_page:
            page = cp1258_page
            data += encode.code_page(cp1258_page)
        if letter_bytes is None:
            return None
        data += letter_bytes
    return bytes(data), page


def _cp1258_bytes(letter: str) -> bytes | None:
    """Return the byte of a letter, or those of letter and tone.

    None for a letter that the page lacks.
    """
    parts = unicodedata.normalize("NFD", letter)
    tones = [mark for mark in parts if mark in TONES]
    base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
    for candidate, tone_marks in ((letter, []), (base, tones)):
        try:
            return candidate.encode("cp1258") + bytes(TONES[mark] for mark in tone_marks)
        except UnicodeEncodeError:
            continue
    return None
