"""Why a ticket was called, or is next, as keys of sentences.

The web has the texts of the sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.calendar import local_clock
from server.domain.facts import FactKind
from server.domain.queue.choice import CallingCounter, Waiting, explain
from server.store import Snapshot
from server.store.queries import LegRow, TicketHistory, TicketRow

MAX_PASSED = 8
"""The most numbers of passed tickets that a sentence names."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The key of a sentence, and the values of its fields by name.

    Times are the hall's, as ``HH:MM``.
    """

    key: str
    values: Mapping[str, object]


_NOBODY_PASSED = Sentence("passed_none", {})


@dataclass(frozen=True, slots=True)
class CallExplanation:
    """Why a ticket was called to a counter, as sentences in reading order.

    ``ticket`` and ``counter`` are ids. ``chosen``: a clerk called it out of order; ``auto``: the system called it,
    because the counter was ready.
    """

    ticket: str
    counter: str
    chosen: bool
    auto: bool
    sentences: tuple[Sentence, ...]


def explain_call(snapshot: Snapshot, row: TicketRow, history: TicketHistory) -> CallExplanation | None:
    """Return the recorded reasons of a ticket's newest call; None before its first.

    Recalls do not count. ``history`` is the ticket's.
    """
    calls_without_recalls = [call for call in history.calls if call.kind == "call"]
    if not calls_without_recalls:
        return None
    call = calls_without_recalls[-1]
    # Made by server.commands.calling: fields of CallReason, and of the ticket at the call.
    recorded = next(fact.data["why"] for fact in reversed(history.facts) if fact.kind == FactKind.CALLED)
    assert call.counter is not None, "a ticket is called to a counter"
    label = snapshot.office.counters[call.counter].label
    zone = snapshot.office.zone
    issued_at = local_clock(recorded["issued_at_ms"], zone)
    sentences = []
    if recorded["reason"] is not None:
        sentences.append(Sentence("chosen", {"reason": recorded["reason"]}))
    if recorded["class"] == "priority":
        effective_issue_at = local_clock(recorded["issued_at_ms"] - recorded["head_start_ms"], zone)
        sentences.append(
            Sentence("priority", {"time": effective_issue_at, "minutes": recorded["head_start_ms"] // 60_000})
        )
    elif _is_first(recorded):
        sentences.append(Sentence("first", {"time": issued_at, "counter": label}))
    sentences += _own_history(snapshot, recorded, label, history)
    sentences += _other_tickets(recorded)
    return CallExplanation(row.id, call.counter, call.chosen, call.auto, tuple(sentences))


def _is_first(recorded: Mapping[str, Any]) -> bool:
    """Return whether the ticket had been issued before all others of the line."""
    exempt = recorded["returned"] or recorded["deferred"] or recorded["reason"] is not None
    return not recorded["passed"] and not exempt


def _own_history(snapshot: Snapshot, recorded: Mapping[str, Any], label: str, history: TicketHistory) -> list[Sentence]:
    """Return sentences about events of the ticket that changed its position in the line."""
    sentences = []
    if recorded["ready"]:
        sentences.append(Sentence("ready", {"counter": label}))
    if recorded["leg"] > 1 and (sender := _sent_from(snapshot, history.legs, recorded["leg"])) is not None:
        sentences.append(Sentence("transfer", {"counter": sender}))
    if recorded["pinned"]:
        sentences.append(_pinned(snapshot, label, recorded.get("pin_clerk")))
    for event, kind in (("returned", FactKind.RETURNED), ("deferred", FactKind.DEFERRED)):
        times_ms = [fact.at_ms for fact in history.facts if fact.kind == kind]
        if recorded[event] and times_ms:
            sentences.append(Sentence(event, {"time": local_clock(times_ms[-1], snapshot.office.zone)}))
    return sentences


def _pinned(snapshot: Snapshot, counter: str, clerk: str | None) -> Sentence:
    """Return the sentence about a pin to a counter (its label) or a clerk."""
    if clerk is None:
        return Sentence("pinned", {"counter": counter})
    person = snapshot.office.clerks.get(clerk)
    return Sentence("pinned_clerk", {"clerk": clerk if person is None else person.name})


def _other_tickets(recorded: Mapping[str, Any]) -> list[Sentence]:
    """Return sentences about tickets that were passed, or that the counter could not call."""

    def numbers(name: str) -> str:
        # Calls that an older release recorded name all tickets that were passed or not callable.
        return _listed(recorded[name], more=recorded.get(f"more_{name}", False))

    sentences = [Sentence("passed", {"numbers": numbers("passed")}) if recorded["passed"] else _NOBODY_PASSED]
    sentences += _of_weights(recorded.get("also"), recorded.get("passed_also", ()))
    if recorded["other_services"]:
        sentences.append(Sentence("skill", {"numbers": numbers("other_services")}))
    if recorded["not_callable"]:
        sentences.append(Sentence("not_callable", {"numbers": numbers("not_callable")}))
    if recorded["tie"]:
        sentences.append(Sentence("tie", {}))
    return sentences


def _of_weights(also: str | None, passed_also: Sequence[str]) -> list[Sentence]:
    """Return sentences about services that the clerk serves beside the main ones."""
    sentences = [] if also is None else [Sentence(f"also_{also}", {})]
    if passed_also:
        more = len(passed_also) > MAX_PASSED
        sentences.append(Sentence("passed_also", {"numbers": _listed(passed_also[:MAX_PASSED], more=more)}))
    return sentences


def _listed(numbers: Sequence[str], *, more: bool) -> str:
    """Return numbers as a list for people, which shows whether there are more."""
    return ", ".join([*numbers, "…"] if more else numbers)


def _sent_from(snapshot: Snapshot, legs: Sequence[LegRow], leg: int) -> str | None:
    """Return the label of the counter that sent the ticket on to leg ``leg``.

    None if no counter did.
    """
    previous_leg = next((row for row in legs if row.n == leg - 1), None)
    if previous_leg is None or previous_leg.ended not in ("transferred", "finished") or previous_leg.counter is None:
        return None
    return snapshot.office.counters[previous_leg.counter].label


def explain_next(
    snapshot: Snapshot, row: TicketRow, line: Sequence[Waiting], counter: CallingCounter
) -> tuple[Sentence, ...]:
    """Return why ``row`` is the counter's next ticket in ``line``."""
    explanation, zone = explain(row.waiting, line, counter, snapshot.queue_ms), snapshot.office.zone
    effective_issue_at_ms = row.issued_at_ms + row.rank_key - row.issued_ms
    label = snapshot.office.counters[counter.id].label
    sentences = []
    if row.ticket_class == "priority":
        minutes = (row.issued_at_ms - effective_issue_at_ms) // 60_000
        sentences.append(Sentence("priority", {"time": local_clock(effective_issue_at_ms, zone), "minutes": minutes}))
    elif not explanation.passed:
        sentences.append(Sentence("first", {"time": local_clock(row.issued_at_ms, zone), "counter": label}))
    if explanation.pinned:
        sentences.append(_pinned(snapshot, label, row.pin_clerk))
    passed = _listed(explanation.passed[:MAX_PASSED], more=len(explanation.passed) > MAX_PASSED)
    sentences.append(Sentence("passed", {"numbers": passed}) if passed else _NOBODY_PASSED)
    sentences += _of_weights(explanation.also, explanation.passed_also)
    if explanation.not_callable:
        not_callable = _listed(explanation.not_callable, more=explanation.more_not_callable)
        sentences.append(Sentence("not_callable", {"numbers": not_callable}))
    if explanation.tie:
        sentences.append(Sentence("tie", {}))
    return tuple(sentences)
