"""Random histories of a hall, judged by what was promised and by nothing of the code that chose.

The checker knows the journal's facts and the published rule. Only tickets that wait and may be called at the same
moment are compared; those chosen, pinned, returned or deferred are exempt, as the journal marks them. A ticket that
a clerk put off ("call later") may be called again when its time has come and the next of its service was called.
"""

import json
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from core_hall import MINUTE, OFFICE, Hall, clerk, empty_database, manager, visitor
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from server import commands
from server.commands import Refused
from server.store import replay
from server.store.engine import open_engines

COUNTERS = {one["id"]: frozenset(one["services"]) for one in OFFICE["counters"]}
SERVICES = ("HT", "CT", "TK")
TO_LINE = {"issued", "sent_on", "returned", "requeued", "released", "transferred"}
CLASSES = ("ordinary", "ordinary", "priority")
FROM_LINE = {"called", "cancelled", "expired"}
AFTER = {
    **dict.fromkeys(TO_LINE, "waiting"),
    "called": "called",
    "started": "serving",
    "resumed": "serving",
    "reopened": "serving",
    "finished": "served",
    "missed": "no_show",
    "held": "held",
    "cancelled": "cancelled",
    "expired": "expired",
}
CALL_LATER_MS = 3 * MINUTE
CALL_GAP_MS = 20_000
TRIED = {
    "waiting": ["defer", "reclassify", "cancel", "call_chosen", "transfer", "transfer"],
    "called": ["start", "start", "requeue", "requeue", "no_show", "recall", "transfer", "reclassify", "cancel"],
    "serving": ["finish", "finish", "finish_next", "hold", "hold", "transfer"],
    "held": ["resume", "release", "release", "transfer", "cancel"],
    "no_show": ["return", "return", "cancel"],
    "served": ["reopen"],
}
"""Moves by the state that they may fit, so that few tries are refused; some twice, because much hangs on them."""


@dataclass
class Someone:
    """A ticket as the journal tells of it."""

    number: str
    seq: int
    service: str
    priority: bool
    issued_ms: int
    state: str = "waiting"
    counter: str | None = None
    waits: bool = True
    pin: str | None = None
    exempt: bool = False
    put_off_until_ms: int = 0
    behind_next: bool = False


@dataclass
class Call:
    """The newest call of a ticket, and when the hall heard of it."""

    id: str
    called_ms: int
    shown_ms: int | None = None
    spoken_ms: int | None = None


