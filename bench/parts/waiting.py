"""Measure the cost of *next* by the number of people who wait."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from statistics import median

from rush import Press

from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, WrongAnswer, distribution, percentile, spread
from bench.parts.calls import clerks
from bench.servers import COUNTERS, RunningServer, fill, hall_server
from bench.wrk import Load

CROWDS = (10, 200, 1_000, 10_000)
REFERENCE = 200
"""The number of people to which the others are compared: with 10 the line is sometimes empty."""
ROUNDS, SECONDS = 2, 2
CLERKS = (1, len(COUNTERS))
GROWTH_TARGET = Target(Statistic.RATIO, 1.3)

Loads = Mapping[tuple[int, int], Sequence[Load]]
"""The rounds, by the number of people who wait and of clerks."""


def measure(bench: BenchContext) -> list[Figure]:
    """Return the latency of *next* for each number of people who wait.

    The halls run at the same time, and are measured in turn.
    """
    loads: dict[tuple[int, int], list[Load]] = {}
    presses: dict[int, list[Press]] = {crowd: [] for crowd in CROWDS}
    with ExitStack() as stack:
        halls: dict[int, RunningServer] = {}
        for crowd in CROWDS:
            bench.progress(f"{crowd:,} tickets")
            halls[crowd] = stack.enter_context(hall_server(stack.enter_context(bench.new_folder())))
            fill(halls[crowd], crowd)
        for number in range(ROUNDS):
            bench.progress(f"round {number + 1} of {ROUNDS}")
            for clerks_number in CLERKS:
                for crowd, hall in halls.items():
                    load = clerks(hall, clerks_number, SECONDS, presses[crowd])
                    loads.setdefault((crowd, clerks_number), []).append(load)
    for crowd in CROWDS:
        _require_once(presses[crowd])
    return list(_figures(loads))


def _require_once(presses: Sequence[Press]) -> None:
    """Raise ``WrongAnswer`` when a ticket was called twice."""
    tickets = [press.ticket for press in presses]
    if len(set(tickets)) < len(tickets):
        raise WrongAnswer(f"{len(tickets) - len(set(tickets))} of {len(tickets)} calls called a ticket again")


def _figures(loads: Loads) -> Iterator[Figure]:
    for clerks_number in CLERKS:
        reference = [_p95(load) for load in loads[REFERENCE, clerks_number]]
        for crowd in CROWDS:
            rounds = loads[crowd, clerks_number]
            ratios = [_p95(load) / first for load, first in zip(rounds, reference, strict=True)]
            judged = clerks_number > 1 and crowd == max(CROWDS)
            people = "1 clerk" if clerks_number == 1 else f"{clerks_number} clerks"
            yield distribution(
                f"next, {people}, {crowd:,} wait",
                "ms",
                [ms for load in rounds for ms in load.kinds["next"].latencies_ms],
                ratio=median(ratios),
                limit=f"p95 at {REFERENCE}",
                noise=spread(ratios),
                targets=[GROWTH_TARGET] if judged else [],
            )


def _p95(load: Load) -> float:
    return percentile(load.kinds["next"].latencies_ms, 0.95)
