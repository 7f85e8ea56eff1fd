"""Call later: a ticket keeps its place and comes again behind the next one."""

from pathlib import Path

from core_hall import HOUR, MINUTE, Hall, keypad, refusal

from server import views
from server.commands import timed
from server.domain.queue.choice import CallingCounter, Waiting, choose, count_ahead_by_rule, explain
from server.domain.queue.ticket import TicketState
from server.store.queries import TicketRow, count_ahead

SECOND = 1000


def put_off(hall: Hall, counter: str = "c1") -> TicketRow:
    """A ticket of HT that the clerk of ``counter`` called and put off just now."""
    row = hall.issue("HT")
    hall.move(row, "call_chosen", counter=counter, reason="x")
    return hall.move(row, "requeue", counter=counter)


def test_a_ticket_put_off_is_not_the_next_one(hall: Hall) -> None:
    later = put_off(hall)
    following = hall.issue("HT")
    called = hall.next("c1")
    assert called is not None and called.id == following.id
    assert hall.row(later.id).rank_key == later.rank_key, "its place is kept"


def test_a_ticket_put_off_is_called_again_after_three_minutes(hall: Hall) -> None:
    later = put_off(hall)
    hall.clock.go(3 * MINUTE - 1)
    assert hall.next("c1") is None
    hall.ready("c1", False)
    hall.clock.go(1)
    called = hall.next("c1")
    assert called is not None and called.id == later.id


def test_the_next_of_its_service_goes_first_even_after_three_minutes(hall: Hall) -> None:
    later, following, third = put_off(hall), hall.issue("HT"), hall.issue("HT")
    hall.clock.go(HOUR)
    first, second = hall.next("c1"), hall.next("c2")
    assert first is not None and second is not None
    assert [first.id, second.id] == [following.id, later.id]
    assert hall.row(third.id).state is TicketState.WAITING


def test_a_call_of_its_service_at_another_counter_lets_it_follow(hall: Hall) -> None:
    later, following = put_off(hall), hall.issue("HT")
    hall.issue("HT")
    assert hall.next("c2") == hall.row(following.id)
    hall.clock.go(3 * MINUTE)
    assert hall.next("c1") == hall.row(later.id)


def test_a_call_of_another_service_does_not_let_it_follow(hall: Hall) -> None:
    later = put_off(hall)
    certified, following = hall.issue("CT"), hall.issue("HT")
    hall.clock.go(3 * MINUTE)
    assert hall.move(certified, "call_chosen", counter="c2", reason="x").state is TicketState.CALLED
    assert hall.next("c1") == hall.row(following.id)
    assert hall.row(later.id).state is TicketState.WAITING


def test_two_that_were_put_off_do_not_wait_for_each_other(hall: Hall) -> None:
    first, second = put_off(hall), put_off(hall)
    hall.clock.go(3 * MINUTE)
    assert hall.next("c1") == hall.row(first.id)
    assert hall.next("c2") == hall.row(second.id)


def test_a_ticket_kept_for_another_counter_holds_nobody_up(hall: Hall) -> None:
    later, kept = put_off(hall), hall.issue("HT")
    hall.move(kept, "transfer", service="HT", pin="c2", counter="c1")
    hall.clock.go(3 * MINUTE)
    assert hall.next("c1") == hall.row(later.id)


def test_a_ready_counter_gets_it_when_its_time_has_come(hall: Hall) -> None:
    later = put_off(hall)
    assert hall.next("c1") is None
    hall.presence.note_sign_of_life("c1", hall.clock.now())
    wake = hall.tick()
    assert wake.wall_ms is not None and wake.wall_ms <= hall.clock.wall_ms + 3 * MINUTE
    hall.clock.go(3 * MINUTE)
    hall.presence.note_sign_of_life("c1", hall.clock.now())
    hall.tick()
    assert (hall.row(later.id).state, hall.row(later.id).counter) == (TicketState.CALLED, "c1")


def test_a_clerk_may_call_it_earlier_with_a_reason_and_a_pad_by_its_number(hall: Hall) -> None:
    later = put_off(hall)
    refused = refusal(hall.move, later, "call", counter="c1")
    assert (refused.values["need"], refused.values["when_ms"]) == ("later", hall.clock.wall_ms + 3 * MINUTE)
    assert refused.allowed == ("call_chosen",)
    assert hall.move(later, "call_chosen", counter="c1", reason="back").state is TicketState.CALLED
    again = put_off(hall, "c2")
    called = hall.next("c2", number=again.number, actor=keypad())
    assert called is not None and called.id == again.id