@dataclass
class Checker:
    """Reads the journal fact by fact and says what broke a promise."""

    head_start_ms: int
    seen: int = 0
    people: dict[str, Someone] = field(default_factory=dict)
    serving: dict[str, str] = field(default_factory=dict)
    ready: set[str] = field(default_factory=set)
    calls: dict[str, Call] = field(default_factory=dict)

    def read(self, facts: list[Any]) -> None:
        for fact in facts:
            if fact.seq > self.seen:
                self.one(fact, json.loads(fact.data))
                self.seen = fact.seq

    def one(self, fact: Any, data: dict[str, Any]) -> None:
        about, _, what = fact.kind.partition(".")
        if about == "counter":
            self.counter(fact, what, data)
        if fact.kind == "call.seen" and self.calls[fact.ticket].id == data["call"]:
            call = self.calls[fact.ticket]
            call.shown_ms = fact.queue_ms if call.shown_ms is None else call.shown_ms
            if data["spoken"] == "yes" and call.spoken_ms is None:
                call.spoken_ms = fact.queue_ms
        if about != "ticket" or what == "printed":
            return
        if what == "issued":
            priority = data["class"] == "priority"
            self.people[fact.ticket] = Someone(data["number"], fact.seq, fact.service, priority, fact.queue_ms)
        who = self.people[fact.ticket]
        if what in ("recalled", "missed"):
            self.had_time_to_come(fact, self.calls[fact.ticket])
        if what in ("called", "recalled"):
            self.calls[fact.ticket] = Call(f"k-{fact.seq}", fact.queue_ms)
        if what == "called":
            self.judge(fact, who, data)
            self.serving[fact.counter] = fact.ticket
            self.ready.discard(fact.counter)
        if what in TO_LINE | FROM_LINE:
            who.waits = what in TO_LINE
        if what in ("resumed", "reopened"):
            self.serving[fact.counter] = fact.ticket
            self.ready.discard(fact.counter)
        elif what not in ("called", "recalled", "started", "issued", "reclassified", "deferred", "unpinned"):
            self.serving = {counter: ticket for counter, ticket in self.serving.items() if ticket != fact.ticket}
        who.state, who.counter = AFTER.get(what, who.state), fact.counter or who.counter
        self.marks(fact, what, data, who)
        self.put_off(fact, what, who)

    def put_off(self, fact: Any, what: str, who: Someone) -> None:
        """Put off for three minutes by a clerk, and until the next of the service; any other way ends it."""
        if what in TO_LINE | FROM_LINE:
            who.put_off_until_ms, who.behind_next = 0, False
        if what == "requeued" and fact.actor_role != "system":
            who.put_off_until_ms, who.behind_next = fact.queue_ms + CALL_LATER_MS, True
        for other in self.people.values() if what == "called" else ():
            other.behind_next = other.behind_next and (other is who or other.service != who.service)

    def had_time_to_come(self, fact: Any, call: Call) -> None:
        shown_ms = min(call.called_ms + 5_000, call.shown_ms if call.shown_ms is not None else fact.queue_ms)
        heard_ms = max(shown_ms, call.spoken_ms or 0)
        assert fact.queue_ms >= heard_ms + CALL_GAP_MS, f"{fact.kind} {fact.queue_ms - heard_ms} ms after {call}"

    def marks(self, fact: Any, what: str, data: dict[str, Any], who: Someone) -> None:
        if what in ("transferred", "sent_on"):
            who.service = fact.service
        if what in ("transferred", "released", "sent_on"):
            who.pin = data["pin"]
        if what in ("unpinned", "started", "missed", "cancelled"):
            who.pin = None
        if what == "reclassified":
            who.priority = data["class"] == "priority"
        if what in ("returned", "deferred"):
            who.exempt = True

    def counter(self, fact: Any, what: str, data: dict[str, Any]) -> None:
        if what == "ready":
            self.ready.add(fact.counter)
        if what == "unready" or (what == "state" and data["state"] != "open"):
            self.ready.discard(fact.counter)

    def may(self, counter: str, who: Someone) -> bool:
        return who.waits and who.service in COUNTERS[counter] and who.pin in (None, counter)

    def now(self, counter: str, now_ms: int) -> list[Someone]:
        """Who may be called there at this moment."""
        due = [w for w in self.people.values() if self.may(counter, w) and w.put_off_until_ms <= now_ms]
        return [
            w for w in due if not (w.behind_next and any(o.service == w.service and not o.behind_next for o in due))
        ]

    def judge(self, fact: Any, chosen: Someone, data: dict[str, Any]) -> None:
        assert self.may(fact.counter, chosen), f"{fact.counter} called {chosen}, which it may not"
        able = self.now(fact.counter, fact.queue_ms)
        assert data["chosen"] or any(who is chosen for who in able), f"{chosen} was put off"
        assert fact.counter not in self.serving, f"{fact.counter} already has a ticket"
        marked = data["chosen"] or data["why"]["pinned"] or data["why"]["returned"] or data["why"]["deferred"]
        assert marked or not chosen.exempt, "an exempt ticket is marked so in the journal"
        if data["chosen"] or chosen.exempt or chosen.pin is not None:
            return
        for other in able:
            if other is chosen or other.exempt or other.pin is not None:
                continue
            self.compare(chosen, other)

    def compare(self, chosen: Someone, other: Someone) -> None:
        earlier = (other.issued_ms, other.seq) < (chosen.issued_ms, chosen.seq)
        alike = other.priority == chosen.priority and other.service == chosen.service
        assert not (alike and earlier), f"{chosen} before {other}: same class, same service"
        assert other.issued_ms >= chosen.issued_ms - self.head_start_ms, f"{chosen} passed {other} by too much"
        assert self.head_start_ms or not earlier, f"{chosen} before {other} without any head start"

    def at_rest(self, now_ms: int) -> None:
        for counter in self.ready:
            left = self.now(counter, now_ms)
            assert not left, f"{counter} is ready, and {left[0]} waits"


