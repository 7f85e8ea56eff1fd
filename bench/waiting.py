"""Measure the call of the next ticket by the number of waiting tickets.

A row has the median CPU time of ``next`` for an ordinary ticket, and for one with priority, which passes all others.
To print it: ``PYTHONPATH=.:tests:tests/unit python -m bench.waiting``.
"""

import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from core_crowd import crowd
from core_hall import MINUTE, Hall

WAITING = (10, 1_000, 10_000)
CALLS = 60


def main() -> None:
    """Print the table in Markdown."""
    print("| waiting | next, ms CPU | next with priority, ms CPU |\n|---|---|---|")
    for waiting in WAITING:
        with tempfile.TemporaryDirectory() as folder, closing(Hall(Path(folder))) as hall:
            hall.tick()
            hall.open()
            crowd(hall, ("HT", "CT", "DD", "TK"), waiting)
            hall.clock.go(5 * MINUTE)
            ordinary, priority = (_median_ms(hall, ticket_class) for ticket_class in ("ordinary", "priority"))
        print(f"| {waiting} | {ordinary:.2f} | {priority:.2f} |")


def _median_ms(hall: Hall, ticket_class: str) -> float:
    """Return the median CPU time of a call."""
    return statistics.median(_call_ms(hall, ticket_class) for _ in range(CALLS))


def _call_ms(hall: Hall, ticket_class: str) -> float:
    hall.issue("HT", ticket_class)
    begun_s = time.process_time()
    called = hall.next("c2")
    cpu_s = time.process_time() - begun_s
    assert called is not None
    hall.move(called, "cancel", counter="c2", reason="void")
    return cpu_s * 1000


if __name__ == "__main__":
    main()
