"""Random histories of a hall: no history breaks a promise, and planted faults are found."""

import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from core_checker import COUNTERS, WEIGHTS, Checker
from core_hall import CLERKS, MINUTE, OFFICE, Hall, clerk, empty_database, manager, visitor
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

from config.clock import Now
from server import commands
from server.commands import Refused
from server.domain.queue.choice import count_ahead_by_rule
from server.store import Tx, replay
from server.store.backends.sqlite_engine import open_engines
from server.store.queries import count_ahead, waiting_rows

SERVICES = ("HT", "CT", "TK")
CLASSES = ("ordinary", "ordinary", "priority")
TRIED = {
    "waiting": ["defer", "reclassify", "cancel", "call_chosen", "transfer", "transfer", "correct"],
    "called": ["start", "start", "requeue", "requeue", "no_show", "recall", "transfer", "reclassify", "cancel"],
    "serving": ["finish", "finish", "finish_next", "hold", "hold", "transfer", "transfer"],
    "held": ["resume", "release", "release", "transfer", "cancel"],
    "no_show": ["return", "return", "cancel"],
    "served": ["reopen", "rejoin"],
}
"""Moves by the state that they may fit, so that few tries are refused; some twice, because much hangs on them."""


class History(RuleBasedStateMachine):
    """A hall in which anything may happen in any order."""

    HEAD_START_MIN = 30
    WEIGHTS: ClassVar = WEIGHTS

    @initialize()
    def begin(self) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        rules = {"head_start_min": self.HEAD_START_MIN, "call_gap_s": 20}
        clerks = [person | self.WEIGHTS.get(person["id"], {}) for person in OFFICE["clerks"]]
        self.hall = Hall(folder, rules=rules, always_open=True, clerks=clerks)
        self.stack.callback(self.hall.close)
        self.checker = Checker(self.HEAD_START_MIN * MINUTE, weights=self.WEIGHTS)
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
            with suppress(Refused):  # today no counter may serve the service
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
        if move in ("finish_next", "transfer") and pin is not None and service in self.checker.serves[pin]:
            more |= pick([{}, {"pin": pin}, {"pin_clerk": CLERKS[pin]}, {"pin": pin, "back": move == "transfer"}])
        if move == "correct":
            more["procedure"] = "1.001193"
        if move == "reclassify":
            more["class"] = "ordinary" if people[ticket].priority else "priority"
        actor = visitor() if move == "defer" else clerk(at)
        with suppress(Refused):
            self.hall.move(ticket, move, actor=actor, **more)

    @precondition(lambda self: self.checker.before)
    @rule(data=st.data(), counter=st.sampled_from(list(COUNTERS)))
    def undo(self, data: st.DataObject, counter: str) -> None:
        self.try_undo(lambda options: data.draw(st.sampled_from(options)), counter)

    def try_undo(self, pick: Callable[[Sequence[Any]], Any], counter: str) -> None:
        """Take back one of the newest four moves: their time is seldom over."""
        newest = sorted(self.checker.before, key=lambda ticket: self.checker.before[ticket][0])[-4:]
        ticket = pick(newest)
        at = self.checker.before[ticket][1].counter or counter
        with suppress(Refused):
            self.hall.undo(self.hall.row(ticket), actor=pick([clerk(at), clerk(at), visitor()]), counter=at)

    @rule(counter=st.sampled_from(list(COUNTERS)), state=st.sampled_from(["open", "open", "paused", "closed"]))
    def counter_state(self, counter: str, state: str) -> None:
        with suppress(Refused):
            self.hall.state(counter, state)

    @rule(
        counter=st.sampled_from(list(COUNTERS)),
        service=st.sampled_from(SERVICES),
        source=st.sampled_from([None, *COUNTERS]),
        is_lent=st.booleans(),
    )
    def services_today(self, counter: str, service: str, source: str | None, is_lent: bool) -> None:
        def change(tx: Tx, now: Now) -> None:
            if is_lent:
                commands.lend_service(tx, manager(), now, counter, service, taken_from=source)
            elif source is None:
                commands.restore_services(tx, manager(), now, counter)
            else:
                commands.take_service(tx, manager(), now, counter, service)

        with suppress(Refused):
            self.hall.ask(change)

    @rule(counter=st.sampled_from(list(COUNTERS)), back=st.booleans())
    def a_clerk_goes_home(self, counter: str, back: bool) -> None:
        with suppress(Refused):
            self.hall.sign(counter, None)
            if back:
                self.hall.state(counter, "open")

    @rule(seconds=st.integers(0, 2000), here=st.booleans())
    def time_passes(self, seconds: int, here: bool) -> None:
        self.hall.clock.go(seconds * 1000)
        if here:
            for counter in COUNTERS:
                self.hall.presence.note_sign_of_life(counter, self.hall.clock.now())
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
            with self.hall.read() as snapshot:
                self.checker.at_rest(snapshot.queue_ms)

    @invariant()
    def the_database_counts_people_ahead_as_the_rule_does(self) -> None:
        if not hasattr(self, "checker"):
            return
        with self.hall.read() as snapshot:
            rows = waiting_rows(snapshot.connection, snapshot.head.day)
            counted = [count_ahead(snapshot.connection, row, snapshot.queue_ms) for row in rows]
            waiting = [row.waiting for row in rows]
            assert counted == [count_ahead_by_rule(ticket, waiting, snapshot.queue_ms) for ticket in waiting]

    def teardown(self) -> None:
        if not hasattr(self, "hall"):
            return
        with self.stack:
            if self.checker.seen % 2:
                self.hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
            shutil.copy(empty_database(), self.hall.folder / "again.db")
            again = open_engines(self.hall.folder / "again.db")
            with self.hall.store.engines.read.connect() as connection:
                differences = replay.check(connection, again.write)
            again.close()
            assert differences == []


