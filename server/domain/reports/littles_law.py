"""The check of a day's waiting times by Little's law, L = λW.

Both sides come from different data: λW from the tickets, L from the length of the queue over time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.domain.reports.measured import MeasuredTicket
from server.domain.reports.queue_times import QueueLength


@dataclass(frozen=True, slots=True)
class LittlesLawCheck:
    """The mean number waiting: ``computed`` by arrival rate × mean wait, ``measured`` from samples."""

    computed: float
    measured: float


def littles_law_check(
    rows: Iterable[MeasuredTicket], samples: Sequence[QueueLength], *, from_ms: int, to_ms: int
) -> LittlesLawCheck | None:
    """Compare both sides of L = λW between two queue times; None without samples.

    ``samples`` are in order of time. Every ticket that was in the queue counts, void ones too, because they are in the
    samples.
    """
    length_ms = to_ms - from_ms
    if length_ms <= 0 or not samples:
        return None
    waiting_times_ms = [row.total_waiting_ms for row in rows]
    ends = [*(moment for moment, _ in samples[1:]), to_ms]
    # The integral of the queue's length over time, in ticket milliseconds.
    length_over_time = sum(
        waiting * max(0, min(end, to_ms) - max(start, from_ms))
        for (start, waiting), end in zip(samples, ends, strict=True)
    )
    # λW: (tickets / length of the day) × (sum of waiting times / tickets)
    return LittlesLawCheck(computed=sum(waiting_times_ms) / length_ms, measured=length_over_time / length_ms)
