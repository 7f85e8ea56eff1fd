"""A small morning played through the domain alone.

There is no database, no settings, and no clock but a number. A forecast or a simulation can stand on the same functions
as the commands do.
"""

import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from server.domain.actor import Actor
from server.domain.calendar import MINUTE_MS
from server.domain.errors import Refused
from server.domain.moves import Move
from server.domain.permissions import Role
from server.domain.queue.call_gap import next_call_ms
from server.domain.queue.choice import CallingCounter, Waiting, count_ahead_by_rule, explain, sort_key_at
from server.domain.queue.counter import CounterState
from server.domain.queue.due import (
    hold_duration_ms,
    pin_after_hold,
    pins_end_ms,
    put_off_until_ms,
    readiness_ends_ms,
    split_due,
)
from server.domain.queue.numbering import format_number
from server.domain.queue.ready import queue_after_call, ready_calls
from server.domain.queue.ticket import TicketState, legal_rule, state_after

ROOT = Path(__file__).parents[2]
HEAD_START_MS = 30 * MINUTE_MS
PIN_PAUSE_MIN, READY_MIN, LATER_MIN, GAP_S = 15, 40, 3, 20
PREFIXES = {"HT": "A", "CT": "B"}
SERVES = {"c1": frozenset({"HT"}), "c2": frozenset({"HT", "CT"})}


@dataclass(frozen=True)
class Visitor:
    """A ticket with its state. Times are queue time in ms, from 0 in the morning."""

    ticket: Waiting
    state: TicketState = TicketState.WAITING
    counter: str | None = None
    called_ms: int = 0
    changed_ms: int = 0
    due_ms: int = 0


@dataclass
class Morning:
    """A hall in memory: visitors by number, and the states of counters.

    ``ready``: since when counters are ready.
    """

    now_ms: int = 0
    visitors: dict[str, Visitor] = field(default_factory=dict)
    states: dict[str, tuple[CounterState, int]] = field(default_factory=dict)
    ready: dict[str, int] = field(default_factory=dict)

    def line(self) -> list[Waiting]:
        return [visitor.ticket for visitor in self.visitors.values() if visitor.state is TicketState.WAITING]

    def issue(self, service: str, *, priority: bool = False) -> str:
        seq = len(self.visitors) + 1
        in_series = 1 + sum(visitor.ticket.service == service for visitor in self.visitors.values())
        number = format_number(PREFIXES[service], in_series)
        self.visitors[number] = Visitor(
            Waiting(
                id=f"t-{seq}",
                number=number,
                seq=seq,
                service=service,
                key=sort_key_at(self.now_ms, HEAD_START_MS if priority else 0),
                issued_ms=self.now_ms,
                ticket_class="priority" if priority else "ordinary",
            )
        )
        self.call_ready_counters()
        return number

    def move(self, number: str, move: Move, **changes: object) -> None:
        """Make a legal move, or raise ``Refused``; ready counters call at once."""
        self._change(number, move, Role.CLERK, **changes)
        self.call_ready_counters()

    def hold(self, number: str, minutes: int) -> None:
        self.move(number, Move.HOLD, due_ms=self.now_ms + hold_duration_ms(minutes, 30))

    def put_off(self, number: str) -> None:
        ticket = self.visitors[number].ticket
        until_ms = put_off_until_ms(self.now_ms, LATER_MIN)
        self.move(number, Move.REQUEUE, ticket=replace(ticket, callable_from_ms=until_ms, behind_next=True))

    def get_ready(self, counter: str) -> None:
        self.states[counter] = CounterState.OPEN, self.now_ms
        self.ready[counter] = self.now_ms
        self.call_ready_counters()

    def pause(self, counter: str) -> None:
        self.states[counter] = CounterState.PAUSED, self.now_ms
        self.ready.pop(counter, None)

    def go(self, minutes: float) -> None:
        """Let time pass, and do what is due by then."""
        self.now_ms += round(minutes * MINUTE_MS)
        self._end_holds()
        self._end_pins()
        ends = ((readiness_ends_ms(since_ms, READY_MIN), counter) for counter, since_ms in self.ready.items())
        for counter in split_due(list(ends), self.now_ms)[0]:
            del self.ready[counter]
        self.call_ready_counters()

    def call_ready_counters(self) -> None:
        counters = [CallingCounter(counter, SERVES[counter], since_ms) for counter, since_ms in self.ready.items()]
        for call in ready_calls(counters, self.line, self.now_ms):
            followers = queue_after_call(self.line(), call.ticket)
            del self.ready[call.counter.id]
            self._change(call.ticket.number, Move.CALL, Role.SYSTEM, counter=call.counter.id, called_ms=self.now_ms)
            for ticket in followers:
                self.visitors[ticket.number] = replace(self.visitors[ticket.number], ticket=ticket)

    def _end_holds(self) -> None:
        held = [visitor for visitor in self.visitors.values() if visitor.state is TicketState.HELD]
        for visitor in split_due(((visitor.due_ms, visitor) for visitor in held), self.now_ms)[0]:
            assert visitor.counter is not None
            pin = pin_after_hold(visitor.counter, self.states[visitor.counter][0])
            self._change(visitor.ticket.number, Move.RELEASE, Role.SYSTEM, ticket=replace(visitor.ticket, pin=pin))

    def _end_pins(self) -> None:
        for counter, (state, since_ms) in self.states.items():
            pinned = [v for v in self.visitors.values() if v.ticket.pin == counter and v.state is TicketState.WAITING]
            ends_ms = pins_end_ms(state, since_ms, [visitor.changed_ms for visitor in pinned], PIN_PAUSE_MIN)
            for visitor in pinned if ends_ms is not None and ends_ms <= self.now_ms else ():
                free = replace(visitor, ticket=replace(visitor.ticket, pin=None))
                self.visitors[visitor.ticket.number] = free

    def _change(self, number: str, move: Move, role: Role, **changes: object) -> None:
        visitor = self.visitors[number]
        legal_rule(move, visitor.state, Actor(role, "somebody"), number=number)
        changed = {"state": state_after(move, visitor.state), "changed_ms": self.now_ms} | changes
        self.visitors[number] = replace(visitor, **changed)  # type: ignore[arg-type]

    def at(self, counter: str) -> list[str]:
        """The numbers called to or served at the counter."""
        there = (TicketState.CALLED, TicketState.SERVING)
        return [n for n, visitor in self.visitors.items() if visitor.counter == counter and visitor.state in there]


