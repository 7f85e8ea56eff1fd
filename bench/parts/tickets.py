"""Measure tickets over HTTP, with one and with 16 clients, beside three limits.

All are measured in the same rounds. n is a POST that does nothing on the same web server, f is a write of 4 KiB with
``fdatasync`` in the same folder, and the plain application is the least that issues a number and stores it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, distribution, spread
from bench.rush import plain_writes
from bench.servers import SERVICES, hall_server, noop_server, plain_server
from bench.wrk import Load, wrk

ROUNDS, SECONDS = 3, 3
CLIENTS = (1, 16)
PATH = "/api/v1/tickets"
NOOP, PLAIN, OURS = "no-op POST", "plain app", "ticket"
KINDS = {NOOP: "noop", PLAIN: "ticket", OURS: "ticket"}
LIMIT_TARGET = Target(Statistic.RATIO, 0.25, 0.4, at_least=True)
PLAIN_TARGET = Target(Statistic.RATIO, 0.5, 0.8, at_least=True)
WORST_TARGET = Target(Statistic.RATIO, 5.0)


@dataclass
class Rounds:
    """The loads by server and number of clients, and each round's writes."""

    loads: dict[tuple[str, int], list[Load]] = field(default_factory=dict)
    writes_s: list[Sequence[float]] = field(default_factory=list)

    def rates(self, name: str, clients: int) -> Sequence[float]:
        """Return the accepted answers per second of each round."""
        return [load.per_s(KINDS[name]) for load in self.loads[name, clients]]

    def latencies_ms(self, name: str, clients: int) -> Sequence[Sequence[float]]:
        """Return the latencies of each round."""
        return [load.kinds[KINDS[name]].latencies_ms for load in self.loads[name, clients]]


def measure(bench: BenchContext) -> list[Figure]:
    """Return rates, latencies and ratios."""
    rounds = Rounds()
    with ExitStack() as stack:
        folder = stack.enter_context(bench.new_folder())
        urls = {NOOP: stack.enter_context(noop_server(folder)), PLAIN: stack.enter_context(plain_server(folder))}
        for number in range(ROUNDS):
            bench.progress(f"round {number + 1} of {ROUNDS}")
            with bench.new_folder() as hall_folder:
                _measure_round(rounds, urls, hall_folder)
    return list(_figures(rounds))


def _measure_round(rounds: Rounds, urls: Mapping[str, str], folder: Path) -> None:
    """Measure each server in turn; ours begins each round with an empty database."""
    writes_s = list(plain_writes(folder / "plain.bin"))
    with hall_server(folder) as hall:
        for clients in CLIENTS:
            loads = {
                NOOP: wrk(urls[NOOP], "noop.lua", clients=clients, seconds=SECONDS),
                PLAIN: ticket_load(urls[PLAIN], clients, SECONDS, kiosks=()),
                OURS: ticket_load(hall.files.api, clients, SECONDS, hall.kiosks),
            }
            for name, load in loads.items():
                rounds.loads.setdefault((name, clients), []).append(load)
    rounds.writes_s.append([*writes_s, *plain_writes(folder / "plain.bin")])


def ticket_load(
    url: str, clients: int, seconds: int, kiosks: Sequence[str], services: Sequence[str] = SERVICES
) -> Load:
    """Let ``clients`` kiosks issue tickets for some seconds.

    ``kiosks``: the token of each; none where the server asks for none.
    """
    arguments = [PATH, ",".join(services), ",".join(kiosks)]
    return wrk(url, "tickets.lua", clients=clients, seconds=seconds, arguments=arguments)


def _figures(rounds: Rounds) -> Iterator[Figure]:
    writes = [1 / median(writes_s) for writes_s in rounds.writes_s]
    yield Figure("write of 4 KiB with fdatasync (f)", "/s", median(writes), noise=spread(writes))
    for clients in CLIENTS:
        limits = [1 / (1 / n + 1 / f) for n, f in zip(rounds.rates(NOOP, clients), writes, strict=True)]
        plain = rounds.rates(PLAIN, clients)
        people = "1 client" if clients == 1 else f"{clients} clients"
        yield _rate(f"{NOOP} (n), {people}", rounds.rates(NOOP, clients))
        limit_target = [LIMIT_TARGET] if clients == 1 else []
        plain_target = [PLAIN_TARGET] if clients > 1 else []
        yield _rate(f"{PLAIN}, {people}", plain, limits, "1/(1/n+1/f)")
        yield _rate(f"{OURS}, {people}", rounds.rates(OURS, clients), limits, "1/(1/n+1/f)", limit_target)
        yield _rate(
            f"{OURS}, {people}, and the plain app", rounds.rates(OURS, clients), plain, "plain app", plain_target
        )
        for name in (PLAIN, OURS):
            yield from _latencies(f"{name}, {people}", rounds.latencies_ms(name, clients))
    shares = [100 * load.cpu_share for load in rounds.loads[OURS, CLIENTS[-1]]]
    yield Figure(f"wrk's own time, {OURS}, {CLIENTS[-1]} clients", "% of a core", median(shares), noise=spread(shares))


def _rate(
    name: str, rates: Sequence[float], limits: Sequence[float] = (), limit: str = "", targets: Sequence[Target] = ()
) -> Figure:
    """Return a rate; its ratio to the limit is the median of the rounds' ratios."""
    ratios = [rate / bound for rate, bound in zip(rates, limits, strict=True)] if limits else []
    return Figure(
        name,
        "/s",
        median(rates),
        ratio=median(ratios) if ratios else None,
        limit=limit,
        noise=spread(ratios or rates),
        targets=targets,
    )


def _latencies(name: str, rounds_ms: Sequence[Sequence[float]]) -> Iterator[Figure]:
    """Yield the latency over all rounds, and the worst one of the median round."""
    medians = [median(latencies_ms) for latencies_ms in rounds_ms]
    every_ms = [ms for latencies_ms in rounds_ms for ms in latencies_ms]
    yield distribution(f"{name}: latency", "ms", every_ms, noise=spread(medians))
    ratios = [max(latencies_ms) / middle for latencies_ms, middle in zip(rounds_ms, medians, strict=True)]
    yield Figure(
        f"{name}: worst latency",
        "ms",
        median(max(latencies_ms) for latencies_ms in rounds_ms),
        ratio=median(ratios),
        limit="median latency",
        noise=spread(ratios),
        targets=[WORST_TARGET] if name.startswith(OURS) and "16" in name else [],
    )