class WithoutHeadStart(History):
    """Without a head start the hall is first come, first served, and nothing else."""

    HEAD_START_MIN = 0
    WEIGHTS: ClassVar[dict[str, dict[str, list[str]]]] = {}


@pytest.mark.parametrize("machine", [History, WithoutHeadStart])
@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.long)])
def test_no_history_breaks_a_promise(machine: type[History], examples: int) -> None:
    run(machine, examples)


def walk(machine: type[History], seed: int, steps: int) -> None:
    """Play a long and dense history.

    Hypothesis makes many short ones, in which hardly anybody is served.
    """
    hall, chance = machine(), random.Random(seed)
    counters = list(COUNTERS)
    doings = {
        "come": 3,
        "next": 4,
        "move": 9,
        "undo": 2,
        "state": 1,
        "time": 3,
        "seen": 2,
        "clock": 1,
        "restart": 0,
        "today": 1,
        "sign": 1,
    }
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
            elif what == "undo" and hall.checker.before:
                hall.try_undo(chance.choice, chance.choice(counters))
            elif what == "state":
                hall.counter_state(chance.choice(counters), chance.choice(["open", "open", "open", "paused", "closed"]))
                hall.hall.open()
            elif what == "sign":
                hall.a_clerk_goes_home(chance.choice(counters), chance.random() < 0.5)
                hall.hall.open()
            elif what == "time":
                hall.time_passes(chance.choice([1, 20, 60, 1000]), chance.random() < 0.8)
            elif what == "seen":
                hall.a_screen_shows_a_call(chance.choice(counters), chance.choice([None, "yes", "muted"]))
            elif what == "today":
                source, is_lent = chance.choice([None, *counters]), chance.random() < 0.5
                hall.services_today(chance.choice(counters), chance.choice(SERVICES), source, is_lent)
            elif what == "clock":
                hall.the_clock_is_set(chance.choice([-3_600_000, 3_600_000, -1, 500]))
            elif what == "restart":
                hall.the_server_restarts(0, chance.random() < 0.5)
            hall.the_promises_hold()
            hall.the_database_counts_people_ahead_as_the_rule_does()
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
    from server.domain.queue import choice

    right = choice.choose

    def last(line: Any, desk: Any, queue_ms: int) -> Any:
        able = choice.callable_now(line, desk, queue_ms)
        return max(able, key=lambda ticket: ticket.rank, default=None)

    def priority_first(line: Any, desk: Any, queue_ms: int) -> Any:
        line = list(line)
        return right([ticket for ticket in line if ticket.ticket_class == "priority"], desk, queue_ms) or right(
            line, desk, queue_ms
        )

    if fault == "any service":
        everything = frozenset(SERVICES)
        monkeypatch.setattr("server.domain.office.OfficeDefinition.serves", lambda self, counter, person: everything)
    else:
        monkeypatch.setattr(calling, "choose", last if fault == "last in line" else priority_first)
    with pytest.raises(AssertionError):
        for seed in (4, 3, 0, 1, 2):
            walk(History, seed, 150)


@pytest.mark.parametrize("are_weights_kept", [True, False])
def test_the_checker_finds_a_further_service_called_before_a_main_one(
    monkeypatch: pytest.MonkeyPatch, are_weights_kept: bool
) -> None:
    if not are_weights_kept:
        monkeypatch.setattr("server.domain.queue.choice.is_behind", lambda ticket, counter, queue_ms: False)
    hall = History()
    hall.begin()
    try:
        hall.some_people_come([("CT", "ordinary", 0), ("HT", "ordinary", 1)])
        hall.next(["c2"])
        with nullcontext() if are_weights_kept else pytest.raises(AssertionError, match="further service"):
            hall.the_promises_hold()
    finally:
        hall.teardown()
