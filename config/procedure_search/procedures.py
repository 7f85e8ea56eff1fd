"""Find procedures by everyday words, for the kiosk and for the desk.

Accents, case, đ/d and the order of words do not matter, nor does one wrong letter in a word. The words are those of
a procedure's names, of its synonyms (the office's data), and, counting less, of its full name and result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

from config.procedure_search.spelling import fold
from config.procedure_search.word_index import WordIndex

GOOD_MATCH = 0.8
"""Least score of a good match. Of the everyday phrases of the tests, one in eighteen scores less."""


class SearchedProcedure(Protocol):
    """The properties of a procedure that the search reads."""

    @property
    def code(self) -> str:
        """Its number in the national list."""

    @property
    def name(self) -> Mapping[str, str]:
        """Its short name by language."""

    @property
    def full_name(self) -> str:
        """Its name in the national list."""

    @property
    def synonyms(self) -> Sequence[str]:
        """Everyday words by which it is found."""

    @property
    def result(self) -> str:
        """The document that the visitor gets."""

    @property
    def place(self) -> str | None:
        """Where it is handled; None if this office handles it."""


AnyProcedure = TypeVar("AnyProcedure", bound=SearchedProcedure)


@dataclass(frozen=True, slots=True)
class SearchHit(Generic[AnyProcedure]):
    """A procedure that matches the query.

    ``match_span``: where the query stands in the displayed name, start and end (exclusive); None: nowhere.
    ``is_good_match``: the match is good enough to be presented as the procedure that was searched for, not only as a
    similar one. ``score``: 1 is a phrase as it stands.
    """

    procedure: AnyProcedure
    match_span: tuple[int, int] | None
    is_good_match: bool = True
    score: float = 1.0


class _CacheKey:
    """A list of procedures as the key of a cache. Equal only to itself, because lists cannot be hashed."""

    __slots__ = ("procedures",)

    def __init__(self, procedures: Sequence[SearchedProcedure]) -> None:
        self.procedures = procedures

    def __hash__(self) -> int:
        return id(self.procedures)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CacheKey) and other.procedures is self.procedures


def find_procedures(query: str, procedures: Sequence[AnyProcedure], language: str) -> list[SearchHit[AnyProcedure]]:
    """Return the procedures that match ``query``, the best first; an empty list when none does.

    A procedure that is handled elsewhere is left out where one of this office matches as well. The last word may be
    unfinished, unless a space follows it. ``language``: of the displayed name, which ``match_span`` refers to. A
    procedure with a ``place`` is handled elsewhere. The index of a list is kept: pass the same list again.
    """
    hits = []
    ranked = _ranked(_CacheKey(procedures), query)
    best_score_here = max((score for index, score in ranked if procedures[index].place is None), default=0.0)
    for index, score in ranked:
        procedure = procedures[index]
        if procedure.place is not None and score <= best_score_here:
            continue
        span = match_span(query, procedure.name, language)
        hits.append(SearchHit(procedure, span, score >= GOOD_MATCH, score))
    return hits


def match_span(query: str, name: Mapping[str, str], language: str) -> tuple[int, int] | None:
    """Return where the query stands in the displayed name, start and end (exclusive); None: nowhere."""
    phrase = " ".join(fold(query).split())
    start = _find_at_word_start(phrase, fold(name.get(language) or name["vi"]))
    return None if start is None else (start, start + len(phrase))


@lru_cache(maxsize=64)
def _ranked(key: _CacheKey, query: str) -> tuple[tuple[int, float], ...]:
    """Return the indexes of the matching procedures with their scores, the best first.

    The result is cached, because a screen is drawn again when only its clock has changed.
    """
    return tuple(_index(key).ranked(query))


@lru_cache(maxsize=2)
def _index(key: _CacheKey) -> WordIndex:
    """Return the word index of a list of procedures, built at its first search."""
    index = WordIndex()
    for document, procedure in enumerate(key.procedures):
        for phrase in (*procedure.name.values(), *procedure.synonyms, procedure.code):
            index.add(document, phrase)
        for phrase in (procedure.full_name, procedure.result):
            index.add(document, phrase, background=True)
    return index


def _find_at_word_start(part: str, text: str) -> int | None:
    """Return where ``part`` begins a word of ``text``; None when nowhere."""
    start = text.find(part)
    while start > 0 and text[start - 1].isalnum():
        start = text.find(part, start + 1)
    return start if start >= 0 else None
