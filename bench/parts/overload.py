"""Measure a hall of 50 counters at ten times the rate of a rush.

The rush is that of a day with 1,200 visitors: three kiosks, at each a visitor who taps as fast as the screens allow.
At ten times its rate the visitors take numbers, are called, served and finished; 50 clerks have their pages open, and
1,200 phones theirs. The server may refuse a request as busy, but must do so quickly (``REFUSAL_TARGET``); an accepted
one must be answered within a second. Pages, phones, kiosks and keypads repeat a refused request.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bench.client import Answer, LoadClient, OnAnswer
from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, distribution
from bench.open_pages import PAGE_KIND, open_pages
from bench.parts.crowd import PHONE_KIND, POLL_EVERY_S, poll_steadily
from bench.parts.pages import TICKETS_PER_S, WAITING, answered, issue_steadily, run_load
from bench.servers import RunningServer, fill, hall_server

COUNTERS = tuple(f"c{number}" for number in range(1, 51))
KINDS = ("ticket", "next", "start", "finish", PAGE_KIND, PHONE_KIND)
NOT_PACED = (PAGE_KIND, PHONE_KIND)
"""The kinds whose rate is not that of the visitors."""
TIMES_PEAK = 10
PAGES, PHONES = 50, 1_200
WARM_UP_S, SECONDS = 3.0, 15.0
REFUSAL_TARGET = Target(Statistic.P95, 50.0)
LATENCY_TARGET = Target(Statistic.P95, 1_000.0)


class Clerks:
    """Clerks who call, start and finish. ``idle``: the counters without a ticket."""

    def __init__(self, client: LoadClient, hall: RunningServer) -> None:
        self._client, self._hall = client, hall
        self.idle = deque(COUNTERS)

    def serve_next(self, due_s: float) -> None:
        """Let an idle clerk serve the next visitor; do nothing when no clerk is idle."""
        if self.idle:
            self._call(self.idle.popleft(), due_s)

    def _call(self, counter: str, due_s: float | None = None) -> None:
        def called(answer: Answer) -> None:
            ticket = answer.json()["ticket"]
            if ticket is None:
                self.idle.append(counter)
            else:
                self._move(counter, ticket["id"], "start")

        again = partial(self._call, counter)
        self._post(counter, "next", f"/counters/{counter}/next", {}, called, again, due_s)

    def _move(self, counter: str, ticket: str, name: str) -> None:
        def moved(_: Answer) -> None:
            if name == "start":
                self._move(counter, ticket, "finish")
            else:
                self.idle.append(counter)

        more = {"outcome": "received"} if name == "finish" else {}
        again = partial(self._move, counter, ticket, name)
        values = {"move": name, "counter": counter, **more}
        self._post(counter, name, f"/tickets/{ticket}/moves", values, moved, again)

    def _post(
        self,
        counter: str,
        kind: str,
        path: str,
        values: Mapping[str, str],
        on_accepted: OnAnswer,
        again: Callable[[], None],
        due_s: float | None = None,
    ) -> None:
        """Send a request; when the server is busy, call ``again`` later."""
        connection = self._client.connection(self._hall.address, counter)
        retry = lambda: self._client.retry(again)
        body = {"station": "counters-1", **values}
        self._client.post(connection, kind, path, body, on_accepted, due_s, retry)


def measure(bench: BenchContext) -> list[Figure]:
    """Return the latencies of each kind of request, and of refusals."""
    bench.progress(f"{TIMES_PEAK * TICKETS_PER_S:.0f} visitors a second, {PAGES} pages, {PHONES:,} phones")
    with bench.new_folder() as folder, hall_server(folder, COUNTERS) as hall:
        return list(_overload(hall, fill(hall, WAITING)))


def _overload(hall: RunningServer, tokens: list[str]) -> Iterator[Figure]:
    client, per_s = LoadClient(hall.token), TIMES_PEAK * TICKETS_PER_S
    open_pages(client, hall, COUNTERS, PAGES)
    issue_steadily(client, hall, per_s)
    poll_steadily(client, hall, tokens, PHONES / POLL_EVERY_S)
    client.every(1 / per_s, Clerks(client, hall).serve_next)
    share, client_share = run_load(client, hall, KINDS, warm_up_s=WARM_UP_S, seconds=SECONDS)
    beside = f"at {TIMES_PEAK} times the peak"
    for kind in KINDS:
        wanted = None if kind in NOT_PACED else per_s
        yield from answered(kind, client.times_ms[kind], SECONDS, beside, wanted, [LATENCY_TARGET])
    yield Figure("refused as busy", "/s", len(client.refused_ms) / SECONDS)
    if client.refused_ms:
        yield distribution("refusal as busy", "ms", client.refused_ms, targets=[REFUSAL_TARGET])
    yield Figure("server", "% of a core", 100 * share)
    yield Figure("client's own time", "% of a core", 100 * client_share)
