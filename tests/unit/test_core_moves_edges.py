"""The moves at their edges: roles without permission, and values that are kept."""

import pytest
from core_hall import MINUTE, Hall, clerk, in_state, kiosk, refusal, request_id

from server import commands
from server.commands import Actor, Role
from server.domain.queue.ticket import TicketState
from server.wire.messages import Ask, Rate, RatingLevel, RequestId, Scan


class Asked(Ask):
    request_id: RequestId


@pytest.mark.parametrize("state", [TicketState.CALLED, TicketState.SERVING])
def test_a_ticket_is_not_transferred_out_of_another_counters_hands(hall: Hall, state: TicketState) -> None:
    row = in_state(hall, state)
    refused = refusal(hall.move, row, "transfer", counter="c2", service="CT")
    assert (refused.code, refused.values["need"], refused.values["counter"]) == ("not_allowed", "counter", "1")
    assert hall.row(row.id) == row


def test_a_program_for_all_counters_transfers_a_ticket_from_its_own_counter_only(hall: Hall) -> None:
    row, program = in_state(hall, TicketState.SERVING), Actor(Role.STATION, "counters-1", "counters-1")
    refused = refusal(hall.move, row, "transfer", actor=program, counter="c2", service="CT")
    assert (refused.code, refused.values["need"]) == ("not_allowed", "counter")
    assert hall.move(row, "transfer", actor=program, counter="c1", service="CT").state is TicketState.WAITING


def test_another_class_keeps_the_place_that_a_return_gave(hall: Hall) -> None:
    row = in_state(hall, TicketState.NO_SHOW)
    hall.clock.go(20 * MINUTE)
    back = hall.move(row, "return", counter="c1")
    changed = hall.move(row, "reclassify", counter="c1", reason="elder", **{"class": "priority"})
    assert changed.rank_key == back.rank_key - 30 * MINUTE


def test_a_pin_ends_with_the_service_that_it_was_for(hall: Hall) -> None:
    row = hall.move(hall.issue(), "transfer", service="HT", pin="c1", counter="c1")
    hall.next("c1")
    assert hall.row(row.id).pin == "c1"
    assert hall.move(row, "start", counter="c1").pin is None


@pytest.mark.parametrize("state", [TicketState.SERVED, TicketState.CANCELLED])
def test_a_ticket_that_is_over_gets_no_other_slip(hall: Hall, state: TicketState) -> None:
    row, ask = in_state(hall, state), Asked(request_id=request_id())
    refused = refusal(hall.ask, lambda tx, now: commands.reprint(tx, clerk(), now, ask, row.id, "kiosk-1"))
    assert refused.code == "not_allowed"
    assert "job.made" not in hall.kinds()


def test_a_rating_is_of_the_one_who_was_served_last_and_not_of_the_one_who_came_last(hall: Hall) -> None:
    first, second = hall.issue(), hall.issue()
    for row in (second, first):
        hall.clock.go(MINUTE)
        hall.move(row, "call_chosen", counter="c1", reason="x")
        hall.move(row, "start", counter="c1")
        hall.move(row, "finish", counter="c1", outcome="received")
    rated = Rate(request_id=request_id(), station="pads-1", counter="c1", level=RatingLevel.SATISFIED)
    assert hall.ask(lambda tx, now: commands.rate(tx, kiosk(), now, rated)).ticket == first.id


def test_a_slip_scanned_at_a_kiosk_changes_nothing(hall: Hall) -> None:
    answer = hall.issued()
    hall.move(answer.ticket or "", "call_chosen", counter="c1", reason="x")
    missed = hall.move(answer.ticket or "", "no_show", counter="c1", reason="left")
    scanned = Scan(station="kiosk-1", text=answer.visitor_token or "")
    assert hall.ask(lambda tx, now: commands.scan(tx, kiosk(), now, scanned)).ticket == answer.ticket
    assert hall.row(missed.id) == missed
