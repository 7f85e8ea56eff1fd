"""The next action of a demonstration's clerk: pure, from the counter's entry on the board.

The clerk knows only the board. Each time the counter changes, the clerk decides on the next action and its time. If the
action changes nothing, it is repeated later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from server.hall.demo.scenario import BreakPlan, CallResponse, VisitorPlan
from server.wire.messages import CounterStateName

BETWEEN_VISITORS_MS = 25_000  # before the next number is called
CALL_EVERY_MS = 30_000  # between the calls of a visitor who does not come
RETRY_MS = 60_000  # after an action that changed nothing
UNPLANNED_SERVICE_MS = 300_000  # for a visitor outside the scenario: a person at the kiosk
MAX_CALLS = 3  # the default of the rule: after so many calls a visitor may be recorded as absent
BY_PAGE_ONLY = frozenset({"transfer", "resume"})
"""Actions for which the keypad has no key."""

CounterEntry = Mapping[str, Any]
"""A counter in the board's JSON."""

FindVisitor = Callable[[str], VisitorPlan | None]
"""Returns the plan of the visitor with a ticket number; None for a person at the kiosk."""


@dataclass(frozen=True, slots=True)
class ClerkAction:
    """One action of a clerk: ``action`` is a key of the keypad, or a move.

    ``ticket``, ``number``: id and number of the ticket that it is about; None: of none. ``by_page``: on the clerk page,
    where ``fields`` are chosen in the form; else with the keypad.
    """

    counter: str
    action: str
    ticket: str | None = None
    number: str | None = None
    by_page: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket that this clerk has put on hold until the visitor returns."""

    ticket: str
    returns_at_ms: int


@dataclass(frozen=True, slots=True)
class ClerkBot:
    """The state of one clerk. Moments are ms on the hall's boot clock.

    ``by_page``: works on the page, else with the keypad wherever it can do the action. ``last_view``: the entry as last
    seen: state, readiness, ticket and its state. ``calls``: calls of the called ticket so far. ``planned_break``: its
    ``at_ms`` is on that clock too, None after it has begun; ``break_ends_at_ms``: of the break that has begun.
    ``next_action`` is due at ``due_ms``; both are None while there is nothing to do.
    """

    counter: str
    by_page: bool = False
    planned_break: BreakPlan | None = None
    break_ends_at_ms: int | None = None
    held: tuple[HeldTicket, ...] = ()
    last_view: tuple[Any, ...] = ()
    calls: int = 1
    next_action: ClerkAction | None = None
    due_ms: int | None = None


def observe(clerk: ClerkBot, entry: CounterEntry, find_visitor: FindVisitor, now_ms: int) -> ClerkBot:
    """Return the clerk after reading the board. ``find_visitor`` takes a ticket's number."""
    ticket = entry["ticket"]
    view = (entry["state"], entry["ready"], ticket and ticket["id"], ticket and ticket["state"])
    if view == clerk.last_view:
        return clerk
    clerk = replace(clerk, last_view=view, calls=1)
    if ticket is not None:  # a ticket at the counter is not on hold any more
        clerk = replace(clerk, held=_without(clerk.held, ticket["id"]))
    return _decide(clerk, entry, find_visitor, now_ms)


def act(
    clerk: ClerkBot, entry: CounterEntry, find_visitor: FindVisitor, now_ms: int
) -> tuple[ClerkBot, ClerkAction | None]:
    """Return the clerk after its due action, and that action; None when nothing is due."""
    action = clerk.next_action
    if action is None or clerk.due_ms is None or clerk.due_ms > now_ms:
        return clerk, None
    acted = replace(clerk, due_ms=now_ms + RETRY_MS)
    if action.action == "recall":  # the board does not change after it, so decide again at once
        return _decide(replace(acted, calls=clerk.calls + 1), entry, find_visitor, now_ms), action
    if action.action == "no_show":  # if it is refused, one more call is needed
        return replace(acted, calls=MAX_CALLS - 1, next_action=replace(action, action="recall")), action
    if action.action == "hold" and action.ticket is not None:
        visitor = find_visitor(action.number or "")
        away_ms = visitor.hold.away_ms if visitor is not None and visitor.hold is not None else RETRY_MS
        return replace(acted, held=(*clerk.held, HeldTicket(action.ticket, now_ms + away_ms))), action
    if (
        action.action == "resume" and action.ticket is not None
    ):  # if it is refused, the ticket returns through the queue
        return replace(acted, held=_without(clerk.held, action.ticket), last_view=()), action
    if action.action == "pause" and clerk.planned_break is not None and entry["state"] == CounterStateName.OPEN:
        return replace(acted, planned_break=None, break_ends_at_ms=now_ms + clerk.planned_break.length_ms), action
    return acted, action


