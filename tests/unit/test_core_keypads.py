"""A keypad at a counter: calls by number, and transfers to another counter."""

from typing import Any

import pytest
from core_hall import MINUTE, Hall, in_state, keypad, refusal, request_id

from server import views
from server.domain.queue.numbering import is_number
from server.domain.queue.ticket import TicketState


def press(hall: Hall, number: str, counter: str = "c1") -> Any:
    return hall.next(counter, actor=keypad(), number=number)


def why(hall: Hall, ticket: str) -> Any:
    with hall.read() as snapshot:
        page = views.clerk_page(snapshot, "c1", [ticket])
        assert page is not None
        return page.looked_up[ticket].why


@pytest.mark.parametrize("keyed", ["3", "03", "003", "0003", "A3", "A003"])
def test_a_keyed_number_is_called_however_many_zeros_it_has(hall: Hall, keyed: str) -> None:
    tickets = [hall.issue("HT") for _ in range(4)]
    called = press(hall, keyed)
    assert called.id == tickets[2].id
    assert (called.state, called.counter) == (TicketState.CALLED, "c1")


@pytest.mark.parametrize(
    ("number", "keyed", "same"),
    [
        ("A015", "15", True), ("A015", "0015", True), ("A015", "A15", True), ("A015", "B15", False),
        ("A015", "115", False), ("A1000", "1000", True), ("AB007", "A7", False), ("AB007", "AB7", True),
        ("A015", "A", False), ("A015", "", False),
    ],
)  # fmt: skip
def test_what_was_keyed_is_the_number_or_is_not(number: str, keyed: str, same: bool) -> None:
    assert is_number(number, keyed) is same


def test_a_call_by_number_is_journalled_and_explained_as_an_exception(hall: Hall) -> None:
    hall.issue("HT")
    called = press(hall, str(hall.issue("HT").seq))
    fact = next(row for row in reversed(hall.facts()) if row.kind == "ticket.called")
    assert '"chosen":true' in fact.data
    assert "Gọi theo số từ bàn phím" in fact.data
    assert fact.actor_role == "station"
    explanation = why(hall, called.id)
    assert explanation.chosen
    assert explanation.sentences[0].values == {"reason": "Gọi theo số từ bàn phím"}


def test_of_two_services_with_the_same_number_the_rule_calls_its_first(hall: Hall) -> None:
    first = hall.issue("CT")
    hall.clock.go(MINUTE)
    hall.issue("HT")
    assert press(hall, "1", "c2").id == first.id
    hall.move(first, "requeue", counter="c2")
    assert press(hall, "A1", "c2").number == "A001"


def test_a_priority_ticket_with_the_same_number_is_the_rules_first(hall: Hall) -> None:
    hall.issue("CT")
    hall.clock.go(MINUTE)
    urgent = hall.issue("HT", "priority")
    assert press(hall, "1", "c2").id == urgent.id


def test_a_number_that_does_not_wait_for_the_counter_is_not_found(hall: Hall) -> None:
    other = hall.issue("DD")
    served = hall.served("c1")
    for keyed in ("999", other.number, served.number):
        refused = refusal(press, hall, keyed)
        assert (refused.code, refused.values["need"]) == ("not_found", "number")
    assert hall.counter("c1").ready_ms is None


def test_a_ticket_pinned_elsewhere_is_not_called_by_its_number(hall: Hall) -> None:
    row = hall.issue("HT")
    hall.move(row, "transfer", counter="c1", service="HT", pin="c2")
    assert refusal(press, hall, row.number, "c1").code == "not_found"
    assert press(hall, row.number, "c2").id == row.id


def test_a_keyed_number_opens_a_closed_counter_as_next_does(hall: Hall) -> None:
    row = hall.issue("DD")
    assert press(hall, row.number, "c3").id == row.id
    assert (hall.counter("c3").state, hall.counter("c3").clerk) == ("open", "chi")


def test_a_keyed_number_that_is_none_leaves_a_closed_counter_closed(hall: Hall) -> None:
    assert refusal(press, hall, "77", "c3").code == "not_found"
    assert hall.counter("c3").state == "closed"


def test_a_ready_counter_that_calls_a_number_is_ready_no_more(hall: Hall) -> None:
    hall.sign("c1", None)
    hall.state("c1", "open")
    assert hall.next("c2") is None
    hall.ready("c2", False)
    row = hall.issue("CT")
    hall.move(row, "transfer", counter="c2", service="CT", pin="c2")
    assert hall.counter("c2").ready_ms is None
    assert press(hall, row.number, "c2").id == row.id


def test_with_an_open_ticket_no_number_is_called(hall: Hall) -> None:
    in_state(hall, TicketState.SERVING)
    hall.issue("HT")
    assert refusal(press, hall, "2").code == "open_ticket"


def test_a_repeated_call_by_number_calls_once(hall: Hall) -> None:
    row = hall.issue("HT")
    again = request_id()
    for _ in range(2):
        called = hall.next("c1", actor=keypad(), request_id=again, number="1")
        assert called is not None
        assert called.id == row.id
    assert hall.row(row.id).calls == 1


def test_a_transfer_to_a_counter_keeps_the_service_where_that_counter_serves_it(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    row = hall.move(row, "transfer", actor=keypad(), counter="c1", pin="c2")
    assert (row.state, row.service, row.pin) == (TicketState.WAITING, "HT", "c2")


def test_a_transfer_to_a_counter_takes_that_counters_first_service_else(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    row = hall.move(row, "transfer", actor=keypad(), counter="c1", pin="c3")
    assert (row.service, row.pin) == ("CT", "c3")


def test_a_transfer_without_service_and_counter_is_not_understood(hall: Hall) -> None:
    row = in_state(hall, TicketState.SERVING)
    assert refusal(hall.move, row, "transfer", actor=keypad(), counter="c1").code == "bad_request"
    assert refusal(hall.move, row, "transfer", actor=keypad(), counter="c1", pin="c99").code == "not_found"
    assert hall.row(row.id).state is TicketState.SERVING
