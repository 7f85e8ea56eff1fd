"""Measure the processor time of a ticket by thread of the server.

It is measured with one client and with 16. Run ``PYTHONPATH=.:tests:tests/system python -m bench.threads``. The figures
explain the part *tickets* of ``make bench``.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.parts.tickets import ticket_load
from bench.servers import COUNTERS, hall_server

PROGRAM = ("-m", "bench.named_server")
CLIENTS = (1, 16)
SECONDS = 4


def times_ns(pid: int) -> Counter[str]:
    """Return the processor time of the threads of a process, by name."""
    spent: Counter[str] = Counter()
    for task in Path(f"/proc/{pid}/task").iterdir():
        spent[(task / "comm").read_text().strip()] += int((task / "schedstat").read_text().split()[0])
    return spent


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each number of clients."""
    parser = argparse.ArgumentParser(prog="bench.threads", description="The processor time of a ticket by thread.")
    parser.add_argument("--rounds", type=int, default=2, help="how often each number of clients is measured")
    rounds: int = parser.parse_args(arguments).rounds
    with TemporaryDirectory() as folder, hall_server(Path(folder), COUNTERS, program=PROGRAM) as hall:
        for _ in range(rounds):
            for clients in CLIENTS:
                before = times_ns(hall.pid)
                load = ticket_load(hall.files.api, clients, SECONDS, hall.kiosks)
                tickets = len(load.kinds["ticket"].latencies_ms)
                spent = times_ns(hall.pid) - before
                parts = ", ".join(f"{name} {ns / tickets / 1e6:.2f}" for name, ns in spent.most_common(6))
                total = sum(spent.values()) / tickets / 1e6
                print(f"{clients} clients: {load.per_s('ticket'):.0f}/s, {total:.2f} ms a ticket: {parts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
