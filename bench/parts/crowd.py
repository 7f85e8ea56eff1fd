"""Measure a full hall: 300 open pages, then 5,000 phones.

A phone polls every 15 s; five tickets a second are issued. Each poll uses a new connection, as phones do after a sleep,
from one of 1,000 loopback addresses, because the server limits the requests of one address.
"""

from collections.abc import Iterator
from itertools import cycle

from bench.client import BUSY, Answer, Connection, LoadClient
from bench.context import BenchContext
from bench.figures import Figure, WrongAnswer
from bench.open_pages import PAGE_KIND, open_pages
from bench.parts.pages import TICKETS_PER_S, answered, issue_steadily, run_load
from bench.servers import RunningServer, fill, hall_server

COUNTERS = tuple(f"c{number}" for number in range(1, 31))
WAITING, PAGES, PHONES = 300, 300, 5_000
POLL_EVERY_S = 15.0
ADDRESSES = 1_000
WARM_UP_S, SECONDS = 5.0, 12.0
TOO_MANY = 429
PHONE_KIND = "phone"


def measure(bench: BenchContext) -> list[Figure]:
    """Return the latencies of tickets, pages and phones: with the pages, then with the phones."""
    figures: list[Figure] = []
    for pages, phones in ((PAGES, 0), (0, PHONES)):
        bench.progress(f"{pages} pages, {phones:,} phones")
        with bench.new_folder() as folder, hall_server(folder, COUNTERS) as hall:
            figures += _crowd(hall, fill(hall, WAITING), pages, phones)
    return figures


def _crowd(hall: RunningServer, tokens: list[str], pages: int, phones: int) -> Iterator[Figure]:
    client = LoadClient(hall.token)
    open_pages(client, hall, COUNTERS, pages)
    if phones:
        poll_steadily(client, hall, tokens, phones / POLL_EVERY_S)
    issue_steadily(client, hall, TICKETS_PER_S)
    kinds = ["ticket"] + [PAGE_KIND] * bool(pages) + [PHONE_KIND] * bool(phones)
    share, client_share = run_load(client, hall, kinds, warm_up_s=WARM_UP_S, seconds=SECONDS)
    times = client.times_ms
    beside = f"with {pages} pages" if pages else f"with {phones:,} phones"
    yield from answered("ticket", times["ticket"], SECONDS, beside, TICKETS_PER_S)
    if pages:
        yield from answered(PAGE_KIND, times[PAGE_KIND], SECONDS, beside)
    if phones:
        yield from answered(PHONE_KIND, times[PHONE_KIND], SECONDS, beside, phones / POLL_EVERY_S)
    yield Figure(f"refused as busy, {beside}", "/s", len(client.refused_ms) / SECONDS)
    yield Figure(f"server, {beside}", "% of a core", 100 * share)
    yield Figure(f"client's own time, {beside}", "% of a core", 100 * client_share)


def poll_steadily(client: LoadClient, hall: RunningServer, tokens: list[str], per_s: float) -> None:
    """Request the pages of these tokens at a steady rate, each on a new connection."""
    visitors = hall.files.visitors.removeprefix("http://")
    token_cycle = cycle(tokens)
    sources = cycle([f"127.1.{number // 250}.{number % 250 + 1}" for number in range(ADDRESSES)])

    def poll(due_s: float) -> None:
        ask(next(token_cycle), next(sources), due_s)

    def ask(token: str, source: str, due_s: float | None = None, *, is_retry: bool = False) -> None:
        phone = Connection(client, visitors, source)

        def received(answer: Answer) -> None:
            phone.close()
            if answer.status == TOO_MANY:
                raise WrongAnswer("a phone's poll was refused: too many from one address")
            client.record(PHONE_KIND, answer, accepted=answer.status == 200 and b"<html" in answer.body)
            if answer.status == BUSY and not is_retry:  # as visitor.js does
                client.retry(lambda: ask(token, source, is_retry=True))

        phone.ask("GET", f"/v/{token}", received, due_s=due_s)

    client.every(1 / per_s, poll)
