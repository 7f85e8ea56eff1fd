"""Measure the processor time of commands, of pages and of the server's tasks.

All runs in one process and without sockets.

Each request passes through the whole web application (WSGI), the writer's thread and a real SQLite database. The times
are those of all threads together. They do not depend on the disk but on the machine, so compare them only with times of
the same hour. To print them: ``PYTHONPATH=.:tests:tests/unit python -m bench.profile_commands``. ``--profile ticket``
prints the functions of both threads in which one kind of request spends its time.
"""

import argparse
import cProfile
import io
import json
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from core_hall import Hall, request_id
from live_web import BOX_TOKEN, LiveWeb, live_web
from werkzeug.test import EnvironBuilder, run_wsgi_app

from server.messaging.pictures import picture_reader
from server.wire.client import API

HOST = "http://127.0.0.1"
ROUNDS = 5
"""The rounds whose median is printed."""
LISTED_FUNCTIONS = 45
STEP_MS = 50
"""The hall's clock from one ticket or call to the next, about as in a rush; some work is done once a second."""


class ProfiledHall:
    """A hall with one open counter that serves all services.

    The clerk is signed in; the other requests carry the box's token.
    """

    def __init__(self, hall: Hall, web: LiveWeb) -> None:
        self.hall, self.web = hall, web
        self.web.sign_in("c1")
        self.read_pictures = picture_reader(self.hall.store, "e1", mode="live", visitor_url=lambda: "http://hall.test")
        self.current = ""

    def post(self, path: str, **body: Any) -> Any:
        """Send a request to the API, and return its answer."""
        content = json.dumps({"request_id": request_id(), "station": "counters-1"} | body)
        builder = EnvironBuilder(
            f"{API}{path}",
            HOST,
            method="POST",
            data=content,
            content_type="application/json",
            headers=[("Authorization", f"Bearer {BOX_TOKEN}")],
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )
        return self._answer(builder)

    def _answer(self, builder: EnvironBuilder) -> Any:
        content, status, _ = run_wsgi_app(self.web.app, builder.get_environ(), buffered=True)
        answer = b"".join(content)
        if not status.startswith("2"):
            raise SystemExit(f"{builder.path}: {status} {answer.decode()}")
        return json.loads(answer)

    def ticket(self) -> None:
        self.hall.clock.go(STEP_MS)
        self.post("/tickets", service="HT", slip=True)

    def call_next(self) -> None:
        self.hall.clock.go(STEP_MS)
        self.current = self.post("/counters/c1/next")["ticket"]["id"]

    def start(self) -> None:
        self.post(f"/tickets/{self.current}/moves", move="start", counter="c1")

    def finish(self) -> None:
        self.post(f"/tickets/{self.current}/moves", move="finish", counter="c1", outcome="received")

    def tick(self) -> None:
        self.hall.tick()

    def pictures(self) -> None:
        self.read_pictures()

    def clerk_page(self) -> None:
        self.web.page()

    @property
    def kinds(self) -> Mapping[str, Callable[[], None]]:
        """Each kind of request, in the order in which they are made."""
        return {
            "ticket": self.ticket,
            "next": self.call_next,
            "clerk's page": self.clerk_page,
            "start": self.start,
            "finish": self.finish,
            "tick": self.tick,
            "pictures": self.pictures,
        }


def measure(bench: ProfiledHall, count: int) -> Mapping[str, float]:
    """Return the mean processor time of each kind of request, in ms.

    ``count``: how many requests of each kind are measured.
    """
    spent_ns = dict.fromkeys(bench.kinds, 0)
    for _ in range(count):
        for kind, run in bench.kinds.items():
            started_ns = time.process_time_ns()
            run()
            spent_ns[kind] += time.process_time_ns() - started_ns
    return {kind: ns / count / 1e6 for kind, ns in spent_ns.items()}


@contextmanager
def open_hall(folder: Path, waiting: int) -> Iterator[ProfiledHall]:
    """Provide a hall to measure, in which ``waiting`` people wait; close it afterwards."""
    with closing(Hall(folder)) as hall:
        hall.tick()
        hall.open("c1")
        for _ in range(waiting):
            hall.issue("HT")
        with live_web(hall, folder / "state") as web:
            yield ProfiledHall(hall, web)


def profile(bench: ProfiledHall, profiled_kind: str, count: int) -> str:
    """Return the functions in which requests of one kind spend their time.

    First those of this thread, then those of the writer's.
    """
    request_profile, writer_profile = cProfile.Profile(), cProfile.Profile()
    for _ in range(count):
        for kind, run in bench.kinds.items():
            if kind == profiled_kind:
                bench.hall.ask(lambda tx, now: writer_profile.enable())
                request_profile.enable()
                run()
                request_profile.disable()
                bench.hall.ask(lambda tx, now: writer_profile.disable())
            else:
                run()
    text = io.StringIO()
    for profiler in (request_profile, writer_profile):
        pstats.Stats(profiler, stream=text).strip_dirs().sort_stats("tottime").print_stats(LISTED_FUNCTIONS)
    return text.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the times."""
    parser = argparse.ArgumentParser(prog="bench.profile_commands", description="Processor time of each request.")
    parser.add_argument("--count", type=int, default=100, help="requests of each kind in a round")
    parser.add_argument("--waiting", type=int, default=50, help="people who wait")
    parser.add_argument("--profile", metavar="KIND", help="print the functions in which this kind spends its time")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, open_hall(Path(folder), args.waiting) as bench:
        if args.profile:
            print(profile(bench, args.profile, args.count))
            return 0
        measure(bench, 20)  # statements and templates are compiled
        rounds = [measure(bench, args.count) for _ in range(ROUNDS)]
        print(f"load {os.getloadavg()[0]:.1f}, {args.waiting} wait, {ROUNDS} rounds of {args.count}")
        for kind in bench.kinds:
            times = [spent[kind] for spent in rounds]
            print(f"{kind:14} {statistics.median(times):6.2f} ms [{min(times):.2f} to {max(times):.2f}]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
