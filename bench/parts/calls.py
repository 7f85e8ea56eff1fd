"""Measure the requests of a clerk: next, start and finish.

Those of one clerk are compared with the cost of a ticket; then 16 clerks work at once. At the end the checker of the
rush, ``tests/system/rush.py``, compares the journal with the answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from rush import Press, violations

from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, WrongAnswer, distribution, spread
from bench.servers import COUNTERS, SERVES, SERVICES, RunningServer, fill, finish_open_tickets, hall_server
from bench.wrk import Load, wrk
from support.server_process import journal

WAITING = 200
ROUNDS, SECONDS = 3, 3
LAST_CYCLE_S = 1
"""The time after the load in which the clerks finish the tickets that they have called."""
MOVES = ("next", "start", "finish")
COST_TARGET = Target(Statistic.RATIO, 1.2)
CLERKS_TARGET = Target(Statistic.P95, 50.0)


def measure(bench: BenchContext) -> list[Figure]:
    """Return the latencies of one clerk and of 16. Raises ``WrongAnswer`` for a ticket that was called twice."""
    single, together = list[Load](), list[Load]()
    with bench.new_folder() as folder, hall_server(folder) as hall:
        bench.progress(f"{WAITING} tickets")
        fill(hall, WAITING)
        presses: list[Press] = []
        for number in range(ROUNDS):
            bench.progress(f"round {number + 1} of {ROUNDS}")
            single.append(clerks(hall, 1, SECONDS, presses))
            together.append(clerks(hall, len(COUNTERS), SECONDS, presses))
        bench.progress("compare the journal with the answers")
        broken = violations(presses, journal(hall.api), SERVES)
    if broken:
        raise WrongAnswer(f"{len(broken)} broken promises; first: {broken[0]}")
    return [*_single_figures(single), *_together_figures(together, len(presses))]


def clerks(
    hall: RunningServer, number: int, seconds: int, presses: list[Press], services: Sequence[str] = SERVICES
) -> Load:
    """Let ``number`` clerks work for some seconds; add each call to ``presses``.

    ``services``: those of the tickets that they take. No ticket stays open at a counter.
    """
    load = wrk(
        hall.files.api,
        "calls.lua",
        clients=number,
        seconds=seconds + LAST_CYCLE_S,
        arguments=["/api/v1", ",".join(services), str(seconds), ",".join(hall.kiosks), ",".join(hall.desks)],
    )
    cut_off = finish_open_tickets(hall)
    presses += called(load.noted, cut_off)
    return load


def called(noted: Mapping[str, Sequence[str]], cut_off: Mapping[str, str]) -> Iterator[Press]:
    """Yield the calls that the clients noted, and those without an answer.

    ``cut_off``: counter -> the ticket called there when the load ended.
    """
    for client, tickets in noted.items():
        counter = COUNTERS[int(client) - 1]
        unanswered = cut_off.get(counter)
        extra = [unanswered] if unanswered is not None and unanswered not in tickets else []
        for ticket in (*tickets, *extra):
            yield Press(0, counter, 0.0, 0.0, 200, ticket, None)


def _single_figures(loads: Sequence[Load]) -> Iterator[Figure]:
    tickets_ms = [median(load.kinds["ticket"].latencies_ms) for load in loads]
    yield _all_rounds("1 clerk: ticket", "ticket", loads)
    for name in MOVES:
        medians = [median(load.kinds[name].latencies_ms) for load in loads]
        ratios = [ms / ticket_ms for ms, ticket_ms in zip(medians, tickets_ms, strict=True)]
        yield _all_rounds(
            f"1 clerk: {name}",
            name,
            loads,
            ratio=median(ratios),
            limit="ticket",
            noise=spread(ratios),
            targets=[COST_TARGET],
        )


def _together_figures(loads: Sequence[Load], presses: int) -> Iterator[Figure]:
    clerks_text = f"{len(COUNTERS)} clerks, {WAITING} wait"
    for name in ("ticket", *MOVES):
        targets = [CLERKS_TARGET] if name == "next" else []
        yield _all_rounds(f"{clerks_text}: {name}", name, loads, targets=targets)
    rates = [len(load.kinds["next"].latencies_ms) / SECONDS for load in loads]
    yield Figure(f"{clerks_text}: calls", "/s", median(rates), noise=spread(rates))
    yield Figure("calls compared with the journal, all right", "calls", presses)
    shares = [100 * load.cpu_share for load in loads]
    yield Figure("wrk's own time", "% of a core", median(shares), noise=spread(shares))


def _all_rounds(
    name: str,
    kind: str,
    loads: Sequence[Load],
    *,
    ratio: float | None = None,
    limit: str = "",
    noise: float | None = None,
    targets: Sequence[Target] = (),
) -> Figure:
    """Return the latency of a kind of request over all rounds.

    ``noise``: by default the spread of the rounds' medians.
    """
    medians = [median(load.kinds[kind].latencies_ms) for load in loads]
    every_ms = [ms for load in loads for ms in load.kinds[kind].latencies_ms]
    own_noise = spread(medians) if noise is None else noise
    return distribution(name, "ms", every_ms, ratio=ratio, limit=limit, noise=own_noise, targets=targets)