def test_calling_it_by_name_before_the_next_one_is_not_its_turn(hall: Hall) -> None:
    later = put_off(hall)
    hall.issue("HT")
    hall.clock.go(3 * MINUTE)
    assert refusal(hall.move, later, "call", counter="c1").values["need"] == "turn"


def test_what_sends_it_elsewhere_ends_the_putting_off(hall: Hall) -> None:
    later = put_off(hall)
    hall.issue("CT")
    sent = hall.move(later, "transfer", service="CT", counter="c1")
    assert (sent.callable_from_ms, sent.behind_next) == (0, False)
    assert hall.next("c2") == hall.row(later.id)


def test_a_call_that_nobody_at_the_counter_answered_puts_nobody_off(hall: Hall) -> None:
    """The visitor did come; another counter may call at once."""
    hall.next("c1")
    row = hall.issue("HT")
    assert hall.row(row.id).state is TicketState.CALLED
    hall.clock.go(45 * SECOND)
    hall.tick()
    back = hall.row(row.id)
    assert (back.state, back.callable_from_ms, back.behind_next) == (TicketState.WAITING, 0, False)
    assert hall.facts()[-2].data.count(timed.NO_ANSWER) == 1
    assert hall.next("c2") == hall.row(row.id)


def test_the_minutes_are_a_setting_and_none_still_lets_the_next_go_first(tmp_path: Path) -> None:
    hall = Hall(tmp_path, rules={"call_later_min": 0})
    hall.tick()
    hall.open()
    later, following = put_off(hall), hall.issue("HT")
    assert hall.next("c1") == hall.row(following.id)
    assert hall.next("c2") == hall.row(later.id)
    hall.close()


def test_people_ahead_count_it_only_where_it_is_called_first(hall: Hall) -> None:
    later, following, third = put_off(hall), hall.issue("HT"), hall.issue("HT")
    assert [hall.wire(row).ahead for row in (later, following, third)] == [1, 0, 1], "it cannot be called yet"
    hall.clock.go(3 * MINUTE)
    assert [hall.wire(row).ahead for row in (later, following, third)] == [1, 0, 2]


def test_the_rule_and_the_database_count_the_same_people_ahead(hall: Hall) -> None:
    rows = [put_off(hall), hall.issue("HT"), put_off(hall, "c2"), hall.issue("HT"), hall.issue("HT", "priority")]
    for minutes in (0, 3):
        hall.clock.go(minutes * MINUTE)
        rows = [hall.row(row.id) for row in rows]
        line = [row.waiting for row in rows]
        with hall.read() as snapshot:
            queue_ms = snapshot.queue_ms
            counted = [count_ahead(snapshot.connection, row, queue_ms) for row in rows]
        assert counted == [count_ahead_by_rule(ticket, line, queue_ms) for ticket in line]


def test_the_clerks_list_has_it_last_until_it_can_be_called(hall: Hall) -> None:
    later, following = put_off(hall), hall.issue("HT")

    def listed() -> list[tuple[str, bool, int | None]]:
        with hall.read() as snapshot:
            page = views.clerk_page(snapshot, "c1")
        assert page is not None
        return [(row.id, row.callable, row.callable_at_ms) for row in page.waiting]

    at_ms = hall.clock.wall_ms + 3 * MINUTE
    assert listed() == [(following.id, True, None), (later.id, False, at_ms)]
    hall.clock.go(3 * MINUTE)
    assert listed() == [(following.id, True, None), (later.id, False, None)]
    hall.next("c2")
    assert listed() == [(later.id, True, None)]


def test_why_says_that_one_who_was_put_off_could_not_be_called() -> None:
    put = Waiting("t-1", "A001", 1, "HT", 0, 0, "ordinary", behind_next=True)
    chosen = Waiting("t-2", "A002", 2, "HT", 5, 5, "ordinary")
    counter = CallingCounter("c1", frozenset({"HT"}))
    assert choose([put, chosen], counter, 10) == chosen
    why = explain(chosen, [put, chosen], counter, 10)
    assert (why.passed, why.not_callable, why.guard) == ((), ("A001",), False)
