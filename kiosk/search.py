"""Find procedures by everyday words.

Accents, case, đ/d and the order of words do not matter, nor does one wrong letter in a word. The words are those of
a procedure's names, of its synonyms (the office's data), and, counting less, of its full name and result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kiosk.spelling import fold
from kiosk.word_index import WordIndex
from server.wire.messages import Procedure

SURE = 0.8
"""Score below which a hit is only similar: of the everyday phrases of the tests, one in eighteen scores less."""


@dataclass(frozen=True, slots=True)
class Found:
    """A procedure that matches; ``mark`` is where the query stands in its shown name, if there.

    ``sure``: it matches so well that it may be called what was looked for.
    """

    procedure: Procedure
    mark: tuple[int, int] | None
    sure: bool = True


class _Catalogue:
    """A list of procedures as a key of the cache: the same list, not an equal one."""

    __slots__ = ("procedures",)

    def __init__(self, procedures: Sequence[Procedure]) -> None:
        self.procedures = procedures

    def __hash__(self) -> int:
        return id(self.procedures)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Catalogue) and other.procedures is self.procedures


def find(query: str, among: Sequence[Procedure], language: str) -> list[Found]:
    """Return the procedures that match ``query``, the best first; an empty list when none does.

    A procedure that is handled elsewhere is left out where one of this office matches as well. The last word may be
    unfinished, unless a space follows it. ``language`` chooses the name in which the mark stands.
    """
    phrase = " ".join(fold(query).split())
    found = []
    ranked = _ranked(_Catalogue(among), query)
    best_here = max((score for place, score in ranked if among[place].place is None), default=0.0)
    for place, score in ranked:
        procedure = among[place]
        if procedure.place is not None and score <= best_here:
            continue
        at = _at_word(phrase, fold(procedure.name.get(language) or procedure.name["vi"]))
        found.append(Found(procedure, None if at is None else (at, at + len(phrase)), score >= SURE))
    return found


@lru_cache(maxsize=64)
def _ranked(catalogue: _Catalogue, query: str) -> tuple[tuple[int, float], ...]:
    """Rank once for each query: a screen is drawn again when only its clock has changed."""
    return tuple(_index(catalogue).ranked(query))


@lru_cache(maxsize=2)
def _index(catalogue: _Catalogue) -> WordIndex:
    """The index of a catalogue, made at its first search."""
    index = WordIndex()
    for place, procedure in enumerate(catalogue.procedures):
        for phrase in (*procedure.name.values(), *procedure.synonyms, procedure.code):
            index.add(place, phrase)
        for phrase in (procedure.full_name, procedure.result):
            index.add(place, phrase, background=True)
    return index


def _at_word(part: str, text: str) -> int | None:
    """Where ``part`` begins a word of ``text``."""
    at = text.find(part)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(part, at + 1)
    return at if at >= 0 else None
