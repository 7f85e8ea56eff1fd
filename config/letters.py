"""The characters of the shipped fonts; any other is drawn as an empty box."""

import unicodedata
from functools import cache
from pathlib import Path

CHARACTER_LIST = Path(__file__).with_name("letters.txt")
"""Written by ``tools.fonts`` together with the fonts."""
INVISIBLE = frozenset({"Cc", "Cf"})
"""The categories of control characters and joiners, which no font needs."""


@cache
def drawable_characters() -> frozenset[str]:
    """Return all characters that both weights of the font have."""
    return frozenset(CHARACTER_LIST.read_text(encoding="utf-8"))


def missing_characters(text: str) -> tuple[str, ...]:
    """Return the characters of ``text`` that the fonts lack, each once, in order."""
    composed = unicodedata.normalize("NFC", text)
    missing = (char for char in composed if char not in drawable_characters() and not char.isspace())
    return tuple(dict.fromkeys(char for char in missing if unicodedata.category(char) not in INVISIBLE))


def check_drawable(text: str) -> str:
    """Return ``text``. Raises ``ValueError`` with the first character that the fonts lack."""
    if missing := missing_characters(text):
        raise ValueError(f"no font holds {describe_character(missing[0])}; write it in letters")
    return text


def describe_character(char: str) -> str:
    """Return a character with its name, as "☂ (U+2602 UMBRELLA)"."""
    return f"{char} (U+{ord(char):04X} {unicodedata.name(char, 'without a name')})"
