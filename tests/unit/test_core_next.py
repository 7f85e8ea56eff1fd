"""The next ticket and its explanation are found by index.

Both equal those found from all waiting tickets, and cost the same however many people wait.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from core_crowd import crowd, insert_waiting
from core_hall import MINUTE, Hall, keypad
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.queue import choice
from server.domain.queue.choice import CallingCounter, Waiting, explain
from server.store import Snapshot, queries
from server.store.queue_clock import read_head
from server.views.clerk_lists import waiting_line, why_next
from server.views.why_called import explain_next

SERVES = {"c1": ("HT", "TK"), "c2": ("HT", "CT"), "c3": ("CT", "DD"), "all": ("HT", "CT", "DD", "TK"), "none": ()}
ALSO = {"c2": {"CT": 20}, "all": {"HT": 30, "DD": 0}}
"""The further services of the clerks there, with their targets."""
NOW_MS = 100
FEW, MANY = 90, 1_200


@st.composite
def lines(draw: st.DrawFn) -> list[Waiting]:
    """Return waiting tickets in order of issue, many with equal keys and times."""
    tickets, issued_ms = [], 0
    for seq in range(1, draw(st.integers(1, 70)) + 1):
        issued_ms += draw(st.integers(0, 2))
        is_special = draw(st.integers(0, 4)) == 0
        tickets.append(
            Waiting(
                id=f"w-{seq}",
                number=f"W{seq}",
                seq=-1000 + seq,
                service=draw(st.sampled_from(("HT", "HT", "HT", "CT", "DD", "TK"))),
                key=issued_ms - draw(st.sampled_from((0, 0, 0, 0, 10, -5))),
                issued_ms=issued_ms,
                ticket_class="ordinary",
                pin=draw(st.sampled_from((None, "c1", "c2", "c3"))) if is_special else None,
                callable_from_ms=draw(st.sampled_from((0, NOW_MS, NOW_MS + 1))) if is_special else 0,
                behind_next=is_special and draw(st.booleans()),
            )
        )
    return tickets


@pytest.fixture(scope="module")
def quiet_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hall, str]]:
    """Return a hall with one ticket, which does not wait, and its id."""
    hall = Hall(tmp_path_factory.mktemp("hall"))
    hall.tick()
    hall.open()
    ticket = hall.issue("HT")
    hall.move(ticket, "cancel", counter="c1", reason="void")
    yield hall, ticket.id
    hall.close()


@contextmanager
def connection_with(hall: Hall, like: str, line: list[Waiting]) -> Iterator[Any]:
    """Provide a connection in whose transaction ``line`` waits; roll it back afterwards."""
    with hall.store.engines.write.connect() as connection:
        insert_waiting(connection, like, line)
        yield connection
        connection.rollback()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(line=lines(), keyed=st.integers(0, 80))
def test_by_index_each_counter_calls_and_explains_as_from_all_tickets(
    quiet_hall: tuple[Hall, str], line: list[Waiting], keyed: int
) -> None:
    hall, like = quiet_hall
    with connection_with(hall, like, line) as connection:
        day = hall.row(like).day
        for name, services in SERVES.items():
            counter = CallingCounter(name, frozenset(services), also=ALSO.get(name, {}))
            served = [ticket for ticket in line if ticket.service in services]
            candidates = queries.contenders(connection, day, services)
            assert sorted(candidates, key=lambda ticket: ticket.rank) == choice.contenders(served)
            first = choice.choose(line, counter, NOW_MS)
            assert choice.choose(candidates, counter, NOW_MS) == first
            others_called = (line[keyed % len(line)], line[-1])
            for chosen in [ticket for ticket in (first, *others_called) if ticket is not None]:
                compared = queries.tickets_to_explain(connection, day, chosen, services)
                assert len({ticket.id for ticket in compared}) == len(compared)
                why = explain(chosen, line, counter, NOW_MS)
                assert explain(chosen, compared, counter, NOW_MS) == why
                read_before = queries.contenders(connection, day, SERVES["all"])
                compared = queries.tickets_to_explain(connection, day, chosen, services, read_before)
                assert explain(chosen, compared, counter, NOW_MS) == why


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(line=lines(), most=st.integers(2, 9))
def test_a_page_with_the_first_tickets_has_those_of_the_whole_line_and_their_explanation(
    quiet_hall: tuple[Hall, str], line: list[Waiting], most: int
) -> None:
    hall, like = quiet_hall
    with connection_with(hall, like, line) as connection:
        snapshot = snapshot_at(hall, connection, NOW_MS)
        for name, services in [*[*SERVES.items()][:3], ("c1", SERVES["all"])]:
            also = ALSO["all"] if services == SERVES["all"] else ALSO.get(name, {})
            counter = CallingCounter(name, frozenset(services), also=also)
            first, whole = (
                queries.page_tickets(connection, snapshot.head.day, name, services, most=listed, also=also)
                for listed in (most, queries.WHOLE_LISTS)
            )
            assert {row.id for row in whole.waiting} == {row.id for row in line if row.service in services}
            assert first.waiting_count == whole.waiting_count == len(whole.waiting)
            whole_line = waiting_line(snapshot, whole, counter, queries.WHOLE_LISTS)
            entries = waiting_line(snapshot, first, counter, most)
            assert entries == whole_line[:most]
            why = why_next(snapshot, first, entries, counter)
            chosen = choice.choose(line, counter, NOW_MS)
            if chosen is None:
                assert why == ()
            else:
                row = next(row for row in whole.waiting if row.id == chosen.id)
                assert why == explain_next(snapshot, row, line, counter)


def snapshot_at(hall: Hall, connection: Any, queue_ms: int) -> Snapshot:
    """Return the state inside a transaction at a queue time."""
    now, boot = hall.clock.now(), hall.boot
    head = replace(read_head(connection), queue_ms=queue_ms, base_queue_ms=queue_ms)
    head = replace(head, base_boot_id=boot, base_boot_ms=now.boot_ms)
    with hall.read() as snapshot:
        return Snapshot(connection, snapshot.office, head, now, boot)


@given(line=lines())
def test_ready_counters_get_the_same_tickets_from_the_contenders_as_from_all(line: list[Waiting]) -> None:
    ready = [CallingCounter(name, frozenset(services), 5, also=ALSO.get(name, {})) for name, services in SERVES.items()]
    waiting = [ticket for ticket in line if ticket.service in ("HT", "CT", "DD", "TK")]
    assert choice.choose_counter(ready, choice.contenders(waiting), NOW_MS) == choice.choose_counter(
        ready, waiting, NOW_MS
    )


@given(line=lines())
def test_people_ahead_of_each_are_counted_as_for_one(line: list[Waiting]) -> None:
    assert choice.count_ahead_of_each(line, NOW_MS) == {
        ticket.id: choice.count_ahead_by_rule(ticket, line, NOW_MS) for ticket in line
    }


def test_an_explanation_names_twenty_of_each_kind_and_says_whether_there_were_more() -> None:
    chosen = Waiting("t", "P1", 100, "HT", 0, 100, "priority")
    counter = CallingCounter("c1", frozenset({"HT"}))

    def earlier(count: int, **changes: Any) -> list[Waiting]:
        ticket = Waiting("", "", 0, "HT", 50, 50, "ordinary")
        name = str(changes)
        return [replace(ticket, id=f"{name}{n}", number=str(n), seq=n, **changes) for n in range(count)]

    named = tuple(map(str, range(20)))
    for count, is_more in ((20, False), (21, True)):
        pinned = earlier(count, pin="c2")
        why = explain(chosen, [*earlier(count), *pinned, *earlier(count, service="CT")], counter, 200)
        assert (why.passed, why.not_callable, why.other_services) == (named, named, named)
        assert (why.more_passed, why.more_not_callable, why.more_other_services) == (is_more, is_more, is_more)


# --- the cost ---


@dataclass(frozen=True)
class Cost:
    """The SQL statements of a command, and the steps that SQLite took for them."""

    statements: tuple[str, ...]
    steps: int


def cost_of(hall: Hall, command: Callable[[], object]) -> Cost:
    """Return what a command costs at the writer's connection."""
    statements: list[str] = []
    steps = [0]

    def count_step() -> int:
        steps[0] += 1
        return 0

    with hall.store.engines.write.connect() as connection:
        driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    driver.set_trace_callback(statements.append)
    driver.set_progress_handler(count_step, 1)
    try:
        command()
    finally:
        driver.set_trace_callback(None)
        driver.set_progress_handler(None, 0)
    return Cost(tuple(statements), steps[0])