@pytest.fixture
def morning() -> Morning:
    hall = Morning()
    hall.get_ready("c1")
    hall.get_ready("c2")
    return hall


def test_ready_counters_call_by_themselves_the_one_with_fewer_services_first(morning: Morning) -> None:
    assert [morning.issue("HT"), morning.issue("CT")] == ["A001", "B001"]
    assert (morning.at("c1"), morning.at("c2")) == (["A001"], ["B001"])


def test_a_priority_ticket_passes_and_is_explained(morning: Morning) -> None:
    for _ in range(2):
        morning.issue("HT")
    morning.go(5)
    ordinary = morning.issue("HT")
    morning.go(1)
    priority = morning.issue("HT", priority=True)
    line = morning.line()
    mine = morning.visitors[ordinary].ticket
    assert count_ahead_by_rule(mine, line, morning.now_ms) == 1
    why = explain(morning.visitors[priority].ticket, line, CallingCounter("c1", SERVES["c1"]), morning.now_ms)
    assert why.passed == (ordinary,)
    morning.move("A001", Move.START)
    morning.move("A001", Move.FINISH)
    morning.get_ready("c1")
    assert morning.at("c1") == [priority]


def test_a_visitor_who_does_not_come_is_missed_after_the_gap_and_may_return(morning: Morning) -> None:
    number = morning.issue("HT")
    called_ms = morning.visitors[number].called_ms
    assert next_call_ms(called_ms, None, None, GAP_S) == 25_000
    morning.go(0.5)
    morning.move(number, Move.NO_SHOW)
    assert morning.at("c1") == []
    with pytest.raises(Refused):
        morning.move(number, Move.START)
    morning.move(number, Move.RETURN)
    assert [ticket.number for ticket in morning.line()] == [] and morning.at("c2") == [number]


def test_a_held_ticket_waits_for_its_own_counter_until_that_has_paused_for_long(morning: Morning) -> None:
    number = morning.issue("HT")
    morning.move(number, Move.START)
    morning.hold(number, 10)
    morning.go(4)
    morning.pause("c1")
    morning.go(6 - 1 / MINUTE_MS)
    assert morning.visitors[number].state is TicketState.HELD
    morning.go(1 / MINUTE_MS)
    assert morning.visitors[number].ticket.pin == "c1"
    assert morning.at("c2") == [], "c2 is ready and serves it, but it is pinned to c1"
    morning.go(9)
    assert morning.at("c2") == [number], "c1 has paused for a quarter of an hour"


def test_a_ticket_put_off_comes_again_behind_the_next_of_its_service(morning: Morning) -> None:
    first = morning.issue("CT")
    morning.put_off(first)
    morning.get_ready("c2")
    assert morning.at("c2") == [], "its time has not come"
    second = morning.issue("CT")
    assert morning.at("c2") == [second]
    morning.issue("CT")
    morning.go(LATER_MIN)
    morning.move(second, Move.START)
    morning.move(second, Move.FINISH)
    morning.get_ready("c2")
    assert morning.at("c2") == [first]


def test_a_counter_that_nobody_comes_to_is_no_longer_ready(morning: Morning) -> None:
    morning.go(READY_MIN)
    morning.issue("HT")
    assert (morning.ready, morning.at("c1"), morning.at("c2")) == ({}, [], [])


def test_the_domain_needs_no_database_no_settings_and_no_web() -> None:
    script = """
import importlib, pkgutil, sys
import server.domain
for module in pkgutil.walk_packages(server.domain.__path__, "server.domain."):
    importlib.import_module(module.name)
loaded = {name.partition(".")[0] for name in sys.modules}
print(*sorted(loaded & {"sqlalchemy", "pydantic", "flask", "paho", "config", "hardware"}))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
