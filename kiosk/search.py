"""Finding a procedure by a few letters: accents, case and đ/d do not matter."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from server.wire.messages import Procedure


@dataclass(frozen=True, slots=True)
class Found:
    """A procedure that matches; ``mark`` is where in its shown name, if there."""

    procedure: Procedure
    mark: tuple[int, int] | None


def fold(text: str) -> str:
    """Letters without accents, lower case, đ as d; one letter for each letter of the NFC text."""
    plain = []
    for letter in unicodedata.normalize("NFC", text):
        base = unicodedata.normalize("NFD", letter)[0].lower()
        plain.append("d" if base == "đ" else base[0])
    return "".join(plain)


def find(query: str, among: Sequence[Procedure], language: str) -> list[Found]:
    """Every procedure with all words of ``query``; those whose shown name has them as a phrase come first."""
    wanted = fold(query).split()
    if not wanted:
        return []
    phrase = " ".join(wanted)
    ranked: list[tuple[int, int, Found]] = []
    for place, one in enumerate(among):
        shown = fold(one.name.get(language) or one.name["vi"])
        text = f"{shown} {fold(one.name['vi'])} {fold(one.full_name)} {fold(one.code)}"
        at = _at_word(phrase, shown)
        if at is None and not all(_at_word(word, text) is not None for word in wanted):
            continue
        mark = None if at is None else (at, at + len(phrase))
        ranked.append((0 if at is not None else 1, place, Found(one, mark)))
    return [found for _, _, found in sorted(ranked, key=lambda entry: entry[:2])]


def _at_word(part: str, text: str) -> int | None:
    """Where ``part`` begins a word of ``text``."""
    at = text.find(part)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(part, at + 1)
    return at if at >= 0 else None