class History(RuleBasedStateMachine):
    """A hall in which anything may happen in any order."""

    HEAD_START_MIN = 30

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        rules = {"head_start_min": self.HEAD_START_MIN, "call_gap_s": 20}
        self.hall = Hall(folder, rules=rules, always_open=True)
        self.stack.callback(self.hall.close)
        self.checker = Checker(self.HEAD_START_MIN * MINUTE)
        self.boots = 1
        self.hall.tick()
        self.hall.open()

    @rule(
        who=st.lists(
            st.tuples(st.sampled_from(SERVICES), st.sampled_from(CLASSES), st.integers(0, 40)),
            min_size=1,
            max_size=4,
        )
    )
    def some_people_come(self, who: list[tuple[str, str, int]]) -> None:
        for service, ticket_class, wait_min in who:
            self.hall.clock.go(wait_min * MINUTE)
            self.hall.issue(service, ticket_class, slip=service == "HT")

    @rule(counters=st.lists(st.sampled_from(list(COUNTERS)), min_size=1, max_size=3, unique=True))
    def next(self, counters: list[str]) -> None:
        for counter in counters:
            with suppress(Refused):
                self.hall.next(counter)

    @precondition(lambda self: any(who.state in TRIED for who in self.checker.people.values()))
    @rule(
        data=st.data(),
        counter=st.sampled_from(list(COUNTERS)),
        service=st.sampled_from(SERVICES),
        pin=st.sampled_from([None, *COUNTERS]),
    )
    def move(self, data: st.DataObject, counter: str, service: str, pin: str | None) -> None:
        self.try_move(lambda options: data.draw(st.sampled_from(options)), counter, service, pin)

    def try_move(self, pick: Callable[[Sequence[Any]], Any], counter: str, service: str, pin: str | None) -> None:
        people = {ticket: who for ticket, who in self.checker.people.items() if who.state in TRIED}
        state = pick(sorted({who.state for who in people.values()}))
        tickets = sorted((who.seq, ticket) for ticket, who in people.items() if who.state == state)
        _, ticket = pick(tickets)
        move = pick(TRIED[state])
        at = counter if state == "waiting" else people[ticket].counter or counter
        more: dict[str, Any] = {"reason": "x", "counter": at}
        if move in ("finish", "finish_next"):
            more["outcome"] = "received"
        if move in ("finish_next", "transfer"):
            more["service"] = service
        if move == "transfer" and pin is not None and service in COUNTERS[pin]:
            more["pin"] = pin
        if move == "reclassify":
            more["class"] = "ordinary" if people[ticket].priority else "priority"
        actor = visitor() if move == "defer" else clerk(at)
        with suppress(Refused):
            self.hall.move(ticket, move, actor=actor, **more)

    @rule(counter=st.sampled_from(list(COUNTERS)), state=st.sampled_from(["open", "open", "paused", "closed"]))
    def counter_state(self, counter: str, state: str) -> None:
        with suppress(Refused):
            self.hall.state(counter, state)

    @rule(seconds=st.integers(0, 2000), here=st.booleans())
    def time_passes(self, seconds: int, here: bool) -> None:
        self.hall.clock.go(seconds * 1000)
        if here:
            for counter in COUNTERS:
                self.hall.presence.note(counter, "page", self.hall.clock.now())
        self.hall.tick()

    @rule(counter=st.sampled_from(list(COUNTERS)), spoken=st.sampled_from([None, "yes", "muted"]))
    def a_screen_shows_a_call(self, counter: str, spoken: str | None) -> None:
        ticket = self.checker.serving.get(counter)
        if ticket is not None and ticket in self.checker.calls:
            self.hall.seen(self.checker.calls[ticket].id, spoken)

    @rule(step_ms=st.sampled_from([-3_600_000, 3_600_000, -1, 500]))
    def the_clock_is_set(self, step_ms: int) -> None:
        self.hall.clock.step_wall(step_ms)

    @rule(often=st.integers(0, 9), reboot=st.booleans())
    def the_server_restarts(self, often: int, reboot: bool) -> None:
        if often:
            return
        self.boots += reboot
        self.hall.restarted(f"boot-{self.boots}")
        self.hall.tick()

    @invariant()
    def the_promises_hold(self) -> None:
        if hasattr(self, "checker"):
            self.checker.read(self.hall.facts(self.checker.seen))
            with self.hall.read() as reading:
                self.checker.at_rest(reading.queue_ms)

    def teardown(self) -> None:
        if not hasattr(self, "hall"):
            return
        with self.stack:
            if self.checker.seen % 2:
                self.hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
            shutil.copy(empty_database(), self.hall.folder / "again.db")
            again = open_engines(self.hall.folder / "again.db")
            with self.hall.store.engines.read.connect() as connection:
                found = replay.check(connection, again.write)
            again.close()
            assert found == []


