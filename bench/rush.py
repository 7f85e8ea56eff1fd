"""How the server bears a rush, as ratios to what this machine's disk can do in the same run.

Two thousand numbers are taken by four kiosks at once, then eight clerks press *next* at the same moment, two hundred
times: the rush of ``tests/system``, whose checker must find nothing wrong here either. Bare milliseconds say more
about a machine than about us, so each is told beside a plain 4 KiB write with ``fdatasync`` in the same folder: an
answer that left after its commit cannot take less than one of them, and numbers that wait together may share one.

Run ``make bench``.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

from rush import SERVES, Press, crowd, overlapping, press_next, violations

from halls import Api, journal, machine, office, running

TICKETS = 2000
ROUNDS = 200
WRITES = 400
BLOCK = b"\0" * 4096


def main() -> int:
    """Print the figures; 1 when the checker found a broken promise."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = list(plain_writes(folder / "plain.bin"))
        where = machine(folder, office(["HT", "CT", "DD"], SERVES))
        with running(where):
            begun = time.monotonic()
            issues = crowd(where, TICKETS)
            issuing_s = time.monotonic() - begun
            presses = press_next(where.api, list(SERVES), ROUNDS)
            wrong = violations(presses, journal(Api(where.api)), SERVES)
        after = list(plain_writes(folder / "plain.bin"))
    disk_s = median(before + after)
    print(f"fdatasync of 4 KiB   {1 / disk_s:7.0f} /s   median {disk_s * 1000:.2f} ms ({drift(before, after)})")
    tell("numbers issued", TICKETS / issuing_s, issues, disk_s)
    tell("calls", calls_per_s(presses), [press.answered_s - press.sent_s for press in presses], disk_s)
    print(f"{overlapping(presses)} of {ROUNDS} rounds overlapped; the checker found {len(wrong)} broken promises")
    for line in wrong[:20]:
        print(f"  {line}")
    return 1 if wrong else 0


def plain_writes(path: Path) -> Iterator[float]:
    """Seconds of each write with its ``fdatasync``."""
    with path.open("wb", buffering=0) as file:
        for _ in range(WRITES):
            begun = time.monotonic()
            file.write(BLOCK)
            os.fdatasync(file.fileno())
            yield time.monotonic() - begun


def drift(before: Sequence[float], after: Sequence[float]) -> str:
    """Whether the disk was the same at the end; far from 1, and the ratios mean little."""
    return f"after the rush {median(after) / median(before):.1f} times that of before"


def calls_per_s(presses: Sequence[Press]) -> float:
    """Calls in the median round, from the first press to the last answer."""
    rounds: dict[int, list[Press]] = {}
    for press in presses:
        rounds.setdefault(press.round, []).append(press)
    took = [max(p.answered_s for p in one) - min(p.sent_s for p in one) for one in rounds.values()]
    return len(SERVES) / median(took)


def tell(what: str, per_s: float, took_s: Sequence[float], disk_s: float) -> None:
    """One line of figures, each beside its ratio to the plain write."""
    p50, p99 = median(took_s), quantiles(took_s, n=100)[98]
    print(
        f"{what:20} {per_s:7.0f} /s = {per_s * disk_s:.2f} of fdatasync's   "
        f"p50 {p50 * 1000:.1f} ms = {p50 / disk_s:.0f}×   p99 {p99 * 1000:.1f} ms = {p99 / disk_s:.0f}×"
    )


if __name__ == "__main__":
    raise SystemExit(main())
