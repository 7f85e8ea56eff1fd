"""Figures of the benchmark.

A figure is a value with its distribution, its ratio to a limit, and its targets.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

MIN_THIRD = 3
"""The least values in a third; medians of fewer values do not show the noise."""


class WrongAnswer(Exception):
    """A program gave a wrong answer, so its speed means nothing."""


class Statistic(StrEnum):
    """The value of a figure that a target is for."""

    RATIO = "ratio"
    MEDIAN = "median"
    P95 = "p95"
    P99 = "p99"


class TargetResult(StrEnum):
    """The result of comparing a figure with its targets."""

    MISSED = "missed"
    MET = "met"
    AIM = "aim"
    NO_TARGET = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """The bound that must be kept, and the better one that is aimed at.

    ``at_least``: they are lower bounds.
    """

    statistic: Statistic
    must: float
    aim: float | None = None
    at_least: bool = False

    def keeps(self, value: float, bound: float) -> bool:
        """Return whether ``value`` keeps ``bound``."""
        return value >= bound if self.at_least else value <= bound


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value, and its ratio to ``limit``, which was measured in the same run.

    ``noise``: the spread of the median over the rounds of this run, as a share of it; None for a single value.
    """

    name: str
    unit: str
    median: float
    p95: float | None = None
    p99: float | None = None
    ratio: float | None = None
    limit: str = ""
    noise: float | None = None
    targets: Sequence[Target] = field(default=())

    def value(self, statistic: Statistic) -> float:
        """Return the value that a target judges. Raises ``ValueError`` when it was not measured."""
        value: float | None = getattr(self, statistic.value)
        if value is None:
            raise ValueError(f"{self.name}: {statistic.value} was not measured")
        return value

    def result(self) -> TargetResult:
        """Return the worst result of the targets."""
        order = (TargetResult.MISSED, TargetResult.MET, TargetResult.AIM)
        results = [self._result_of(target) for target in self.targets]
        return min(results, key=order.index, default=TargetResult.NO_TARGET)

    def _result_of(self, target: Target) -> TargetResult:
        value = self.value(target.statistic)
        if not target.keeps(value, target.must):
            return TargetResult.MISSED
        return TargetResult.AIM if target.aim is not None and target.keeps(value, target.aim) else TargetResult.MET

    def to_json(self) -> dict[str, Any]:
        """Return the figure as plain values."""
        return asdict(self)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed.

    ``values`` must not be empty.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def distribution(name: str, unit: str, values: Sequence[float], **more: Any) -> Figure:
    """Return the figure of many values.

    ``values``: in the order of their measurement, unless ``noise`` is given.
    """
    more.setdefault("noise", spread(_medians_of_thirds(values)))
    return Figure(
        name, unit, percentile(values, 0.5), p95=percentile(values, 0.95), p99=percentile(values, 0.99), **more
    )


def _medians_of_thirds(values: Sequence[float]) -> list[float]:
    """Return the median of each third of the values; empty for too few."""
    size = len(values) // 3
    if size < MIN_THIRD:
        return []
    return [percentile(values[start : start + size], 0.5) for start in (0, size, 2 * size)]


def spread(rounds: Sequence[float]) -> float | None:
    """Return the range of the rounds' values as a share of their median.

    None for fewer than two rounds, or a median of 0.
    """
    if len(rounds) < 2:
        return None
    middle = percentile(rounds, 0.5)
    return (max(rounds) - min(rounds)) / middle if middle else None
