"""Measure the server in a rush, as ratios to this machine's disk.

Two thousand numbers are taken by four kiosks at once, then eight clerks press *next* at the same moment, two hundred
times: the rush of ``tests/system``, whose checker must find nothing wrong here either. Bare milliseconds say more about
a machine than about us, so each stands beside a plain 4 KiB write with ``fdatasync`` in the same folder: an answer that
left after its commit cannot take less than one of them, and numbers that wait together may share one.

Run ``make bench-rush``.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

from rush import SERVES, Press, crowd, overlapping, press_next, violations

from bench.servers import live_machine, server_process
from support.server_process import Api, journal, office

TICKETS = 2000
PRESS_ROUNDS = 200
PLAIN_WRITES = 400
WRITTEN_BLOCK = b"\0" * 4096


def main() -> int:
    """Print the figures; return 1 when the checker finds a broken promise."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = list(plain_writes(folder / "plain.bin"))
        hall, _ = live_machine(folder, office(["HT", "CT", "DD"], SERVES))
        with server_process(hall):
            start_s = time.monotonic()
            issues = crowd(hall, TICKETS)
            issuing_s = time.monotonic() - start_s
            presses = press_next(hall, list(SERVES), PRESS_ROUNDS)
            broken_promises = violations(presses, journal(Api(hall.api, hall.box_token)), SERVES)
        after = list(plain_writes(folder / "plain.bin"))
    disk_s = median(before + after)
    print(f"fdatasync of 4 KiB   {1 / disk_s:7.0f} /s   median {disk_s * 1000:.2f} ms ({drift(before, after)})")
    print_figures("numbers issued", TICKETS / issuing_s, issues, disk_s)
    print_figures("calls", calls_per_s(presses), [press.answered_s - press.sent_s for press in presses], disk_s)
    print(
        f"{overlapping(presses)} of {PRESS_ROUNDS} rounds overlapped; "
        f"the checker found {len(broken_promises)} broken promises"
    )
    for line in broken_promises[:20]:
        print(f"  {line}")
    return 1 if broken_promises else 0


def plain_writes(path: Path) -> Iterator[float]:
    """Yield the seconds of each write with its ``fdatasync``."""
    with path.open("wb", buffering=0) as file:
        for _ in range(PLAIN_WRITES):
            start_s = time.monotonic()
            file.write(WRITTEN_BLOCK)
            os.fdatasync(file.fileno())
            yield time.monotonic() - start_s


def drift(before: Sequence[float], after: Sequence[float]) -> str:
    """Return how far the disk changed meanwhile.

    Far from 1, the ratios mean little.
    """
    return f"after the rush {median(after) / median(before):.1f} times that of before"


def calls_per_s(presses: Sequence[Press]) -> float:
    """Return the calls per second of the median round, first press to last answer."""
    rounds: dict[int, list[Press]] = {}
    for press in presses:
        rounds.setdefault(press.round, []).append(press)
    round_durations_s = [
        max(press.answered_s for press in presses_of_round) - min(press.sent_s for press in presses_of_round)
        for presses_of_round in rounds.values()
    ]
    return len(SERVES) / median(round_durations_s)


def print_figures(name: str, per_s: float, durations_s: Sequence[float], disk_s: float) -> None:
    """Print one line of figures, each beside its ratio to the plain write."""
    p50, p99 = median(durations_s), quantiles(durations_s, n=100)[98]
    print(
        f"{name:20} {per_s:7.0f} /s = {per_s * disk_s:.2f} of fdatasync's   "
        f"p50 {p50 * 1000:.1f} ms = {p50 / disk_s:.0f}×   p99 {p99 * 1000:.1f} ms = {p99 / disk_s:.0f}×"
    )


if __name__ == "__main__":
    raise SystemExit(main())
