"""A busy morning as a plan: who comes when, for what, and how it goes. A pure function of office and chance.

Shares, arrivals and the mornings' peak follow what is known of real halls (certification, justice and land lead;
a quarter of the day's people come in the first hour); service times are the office file's ``demo_service_min``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from config.office import OfficeFile, Procedure

MINUTE_MS = 60_000
PEOPLE = 70

# Share of the day's tickets per service; what the office has beside these shares the rest.
SHARES: Mapping[str, float] = {"CT": 0.35, "HT": 0.20, "DD": 0.15, "TK": 0.10, "CU": 0.05, "CC": 0.05}
OTHERS = 0.10
# (from minute, to minute, weight) after the opening: 07:30-08:30, 08:30-10:30, 10:30-11:30.
ARRIVALS: Sequence[tuple[float, float, float]] = ((0, 60, 25), (60, 180, 35), (180, 235, 8))

PRIORITY = 0.12
ABSENT = 0.06
LATE = 0.10
HELD = 0.06
TRANSFERRED = 0.04
OUTCOMES: Mapping[str, float] = {"received": 0.80, "more_papers": 0.12, "advice": 0.05, "refused": 0.03}
RETURN_SERVICE = "TK"
BREAK_MIN = (6, 12)


T = TypeVar("T")


class Chance(Protocol):
    """What is needed of a seeded ``random.Random``, which ``app.py`` makes."""

    def random(self) -> float: ...

    def uniform(self, a: float, b: float, /) -> float: ...

    def triangular(self, low: float, high: float, mode: float) -> float: ...

    def choice(self, seq: Sequence[T], /) -> T: ...

    def choices(self, population: Sequence[T], weights: Sequence[float]) -> list[T]: ...


class Comes(StrEnum):
    """What happens when the number is called."""

    AT_ONCE = "at_once"
    LATE = "late"  # after a second call
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Hold:
    """Sent away in the middle, to copy or to pay: after ``after_ms`` of service, for ``away_ms``."""

    after_ms: int
    away_ms: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person. Times are milliseconds; ``at_ms`` counts from the morning's beginning."""

    at_ms: int
    service: str
    procedure: str | None
    priority: bool
    comes: Comes
    walk_ms: int
    service_ms: int
    hold: Hold | None
    transfer: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Break:
    """A counter pauses from the first free moment after ``at_ms``, for ``length_ms``."""

    counter: str
    at_ms: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class Plan:
    """``visitors`` in the order they come."""

    visitors: tuple[Visitor, ...]
    breaks: tuple[Break, ...]


def plan_morning(office: OfficeFile, chance: Chance, people: int = PEOPLE) -> Plan:
    """The morning of ``people`` visitors; the same chance gives the same morning."""
    shares = service_shares(office)
    visitors = [plan_visitor(office, shares, _arrival_ms(chance), chance) for _ in range(people)]
    return Plan(tuple(sorted(visitors, key=lambda one: one.at_ms)), _breaks(office, chance))


def plan_visitor(office: OfficeFile, shares: Mapping[str, float], at_ms: int, chance: Chance) -> Visitor:
    """One person who comes at ``at_ms``."""
    service = _pick(shares, chance)
    known = [one for one in office.procedures if one.service == service and one.place is None]
    procedure: Procedure | None = chance.choice(known) if known else None
    usual_min = procedure.demo_service_min if procedure is not None else 6
    service_ms = round(usual_min * MINUTE_MS * chance.triangular(0.5, 1.8, 0.9))
    comes = Comes(_pick({Comes.NEVER: ABSENT, Comes.LATE: LATE, Comes.AT_ONCE: 1 - ABSENT - LATE}, chance))
    held = chance.random() < HELD
    return Visitor(
        at_ms=at_ms,
        service=service,
        procedure=procedure.code if procedure is not None else None,
        priority=chance.random() < PRIORITY,
        comes=comes,
        walk_ms=round(chance.uniform(10, 35) * 1000),
        service_ms=service_ms,
        hold=Hold(service_ms // 3, round(chance.uniform(5, 15) * MINUTE_MS)) if held else None,
        transfer=_transfer(office, service, chance),
        outcome="returned" if service == RETURN_SERVICE else _pick(OUTCOMES, chance),
    )


def service_shares(office: OfficeFile) -> dict[str, float]:
    """Share per service that some counter of the office serves; they add up to one."""
    served = {service for counter in office.counters for service in counter.services}
    there = [service.id for service in office.services if service.id in served]
    rest = [one for one in there if one not in SHARES]
    shares = {one: SHARES[one] if one in SHARES else OTHERS / len(rest) for one in there}
    whole = sum(shares.values())
    return {one: share / whole for one, share in shares.items()}


def _arrival_ms(chance: Chance) -> int:
    spans = {str(index): weight for index, (_, _, weight) in enumerate(ARRIVALS)}
    begin, end, _ = ARRIVALS[int(_pick(spans, chance))]
    return round(chance.uniform(begin, end) * MINUTE_MS)


def _transfer(office: OfficeFile, service: str, chance: Chance) -> str | None:
    """Now and then somebody turns out to be at the wrong line; never twice, and never to the same counters."""
    wrong = chance.random() < TRANSFERRED
    here = {counter.id for counter in office.counters if service in counter.services}
    elsewhere = sorted({one for counter in office.counters if counter.id not in here for one in counter.services})
    to = chance.choice(elsewhere) if elsewhere else None
    return to if wrong else None


def _breaks(office: OfficeFile, chance: Chance) -> tuple[Break, ...]:
    return tuple(
        Break(
            counter.id,
            round(chance.uniform(70, 170) * MINUTE_MS),
            round(chance.uniform(*BREAK_MIN) * MINUTE_MS),
        )
        for counter in office.counters[::2]
    )


def _pick(weights: Mapping[str, float], chance: Chance) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