class WithoutHeadStart(History):
    """With a head start of 0 the hall is first come, first served, and nothing else."""

    HEAD_START_MIN = 0


@pytest.mark.parametrize("machine", [History, WithoutHeadStart])
@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.long)])
def test_no_history_breaks_a_promise(machine: type[History], examples: int) -> None:
    run(machine, examples)


def walk(machine: type[History], seed: int, steps: int) -> None:
    """A long and dense history: Hypothesis makes many short ones, in which hardly anybody is served."""
    hall, chance = machine(), random.Random(seed)
    counters = list(COUNTERS)
    doings = {"come": 3, "next": 4, "move": 9, "state": 1, "time": 3, "seen": 2, "clock": 1, "restart": 0}
    hall.begin()
    try:
        for step in range(steps):
            what = "restart" if step % 97 == 96 else chance.choices(list(doings), list(doings.values()))[0]
            if what == "come":
                wait_min = chance.choice([0, 0, 1, 3, 35])
                hall.some_people_come([(chance.choice(SERVICES), chance.choice(CLASSES), wait_min)])
            elif what == "next":
                hall.next(chance.sample(counters, chance.randint(1, 3)))
            elif what == "move" and any(who.state in TRIED for who in hall.checker.people.values()):
                pin = chance.choice([None, *counters])
                hall.try_move(chance.choice, chance.choice(counters), chance.choice(SERVICES), pin)
            elif what == "state":
                hall.counter_state(chance.choice(counters), chance.choice(["open", "open", "open", "paused", "closed"]))
                hall.hall.open()
            elif what == "time":
                hall.time_passes(chance.choice([1, 20, 60, 1000]), chance.random() < 0.8)
            elif what == "seen":
                hall.a_screen_shows_a_call(chance.choice(counters), chance.choice([None, "yes", "muted"]))
            elif what == "clock":
                hall.the_clock_is_set(chance.choice([-3_600_000, 3_600_000, -1, 500]))
            elif what == "restart":
                hall.the_server_restarts(0, chance.random() < 0.5)
            hall.the_promises_hold()
    finally:
        hall.teardown()


@pytest.mark.parametrize("machine", [History, WithoutHeadStart])
@pytest.mark.parametrize(
    ("seed", "steps"), [(0, 150), *(pytest.param(n, 300, marks=pytest.mark.long) for n in range(9))]
)
def test_no_long_history_breaks_a_promise(machine: type[History], seed: int, steps: int) -> None:
    walk(machine, seed, steps)


def run(machine: type[History], examples: int) -> None:
    limits = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(machine, settings=limits)


@pytest.mark.parametrize("fault", ["last in line", "any service", "priority always first"])
def test_the_checker_finds_planted_faults(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    from server.commands import calling
    from server.domain import choice

    right = choice.choose

    def last(line: Any, desk: Any, queue_ms: int, guard: Any = None) -> Any:
        able = choice.callable_now(line, desk, queue_ms)
        return max(able, key=lambda one: one.rank, default=None)

    def priority_first(line: Any, desk: Any, queue_ms: int, guard: Any = None) -> Any:
        line = list(line)
        return right([one for one in line if one.ticket_class == "priority"], desk, queue_ms) or right(
            line, desk, queue_ms
        )

    if fault == "any service":
        everything = frozenset(SERVICES)
        monkeypatch.setattr("server.store.office.Office.serves", lambda self, counter, person: everything)
    else:
        monkeypatch.setattr(calling, "choose", last if fault == "last in line" else priority_first)
    with pytest.raises(AssertionError):
        for seed in (4, 3, 0, 1, 2):
            walk(History, seed, 150)
