"""Times from the journal: waits of tickets, lengths of the queue, open times of counters.

All times are queue time in ms.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from server.domain.facts import FactKind
from server.domain.queue.counter import CounterState

ENTERS_QUEUE = frozenset(
    {FactKind.ISSUED, FactKind.SENT_ON, FactKind.RETURNED, FactKind.REQUEUED, FactKind.RELEASED, FactKind.TRANSFERRED}
)
LEAVES_QUEUE = frozenset({FactKind.CALLED, FactKind.CANCELLED, FactKind.EXPIRED})

QueueChange = tuple[str, FactKind, int]
"""(ticket, kind, queue time) of a fact by which a ticket enters or leaves the queue."""

QueueLength = tuple[int, int]
"""(queue time, number of tickets that wait from then on)."""


@dataclass(frozen=True, slots=True)
class QueueSamples:
    """The length of the queue at each change, and the time span that is covered."""

    counts: tuple[QueueLength, ...]
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class CounterChange:
    """A counter changed to ``state`` at ``queue_ms``."""

    counter: str
    state: CounterState
    queue_ms: int


def waiting_times_ms(changes: Iterable[QueueChange], now_ms: int) -> dict[str, int]:
    """Return the total waiting time of each ticket, until ``now_ms`` if it still waits."""
    waiting_since_ms: dict[str, int] = {}
    total_ms: dict[str, int] = {}
    for ticket, kind, moment_ms in changes:
        if kind in ENTERS_QUEUE:
            waiting_since_ms.setdefault(ticket, moment_ms)
        elif ticket in waiting_since_ms:
            total_ms[ticket] = total_ms.get(ticket, 0) + moment_ms - waiting_since_ms.pop(ticket)
    for ticket, since_ms in waiting_since_ms.items():
        total_ms[ticket] = total_ms.get(ticket, 0) + max(0, now_ms - since_ms)
    return total_ms


def queue_samples(changes: Iterable[QueueChange], now_ms: int, *, is_open: bool) -> QueueSamples:
    """Count the waiting tickets at every change.

    The span ends at ``now_ms`` while the day ``is_open``, else at the last change.
    """
    waiting: set[str] = set()
    counts: list[QueueLength] = []
    for ticket, kind, moment_ms in changes:
        if kind in ENTERS_QUEUE:
            waiting.add(ticket)
        else:
            waiting.discard(ticket)
        if counts and counts[-1][0] == moment_ms:
            counts.pop()
        counts.append((moment_ms, len(waiting)))
    first_ms = counts[0][0] if counts else now_ms
    last_ms = counts[-1][0] if counts else first_ms
    return QueueSamples(tuple(counts), first_ms, now_ms if is_open else last_ms)


def open_durations_ms(changes: Iterable[CounterChange], counters: Iterable[str], end_ms: int) -> dict[str, int]:
    """Return how long each counter was open until ``end_ms``, without pauses."""
    open_since_ms: dict[str, int] = {}
    total_ms = dict.fromkeys(counters, 0)
    for change in changes:
        _end_open_span(open_since_ms, total_ms, change.counter, change.queue_ms)
        if change.state is CounterState.OPEN:
            open_since_ms[change.counter] = change.queue_ms
    for counter in list(open_since_ms):
        _end_open_span(open_since_ms, total_ms, counter, end_ms)
    return total_ms


def _end_open_span(open_since_ms: dict[str, int], total_ms: dict[str, int], counter: str, end_ms: int) -> None:
    """Add the time since the counter opened to ``total_ms``, if it is open."""
    if counter in open_since_ms:
        total_ms[counter] = total_ms.get(counter, 0) + end_ms - open_since_ms.pop(counter)
