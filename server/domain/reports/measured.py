"""The rows from which figures are computed: tickets of a day and their legs.

All times of a ticket are queue time in ms, which a change of the wall clock does not affect.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from server.domain.queue.ticket import TicketState

LEFT_STATES = frozenset({TicketState.CANCELLED, TicketState.NO_SHOW, TicketState.EXPIRED})
"""The states of tickets whose visitors left without service. A no-show who returned is in another state."""

UNRECORDED = "unrecorded"
"""The outcome of a service that was finished by the close of the day."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class MeasuredLeg:
    """One counter's part of a ticket; its ``*_ms`` fields are moments.

    A hold ends a leg, and the resumed service begins another.
    """

    service: str
    procedure: str | None
    counter: str | None
    called_ms: int | None
    started_ms: int | None
    finished_ms: int | None
    outcome: str | None

    @property
    def service_ms(self) -> int | None:
        """The service time; None while unfinished, and when the day's close finished it."""
        if self.started_ms is None or self.finished_ms is None or self.outcome == UNRECORDED:
            return None
        return self.finished_ms - self.started_ms

    @property
    def call_to_start_ms(self) -> int | None:
        """The time from the call to the start of service; None if either is missing."""
        if self.called_ms is None or self.started_ms is None:
            return None
        return self.started_ms - self.called_ms


@dataclass(frozen=True, slots=True)
class MeasuredTicket:
    """One ticket of the day. ``service`` is the one at its issue.

    ``state``: the one when the report is made. Moments: ``issued_ms``, ``first_called_ms`` (None: never called), and
    ``ended_ms``, when it was cancelled, missed or expired, None for all others. Durations: ``total_waiting_ms``, in the
    state waiting, also after a return; and ``uncalled_ms``, from the issue until the report is made, of a ticket that
    still waits and was never called. It is None for all others, so also for one that ended uncalled: its wait is
    ``wait_ms``. ``minute``: the local minute of the day at issue. ``transfers``: how often it was transferred.
    ``practice``: issued for training; ``void``: declared void by staff; ``rating``: a ``SatisfactionLevel``, None
    without a rating.
    """

    number: str
    service: str
    state: TicketState
    minute: int
    issued_ms: int
    first_called_ms: int | None
    ended_ms: int | None
    legs: tuple[MeasuredLeg, ...]
    transfers: int = 0
    total_waiting_ms: int = 0
    uncalled_ms: int | None = None
    practice: bool = False
    void: bool = False
    rating: str | None = None

    @property
    def last_counter(self) -> str | None:
        """The counter that served it last, to which its rating belongs."""
        return next((leg.counter for leg in reversed(self.legs) if leg.started_ms is not None), None)

    @property
    def first_counter(self) -> str | None:
        """The counter that called it first."""
        return next((leg.counter for leg in self.legs if leg.counter is not None), None)

    @property
    def wait_ms(self) -> int | None:
        """The waiting time, from the issue until the first call; None before that.

        Of a visitor who left uncalled it ends when the ticket was cancelled or expired.
        """
        until = self.first_called_ms if self.first_called_ms is not None else self.ended_ms
        return None if until is None else until - self.issued_ms

    @property
    def service_ms(self) -> int | None:
        """The service time of all legs; None if one of them has no recorded end."""
        started = [leg for leg in self.legs if leg.started_ms is not None]
        durations = without_none(leg.service_ms for leg in started)
        return sum(durations) if started and len(durations) == len(started) else None


def without_none(values: Iterable[int | None]) -> list[int]:
    """Return the values other than None."""
    return [value for value in values if value is not None]


def grouped(rows: Iterable[MeasuredTicket], key: Callable[[MeasuredTicket], Key]) -> dict[Key, list[MeasuredTicket]]:
    """Return the tickets by ``key``, in the order of the keys."""
    groups: dict[Key, list[MeasuredTicket]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: groups[name] for name in sorted(groups, key=_sort_key)}


def _sort_key(key: Hashable) -> tuple[bool, int, str]:
    """Return a key that sorts numbers by value, before texts."""
    return (isinstance(key, str), key if isinstance(key, int) else 0, str(key))
