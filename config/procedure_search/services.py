"""Find services by their names and by everyday words, beside procedures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

from config.procedure_search.procedures import GOOD_MATCH, AnyProcedure, SearchHit, match_span
from config.procedure_search.word_index import WordIndex


class SearchedService(Protocol):
    """The properties of a service that the search reads."""

    @property
    def id(self) -> str:
        """Its id in the office."""

    @property
    def name(self) -> Mapping[str, str]:
        """Its name by language."""

    @property
    def synonyms(self) -> Sequence[str]:
        """Everyday words by which it is found."""


AnyService = TypeVar("AnyService", bound=SearchedService)


@dataclass(frozen=True, slots=True)
class ServiceHit(Generic[AnyService]):
    """A service that matches the query well. ``match_span``: as of a procedure."""

    service: AnyService
    match_span: tuple[int, int] | None
    score: float


class _ServicesKey:
    """A list of services as the key of a cache, equal only to itself."""

    __slots__ = ("services",)

    def __init__(self, services: Sequence[SearchedService]) -> None:
        self.services = services

    def __hash__(self) -> int:
        return id(self.services)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ServicesKey) and other.services is self.services


def find_services(query: str, services: Sequence[AnyService], language: str) -> list[ServiceHit[AnyService]]:
    """Return the services that match ``query`` well, the best first.

    A similar one is no hit: it would push aside procedures that match better. The index of a list is kept: pass the
    same list again.
    """
    return [
        ServiceHit(services[index], match_span(query, services[index].name, language), score)
        for index, score in _ranked_services(_ServicesKey(services), query)
        if score >= GOOD_MATCH
    ]


def merged_hits(
    procedures: Sequence[SearchHit[AnyProcedure]], services: Sequence[ServiceHit[AnyService]]
) -> list[SearchHit[AnyProcedure] | ServiceHit[AnyService]]:
    """Return the hits of both kinds by score; procedures keep their order.

    A procedure stands before a service of the same score.
    """
    merged: list[SearchHit[AnyProcedure] | ServiceHit[AnyService]] = list(procedures)
    for hit in reversed(services):
        place = next((index for index, other in enumerate(procedures) if other.score < hit.score), len(procedures))
        merged.insert(place, hit)
    return merged


@lru_cache(maxsize=64)
def _ranked_services(key: _ServicesKey, query: str) -> tuple[tuple[int, float], ...]:
    return tuple(_services_index(key).ranked(query))


@lru_cache(maxsize=2)
def _services_index(key: _ServicesKey) -> WordIndex:
    index = WordIndex()
    for document, service in enumerate(key.services):
        for phrase in (*service.name.values(), *service.synonyms):
            index.add(document, phrase)
    return index
