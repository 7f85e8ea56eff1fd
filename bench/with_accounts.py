"""Compare a hall with accounts with a demonstration, which has none.

Both servers are of this tree. They run at the same time, and are measured in turn: first the calls of 16 clerks, then
the tickets of 16 clients. In the hall each request carries a token that the server checks, and the table of permissions
is asked for each action. Each round begins with two new databases.

It is the part *accounts* of ``make bench``. With more rounds, and nothing else:
``PYTHONPATH=.:tests:tests/system python -m bench.with_accounts --rounds 8 --seconds 4``.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rush import Press

from bench import report
from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, TargetResult, spread
from bench.parts.calls import clerks
from bench.parts.tickets import PATH
from bench.processes import cpu_s
from bench.servers import COUNTERS, SERVICES, RunningServer, fill, hall_server
from bench.wrk import Load, wrk
from support.server_process import ROOT

CLIENTS = len(COUNTERS)
WAITING = 200
DEMO, HALL = "demonstration", "hall with accounts"
RATE_TARGET = Target(Statistic.RATIO, 0.95, at_least=True)
"""Accounts, sessions and permissions may cost 5 % of the tickets and calls a second."""


@dataclass
class MeasuredLoad:
    """Answers a second and processor time of an answer, by round."""

    per_s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def add(self, load: Load, kind: str, seconds: float, spent_cpu_s: float) -> None:
        """Add a round. The processor time is that of all requests of the load, for each answer of ``kind``."""
        answers = len(load.kinds[kind].latencies_ms)
        self.per_s.append(answers / seconds)
        self.cpu_ms.append(1000 * spent_cpu_s / answers)


@dataclass
class ComparedRounds:
    """The loads of both servers, by the server's name."""

    tickets: dict[str, MeasuredLoad] = field(default_factory=lambda: {DEMO: MeasuredLoad(), HALL: MeasuredLoad()})
    calls: dict[str, MeasuredLoad] = field(default_factory=lambda: {DEMO: MeasuredLoad(), HALL: MeasuredLoad()})


def measure(bench: BenchContext, rounds: int = 3, seconds: int = 3) -> list[Figure]:
    """Return rates and processor times, with the hall's ratios to the demonstration."""
    compared = ComparedRounds()
    for number in range(rounds):
        bench.progress(f"round {number + 1} of {rounds}")
        with ExitStack() as stack:
            servers = {
                name: stack.enter_context(
                    hall_server(stack.enter_context(bench.new_folder()), has_accounts=name == HALL)
                )
                for name in (DEMO, HALL)
            }
            order = [DEMO, HALL] if number % 2 == 0 else [HALL, DEMO]
            _measure_round(compared, servers, order, seconds)
    return [*_figures("tickets", "ticket", compared.tickets), *_figures("calls", "call", compared.calls)]


def _measure_round(
    compared: ComparedRounds, servers: dict[str, RunningServer], order: Sequence[str], seconds: int
) -> None:
    """Measure the calls of both servers, then the tickets in the other order."""
    for name in order:
        fill(servers[name], WAITING)
    for name in order:
        before_s, presses = cpu_s(servers[name].pid), list[Press]()
        load = clerks(servers[name], CLIENTS, seconds, presses)
        compared.calls[name].add(load, "next", seconds, cpu_s(servers[name].pid) - before_s)
    for name in reversed(order):
        hall = servers[name]
        before_s = cpu_s(hall.pid)
        arguments = [PATH, ",".join(SERVICES)]
        load = wrk(
            hall.files.api, "tickets.lua", clients=CLIENTS, seconds=seconds, arguments=arguments, token=hall.token
        )
        compared.tickets[name].add(load, "ticket", load.seconds, cpu_s(hall.pid) - before_s)


def _figures(plural: str, singular: str, loads: dict[str, MeasuredLoad]) -> Iterator[Figure]:
    """Yield rates and processor times; a ratio is the median of the rounds' ratios."""
    demo, hall = loads[DEMO], loads[HALL]
    people = f"{CLIENTS} clients"
    yield Figure(f"{plural}, {people}, {DEMO}", "/s", median(demo.per_s), noise=spread(demo.per_s))
    ratios = [ours / theirs for ours, theirs in zip(hall.per_s, demo.per_s, strict=True)]
    yield Figure(
        f"{plural}, {people}, {HALL}",
        "/s",
        median(hall.per_s),
        ratio=median(ratios),
        limit=DEMO,
        noise=spread(ratios),
        targets=[RATE_TARGET],
    )
    cpu_ratios = [ours / theirs for ours, theirs in zip(hall.cpu_ms, demo.cpu_ms, strict=True)]
    yield Figure(
        f"server's processor time of a {singular}, {HALL}",
        "ms",
        median(hall.cpu_ms),
        ratio=median(cpu_ratios),
        limit=DEMO,
        noise=spread(cpu_ratios),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="bench.with_accounts", description="What accounts cost, as ratios.")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of servers")
    parser.add_argument("--seconds", type=int, default=4, help="seconds of each load")
    options = parser.parse_args(arguments)
    load, base = os.getloadavg()[0], ROOT / "var" / "bench"
    base.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=base) as folder:
        bench = BenchContext(Path(folder), lambda text: print(text, flush=True))
        figures = measure(bench, options.rounds, options.seconds)
    print("\n".join(["", report.machine_line(load), "", *report.table({"accounts": figures})]))
    return 1 if any(figure.result() is TargetResult.MISSED for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
