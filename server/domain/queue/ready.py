"""Automatic calls: the next ticket is called to a ready counter without a key press."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from server.domain.queue.choice import CallingCounter, Waiting, choose_counter


@dataclass(frozen=True, slots=True)
class ReadyCall:
    """An automatic call of a ready counter's next ticket."""

    counter: CallingCounter
    ticket: Waiting


def ready_calls(
    ready: Iterable[CallingCounter], waiting_now: Callable[[], Iterable[Waiting]], queue_ms: int
) -> Iterator[ReadyCall]:
    """Yield the automatic calls that are due at ``queue_ms``.

    Record each call before taking the next one from the iterator: ``waiting_now()`` must then return the tickets that
    still wait. The calls end when no ready counter may call a waiting ticket.
    """
    counters = list(ready)
    while counters and (match := choose_counter(counters, list(waiting_now()), queue_ms)) is not None:
        yield ReadyCall(*match)
        counters.remove(match[0])


def queue_after_call(waiting: Iterable[Waiting], called: Waiting) -> list[Waiting]:
    """Return the tickets that wait after ``called`` was called.

    A ticket of its service that was put off until the next call is in the normal order again.
    """
    others = (ticket for ticket in waiting if ticket.id != called.id)
    return [
        replace(ticket, behind_next=False) if ticket.behind_next and ticket.service == called.service else ticket
        for ticket in others
    ]
