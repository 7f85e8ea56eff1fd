"""Measure open pages of clerks with live updates, beside five tickets a second."""

from collections.abc import Iterator, Sequence
from itertools import cycle

from bench.client import LoadClient
from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, WrongAnswer, distribution
from bench.open_pages import PAGE_KIND, open_pages
from bench.processes import CpuShare
from bench.servers import COUNTERS, SERVICES, RunningServer, fill, hall_server

WAITING = 150
TICKETS_PER_S = 5.0
"""The rate of a rush: three kiosks, each with a visitor who taps as fast as the screens allow."""
PAGES = (8, 16, 50)
WARM_UP_S, SECONDS = 3.0, 10.0
TICKET_TARGET = Target(Statistic.P99, 30.0)
CPU_TARGET = Target(Statistic.MEDIAN, 60.0)


def measure(bench: BenchContext) -> list[Figure]:
    """Return the latency of tickets and pages, and the server's share of a core."""
    figures: list[Figure] = []
    for pages in PAGES:
        bench.progress(f"{pages} open pages")
        with bench.new_folder() as folder, hall_server(folder) as hall:
            fill(hall, WAITING)
            figures += _with_pages(hall, pages)
    return figures


def _with_pages(hall: RunningServer, pages: int) -> Iterator[Figure]:
    client = LoadClient(hall.token)
    open_pages(client, hall, COUNTERS, pages)
    issue_steadily(client, hall, TICKETS_PER_S)
    share, client_share = run_load(client, hall, ("ticket", PAGE_KIND), warm_up_s=WARM_UP_S, seconds=SECONDS)
    judged = pages == max(PAGES)
    beside = f"beside {pages} pages"
    times = client.times_ms
    targets = [TICKET_TARGET] if judged else []
    yield from answered("ticket", times["ticket"], SECONDS, beside, TICKETS_PER_S, targets)
    yield from answered(PAGE_KIND, times[PAGE_KIND], SECONDS, beside)
    yield Figure(f"server, {beside}", "% of a core", 100 * share, targets=[CPU_TARGET] if judged else [])
    yield Figure(f"client's own time, {beside}", "% of a core", 100 * client_share)


def answered(
    kind: str,
    times_ms: Sequence[float],
    seconds: float,
    beside: str,
    wanted_per_s: float | None = None,
    targets: Sequence[Target] = (),
) -> Iterator[Figure]:
    """Yield the latency of a kind of request, and the rate of its answers.

    ``wanted_per_s``: the rate of the load, None without a fixed one.
    """
    yield distribution(f"{kind}, {beside}", "ms", times_ms, targets=targets)
    per_s = len(times_ms) / seconds
    ratio, limit = (None, "") if wanted_per_s is None else (per_s / wanted_per_s, "wanted rate")
    yield Figure(f"{kind}, {beside}: answered", "/s", per_s, ratio=ratio, limit=limit)


def issue_steadily(client: LoadClient, hall: RunningServer, per_s: float) -> None:
    """Issue ``per_s`` tickets a second, of all services in turn."""
    services = cycle(SERVICES)

    def issue(due_s: float | None = None) -> None:
        connection = client.idle_connection(hall.address, "kiosk")
        client.issue_ticket(connection, next(services), lambda: None, due_s, lambda: client.retry(issue))

    client.every(1 / per_s, issue)


def run_load(
    client: LoadClient, hall: RunningServer, kinds: Sequence[str], *, warm_up_s: float, seconds: float
) -> tuple[float, float]:
    """Run a load for ``seconds`` after a warm-up, and check its answers. Raises ``WrongAnswer``.

    Return the shares of one core that the server and the client took.
    """
    client.run(warm_up_s)
    client.reset_times()
    server = CpuShare(hall.pid)
    client.run(seconds)
    shares = server.value(), client.cpu_share()
    client.close()
    _raise_wrong(client, kinds)
    return shares


def _raise_wrong(client: LoadClient, kinds: Sequence[str]) -> None:
    """Raise ``WrongAnswer`` for a wrong answer, or a kind of request without answers."""
    if client.wrong:
        raise WrongAnswer(f"{len(client.wrong)} answers; first: {client.wrong[0]}")
    for kind in kinds:
        if not client.times_ms[kind]:
            raise WrongAnswer(f"{kind}: no answer, and {len(client.refused_ms)} refusals")
