"""Which characters the shipped fonts hold: any other is drawn as an empty box, on slips and on screens."""

import unicodedata
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "screens" / "fonts" / "letters.txt"
"""Made by ``tools.fonts`` with the fonts."""
INVISIBLE = frozenset({"Cc", "Cf"})
"""Controls and joiners: no font needs them."""


@cache
def known() -> frozenset[str]:
    """Return every character that both weights of the font hold."""
    return frozenset(LIST.read_text(encoding="utf-8"))


def missing(text: str) -> tuple[str, ...]:
    """Return the characters of ``text`` that no font holds, each once, in their order."""
    composed = unicodedata.normalize("NFC", text)
    signs = (sign for sign in composed if sign not in known() and not sign.isspace())
    return tuple(dict.fromkeys(sign for sign in signs if unicodedata.category(sign) not in INVISIBLE))


def drawable(text: str) -> str:
    """Return ``text``. Raises ``ValueError`` with the first sign that no font holds."""
    if signs := missing(text):
        raise ValueError(f"no font holds {called(signs[0])}; write it in letters")
    return text


def called(sign: str) -> str:
    """Return a sign with its name, as "☂ (U+2602 UMBRELLA)"."""
    return f"{sign} (U+{ord(sign):04X} {unicodedata.name(sign, 'without a name')})"
