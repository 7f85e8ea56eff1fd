"""The single moves: their changes, and their refusals beyond the table."""

import pytest
from core_hall import HOUR, MINUTE, Hall, in_state, keypad, manager, refusal, visitor
from test_core_moves import MORE, C, H, N, S, W

from server import commands
from server.commands import Actor, Role
from server.domain.queue.ticket import TicketState
from server.store.queries import legs_of


def test_three_calls_and_no_more_the_last_one_is_announced_as_such(hall: Hall) -> None:
    row = in_state(hall, C)
    hall.move(row, "recall", counter="c1")
    assert hall.move(row, "recall", counter="c1").calls == 3
    assert refusal(hall.move, row, "recall", counter="c1").values["need"] == "calls_left"
    with hall.read() as snapshot:
        from server import views

        assert [call.kind for call in views.board(snapshot, "e").calls] == ["last", "recall", "call"]


def test_no_show_needs_all_calls_or_a_reason(hall: Hall) -> None:
    row = in_state(hall, C)
    refused = refusal(hall.move, row, "no_show", counter="c1")
    assert (refused.values["need"], refused.values["n"]) == ("calls", 3)
    hall.move(row, "recall", counter="c1")
    hall.move(row, "recall", counter="c1")
    assert hall.move(row, "no_show", counter="c1").state is N


def test_a_requeued_call_does_not_count_towards_a_no_show(hall: Hall) -> None:
    row = in_state(hall, C)
    hall.move(row, "recall", counter="c1")
    hall.move(row, "recall", counter="c1")
    back = hall.move(row, "requeue", counter="c1")
    assert (back.calls, back.rank_key, back.requeued) == (0, row.rank_key, True)
    hall.clock.go(3 * MINUTE)
    again = hall.next("c1")
    assert again is not None
    assert refusal(hall.move, again, "no_show", counter="c1").values["need"] == "calls"


def test_who_returns_counts_from_then_and_not_the_next_day(hall: Hall) -> None:
    row = in_state(hall, N)
    hall.clock.go(20 * MINUTE)
    back = hall.move(row, "return", counter="c1")
    assert back.rank_key == row.rank_key + 20 * MINUTE
    assert back.returned
    missed = in_state(hall, N)
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(48 * HOUR)
    hall.tick()
    assert refusal(hall.move, missed, "return", counter="c1").values["need"] == "today"


def test_a_priority_ticket_that_returns_has_its_head_start_again(hall: Hall) -> None:
    row = hall.issue("HT", "priority")
    hall.move(row, "call_chosen", counter="c1", reason="x")
    hall.move(row, "no_show", counter="c1", reason="left")
    hall.clock.go(5 * MINUTE)
    assert hall.move(row, "return", counter="c1").rank_key == row.issued_ms + 5 * MINUTE - 30 * MINUTE


def test_holding_frees_the_counter_and_resuming_needs_it_free_and_the_same_clerk(hall: Hall) -> None:
    held = in_state(hall, H)
    other = hall.issue()
    hall.move(other, "call", counter="c1")
    assert refusal(hall.move, held, "resume", counter="c1").code == "open_ticket"
    hall.move(other, "requeue", counter="c1")
    hall.sign("c1", "ql")
    colleague = Actor(Role.CLERK, "ql")
    assert refusal(hall.move, held, "resume", counter="c1", actor=colleague).values["need"] == "clerk"
    hall.sign("c1", "an")
    assert hall.move(held, "resume", counter="c1").state is S


def test_a_held_tickets_legs_leave_out_the_time_it_was_away(hall: Hall) -> None:
    row = in_state(hall, S)
    hall.clock.go(4 * MINUTE)
    hall.move(row, "hold", counter="c1", reason="copies", due_min=60)
    hall.clock.go(20 * MINUTE)
    hall.move(row, "resume", counter="c1")
    hall.clock.go(3 * MINUTE)
    hall.move(row, "finish", counter="c1", outcome="received")
    with hall.read() as snapshot:
        legs = legs_of(snapshot.connection, [row.id])[row.id]
    assert [(leg.finished_ms or 0) - (leg.started_ms or 0) for leg in legs] == [4 * MINUTE, 3 * MINUTE]
    assert [leg.ended for leg in legs] == ["held", "finished"]


def test_released_keeps_its_key(hall: Hall) -> None:
    held = in_state(hall, H)
    hall.clock.go(5 * MINUTE)
    back = hall.move(held, "release", counter="c1")
    assert (back.state, back.rank_key, back.pin, back.counter) == (W, held.rank_key, None, None)


def test_a_transfer_keeps_the_key_and_may_be_pinned(hall: Hall) -> None:
    row = in_state(hall, S)
    hall.clock.go(5 * MINUTE)
    sent = hall.move(row, "transfer", counter="c1", service="CT", pin="c3")
    assert (sent.service, sent.rank_key, sent.pin, sent.leg) == ("CT", row.rank_key, "c3", 2)
    assert hall.next("c2") is None
    hall.open("c3")
    assert hall.next("c3") == hall.row(row.id)


def test_a_pin_to_a_counter_that_does_not_serve_it_is_refused(hall: Hall) -> None:
    refused = refusal(hall.move, hall.issue(), "transfer", service="CT", pin="c1", counter="c1")
    assert refused.values["need"] == "pin"


