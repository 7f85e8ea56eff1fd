"""The open ticket of a counter: its times, its call, and why it was called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.domain.facts import FactKind
from server.domain.queue.call_gap import first_reports_ms, next_call_ms
from server.domain.queue.ticket import TicketState
from server.store import Snapshot
from server.store.queries import RecordedFact, TicketHistory, TicketNotes, TicketRow
from server.views.queue_entries import QueueEntry, queue_entry
from server.views.why_called import Sentence, explain_call


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """The ticket that is called to, or served at, the counter.

    ``entry``: the ticket itself. ``call``: the id of its newest call, recalls included, and ``called_at_ms``: when that
    was (UTC). All else about calls and service is of the current leg. ``calls``: how often it was called.
    ``started_at_ms``: the start of service (UTC), None before. ``walk_ms``: from the first call to the start, or until
    now; None on a leg without a call (after a hold). ``served_ms``: from the start until now, None before. ``shown``: a
    display showed the newest call; ``spoken``: what displays reported of it: yes (one of them spoke it), muted,
    no_audio or None (not yet). ``auto_unanswered``: called automatically, and nobody at the counter has acknowledged
    it. ``default_outcome``: that of its service. ``print_state``: of its slip, None without one; ``why``: why it was
    called. ``recall_wait_ms``: how long until it may be called again or marked absent; 0: at once, or it is not called.
    """

    entry: QueueEntry
    call: str | None
    calls: int
    called_at_ms: int | None
    started_at_ms: int | None
    walk_ms: int | None
    served_ms: int | None
    shown: bool
    spoken: str | None
    auto_unanswered: bool
    default_outcome: str
    print_state: str | None
    why: tuple[Sentence, ...]
    recall_wait_ms: int

    @property
    def running_ms(self) -> int:
        """The stopwatch of the page: the time since the start, else since the first call."""
        return (self.served_ms if self.served_ms is not None else self.walk_ms) or 0


def open_ticket(
    snapshot: Snapshot, row: TicketRow, history: TicketHistory, notes: TicketNotes, dossier: str | None
) -> OpenTicket:
    """Return the ticket that is open at a counter, as its page shows it."""
    calls, leg, facts = history.calls, history.legs[-1], history.facts
    call = calls[-1] if calls else None
    spoken = _spoken_by_station(facts, None if call is None else call.id)
    results = [result for result in spoken.values() if result is not None]
    explanation = explain_call(snapshot, row, history)
    called_ms, started_ms, is_called = leg.called_ms, leg.started_ms, row.state is TicketState.CALLED
    return OpenTicket(
        entry=queue_entry(snapshot, row, notes, dossier=dossier),
        call=None if call is None else call.id,
        calls=row.calls,
        called_at_ms=None if call is None else call.at_ms,
        started_at_ms=leg.started_at_ms,
        walk_ms=None if called_ms is None else (started_ms or snapshot.queue_ms) - called_ms,
        served_ms=None if started_ms is None else snapshot.queue_ms - started_ms,
        shown=bool(spoken),
        spoken="yes" if "yes" in results else next(iter(results), None),
        auto_unanswered=bool(call is not None and call.auto and not call.acknowledged and is_called),
        default_outcome=snapshot.office.services[row.service].outcome,
        print_state=row.print_state,
        why=() if explanation is None else explanation.sentences,
        recall_wait_ms=_recall_wait_ms(snapshot, call.id, call.queue_ms, facts)
        if call is not None and is_called
        else 0,
    )


def _spoken_by_station(facts: Sequence[RecordedFact], call: str | None) -> Mapping[str, str | None]:
    """Return the last reported result of the announcement, by station that showed ``call``."""
    return {
        fact.data["station"]: fact.data["spoken"]
        for fact in facts
        if fact.kind == FactKind.CALL_SEEN.value and fact.data["call"] == call
    }


def _recall_wait_ms(snapshot: Snapshot, call: str, called_ms: int, facts: Sequence[RecordedFact]) -> int:
    """Return the ms until the called ticket may be called again or marked absent.

    ``call``: the id of its newest call; ``called_ms``: when that was (queue time).
    """
    reports = (
        (fact.queue_ms, fact.data["spoken"])
        for fact in facts
        if fact.kind == FactKind.CALL_SEEN.value and fact.data["call"] == call
    )
    shown_ms, spoken_ms = first_reports_ms(reports)
    callable_again_ms = next_call_ms(called_ms, shown_ms, spoken_ms, snapshot.office.rules.call_gap_s)
    return max(0, callable_again_ms - snapshot.queue_ms)