def visitor_after(action: ClerkAction, visitor: VisitorPlan) -> VisitorPlan:
    """Return the visitor's plan after this action: no visitor is held or transferred twice."""
    if action.action == "hold" and visitor.hold is not None:
        return replace(visitor, hold=None, service_ms=visitor.service_ms - visitor.hold.after_ms)
    if action.action == "transfer":
        return replace(visitor, transfer=None)
    return visitor


def _decide(clerk: ClerkBot, entry: CounterEntry, find_visitor: FindVisitor, now_ms: int) -> ClerkBot:
    ticket = entry["ticket"]
    if entry["state"] == CounterStateName.PAUSED:
        ends_at_ms = clerk.break_ends_at_ms if clerk.break_ends_at_ms is not None else now_ms + BETWEEN_VISITORS_MS
        # The key "pause" ends a pause, too.
        return _with_action(replace(clerk, break_ends_at_ms=None), "pause", ends_at_ms)
    if ticket is None:
        return _decide_free(clerk, entry, now_ms)
    visitor = find_visitor(ticket["number"])
    return (_decide_called if ticket["state"] == "called" else _decide_serving)(clerk, ticket, visitor, now_ms)


def _decide_free(clerk: ClerkBot, entry: CounterEntry, now_ms: int) -> ClerkBot:
    if (
        entry["state"] == CounterStateName.OPEN
        and clerk.planned_break is not None
        and clerk.planned_break.at_ms <= now_ms
    ):
        return _with_action(clerk, "pause", now_ms + 1_000)
    next_held = min(clerk.held, key=lambda held: held.returns_at_ms, default=None)
    if next_held is not None and (entry["ready"] or next_held.returns_at_ms <= now_ms + BETWEEN_VISITORS_MS):
        return _with_action(clerk, "resume", max(next_held.returns_at_ms, now_ms), ticket=next_held.ticket)
    if entry["ready"]:  # the next visitor is called without an action
        return replace(clerk, next_action=None, due_ms=None)
    return _with_action(clerk, "next", now_ms + BETWEEN_VISITORS_MS)


def _decide_called(clerk: ClerkBot, ticket: Mapping[str, Any], visitor: VisitorPlan | None, now_ms: int) -> ClerkBot:
    response = visitor.response if visitor is not None else CallResponse.AT_ONCE
    walk_ms = visitor.walk_ms if visitor is not None else BETWEEN_VISITORS_MS
    ids = {"ticket": ticket["id"], "number": ticket["number"]}
    if response is CallResponse.AT_ONCE or (response is CallResponse.LATE and clerk.calls > 1):
        return _with_action(clerk, "start", now_ms + walk_ms, **ids)
    return _with_action(clerk, "recall" if clerk.calls < MAX_CALLS else "no_show", now_ms + CALL_EVERY_MS, **ids)


def _decide_serving(clerk: ClerkBot, ticket: Mapping[str, Any], visitor: VisitorPlan | None, now_ms: int) -> ClerkBot:
    ids = {"ticket": ticket["id"], "number": ticket["number"]}
    if visitor is None:
        return _with_action(clerk, "finish", now_ms + UNPLANNED_SERVICE_MS, **ids)
    if visitor.hold is not None:
        return _with_action(clerk, "hold", now_ms + visitor.hold.after_ms, **ids)
    if visitor.transfer is not None:
        fields = {"service": visitor.transfer}
        return _with_action(clerk, "transfer", now_ms + visitor.service_ms // 3, **ids, fields=fields)
    return _with_action(clerk, "finish", now_ms + visitor.service_ms, **ids, fields={"outcome": visitor.outcome})


def _with_action(clerk: ClerkBot, action: str, due_ms: int, **more: Any) -> ClerkBot:
    by_page = clerk.by_page or action in BY_PAGE_ONLY
    return replace(clerk, next_action=ClerkAction(clerk.counter, action, by_page=by_page, **more), due_ms=due_ms)


def _without(held: tuple[HeldTicket, ...], ticket: str) -> tuple[HeldTicket, ...]:
    return tuple(entry for entry in held if entry.ticket != ticket)