def test_a_transfer_to_a_service_without_counters_is_refused(hall: Hall) -> None:
    assert refusal(hall.move, hall.issue(), "transfer", service="XX", counter="c1").code == "no_counter"


def test_finish_next_gives_this_leg_its_outcome_and_waits_on_with_its_key(hall: Hall) -> None:
    row = in_state(hall, S)
    on = hall.move(row, "finish_next", counter="c1", outcome="advice", service="CT")
    assert (on.state, on.service, on.rank_key, on.outcome) == (W, "CT", row.rank_key, None)
    with hall.read() as snapshot:
        legs = legs_of(snapshot.connection, [row.id])[row.id]
    assert [(leg.service, leg.outcome, leg.ended) for leg in legs] == [
        ("HT", "advice", "finished"),
        ("CT", None, None),
    ]


def test_finish_next_keeps_the_counter_that_may_call_and_no_other_gets_it(hall: Hall) -> None:
    row = in_state(hall, S)
    on = hall.move(row, "finish_next", counter="c1", outcome="received", service="CT", pin="c3")
    assert on.pin == "c3"
    assert hall.next("c2") is None
    assert hall.next("c3", actor=keypad()) == hall.row(row.id)


@pytest.mark.parametrize("move", ["transfer", "finish_next"])
def test_only_a_counter_of_the_service_can_be_chosen_to_call(hall: Hall, move: str) -> None:
    row = in_state(hall, S)
    ask = MORE[move] | {"counter": "c1", "pin": "c1"}
    assert refusal(hall.move, row, move, **ask).values["need"] == "pin"
    assert refusal(hall.move, row, move, **ask | {"pin": "c9"}).code == "not_found"
    assert hall.row(row.id) == row


def test_deferring_lets_five_go_first_and_only_once(hall: Hall) -> None:
    rows = []
    for _ in range(8):
        rows.append(hall.issue())
        hall.clock.go(MINUTE)
    hall.move(rows[0], "defer", actor=visitor())
    order = []
    for _ in range(8):
        row = hall.next("c1")
        assert row is not None
        order.append(row.number)
        hall.move(row, "cancel", reason="void", counter="c1")
    assert order == ["A002", "A003", "A004", "A005", "A006", "A001", "A007", "A008"]


def test_a_second_deferral_is_refused(hall: Hall) -> None:
    row = hall.issue()
    hall.move(row, "defer", actor=visitor())
    assert refusal(hall.move, row, "defer", actor=visitor()).values["need"] == "once"


@pytest.mark.parametrize("state", [W, C])
def test_reclassifying_changes_class_and_key_and_nothing_else(hall: Hall, state: TicketState) -> None:
    row = in_state(hall, state)
    changed = hall.move(row, "reclassify", counter="c1", **MORE["reclassify"])
    assert (changed.ticket_class, changed.rank_key) == ("priority", row.rank_key - 30 * MINUTE)
    assert changed.state is state
    back = hall.move(row, "reclassify", counter="c1", reason="mistake", **{"class": "ordinary"})
    assert back.rank_key == row.rank_key
    assert (
        refusal(hall.move, row, "reclassify", counter="c1", reason="x", **{"class": "ordinary"}).code == "bad_request"
    )


def test_reopening_is_for_two_minutes_the_same_clerk_and_a_free_counter(hall: Hall) -> None:
    done = hall.served()
    hall.clock.go(2 * MINUTE)
    hall.issue()
    other = hall.next("c1")
    assert other is not None
    assert refusal(hall.move, done, "reopen", counter="c1").code == "open_ticket"
    hall.move(other, "requeue", counter="c1")
    assert refusal(hall.move, done, "reopen", counter="c2").values["need"] == "counter"
    again = hall.move(done, "reopen", counter="c1")
    assert (again.state, again.outcome) == (S, None)
    hall.move(done, "finish", counter="c1", outcome="received")
    hall.clock.go(2 * MINUTE + 1)
    assert refusal(hall.move, done, "reopen", counter="c1").values["need"] == "soon"


def test_call_by_name_is_only_for_the_one_whose_turn_it_is(hall: Hall) -> None:
    first = hall.issue()
    second = hall.issue()
    refused = refusal(hall.move, second, "call", counter="c1")
    assert (refused.values["need"], refused.allowed) == ("turn", ("call_chosen",))
    assert hall.move(first, "call", counter="c1").state is C


def test_a_chosen_call_still_needs_an_open_free_counter_that_serves_it(hall: Hall) -> None:
    row = hall.issue("DD")
    assert refusal(hall.move, row, "call_chosen", counter="c3", reason="x").code == "counter_closed"
    assert refusal(hall.move, row, "call_chosen", counter="c1", reason="x").values["need"] == "skill"
    hall.open("c3")
    hall.move(row, "call_chosen", counter="c3", reason="x")
    other = hall.issue("CT")
    assert refusal(hall.move, other, "call_chosen", counter="c3", reason="x").code == "open_ticket"


def test_a_keypads_finish_has_the_services_outcome(hall: Hall) -> None:
    row = hall.issue("TK")
    hall.next("c1")
    hall.move(row, "start", counter="c1", actor=keypad())
    assert hall.move(row, "finish", counter="c1", actor=keypad()).outcome == "returned"
