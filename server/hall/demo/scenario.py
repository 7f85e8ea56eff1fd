"""A busy morning as a plan of visitors and breaks.

A pure function of the office and a random source. The shares of the services and the arrival times are similar to real
halls: certification, justice and land have most visitors, and a quarter of the day's visitors come in the first hour.
Service times are the ``demo_service_min`` (minutes) of the office file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar

from config.office import OfficeSettings, ProcedureSettings

MINUTE_MS = 60_000
VISITOR_COUNT = 70

# Share of the day's tickets per service of the sample office (certification, civil status, land, results, residence,
# identity card); OTHER_SERVICES_SHARE is divided among the other services.
SERVICE_SHARES: Mapping[str, float] = {"CT": 0.35, "HT": 0.20, "DD": 0.15, "TK": 0.10, "CU": 0.05, "CC": 0.05}
OTHER_SERVICES_SHARE = 0.10
# (from minute, to minute, weight) after the opening: 07:30-08:30, 08:30-10:30, 10:30-11:30.
ARRIVALS: Sequence[tuple[float, float, float]] = ((0, 60, 25), (60, 180, 35), (180, 235, 8))

# Shares of all visitors.
PRIORITY_SHARE = 0.12
ABSENT_SHARE = 0.06
LATE_SHARE = 0.10
HELD_SHARE = 0.06
TRANSFERRED_SHARE = 0.04
OUTCOME_SHARES: Mapping[str, float] = {"received": 0.80, "more_papers": 0.12, "advice": 0.05, "refused": 0.03}
RESULTS_SERVICE = "TK"  # visitors collect the results of earlier visits
UNKNOWN_SERVICE_TIME_MIN = 6  # in minutes, for a visitor without a procedure
BREAK_LENGTHS_MIN = (6, 12)  # shortest and longest, in minutes


T = TypeVar("T")


class RandomSource(Protocol):
    """The methods of ``random.Random`` that are used; ``app.py`` creates it with a seed."""

    def random(self) -> float: ...

    def uniform(self, a: float, b: float, /) -> float: ...

    def triangular(self, low: float, high: float, mode: float) -> float: ...

    def choice(self, seq: Sequence[T], /) -> T: ...

    def choices(self, population: Sequence[T], weights: Sequence[float]) -> list[T]: ...


class CallResponse(StrEnum):
    """How a visitor responds when the number is called."""

    AT_ONCE = "at_once"
    LATE = "late"  # after a second call
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class HoldPlan:
    """The visitor leaves for ``away_ms``, after ``after_ms`` of service, to copy or pay."""

    after_ms: int
    away_ms: int


@dataclass(frozen=True, slots=True)
class VisitorPlan:
    """One visitor. Times are milliseconds; ``at_ms`` (the arrival) counts from the morning's beginning.

    ``walk_ms``: from the call to the counter. ``hold``: None for a visitor who does not leave during service.
    ``transfer``: the service to which the clerk transfers a visitor who chose a wrong one, else None.
    """

    at_ms: int
    service: str
    procedure: str | None
    priority: bool
    response: CallResponse
    walk_ms: int
    service_ms: int
    hold: HoldPlan | None
    transfer: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class BreakPlan:
    """A counter pauses from the first free moment after ``at_ms``, for ``length_ms``.

    ``at_ms`` counts from the morning's beginning in a ``MorningPlan``, and is on the hall's boot clock in a
    ``ClerkBot``.
    """

    counter: str
    at_ms: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class MorningPlan:
    """``visitors`` are in the order of their arrival."""

    visitors: tuple[VisitorPlan, ...]
    breaks: tuple[BreakPlan, ...]


def plan_morning(office: OfficeSettings, random: RandomSource, visitor_count: int = VISITOR_COUNT) -> MorningPlan:
    """Return a morning of ``visitor_count`` visitors; equal seeds give equal mornings."""
    shares = service_shares(office)
    visitors = [plan_visitor(office, shares, _arrival_ms(random), random) for _ in range(visitor_count)]
    return MorningPlan(tuple(sorted(visitors, key=lambda visitor: visitor.at_ms)), _breaks(office, random))


def plan_visitor(office: OfficeSettings, shares: Mapping[str, float], at_ms: int, random: RandomSource) -> VisitorPlan:
    """Return a visitor who comes at ``at_ms``."""
    service = _weighted_choice(shares, random)
    procedures = [entry for entry in office.procedures if entry.service == service and entry.place is None]
    procedure: ProcedureSettings | None = random.choice(procedures) if procedures else None
    mean_service_min = procedure.demo_service_min if procedure is not None else UNKNOWN_SERVICE_TIME_MIN
    service_ms = round(mean_service_min * MINUTE_MS * random.triangular(0.5, 1.8, 0.9))
    responses: dict[str, float] = {
        CallResponse.NEVER: ABSENT_SHARE,
        CallResponse.LATE: LATE_SHARE,
        CallResponse.AT_ONCE: 1 - ABSENT_SHARE - LATE_SHARE,
    }
    response = CallResponse(_weighted_choice(responses, random))
    is_held = random.random() < HELD_SHARE
    return VisitorPlan(
        at_ms=at_ms,
        service=service,
        procedure=procedure.code if procedure is not None else None,
        priority=random.random() < PRIORITY_SHARE,
        response=response,
        walk_ms=round(random.uniform(10, 35) * 1000),
        service_ms=service_ms,
        hold=HoldPlan(service_ms // 3, round(random.uniform(5, 15) * MINUTE_MS)) if is_held else None,
        transfer=_transfer(office, service, random),
        outcome="returned" if service == RESULTS_SERVICE else _weighted_choice(OUTCOME_SHARES, random),
    )


def without_pages(visitor: VisitorPlan) -> VisitorPlan:
    """Return a visit that needs no page of the clerk.

    A keypad can neither transfer a visitor nor call one back who is held.
    """
    return replace(visitor, hold=None, transfer=None)


def service_shares(office: OfficeSettings) -> dict[str, float]:
    """Return the share of each service that some counter serves; they add up to one."""
    served = {service for counter in office.counters for service in counter.services}
    services = [service.id for service in office.services if service.id in served]
    others = [service for service in services if service not in SERVICE_SHARES]
    shares = {
        service: SERVICE_SHARES[service] if service in SERVICE_SHARES else OTHER_SERVICES_SHARE / len(others)
        for service in services
    }
    total = sum(shares.values())
    return {service: share / total for service, share in shares.items()}


def _arrival_ms(random: RandomSource) -> int:
    weights = {str(index): weight for index, (_, _, weight) in enumerate(ARRIVALS)}
    begin_min, end_min, _ = ARRIVALS[int(_weighted_choice(weights, random))]
    return round(random.uniform(begin_min, end_min) * MINUTE_MS)


def _transfer(office: OfficeSettings, service: str, random: RandomSource) -> str | None:
    """Return the right service for the few visitors who chose a wrong one, else None.

    It is one that other counters serve.
    """
    chose_wrong = random.random() < TRANSFERRED_SHARE
    other_counters = [counter for counter in office.counters if service not in counter.services]
    other_services = sorted({other for counter in other_counters for other in counter.services})
    target = random.choice(other_services) if other_services else None
    return target if chose_wrong else None


def _breaks(office: OfficeSettings, random: RandomSource) -> tuple[BreakPlan, ...]:
    return tuple(
        BreakPlan(
            counter.id,
            round(random.uniform(70, 170) * MINUTE_MS),
            round(random.uniform(*BREAK_LENGTHS_MIN) * MINUTE_MS),
        )
        for counter in office.counters[::2]
    )


def _weighted_choice(weights: Mapping[str, float], random: RandomSource) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
