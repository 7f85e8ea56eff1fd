"""Every move from every state, against a table of literals; and every guard."""

from pathlib import Path
from typing import Any

import pytest
from core_hall import HOUR, MINUTE, Hall, clerk, in_state, keypad, kiosk, manager, visitor

from server import commands
from server.commands import Actor, Refused, Role
from server.domain.ticket import State
from server.store.queries import legs_of

W, C, S, D, H, N, X, E = (
    State.WAITING,
    State.CALLED,
    State.SERVING,
    State.SERVED,
    State.HELD,
    State.NO_SHOW,
    State.CANCELLED,
    State.EXPIRED,
)

# The published table, written out by hand: from which state each move leads where.
TABLE: dict[str, dict[State, State]] = {
    "issue": {},
    "call": {W: C},
    "call_chosen": {W: C},
    "recall": {C: C},
    "start": {C: S},
    "finish": {S: D},
    "finish_next": {S: W},
    "no_show": {C: N},
    "return": {N: W},
    "requeue": {C: W},
    "hold": {S: H},
    "resume": {H: S},
    "release": {H: W},
    "transfer": {W: W, C: W, S: W, H: W},
    "defer": {W: W},
    "reclassify": {W: W, C: C},
    "reopen": {D: S},
    "cancel": {W: X, C: X, H: X, N: X},
    "expire": {},  # legal from waiting, called, held, but for the system only: nobody can ask for it
}
BY_SYSTEM = {"expire": {W, C, H}}
MORE: dict[str, dict[str, Any]] = {
    "call_chosen": {"reason": "asked"},
    "finish": {"outcome": "received"},
    "finish_next": {"outcome": "received", "service": "CT"},
    "no_show": {"reason": "left"},
    "hold": {"reason": "copies"},
    "transfer": {"service": "CT"},
    "reclassify": {"class": "priority", "reason": "pregnant"},
    "cancel": {"reason": "void"},
}
STAFF_ONLY = {"reclassify", "cancel", "defer", "return"}