def next_ordinary(hall: Hall, line: list[Waiting]) -> Callable[[], object]:
    return lambda: hall.next("c2")


def next_priority(hall: Hall, line: list[Waiting]) -> Callable[[], object]:
    hall.issue("HT", "priority")
    return lambda: hall.next("c2")


def chosen_by_a_clerk(hall: Hall, line: list[Waiting]) -> Callable[[], object]:
    return lambda: hall.move(line[-2].id, "call_chosen", counter="c2", reason="x")


def chosen_by_number(hall: Hall, line: list[Waiting]) -> Callable[[], object]:
    return lambda: hall.next("c2", number="1", actor=keypad())


def call_of_a_ready_counter(hall: Hall, line: list[Waiting]) -> Callable[[], object]:
    assert hall.next("c3") is None
    hall.ready("c3")
    return lambda: hall.issue("DD")


def deferral(hall: Hall, line: list[Waiting]) -> Callable[[], object]:
    return lambda: hall.move(line[0].id, "defer", counter="c2")


def due_changes(hall: Hall, line: list[Waiting]) -> Callable[[], object]:
    return lambda: hall.tick()


@pytest.mark.parametrize(
    "prepare",
    [
        next_ordinary,
        next_priority,
        chosen_by_a_clerk,
        chosen_by_number,
        call_of_a_ready_counter,
        deferral,
        due_changes,
    ],
)
def test_a_command_reads_no_more_when_more_people_wait(
    tmp_path: Path, prepare: Callable[[Hall, list[Waiting]], Callable[[], object]]
) -> None:
    costs = []
    for count in (FEW, MANY):
        folder = tmp_path / str(count)
        folder.mkdir()
        hall = Hall(folder)
        hall.tick()
        hall.open()
        line = crowd(hall, ("HT", "TK"), count)
        hall.clock.go(5 * MINUTE)
        costs.append(cost_of(hall, prepare(hall, line)))
        hall.close()
    few, many = costs
    assert len(many.statements) == len(few.statements)
    assert many.steps < few.steps * 1.05
