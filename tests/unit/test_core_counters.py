"""Counters: next, pauses, closing, and clerks who sign in and out."""

from pathlib import Path

from core_hall import Hall, in_state, keypad, refusal
from test_core_moves import C, D, H, S, W


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
