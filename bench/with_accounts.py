"""Compare a hall with accounts with a demonstration, which has none.

It is compared with the code of an earlier commit, too. All servers run at the same time, and are measured in turn:
first the calls of 16 clerks, then the tickets of 16 clients. In the hall each kiosk and each counter station is an
enrolled device with a token of its own, which the server checks, and the table of permissions is asked for each action.
Each round begins with new databases. A round has short turns: each server is measured several times, every second time
in the opposite order, so that a load of the machine that rises or falls meanwhile hits all alike.

It is the part *accounts* of ``make bench``, there without an earlier commit. ``make bench-accounts`` has more rounds;
``ARGS="--before COMMIT"`` also runs the demonstration of that commit, from a ``git worktree`` of its own.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
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
from bench.parts.tickets import ticket_load
from bench.processes import cpu_s
from bench.servers import COUNTERS, RunningServer, fill, hall_server
from bench.trees import compile_programs, short_name, tree_of
from support.server_process import ROOT

CLIENTS = len(COUNTERS)
WAITING = 200
TURN_S = 2
DEMO, HALL = "demonstration", "hall with accounts"
RATE_TARGET = Target(Statistic.RATIO, 0.95, at_least=True)
"""Accounts, sessions and permissions may cost 5 % of the tickets and calls a second."""
KINDS = {"calls": "next", "tickets": "ticket"}
"""The measured requests, in this order, with the kind of answer that counts."""


@dataclass(frozen=True, slots=True)
class ComparedServer:
    """A server to compare.

    ``name``: in the table; ``tree``: the folder with its code; ``has_accounts``: whether it is a live hall.
    """

    name: str
    tree: Path = ROOT
    has_accounts: bool = False


@dataclass
class MeasuredLoad:
    """Answers, seconds and the server's processor time of one load, by round."""

    answers: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)

    def begin_round(self) -> None:
        """Add an empty round."""
        self.answers.append(0)
        self.seconds.append(0.0)
        self.cpu_s.append(0.0)

    def add(self, answers: int, seconds: float, spent_cpu_s: float) -> None:
        """Add a turn to the current round."""
        self.answers[-1] += answers
        self.seconds[-1] += seconds
        self.cpu_s[-1] += spent_cpu_s

    @property
    def per_s(self) -> Sequence[float]:
        """The answers per second of each round."""
        return [answers / seconds for answers, seconds in zip(self.answers, self.seconds, strict=True)]

    @property
    def cpu_ms(self) -> Sequence[float]:
        """The processor time of all requests of the load for each answer, by round."""
        return [1000 * spent_s / answers for spent_s, answers in zip(self.cpu_s, self.answers, strict=True)]


Loads = Mapping[tuple[str, str], MeasuredLoad]
"""The loads by the measured requests and the server's name."""


def measure(bench: BenchContext, rounds: int = 3, turns: int = 4, before: ComparedServer | None = None) -> list[Figure]:
    """Return rates and processor times, with their ratios to the first server.

    That is ``before``, if given. ``turns``: how often each server is measured in a round.
    """
    servers = [ComparedServer(DEMO), ComparedServer(HALL, has_accounts=True)]
    servers = servers if before is None else [before, *servers]
    loads = {(load_name, server.name): MeasuredLoad() for load_name in KINDS for server in servers}
    for number in range(rounds):
        bench.progress(f"round {number + 1} of {rounds}")
        turned = number % len(servers)
        _measure_round(bench, [*servers[turned:], *servers[:turned]], loads, turns)
    names = [server.name for server in servers]
    return [figure for load_name in reversed(KINDS) for figure in _figures(load_name, names, loads)]


def _measure_round(bench: BenchContext, servers: Sequence[ComparedServer], loads: Loads, turns: int) -> None:
    with ExitStack() as stack:
        running: dict[str, RunningServer] = {}
        for server in servers:
            folder = stack.enter_context(bench.new_folder())
            hall = hall_server(folder, has_accounts=server.has_accounts, tree=server.tree)
            running[server.name] = stack.enter_context(hall)
            fill(running[server.name], WAITING)
        order = [server.name for server in servers]
        for load_name in KINDS:
            for name in order:
                loads[load_name, name].begin_round()
            for number in range(turns):
                for name in order if number % 2 == 0 else reversed(order):
                    _measure_turn(load_name, running[name], loads[load_name, name])


def _measure_turn(load_name: str, hall: RunningServer, load: MeasuredLoad) -> None:
    before_s = cpu_s(hall.pid)
    if load_name == "calls":
        measured, lasted_s = clerks(hall, CLIENTS, TURN_S, list[Press]()), float(TURN_S)
    else:
        measured = ticket_load(hall.files.api, CLIENTS, TURN_S, hall.kiosks)
        lasted_s = measured.seconds
    load.add(len(measured.kinds[KINDS[load_name]].latencies_ms), lasted_s, cpu_s(hall.pid) - before_s)


def _figures(load_name: str, names: Sequence[str], loads: Loads) -> Iterator[Figure]:
    """Yield rates, then processor times. A ratio is the median of the rounds' ratios to the first server."""
    first = loads[load_name, names[0]]
    for name in names:
        per_s = loads[load_name, name].per_s
        targets = [RATE_TARGET] if name == HALL else []
        yield _figure(f"{load_name}, {CLIENTS} clients, {name}", "/s", per_s, first.per_s, names[0], targets)
    for name in names:
        title = f"server's processor time of a {load_name.removesuffix('s')}, {name}"
        yield _figure(title, "ms", loads[load_name, name].cpu_ms, first.cpu_ms, names[0])


def _figure(
    name: str, unit: str, values: Sequence[float], first: Sequence[float], limit: str, targets: Sequence[Target] = ()
) -> Figure:
    if name.endswith(f", {limit}"):
        return Figure(name, unit, median(values), noise=spread(values))
    ratios = [value / compared for value, compared in zip(values, first, strict=True)]
    return Figure(name, unit, median(values), ratio=median(ratios), limit=limit, noise=spread(ratios), targets=targets)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="bench.with_accounts", description="What accounts cost, as ratios.")
    parser.add_argument("--rounds", type=int, default=6, help="rounds, each with new servers")
    parser.add_argument("--turns", type=int, default=6, help="turns of two seconds for each server and load in a round")
    parser.add_argument("--before", metavar="COMMIT", help="compare with the demonstration of this commit")
    options = parser.parse_args(arguments)
    load, base = os.getloadavg()[0], ROOT / "var" / "bench"
    base.mkdir(parents=True, exist_ok=True)
    compile_programs(ROOT)
    with TemporaryDirectory(dir=base) as folder, ExitStack() as stack:
        bench = BenchContext(Path(folder), lambda text: print(f"{text}, load {os.getloadavg()[0]:.1f}", flush=True))
        before = None
        if options.before:
            tree = stack.enter_context(tree_of(options.before, Path(folder)))
            before = ComparedServer(f"demonstration at {short_name(options.before)}", tree)
        figures = measure(bench, options.rounds, options.turns, before)
    print("\n".join(["", report.machine_line(load), "", *report.table({"accounts": figures})]))
    return 1 if any(figure.result() is TargetResult.MISSED for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
