"""Rows of the open day that only the writer changes, kept from command to command.

Every number issued needs them: reading them from the tables each time took a fifth of a ticket's statements.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from server.domain.facts import CounterClerkChanged, CounterReady, Fact, ServiceResumed, ServiceStopped, TicketIssued
from server.domain.office import StoppedService


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows of ``day`` that the writer keeps instead of reading them again.

    ``last_numbers``: the last sequence and number of some series, by prefix. ``stopped``: the services whose issuing is
    stopped, by id; None until read. ``may_be_ready``: False when no counter is ready for a call.
    ``clerks``: the clerk signed in at each counter, or None; None until read.
    """

    day: str | None = None
    last_numbers: Mapping[str, tuple[int, str | None]] = field(default_factory=dict)
    stopped: Mapping[str, StoppedService] | None = None
    may_be_ready: bool = True
    clerks: Mapping[str, str | None] | None = None

    def of_day(self, day: str | None) -> "KeptRows":
        """Return these rows, or none when they are those of another day."""
        return self if day == self.day else KeptRows(day)

    def after(self, fact: Fact) -> "KeptRows":
        """Return the rows after ``fact`` was applied."""
        change = _CHANGES.get(type(fact))
        return self if change is None else change(self, fact)

    def with_number(self, prefix: str, seq: int, number: str | None) -> "KeptRows":
        """Return the rows with ``number`` as the last one of its series."""
        return replace(self, last_numbers={**self.last_numbers, prefix: (seq, number)})


def _after_issue(kept: KeptRows, fact: Fact) -> KeptRows:
    assert isinstance(fact, TicketIssued)
    return kept.with_number(fact.prefix, fact.seq, fact.number)


def _read_stops_again(kept: KeptRows, fact: Fact) -> KeptRows:
    return replace(kept, stopped=None)


def _ask_for_ready_counters(kept: KeptRows, fact: Fact) -> KeptRows:
    return replace(kept, may_be_ready=True)


def _read_clerks_again(kept: KeptRows, fact: Fact) -> KeptRows:
    return replace(kept, clerks=None)


_CHANGES: Mapping[type[Fact], Callable[[KeptRows, Fact], KeptRows]] = {
    TicketIssued: _after_issue,
    ServiceStopped: _read_stops_again,
    ServiceResumed: _read_stops_again,
    CounterReady: _ask_for_ready_counters,
    CounterClerkChanged: _read_clerks_again,
}
