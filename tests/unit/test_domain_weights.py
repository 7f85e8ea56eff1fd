"""Weights of a clerk: further services are served beside the main ones."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.queue.choice import CallingCounter, Waiting, choose, choose_counter, explain, is_behind, place

MINUTE = 60_000
TARGET = 20 * MINUTE
CLERK = CallingCounter("c1", frozenset({"HT", "CT"}), 5, "an", {"CT": TARGET})


def ticket(number: str, seq: int, issued_min: int, service: str, head_start_min: int = 0) -> Waiting:
    issued_ms = issued_min * MINUTE
    key = issued_ms - head_start_min * MINUTE
    return Waiting(f"t-{seq}", number, seq, service, key, issued_ms, "priority" if head_start_min else "ordinary")


def pinned(number: str, seq: int, issued_min: int, service: str) -> Waiting:
    issued_ms = issued_min * MINUTE
    return Waiting(f"t-{seq}", number, seq, service, issued_ms, issued_ms, "ordinary", pin="c1")


MAIN, FURTHER = ticket("A001", 2, 10, "HT"), ticket("B001", 1, 0, "CT")


def test_a_further_service_waits_for_the_main_ones_up_to_its_target() -> None:
    assert choose([FURTHER, MAIN], CLERK, TARGET) == MAIN
    assert choose([FURTHER, MAIN], CLERK, TARGET + 1) == FURTHER
    assert choose([FURTHER], CLERK, 10 * MINUTE) == FURTHER


def test_a_priority_visitor_of_a_further_service_counts_as_taken_earlier_there_too() -> None:
    priority = ticket("B002", 3, 11, "CT", head_start_min=30)
    assert choose([FURTHER, MAIN, priority], CLERK, 12 * MINUTE) == priority


def test_a_ticket_sent_to_the_counter_is_behind_none() -> None:
    sent = pinned("B003", 0, 1, "CT")
    assert choose([FURTHER, MAIN, sent], CLERK, 12 * MINUTE) == sent


def test_a_ready_counter_with_it_as_a_main_service_gets_the_ticket() -> None:
    main = CallingCounter("c2", frozenset({"CT"}), 9, "binh")
    assert choose_counter([CLERK, main], [FURTHER], MINUTE) == (main, FURTHER)
    assert choose_counter([CLERK], [FURTHER], MINUTE) == (CLERK, FURTHER)
    assert choose_counter([CLERK, main], [FURTHER], TARGET + 1) == (CLERK, FURTHER), (
        "past the target it is like a main one"
    )


def test_a_call_explains_the_weights() -> None:
    line = [FURTHER, MAIN]
    main = explain(MAIN, line, CLERK, 15 * MINUTE)
    assert (main.passed, main.passed_also, main.also, main.guard) == (("B001",), ("B001",), None, False)
    assert explain(FURTHER, [FURTHER], CLERK, 15 * MINUTE).also == "none"
    due = explain(FURTHER, line, CLERK, TARGET + 1)
    assert (due.also, due.guard, due.passed_also) == ("target", False, ())
    out_of_order = explain(FURTHER, line, CLERK, 15 * MINUTE)
    assert (out_of_order.also, out_of_order.guard) == (None, True)


def test_equal_keys_tie_only_within_a_weight() -> None:
    alike = ticket("A009", 9, 0, "HT")
    assert not explain(alike, [FURTHER, alike], CLERK, MINUTE).tie
    assert explain(FURTHER, [FURTHER, alike], CLERK, TARGET + 1).tie


LINES = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(("HT", "CT", "DD")), st.sampled_from((0, 0, 30))), max_size=12
)
FURTHER_SERVICES = st.dictionaries(st.sampled_from(("HT", "CT", "DD")), st.integers(0, 40 * MINUTE), max_size=3)


@given(people=LINES, also=FURTHER_SERVICES, now_min=st.integers(60, 90))
def test_a_call_never_breaks_the_order_within_a_service_nor_lets_a_due_ticket_wait_for_a_later_main_one(
    people: list[tuple[int, str, int]], also: dict[str, int], now_min: int
) -> None:
    line = [ticket(str(seq), seq, *person) for seq, person in enumerate(sorted(people))]
    counter = CallingCounter("c1", frozenset({"HT", "CT", "DD"}), also=also)
    now_ms = now_min * MINUTE
    chosen = choose(line, counter, now_ms)
    assert (chosen is None) is (not line), "nobody waits while the counter is free"
    for other in line if chosen is not None else ():
        assert chosen is not None
        assert other.service != chosen.service or chosen.rank <= other.rank
        if not is_behind(other, counter, now_ms):
            assert chosen.rank <= other.rank, "of main and due tickets the first comes first"
    assert chosen is None or place(chosen, counter, now_ms) == min(place(other, counter, now_ms) for other in line)


@given(people=LINES, now_min=st.integers(60, 90))
def test_if_all_services_are_further_ones_their_order_is_the_plain_one_until_one_is_due(
    people: list[tuple[int, str, int]], now_min: int
) -> None:
    line = [ticket(str(seq), seq, *person) for seq, person in enumerate(sorted(people))]
    everything = frozenset({"HT", "CT", "DD"})
    alike = CallingCounter("c1", everything, also=dict.fromkeys(everything, TARGET))
    assert choose(line, alike, now_min * MINUTE) == choose(line, CallingCounter("c1", everything), now_min * MINUTE)