def refusal(work: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        work(*args, **more)
    return caught.value


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("move", list(TABLE))
def test_every_pair_of_state_and_move_does_what_the_table_says(hall: Hall, state: State, move: str) -> None:
    row = in_state(hall, state)
    before = hall.facts()
    ask = {"counter": "c1"} | MORE.get(move, {})
    if state is E:
        assert refusal(hall.move, row, move, **ask).code == "day_closed"
        assert hall.facts() == before
    elif state in TABLE[move]:
        assert hall.move(row, move, **ask).state is TABLE[move][state]
        assert len(hall.facts()) == len(before) + 1
    else:
        refused = refusal(hall.move, row, move, **ask)
        legal_for_system = state in BY_SYSTEM.get(move, set())
        assert refused.code == ("forbidden" if legal_for_system else "not_allowed")
        if not legal_for_system:
            possible = {name for name, ways in TABLE.items() if state in ways}
            assert set(refused.allowed) == possible
        assert hall.facts() == before
        assert hall.row(row.id) == row


def test_an_expired_ticket_stays_expired_on_the_next_day(hall: Hall) -> None:
    row = in_state(hall, E)
    hall.clock.go(48 * HOUR)
    hall.tick()
    hall.open("c1")
    for move in TABLE:
        assert refusal(hall.move, row, move, counter="c1", **MORE.get(move, {})).code == "not_allowed"


def test_a_word_that_is_no_move_is_refused_with_the_known_ones(hall: Hall) -> None:
    refused = refusal(hall.move, hall.issue(), "teleport")
    assert refused.code == "unknown_move"
    assert set(refused.allowed) == set(TABLE)


@pytest.mark.parametrize("move", ["recall", "start", "finish", "hold", "call", "transfer"])
def test_a_visitor_may_only_defer_and_cancel(hall: Hall, move: str) -> None:
    state = {"finish": S, "hold": S, "call": W}.get(move, C)
    row = in_state(hall, state)
    ask = {"counter": "c1"} | MORE.get(move, {})
    assert refusal(hall.move, row, move, actor=visitor(), **ask).code == "forbidden"


def test_a_visitor_cancels_and_defers_without_a_reason(hall: Hall) -> None:
    assert hall.move(hall.issue(), "cancel", actor=visitor()).state is X
    assert hall.move(hall.issue(), "defer", actor=visitor()).deferred


@pytest.mark.parametrize(
    ("state", "move", "ask", "need"),
    [
        (W, "call_chosen", {"counter": "c1"}, "reason"),
        (W, "call_chosen", {"reason": "asked"}, "counter"),
        (C, "start", {}, "counter"),
        (S, "finish", {"counter": "c1"}, "outcome"),
        (S, "finish_next", {"counter": "c1", "outcome": "received"}, "service"),
        (S, "hold", {"counter": "c1"}, "reason"),
        (W, "transfer", {}, "service"),
        (W, "reclassify", {"reason": "x"}, "ticket_class"),
        (W, "reclassify", {"class": "priority"}, "reason"),
        (W, "cancel", {}, "reason"),
        (S, "transfer", {"service": "CT"}, "counter"),
    ],
)
def test_a_move_without_what_it_needs_says_what_is_missing(
    hall: Hall, state: State, move: str, ask: dict[str, Any], need: str
) -> None:
    row = in_state(hall, state)
    refused = refusal(hall.move, row, move, **ask)
    assert refused.code == "bad_request"
    assert refused.values["need"] == need
    assert hall.row(row.id) == row


@pytest.mark.parametrize("move", ["recall", "start", "requeue", "no_show"])
def test_another_counter_may_not_move_the_ticket(hall: Hall, move: str) -> None:
    row = in_state(hall, C)
    refused = refusal(hall.move, row, move, counter="c2", **MORE.get(move, {}))
    assert (refused.code, refused.values["need"]) == ("not_allowed", "counter")


@pytest.mark.parametrize("ask", [{"counter": "c9"}, {"pin": "c9"}])
def test_an_unknown_counter_is_not_found(hall: Hall, ask: dict[str, str]) -> None:
    assert refusal(hall.move, hall.issue(), "transfer", service="CT", **ask, actor=clerk()).code == "not_found"


def test_unknown_ticket_service_and_counter_change_nothing(hall: Hall) -> None:
    before = hall.facts()
    assert refusal(hall.move, "t-none", "start", counter="c1").code == "not_found"
    assert refusal(hall.issue, "ZZ").code == "unknown_service"
    assert refusal(hall.next, "c9", actor=clerk()).code == "not_found"
    assert refusal(hall.issue, "XX").code == "no_counter"
    assert refusal(hall.issue, "CT", procedure="1.001193").code == "bad_request"
    assert hall.facts() == before


def test_three_calls_and_no_more_the_last_one_is_announced_as_such(hall: Hall) -> None:
    row = in_state(hall, C)
    hall.move(row, "recall", counter="c1")
    assert hall.move(row, "recall", counter="c1").calls == 3
    assert refusal(hall.move, row, "recall", counter="c1").values["need"] == "calls_left"
    with hall.read() as reading:
        from server import views

        assert [call.kind for call in views.board(reading, "e").calls] == ["last", "recall", "call"]


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
    assert refusal(hall.move, held, "resume", counter="c1").values["need"] == "clerk"
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
    with hall.read() as reading:
        legs = legs_of(reading.connection, row.id)
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
    with hall.read() as reading:
        legs = legs_of(reading.connection, row.id)
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
def test_reclassifying_changes_class_and_key_and_nothing_else(hall: Hall, state: State) -> None:
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


def test_next_is_refused_while_a_ticket_is_open_and_says_which(hall: Hall) -> None:
    row = in_state(hall, C)
    hall.issue()
    refused = refusal(hall.next, "c1")
    assert (refused.code, refused.values["number"], refused.values["counter"]) == ("open_ticket", row.number, "1")
    assert "start" in refused.allowed


def test_next_may_finish_first_by_setting_with_the_services_outcome(tmp_path: Path) -> None:
    hall = Hall(tmp_path, rules={"next_finishes": True})
    hall.tick()
    hall.open("c1")
    first, second = hall.issue("TK"), hall.issue("TK")
    hall.next("c1")
    hall.move(first, "start", counter="c1")
    assert hall.next("c1") == hall.row(second.id)
    assert (hall.row(first.id).state, hall.row(first.id).outcome) == (D, "returned")
    assert refusal(hall.next, "c1").code == "open_ticket", "a called ticket is not finished by next"
    hall.close()


def test_next_at_a_closed_counter_is_refused_on_a_page_and_opens_it_from_a_keypad(hall: Hall) -> None:
    row = hall.issue("DD")
    assert refusal(hall.next, "c3").code == "counter_closed"
    assert hall.next("c3", actor=keypad()) == hall.row(row.id)
    assert (hall.counter("c3").state, hall.counter("c3").clerk) == ("open", "chi")


def test_a_keypads_finish_has_the_services_outcome(hall: Hall) -> None:
    row = hall.issue("TK")
    hall.next("c1")
    hall.move(row, "start", counter="c1", actor=keypad())
    assert hall.move(row, "finish", counter="c1", actor=keypad()).outcome == "returned"


def test_services_with_one_prefix_share_a_series(hall: Hall) -> None:
    assert [hall.issue(service).number for service in ("HT", "TK", "CT", "HT")] == ["A001", "A002", "B001", "A003"]


def test_capacity_counts_issues_of_the_half_day_and_says_when_again(hall: Hall) -> None:
    for _ in range(3):
        hall.issue("DD")
    refused = refusal(hall.issue, "DD")
    assert (refused.code, refused.values["when_ms"]) == ("full", hall.clock.wall_ms + 5 * HOUR + 30 * MINUTE)
    hall.clock.go(5 * HOUR + 30 * MINUTE)
    assert hall.issue("DD").number == "C004"


def test_nothing_is_issued_outside_the_hours_but_who_waits_is_served(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(10 * HOUR)
    refused = refusal(hall.issue)
    assert refused.code == "service_closed"
    assert refused.values["when_ms"] == hall.clock.wall_ms + 37 * HOUR + 30 * MINUTE, "after the holiday"
    assert hall.next("c1") == hall.row(row.id)


def test_a_stopped_service_issues_nothing_until_it_is_resumed(hall: Hall) -> None:
    hall.ask(lambda tx, now: commands.stop_issuing(tx, manager(), now, "HT"))
    assert refusal(hall.issue).code == "service_closed"
    assert hall.issue("CT").number == "B001"
    hall.ask(lambda tx, now: commands.resume_issuing(tx, manager(), now, "HT"))
    assert hall.issue().number == "A001"


def test_closing_a_counter_asks_for_no_open_ticket_and_releases_what_it_holds(hall: Hall) -> None:
    held = in_state(hall, H)
    pinned = hall.issue("HT")
    hall.move(pinned, "transfer", service="HT", pin="c1", counter="c1")
    open_one = in_state(hall, C)
    assert refusal(hall.state, "c1", "closed").code == "open_ticket"
    hall.move(open_one, "cancel", reason="void", counter="c1")
    hall.state("c1", "closed")
    assert hall.row(held.id).state is W
    assert hall.row(pinned.id).pin is None


def test_a_pause_keeps_the_open_ticket_and_takes_no_other(hall: Hall) -> None:
    row = in_state(hall, C)
    hall.issue()
    hall.state("c1", "paused", reason="break")
    hall.move(row, "start", counter="c1")
    hall.move(row, "finish", counter="c1", outcome="received")
    assert refusal(hall.next, "c1").code == "counter_closed"


def test_who_changes_counter_leaves_the_old_one_which_closes(hall: Hall) -> None:
    row = in_state(hall, C)
    assert refusal(hall.sign, "c3", "an").code == "open_ticket"
    hall.move(row, "requeue", counter="c1")
    hall.sign("c3", "an")
    assert (hall.counter("c3").clerk, hall.counter("c1").clerk, hall.counter("c1").state) == ("an", None, "closed")


def test_who_leaves_with_a_ticket_held_leaves_the_counter_paused(hall: Hall) -> None:
    held = in_state(hall, H)
    hall.sign("c3", "an")
    assert (hall.counter("c1").state, hall.counter("c1").reason) == ("paused", "away")
    assert hall.row(held.id).state is H


def test_signing_out_needs_a_finished_ticket(hall: Hall) -> None:
    row = in_state(hall, S)
    assert refusal(hall.sign, "c1", None).code == "open_ticket"
    hall.move(row, "finish", counter="c1", outcome="received")
    hall.sign("c1", None)
    assert hall.counter("c1").clerk is None


def test_a_clerks_own_list_narrows_what_the_counter_serves(tmp_path: Path) -> None:
    clerks = [
        {"id": "an", "name": "An"},
        {"id": "binh", "name": "Bình", "services": ["CT"]},
        {"id": "chi", "name": "Chi"},
    ]
    hall = Hall(tmp_path, clerks=clerks)
    hall.tick()
    hall.open("c2")
    hall.issue("HT")
    certified = hall.issue("CT")
    assert hall.next("c2") == hall.row(certified.id)
    hall.close()


@pytest.mark.parametrize("actor", [visitor(), Actor(Role.SYSTEM, "system")])
def test_visitors_may_neither_issue_nor_call_nor_close(hall: Hall, actor: Actor) -> None:
    assert refusal(hall.issue, actor=actor).code == "forbidden"
    assert refusal(hall.next, "c1", actor=actor).code == "forbidden"
    assert refusal(hall.state, "c1", "closed", actor=actor).code == "forbidden"


def test_a_kiosk_may_not_close_the_day(hall: Hall) -> None:
    assert refusal(hall.ask, lambda tx, now: commands.close_day(tx, kiosk(), now)).code == "forbidden"
