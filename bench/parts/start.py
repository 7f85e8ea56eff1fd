"""Measure cold starts of the server and of a hall, until the first ticket.

Cold means new processes and a new state folder; the programs' files are in the page cache of the system.
"""

import time
from statistics import median

from bench.context import BenchContext
from bench.figures import Figure, Statistic, Target, spread
from bench.servers import SERVICES, live_machine, server_process
from bench.whole_hall import whole_hall
from support.server_process import Api, office, request_id

STARTS = 3
START_TARGET = Target(Statistic.MEDIAN, 3.0)


def measure(bench: BenchContext) -> list[Figure]:
    """Return the seconds until the first ticket, and until the whole hall is ready."""
    server_s, ready_s, ticket_s = [], [], []
    for number in range(STARTS):
        bench.progress(f"start {number + 1} of {STARTS}")
        server_s.append(_server_start_s(bench))
        with bench.new_folder() as folder, whole_hall(folder) as hall:
            ready_s.append(hall.ready_s)
            ticket_s.append(hall.ticket_s)
    return [
        Figure("server: start to first ticket", "s", median(server_s), noise=spread(server_s)),
        Figure("whole hall: start to ready", "s", median(ready_s), noise=spread(ready_s)),
        Figure(
            "whole hall: start to first ticket", "s", median(ticket_s), noise=spread(ticket_s), targets=[START_TARGET]
        ),
    ]


def _server_start_s(bench: BenchContext) -> float:
    """Return the seconds from the server's start to its first ticket."""
    with bench.new_folder() as folder:
        files, _ = live_machine(folder, office(SERVICES, {"c1": SERVICES}))
        start_s = time.monotonic()
        with server_process(files):
            api = Api(files.api, files.box_token)
            api.ok("/tickets", {"request_id": request_id(), "service": SERVICES[0], "station": "kiosk-1"})
            end_s = time.monotonic()
            api.close()
    return end_s - start_s
