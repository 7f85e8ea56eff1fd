"""Vietnamese words as people type them: without accents, in Telex, or by their sound."""

import re
import unicodedata
from functools import lru_cache

# (letters as a regular expression, the letters that many people pronounce in their place)
_SOUNDS = (
    ("^tr", "ch"),
    ("^x", "s"),
    ("^(?:gi|r)(?=[aeiouy])", "d"),
    ("^l", "n"),
    ("y$", "i"),
    ("ng$", "n"),
    ("c$", "t"),
)

ABBREVIATIONS = {
    "bh": "bảo hiểm",
    "dc": "được",
    "dk": "đăng ký",
    "dki": "đăng ký",
    "gcn": "giấy chứng nhận",
    "gp": "giấy phép",
    "hd": "hợp đồng",
    "hk": "hộ khẩu",
    "hs": "hồ sơ",
    "kd": "kinh doanh",
    "kh": "kết hôn",
    "ko": "không",
    "ks": "khai sinh",
    "ng": "người",
    "nn": "nước ngoài",
    "vs": "với",
    "xd": "xây dựng",
    "xn": "xác nhận",
}
"""Abbreviations of everyday writing, folded, that stand inside longer queries. Those of one procedure are synonyms."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return the text in lower case without accents, đ as d.

    One letter for each letter of the NFC text.
    """
    plain = []
    for letter in unicodedata.normalize("NFC", text):
        base_letter = unicodedata.normalize("NFD", letter)[0].lower()
        plain.append("d" if base_letter == "đ" else base_letter[0])
    return "".join(plain)


def words_of(text: str) -> list[str]:
    """Split a text into words of letters and digits, lower case, NFC.

    A code with points stays one word.
    """
    return re.findall(r"\w+(?:\.\w+)*", unicodedata.normalize("NFC", text).lower())


@lru_cache(maxsize=4096)
def spelling(word: str) -> str:
    """Return a key that is equal for words with the same letters and accents.

    *hóa* and *hoá* have the same key.
    """
    return "".join(sorted(unicodedata.normalize("NFD", word)))


def sound(word: str) -> str:
    """Return a folded word as many people pronounce it.

    ch is tr, s is x, r and gi are d, n is l, ng is n, c is t.
    """
    for letters, pronounced in _SOUNDS:
        word = re.sub(letters, pronounced, word)
    return word


def without_telex(word: str) -> str:
    """Return a folded word without the letters that Telex types for accents: *giaays* becomes *giay*."""
    plain = re.sub(r"(?<=[aeiouy])([a-z]*?)[sfrxj](?=[a-z]*$)", r"\1", word, count=1)
    plain = re.sub(r"aa|ee|oo|dd", lambda pair: pair.group()[0], plain)
    return re.sub(r"(?<=[aou])w|w(?=[aou])", "", plain)
