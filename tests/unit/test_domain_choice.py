"""The choice of the next ticket: key, ready counters, and the explanation."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.queue.choice import (
    CallingCounter,
    Waiting,
    choose,
    choose_counter,
    count_ahead_by_rule,
    explain,
    is_callable,
    key_behind,
    sort_key_at,
)

MINUTE = 60_000
HEAD_START = 30 * MINUTE


def ticket(
    number: str,
    seq: int,
    issued_min: float,
    *,
    service: str = "HT",
    priority: bool = False,
    pin: str | None = None,
    callable_from_ms: int = 0,
) -> Waiting:
    issued_ms = round(issued_min * MINUTE)
    return Waiting(
        id=f"t-{seq}",
        number=number,
        seq=seq,
        service=service,
        key=sort_key_at(issued_ms, HEAD_START if priority else 0),
        issued_ms=issued_ms,
        ticket_class="priority" if priority else "ordinary",
        pin=pin,
        callable_from_ms=callable_from_ms,
    )


C2 = CallingCounter("c2", frozenset({"HT", "CT"}))


def test_the_earliest_of_the_counters_services_is_next() -> None:
    waiting = [ticket("A002", 2, 5), ticket("B001", 1, 4, service="CT"), ticket("C001", 0, 1, service="DD")]
    chosen = choose(waiting, C2, 10 * MINUTE)
    assert chosen is not None and chosen.number == "B001"


def test_a_priority_ticket_counts_as_taken_thirty_minutes_earlier() -> None:
    early, late = ticket("A001", 1, 0), ticket("A002", 2, 31)
    passes = ticket("A003", 3, 29.9, priority=True)
    too_late = ticket("A004", 4, 30.1, priority=True)
    assert [t.number for t in sorted([late, too_late, early, passes], key=lambda t: t.rank)] == [
        "A003",
        "A001",
        "A004",
        "A002",
    ]


def test_equal_keys_go_by_the_sequence_of_issue() -> None:
    first, second = ticket("A001", 1, 5), ticket("A002", 2, 5)
    chosen = choose([second, first], C2, 6 * MINUTE)
    assert chosen == first
    assert explain(first, [first, second], C2, 6 * MINUTE).tie


def test_nobody_for_this_counter_is_none() -> None:
    assert choose([ticket("C001", 1, 0, service="DD")], C2, MINUTE) is None
    assert choose([], C2, MINUTE) is None


def test_a_pinned_ticket_is_called_by_its_counter_only() -> None:
    pinned = ticket("A001", 1, 0, pin="c9")
    assert not is_callable(pinned, C2, MINUTE)
    assert is_callable(pinned, CallingCounter("c9", frozenset({"HT"})), MINUTE)


def test_an_appointment_is_not_callable_before_its_time() -> None:
    early = ticket("A001", 1, 0, callable_from_ms=20 * MINUTE)
    assert choose([early], C2, 19 * MINUTE) is None
    assert choose([early], C2, 20 * MINUTE) == early


def test_the_longest_ready_counter_gets_the_ticket() -> None:
    counters = [
        CallingCounter("c1", frozenset({"HT"}), 9),
        CallingCounter("c2", frozenset({"HT"}), 5),
        CallingCounter("c3", frozenset({"DD"}), 1),
    ]
    call = choose_counter(counters, [ticket("A001", 1, 0)], MINUTE)
    assert call is not None and call[0].id == "c2"


def test_equally_ready_counters_go_by_fewer_services_then_by_id() -> None:
    wide = CallingCounter("c1", frozenset({"HT", "CT"}), 5)
    narrow = CallingCounter("c2", frozenset({"HT"}), 5)
    call = choose_counter([wide, narrow], [ticket("A001", 1, 0)], MINUTE)
    assert call is not None and call[0] == narrow


def test_a_counter_that_is_not_ready_is_given_nothing() -> None:
    assert choose_counter([C2], [ticket("A001", 1, 0)], MINUTE) is None


def test_people_ahead_are_callable_of_the_same_service_and_earlier() -> None:
    mine = ticket("A009", 9, 10)
    waiting = [
        ticket("A001", 1, 1),
        ticket("A002", 2, 2, callable_from_ms=60 * MINUTE),
        ticket("B001", 3, 0, service="CT"),
        ticket("A003", 4, 35, priority=True),
        ticket("A004", 5, 11),
        mine,
    ]
    assert count_ahead_by_rule(mine, waiting, 12 * MINUTE) == 2


def test_deferring_goes_just_behind_the_nth_ticket_of_the_service() -> None:
    line = [ticket(f"A{n:03d}", n, n) for n in range(1, 9)]
    assert key_behind(line[0], line, 5) == line[5].key + 1
    assert key_behind(line[6], line, 5) == line[7].key + 1
    assert key_behind(line[7], line, 5) == line[7].key


def test_one_who_came_in_the_same_millisecond_was_not_passed() -> None:
    first, second = ticket("A001", 1, 5, pin="c9"), ticket("A002", 2, 5)
    elsewhere, third = ticket("B001", 3, 5, service="DD"), ticket("A003", 4, 5, priority=True)
    why = explain(third, [first, second, elsewhere, third], C2, 6 * MINUTE)
    assert (why.passed, why.other_services, why.not_callable) == ((), (), ())


def test_why_names_whom_a_priority_ticket_passed_and_who_belongs_elsewhere() -> None:
    chosen = ticket("A003", 3, 10, priority=True)
    waiting = [
        ticket("A001", 1, 1),
        ticket("C001", 2, 2, service="DD"),
        ticket("A002", 5, 3, pin="c9"),
        chosen,
    ]
    why = explain(chosen, waiting, C2, 11 * MINUTE)
    assert (why.passed, why.other_services, why.not_callable) == (("A001",), ("C001",), ("A002",))


lines = st.lists(
    st.tuples(st.integers(0, 240), st.booleans(), st.sampled_from(["HT", "CT", "DD"])), min_size=1, max_size=40
)


def drawn(line: list[tuple[int, bool, str]]) -> list[Waiting]:
    return [
        ticket(f"A{n:03d}", n, minute, priority=priority, service=service)
        for n, (minute, priority, service) in enumerate(sorted(line), start=1)
    ]


@given(lines)
def test_within_a_class_and_service_tickets_leave_in_the_order_they_came(line: list[tuple[int, bool, str]]) -> None:
    waiting, called = drawn(line), []
    everyone = CallingCounter("c1", frozenset({"HT", "CT", "DD"}))
    while (chosen := choose(waiting, everyone, 10**9)) is not None:
        called.append(chosen)
        waiting.remove(chosen)
    assert not waiting
    for ticket_called in called:
        same = [t for t in called if (t.service, t.ticket_class) == (ticket_called.service, ticket_called.ticket_class)]
        assert [t.seq for t in same] == sorted(t.seq for t in same)


@given(lines)
def test_nobody_is_passed_by_one_issued_more_than_the_head_start_later(line: list[tuple[int, bool, str]]) -> None:
    waiting = drawn(line)
    everyone = CallingCounter("c1", frozenset({"HT", "CT", "DD"}))
    while (chosen := choose(waiting, everyone, 10**9)) is not None:
        waiting.remove(chosen)
        assert all(chosen.issued_ms - other.issued_ms <= HEAD_START for other in waiting)
