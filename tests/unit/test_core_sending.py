"""Tickets sent to a counter, to a person, to the cashier and back; notes; procedures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from core_hall import CLERKS, HOUR, MINUTE, OFFICE, Hall, clerk, in_state, manager, refusal, request_id, visitor
from sqlalchemy import select
from test_core_moves import C, H, N, S, W

from server import commands, views
from server.commands import Actor, Role
from server.domain.moves import Move
from server.domain.queue.ticket import TicketState, state_after
from server.store import schema as t
from server.store.queries import TicketRow, legs_of, notes_of
from server.wire.messages import AskHelp, Scan

NOBODY = Actor(Role.STATION, "counters-1", "counters-1")
"""A keypad: the counter has no named clerk."""
SECOND = OFFICE["procedures"][0] | {"code": "1.000894", "name": {"vi": "Đăng ký kết hôn"}}
TO_CASHIER = {"counter": "c1", "service": "CT", "back": True}


@pytest.fixture
def hall_of_two(tmp_path: Path) -> Iterator[Hall]:
    """Return a hall whose service HT has two procedures."""
    hall = Hall(tmp_path, procedures=[OFFICE["procedures"][0], SECOND])
    hall.tick()
    hall.open()
    yield hall
    hall.close()


def note(hall: Hall, row: TicketRow, text: str | None, counter: str = "c1") -> None:
    ask = AskHelp(request_id=request_id(), station="web")
    hall.ask(lambda tx, now: commands.note_ticket(tx, clerk(counter), now, ask, row.id, counter, text))


def noted(hall: Hall, row: TicketRow, counter: str) -> TicketRow:
    note(hall, row, "waits for a copy", counter)
    return hall.row(row.id)


def notes(hall: Hall, row: TicketRow) -> dict[str, str]:
    with hall.read() as snapshot:
        return notes_of(snapshot.connection, row.id)


def legs(hall: Hall, row: TicketRow) -> list[Any]:
    with hall.read() as snapshot:
        return legs_of(snapshot.connection, [row.id])[row.id]


def served_at(hall: Hall, counter: str, row: TicketRow, outcome: str = "received") -> TicketRow:
    """Call the ticket there as the next one, serve it and finish it."""
    assert hall.next(counter) == hall.row(row.id)
    hall.move(row, "start", counter=counter)
    return hall.move(row, "finish", counter=counter, outcome=outcome)


# --- pins ---

SENDS: dict[str, tuple[TicketState, str, dict[str, Any]]] = {
    "transfer of one who waits": (W, "transfer", {}),
    "transfer of one called": (C, "transfer", {}),
    "transfer of one being served": (S, "transfer", {}),
    "transfer of one held": (H, "transfer", {}),
    "finish and go on": (S, "finish_next", {"outcome": "advice"}),
}
"""Every move that sends a ticket on: its state before, and what else its request has."""
STAYS: dict[str, Any] = {
    "nothing": lambda hall, row, counter: row,
    "call and call later": lambda hall, row, counter: hall.move(
        hall.move(row, "call_chosen", counter=counter, reason="x"), "requeue", counter=counter
    ),
    "deferral": lambda hall, row, counter: hall.move(row, "defer", actor=visitor()),
    "class": lambda hall, row, counter: hall.move(
        row, "reclassify", counter=counter, reason="x", **{"class": "priority"}
    ),
    "absence and return": lambda hall, row, counter: hall.move(
        hall.move(hall.move(row, "call_chosen", counter=counter, reason="x"), "no_show", counter=counter, reason="x"),
        "return",
        counter="c1",
    ),
    "note": lambda hall, row, counter: noted(hall, row, counter),
    "reboot": lambda hall, row, counter: hall.restarted("boot-2") or hall.row(row.id),
}
"""Everything that may happen to a ticket that waits, and does not end its pin."""


@pytest.mark.parametrize("pin", [{"pin": "c3"}, {"pin_clerk": "chi"}], ids=["counter", "clerk"])
@pytest.mark.parametrize("happens", STAYS)
@pytest.mark.parametrize("send", SENDS)
def test_every_move_that_pins_a_ticket_keeps_the_pin_until_it_is_served(
    hall: Hall, send: str, happens: str, pin: dict[str, str]
) -> None:
    state, move, more = SENDS[send]
    hall.open()
    row = in_state(hall, state)
    hall.move(row, move, counter="c1", service="CT", **more, **pin)
    kept = STAYS[happens](hall, hall.row(row.id), "c3")
    assert (kept.state, kept.pin, kept.pin_clerk) == (W, pin.get("pin"), pin.get("pin_clerk"))
    assert hall.next("c2") is None, "the counter of the same service may not call it"
    hall.clock.go(3 * MINUTE)
    served = served_at(hall, "c3", row)
    assert (served.pin, served.pin_clerk) == (None, None)


def test_a_ticket_for_a_person_follows_the_person_to_another_counter(hall: Hall) -> None:
    hall.open()
    row = hall.move(in_state(hall, S), "transfer", counter="c1", service="CT", pin_clerk="chi")
    hall.sign("c2", None)
    hall.sign("c2", "chi")
    hall.clock.go(14 * MINUTE)
    hall.tick()
    hall.ask(lambda tx, now: commands.set_state(tx, clerk("c3"), now, "c2", opening()))
    assert hall.row(row.id).pin_clerk == "chi"
    assert hall.counter("c3").state == "closed"
    assert hall.next("c2", actor=clerk("c3")) == hall.row(row.id)
    assert hall.facts()[-1].kind == "ticket.called"


def absent(hall: Hall, **pin: str) -> Any:
    """Return a ticket for counter 3 or its clerk, whose visitor did not come there."""
    row = hall.move(in_state(hall, S), "transfer", counter="c1", service="CT", **pin)
    return hall.move(hall.move(row, "call_chosen", counter="c3", reason="x"), "no_show", counter="c3", reason="x")


@pytest.mark.parametrize("pin", [{"pin": "c3"}, {"pin_clerk": "chi"}], ids=["counter", "clerk"])
def test_the_pin_of_an_absent_visitor_ends_on_the_return_where_nobody_of_it_can_call(
    hall: Hall, pin: dict[str, str]
) -> None:
    hall.open()
    row = absent(hall, **pin)
    assert (row.pin, row.pin_clerk) == (pin.get("pin"), pin.get("pin_clerk"))
    hall.state("c3", "closed")
    returned = hall.move(row, "return", counter="c1")
    assert (returned.pin, returned.pin_clerk) == (None, None)
    assert hall.next("c2") == hall.row(row.id)


def test_a_scanned_slip_returns_an_absent_visitor_with_the_pin(hall: Hall) -> None:
    hall.open()
    row = absent(hall, pin="c3")
    with hall.read() as snapshot:
        link = snapshot.connection.execute(select(t.visitor_link.c.link).where(t.visitor_link.c.ticket == row.id))
        slip = Scan(station="counters-1", counter="c1", text=str(link.scalar_one()))
    hall.ask(lambda tx, now: commands.scan(tx, NOBODY, now, slip))
    assert (hall.row(row.id).state, hall.row(row.id).pin) == (W, "c3")


def opening() -> Any:
    from server.wire.messages import SetCounterState

    return SetCounterState.model_validate({"request_id": request_id(), "state": "open"})


def goes_home(hall: Hall) -> None:
    hall.sign("c3", None)


def closes(hall: Hall) -> None:
    hall.state("c3", "closed")


def pauses_for_a_quarter(hall: Hall) -> None:
    hall.state("c3", "paused", reason="lunch")
    hall.clock.go(15 * MINUTE)
    hall.tick()


def sits_where_it_cannot_be_called(hall: Hall) -> None:
    hall.sign("c1", None)
    hall.sign("c1", "chi")


def never_opens_the_other_counter(hall: Hall) -> None:
    hall.sign("c2", None)
    hall.sign("c2", "chi")
    hall.clock.go(15 * MINUTE)
    hall.tick()


@pytest.mark.parametrize(
    "leaves",
    [goes_home, closes, pauses_for_a_quarter, sits_where_it_cannot_be_called, never_opens_the_other_counter],
)
def test_the_pin_to_a_person_ends_when_the_person_leaves(hall: Hall, leaves: Any) -> None:
    hall.open()
    row = hall.move(hall.issue("CT"), "transfer", counter="c2", service="CT", pin_clerk="chi")
    leaves(hall)
    assert hall.row(row.id).pin_clerk is None
    (unpinned,) = [fact for fact in hall.facts() if fact.kind == "ticket.unpinned"]
    assert (unpinned.counter, unpinned.data) == (None, '{"clerk":"chi"}')
    if hall.counter("c2").clerk == "binh":
        assert hall.next("c2") == hall.row(row.id)


def test_a_short_pause_keeps_the_pin_to_a_person(hall: Hall) -> None:
    hall.open()
    row = hall.move(hall.issue("CT"), "transfer", counter="c2", service="CT", pin_clerk="chi")
    hall.state("c3", "paused", reason="lunch")
    hall.clock.go(15 * MINUTE - 1)
    hall.tick()
    assert hall.row(row.id).pin_clerk == "chi"


@pytest.mark.parametrize("person", ["an", "ql", "nobody"])
def test_a_person_who_can_call_it_nowhere_is_refused(hall: Hall, person: str) -> None:
    hall.open()
    row = in_state(hall, S)
    ask = {"counter": "c1", "service": "CT", "pin_clerk": person}
    assert refusal(hall.move, row, "transfer", **ask).values["need"] == "pin_clerk"
    both = ask | {"pin_clerk": "chi", "pin": "c3"}
    assert refusal(hall.move, row, "transfer", **both).values["need"] == "pin_clerk"
    assert hall.row(row.id) == row


def test_a_ready_counter_gets_the_ticket_for_its_clerk_at_once(hall: Hall) -> None:
    hall.open()
    row = in_state(hall, S)
    hall.ready("c2")
    hall.ready("c3")
    sent = hall.move(row, "transfer", counter="c1", service="CT", pin_clerk="chi")
    assert (sent.state, sent.counter) == (C, "c3")
    with hall.read() as snapshot:
        page = views.clerk_page(snapshot, "c3")
    assert page is not None
    assert "pinned_clerk" in [sentence.key for sentence in page.why]


# --- and back ---


@pytest.mark.parametrize("state", [W, C, S, H])
def test_to_the_cashier_and_back_keeps_the_place_and_comes_back_to_the_clerk(hall: Hall, state: TicketState) -> None:
    hall.open()
    row = in_state(hall, state)
    hall.move(row, "correct", counter="c1", procedure="1.001193")
    for _ in range(3):
        hall.clock.go(MINUTE)
        hall.issue("HT")
    sent = hall.move(row, "transfer", **TO_CASHIER)
    assert (sent.service, sent.procedure, sent.rank_key) == ("CT", None, row.rank_key)
    back = served_at(hall, "c3", row)
    assert (back.state, back.service, back.procedure) == (W, "HT", "1.001193")
    assert (back.rank_key, back.pin, back.pin_clerk, back.stops) == (row.rank_key, None, "an", None)
    assert back.sender == {"counter": "c3", "clerk": "chi"}
    assert hall.next("c2") != back, "only the clerk who sent it may call it"
    done = served_at(hall, "c1", row)
    assert (done.state, done.outcome) == (TicketState.SERVED, "received")
    assert [(leg.service, leg.procedure) for leg in legs(hall, row) if leg.ended == "finished"] == [
        ("CT", None),
        ("HT", "1.001193"),
    ]


def test_finishing_with_a_way_back_waits_and_without_one_ends() -> None:
    assert state_after(Move.FINISH, S, comes_back=True) is W
    assert state_after(Move.FINISH, S) is TicketState.SERVED
    assert state_after(Move.HOLD, S, comes_back=True) is H


def test_a_visitor_missed_at_the_cashier_still_comes_back(hall: Hall) -> None:
    hall.open()
    row = hall.move(in_state(hall, S), "transfer", **TO_CASHIER)
    hall.next("c3")
    assert hall.move(row, "no_show", counter="c3", reason="left").state is N
    hall.move(row, "return", counter="c3")
    assert served_at(hall, "c3", row).pin_clerk == "an"


def test_the_cashier_may_send_it_elsewhere_and_back_too(hall: Hall) -> None:
    hall.open()
    row = hall.move(in_state(hall, S), "transfer", **TO_CASHIER, pin="c3")
    hall.next("c3")
    hall.move(row, "start", counter="c3")
    hall.move(row, "transfer", counter="c3", service="CT", pin="c2", back=True)
    at_cashier = served_at(hall, "c2", row)
    assert (at_cashier.service, at_cashier.pin_clerk, len(at_cashier.stops or ())) == ("CT", "chi", 1)
    assert served_at(hall, "c3", row).service == "HT"


def test_sent_on_to_the_service_where_it_came_from_it_has_come_back(hall: Hall) -> None:
    hall.open()
    row = hall.move(in_state(hall, S), "transfer", **TO_CASHIER)
    hall.next("c2")
    hall.move(row, "start", counter="c2")
    there = hall.move(row, "finish_next", counter="c2", outcome="advice", service="HT")
    assert (there.stops, there.pin, there.pin_clerk) == (None, None, None)
    assert served_at(hall, "c2", row).state is TicketState.SERVED


@pytest.mark.parametrize(
    ("leaves", "pin_clerk"),
    [
        (lambda hall: hall.sign("c1", None), None),
        (lambda hall: hall.state("c1", "paused", reason="lunch"), "an"),
        (lambda hall: (hall.sign("c2", None), hall.sign("c2", "an")), "an"),
    ],
    ids=["gone home", "pauses", "at another counter"],
)
def test_it_comes_back_to_wherever_the_clerk_is(hall: Hall, leaves: Any, pin_clerk: str | None) -> None:
    hall.open()
    row = hall.move(in_state(hall, S), "transfer", **TO_CASHIER, pin="c3")
    hall.next("c3")
    hall.move(row, "start", counter="c3")
    leaves(hall)
    back = hall.move(row, "finish", counter="c3", outcome="received")
    assert (back.service, back.pin, back.pin_clerk) == ("HT", None, pin_clerk)


@pytest.mark.parametrize("state", ["open", "closed"])
def test_a_counter_without_a_named_clerk_gets_its_ticket_back_unless_it_is_closed(hall: Hall, state: str) -> None:
    hall.open()
    row = hall.issue("HT")
    hall.sign("c1", None)
    sent = hall.move(row, "transfer", actor=NOBODY, **TO_CASHIER)
    assert sent.stops == [{"service": "HT", "procedure": None, "counter": "c1", "clerk": None}]
    hall.state("c1", state, actor=NOBODY)
    assert served_at(hall, "c2", row).pin == ("c1" if state == "open" else None)


@pytest.mark.parametrize(
    "ask",
    [
        {"service": "HT", "counter": "c1"},
        {"service": "HT", "counter": "c1", "pin": "c1"},
        {"service": "HT", "counter": "c1", "pin_clerk": "an"},
    ],
    ids=["the same line", "the same counter", "the same clerk"],
)
def test_there_is_no_way_back_from_the_same_line(hall: Hall, ask: dict[str, Any]) -> None:
    hall.open()
    row = in_state(hall, S)
    assert refusal(hall.move, row, "transfer", back=True, **ask).values["need"] == "back"
    assert hall.row(row.id) == row


def test_a_day_that_is_closed_ends_the_way_back(hall: Hall) -> None:
    hall.open()
    row = hall.move(in_state(hall, S), "transfer", **TO_CASHIER)
    hall.next("c3")
    hall.move(row, "start", counter="c3")
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert (hall.row(row.id).state, hall.row(row.id).outcome) == (TicketState.SERVED, "unrecorded")


# --- notes ---


def test_a_note_goes_with_the_ticket_until_the_day_is_closed_and_is_in_no_fact(hall: Hall) -> None:
    hall.open()
    row = in_state(hall, S)
    note(hall, row, "  Đang chờ   bản sao ")
    sent = hall.move(row, "transfer", counter="c1", service="CT", note="Thiếu sổ hộ khẩu")
    assert notes(hall, row) == {"note": "Đang chờ bản sao", "handover": "Thiếu sổ hộ khẩu"}
    assert sent.sender == {"counter": "c1", "clerk": "an"}
    assert not [fact for fact in hall.facts() if "bản sao" in fact.data or "hộ khẩu" in fact.data]
    note(hall, row, "Đã có bản sao", "c2")
    note(hall, row, "Đã có bản sao", "c3")
    assert [fact.actor_id for fact in hall.facts() if fact.kind == "ticket.noted"] == ["an", "binh"]
    assert notes(hall, row)["note"] == "Đã có bản sao"
    note(hall, row, "  ", "c3")
    assert "note" not in notes(hall, row)
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    assert notes(hall, row) == {}


def test_the_note_for_a_colleague_is_erased_when_the_ticket_is_sent_on_without_one(hall: Hall) -> None:
    hall.open()
    row = in_state(hall, S)
    hall.move(row, "transfer", **TO_CASHIER, note="fee for two copies")
    served_at(hall, "c2", row)
    assert notes(hall, row) == {}


def test_a_long_note_and_one_for_another_day_are_refused(hall: Hall) -> None:
    row = in_state(hall, N)
    assert refusal(note, hall, row, "x" * 201).values["need"] == "note"
    note(hall, row, "x" * 200)
    hall.ask(lambda tx, now: commands.close_day(tx, manager(), now))
    hall.clock.go(48 * HOUR)
    hall.tick()
    assert refusal(note, hall, row, "x").values["need"] == "today"


def test_a_repeated_request_may_differ_in_its_note_only(hall: Hall) -> None:
    hall.open()
    row, again = in_state(hall, S), {"request_id": request_id()}
    hall.move(row, "transfer", counter="c1", service="CT", note="a", **again)
    hall.move(row, "transfer", counter="c1", service="CT", note="b", **again)
    assert notes(hall, row) == {"handover": "a"}, "its hash would give the note away"


# --- the procedure ---


@pytest.mark.parametrize("state", [W, C, S, H])
def test_a_corrected_procedure_is_the_one_that_reports_count(hall_of_two: Hall, state: TicketState) -> None:
    hall = hall_of_two
    row = in_state(hall, state)
    hall.move(row, "correct", counter="c1", procedure="1.000894")
    right = hall.move(row, "correct", counter="c1", procedure="1.001193")
    assert (right.state, right.procedure, right.rank_key) == (state, "1.001193", row.rank_key)
    assert {leg.procedure for leg in legs(hall, row)} == {"1.001193"}


def test_a_correction_leaves_what_was_finished_before(hall_of_two: Hall) -> None:
    hall = hall_of_two
    hall.open()
    row = in_state(hall, S)
    hall.move(row, "correct", counter="c1", procedure="1.001193")
    hall.move(row, "finish_next", counter="c1", outcome="received", service="HT", procedure="1.001193")
    hall.move(row, "correct", counter="c1", procedure="1.000894")
    assert [leg.procedure for leg in legs(hall, row)] == ["1.001193", "1.000894"]


@pytest.mark.parametrize("procedure", ["1.001193", "9.999999"], ids=["the same", "of no service"])
def test_a_procedure_that_is_none_of_the_service_or_the_same_is_refused(hall: Hall, procedure: str) -> None:
    row = hall.move(in_state(hall, C), "correct", counter="c1", procedure="1.001193")
    assert refusal(hall.move, row, "correct", counter="c1", procedure=procedure).values["need"] == "procedure"
    assert hall.row(row.id) == row


def test_a_transfer_keeps_the_procedure_within_the_service_only(hall: Hall) -> None:
    hall.open()
    row = hall.move(in_state(hall, S), "correct", counter="c1", procedure="1.001193")
    assert hall.move(row, "transfer", counter="c1", service="HT", pin="c2").procedure == "1.001193"
    assert hall.move(row, "transfer", counter="c1", service="CT").procedure is None
    assert hall.move(row, "transfer", counter="c1", service="HT", procedure="1.001193").procedure == "1.001193"
    assert set(CLERKS) == {"c1", "c2", "c3"}
