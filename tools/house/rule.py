"""A rule about the code, its breaches, and the areas that keep it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tools.house.sources import AREAS, Source


@dataclass(frozen=True, slots=True)
class Breach:
    """A place that breaks a rule. ``text`` says how."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """``find`` yields the breaches of a file. ``areas``: the top folders where there must be none."""

    name: str
    find: Callable[[Source], Iterable[Breach]]
    areas: Sequence[str] = AREAS


def breach_sentences(rules: Sequence[Rule], sources: Sequence[Source]) -> Iterator[str]:
    """Yield a sentence for each breach in an area that keeps the rule."""
    for source in sources:
        for rule in rules:
            if source.area in rule.areas:
                for breach in rule.find(source):
                    yield f"{source.name}:{breach.line}: {breach.text} ({rule.name})"


def breach_counts(rules: Sequence[Rule], sources: Sequence[Source]) -> Iterator[str]:
    """Yield the number of breaches of each rule in each area, where there are any."""
    for rule in rules:
        for area in AREAS:
            number = sum(len(list(rule.find(source))) for source in sources if source.area == area)
            if number:
                yield f"{number:5} {area:10} {rule.name}"
