"""Judge a hall's journal by the rule of the queue alone.

Nothing here knows the code that chose. Only tickets that wait and may be called at the same moment are compared; those
chosen, pinned, returned or deferred are exempt, as the journal marks them. A ticket that a clerk put off may be called
again when its time has come and the next of its service was called.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from core_hall import MINUTE, OFFICE

COUNTERS = {counter["id"]: frozenset(counter["services"]) for counter in OFFICE["counters"]}
TO_LINE = {"issued", "rejoined", "sent_on", "returned", "requeued", "released", "transferred"}
FROM_LINE = {"called", "cancelled", "expired"}
AFTER = {
    **dict.fromkeys(TO_LINE, "waiting"),
    "called": "called",
    "started": "serving",
    "resumed": "serving",
    "reopened": "serving",
    "rejoined": "waiting",
    "finished": "served",
    "missed": "no_show",
    "held": "held",
    "cancelled": "cancelled",
    "expired": "expired",
}
SAME_STATE = ("unpinned", "procedure_changed", "noted")
WEIGHTS: dict[str, dict[str, list[str]]] = {
    "an": {"services": ["HT", "TK"], "also": ["TK"]},
    "binh": {"services": ["HT", "CT", "TK"], "also": ["CT"]},
    "chi": {"services": ["CT"], "also": []},
}
"""The services of clerks who do not serve all services of a counter alike."""
TARGET_MS = 20 * MINUTE
CALL_LATER_MS = 3 * MINUTE
CALL_GAP_MS = 20_000


@dataclass
class JournalVisitor:
    """A ticket as the journal describes it."""

    number: str
    seq: int
    service: str
    priority: bool
    issued_ms: int
    state: str = "waiting"
    counter: str | None = None
    waits: bool = True
    pin: str | None = None
    pin_clerk: str | None = None
    stops: list[Any] = field(default_factory=list)
    exempt: bool = False
    put_off_until_ms: int = 0
    behind_next: bool = False


@dataclass
class Call:
    """The newest call of a ticket, and when the hall reported it."""

    id: str
    called_ms: int
    shown_ms: int | None = None
    spoken_ms: int | None = None


@dataclass
class Checker:
    """Reads the journal fact by fact and asserts every promise."""

    head_start_ms: int
    seen: int = 0
    people: dict[str, JournalVisitor] = field(default_factory=dict)
    serving: dict[str, str] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    serves: dict[str, frozenset[str]] = field(default_factory=lambda: dict(COUNTERS))
    calls: dict[str, Call] = field(default_factory=dict)
    clerks: dict[str, str | None] = field(default_factory=dict)
    before: dict[str, tuple[int, JournalVisitor]] = field(default_factory=dict)
    weights: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def read(self, facts: list[Any]) -> None:
        for fact in facts:
            if fact.seq > self.seen:
                self.read_fact(fact, json.loads(fact.data))
                self.seen = fact.seq

    def read_fact(self, fact: Any, data: dict[str, Any]) -> None:
        about, _, event = fact.kind.partition(".")
        if about == "counter":
            self.counter(fact, event, data)
        if fact.kind == "call.seen" and self.calls[fact.ticket].id == data["call"]:
            call = self.calls[fact.ticket]
            call.shown_ms = fact.queue_ms if call.shown_ms is None else call.shown_ms
            if data["spoken"] == "yes" and call.spoken_ms is None:
                call.spoken_ms = fact.queue_ms
        if about != "ticket" or event == "printed":
            return
        if event == "issued":
            priority = data["class"] == "priority"
            self.people[fact.ticket] = JournalVisitor(data["number"], fact.seq, fact.service, priority, fact.queue_ms)
        visitor = self.people[fact.ticket]
        if event == "move_undone":
            self.take_back(fact, data)
            return
        if event not in ("unpinned", "noted"):
            self.before[fact.ticket] = (fact.seq, replace(visitor))
        if event in ("recalled", "missed"):
            self.had_time_to_come(fact, self.calls[fact.ticket])
        if event in ("called", "recalled"):
            self.calls[fact.ticket] = Call(f"k-{fact.seq}", fact.queue_ms)
        if event == "called":
            self.judge(fact, visitor, data)
            self.serving[fact.counter] = fact.ticket
            self.ready.discard(fact.counter)
        if event in TO_LINE | FROM_LINE:
            visitor.waits = event in TO_LINE
        if event in ("resumed", "reopened"):
            self.serving[fact.counter] = fact.ticket
            self.ready.discard(fact.counter)
        elif event not in ("called", "recalled", "started", "issued", "reclassified", "deferred", *SAME_STATE):
            self.serving = {counter: ticket for counter, ticket in self.serving.items() if ticket != fact.ticket}
        visitor.state, visitor.counter = AFTER.get(event, visitor.state), fact.counter or visitor.counter
        self.marks(fact, event, data, visitor)
        self.put_off(fact, event, visitor)

    def take_back(self, fact: Any, data: dict[str, Any]) -> None:
        """The ticket is as it was before its newest move."""
        seq, visitor = self.before.pop(fact.ticket)
        assert data["undone"] == seq, f"{fact.ticket} was moved since {data['undone']}"
        self.people[fact.ticket] = visitor
        self.serving = {counter: ticket for counter, ticket in self.serving.items() if ticket != fact.ticket}
        if visitor.state in ("called", "serving"):
            assert visitor.counter is not None and visitor.counter not in self.serving, f"{visitor.counter} has another"
            self.serving[visitor.counter] = fact.ticket
            self.ready.discard(visitor.counter)

    def put_off(self, fact: Any, event: str, visitor: JournalVisitor) -> None:
        """Note whether a clerk put the ticket off, for three minutes and behind the next.

        Any other way into the queue or out of it ends that.
        """
        if event in TO_LINE | FROM_LINE:
            visitor.put_off_until_ms, visitor.behind_next = 0, False
        if event == "requeued" and fact.actor_role != "system":
            visitor.put_off_until_ms, visitor.behind_next = fact.queue_ms + CALL_LATER_MS, True
        for other in self.people.values() if event == "called" else ():
            other.behind_next = other.behind_next and (other is visitor or other.service != visitor.service)

    def had_time_to_come(self, fact: Any, call: Call) -> None:
        shown_ms = min(call.called_ms + 5_000, call.shown_ms if call.shown_ms is not None else fact.queue_ms)
        heard_ms = max(shown_ms, call.spoken_ms or 0)
        assert fact.queue_ms >= heard_ms + CALL_GAP_MS, f"{fact.kind} {fact.queue_ms - heard_ms} ms after {call}"

    def marks(self, fact: Any, event: str, data: dict[str, Any], visitor: JournalVisitor) -> None:
        if event in ("transferred", "sent_on"):
            self.comes_back(fact, event, data, visitor)
            visitor.service = fact.service
        if event in ("transferred", "released", "sent_on"):
            visitor.pin, visitor.pin_clerk = data["pin"], data.get("pin_clerk")
        if event in ("missed", "returned"):
            self.keeps_its_pin(event, data, visitor)
        if event in ("unpinned", "started", "cancelled"):
            visitor.pin = visitor.pin_clerk = None
        if event == "finished":
            assert not visitor.stops or data["outcome"] == "unrecorded", f"{visitor} did not go back"
        if event == "reclassified":
            visitor.priority = data["class"] == "priority"
        if event in ("returned", "deferred"):
            visitor.exempt = True

    def keeps_its_pin(self, event: str, data: dict[str, Any], visitor: JournalVisitor) -> None:
        """An absent visitor keeps the pin unless it could not call the ticket."""
        pin = (data.get("pin"), data.get("pin_clerk"))
        assert pin == (visitor.pin, visitor.pin_clerk) or (event == "returned" and pin == (None, None)), (event, pin)
        visitor.pin, visitor.pin_clerk = pin

    def comes_back(self, fact: Any, event: str, data: dict[str, Any], visitor: JournalVisitor) -> None:
        """A visitor who was sent on "and back" is finished only where the way began."""
        stops = data.get("stops") or []
        if event == "sent_on" and len(stops) < len(visitor.stops):
            stop = visitor.stops[-1]
            assert fact.service == stop["service"], f"{visitor} was to go back to {stop}"
            assert data["pin"] in (None, stop["counter"])
            assert data.get("pin_clerk") in (None, stop["clerk"])
        visitor.stops = stops

    def counter(self, fact: Any, event: str, data: dict[str, Any]) -> None:
        if event == "clerk":
            self.clerks[fact.counter] = data["clerk"]
        if event == "ready":
            self.ready.add(fact.counter)
        if event == "unready" or (event == "state" and data["state"] != "open"):
            self.ready.discard(fact.counter)

        if event == "services_today":
            self.serves[fact.counter] = COUNTERS[fact.counter].difference(data["taken"]).union(data["added"])

    def may(self, counter: str, visitor: JournalVisitor) -> bool:
        fits = visitor.pin in (None, counter) and visitor.pin_clerk in (None, self.clerks.get(counter))
        own = self.weights.get(self.clerks.get(counter) or "", {}).get("services", (visitor.service,))
        return visitor.waits and visitor.service in self.serves[counter] and visitor.service in own and fits

    def is_behind(self, counter: str, visitor: JournalVisitor, now_ms: int) -> bool:
        """Return whether the clerk serves the visitor only while nobody else can be called."""
        also = self.weights.get(self.clerks.get(counter) or "", {}).get("also", ())
        waited_ms = now_ms - visitor.issued_ms + visitor.priority * self.head_start_ms
        return visitor.service in also and waited_ms <= TARGET_MS

    def now(self, counter: str, now_ms: int) -> list[JournalVisitor]:
        """Return the visitors who may be called there at this moment."""
        due = [w for w in self.people.values() if self.may(counter, w) and w.put_off_until_ms <= now_ms]
        return [
            w for w in due if not (w.behind_next and any(o.service == w.service and not o.behind_next for o in due))
        ]

    def judge(self, fact: Any, chosen: JournalVisitor, data: dict[str, Any]) -> None:
        assert self.may(fact.counter, chosen), f"{fact.counter} called {chosen}, which it may not"
        able = self.now(fact.counter, fact.queue_ms)
        assert data["chosen"] or any(visitor is chosen for visitor in able), f"{chosen} was put off"
        assert fact.counter not in self.serving, f"{fact.counter} already has a ticket"
        marked = data["chosen"] or data["why"]["pinned"] or data["why"]["returned"] or data["why"]["deferred"]
        assert marked or not chosen.exempt, "an exempt ticket is marked so in the journal"
        if data["chosen"] or chosen.exempt or chosen.pin is not None or chosen.pin_clerk is not None:
            return
        for other in able:
            if other is chosen or other.exempt or other.pin is not None or other.pin_clerk is not None:
                continue
            behind = [self.is_behind(fact.counter, visitor, fact.queue_ms) for visitor in (chosen, other)]
            assert behind != [True, False], f"{chosen} is of a further service and was called before {other}"
            if behind != [False, True]:
                self.compare(chosen, other)

    def compare(self, chosen: JournalVisitor, other: JournalVisitor) -> None:
        earlier = (other.issued_ms, other.seq) < (chosen.issued_ms, chosen.seq)
        alike = other.priority == chosen.priority and other.service == chosen.service
        assert not (alike and earlier), f"{chosen} before {other}: same class, same service"
        assert other.issued_ms >= chosen.issued_ms - self.head_start_ms, f"{chosen} passed {other} by too much"
        assert self.head_start_ms or not earlier, f"{chosen} before {other} without any head start"

    def at_rest(self, now_ms: int) -> None:
        for visitor in self.people.values():
            stuck = visitor.waits and visitor.pin is not None and visitor.service not in self.serves[visitor.pin]
            assert not stuck, f"{visitor} waits for a counter that does not serve it"
        for counter in self.ready:
            left = self.now(counter, now_ms)
            assert not left, f"{counter} is ready, and {left[0]} waits"
        for visitor in self.people.values():
            pinned = visitor.waits and visitor.pin_clerk is not None
            assert not pinned or visitor.pin_clerk in self.clerks.values(), f"{visitor} waits for a clerk who left"
