"""The explanation of a call: sentences by their keys."""

from pathlib import Path

import pytest
from core_hall import MINUTE, OFFICE, Hall

from server import views
from server.commands import Refused
from server.domain.errors import Need, Refusal


def why_called(hall: Hall, ticket: str) -> views.CallExplanation | None:
    page: views.ClerkPage = hall.view(views.clerk_page, "c3", [ticket])
    return page.looked_up[ticket].why


def sentences_of(hall: Hall, ticket: str) -> list[tuple[str, dict[str, object]]]:
    why = why_called(hall, ticket)
    assert why is not None
    return [(sentence.key, dict(sentence.values)) for sentence in why.sentences]


def test_why_the_first_in_line_was_called(hall: Hall) -> None:
    row = hall.issue()
    hall.clock.go(5 * MINUTE)
    hall.next("c1")
    assert sentences_of(hall, row.id) == [("first", {"time": "08:00", "counter": "1"}), ("passed_none", {})]


def test_why_a_priority_ticket_came_before_others(hall: Hall) -> None:
    hall.issue("HT")
    hall.issue("CT")
    hall.clock.go(20 * MINUTE)
    row = hall.issue("HT", "priority")
    hall.next("c1")
    assert sentences_of(hall, row.id) == [
        ("priority", {"time": "07:50", "minutes": 30}),
        ("passed", {"numbers": "A001"}),
        ("skill", {"numbers": "B001"}),
    ]


def test_why_a_chosen_a_pinned_and_a_returned_ticket_was_called(hall: Hall) -> None:
    hall.issue()
    chosen = hall.issue()
    hall.move(chosen, "call_chosen", counter="c1", reason="asked for")
    assert sentences_of(hall, chosen.id)[0] == ("chosen", {"reason": "asked for"})
    hall.move(chosen, "no_show", counter="c1", reason="left")
    hall.clock.go(10 * MINUTE)
    hall.move(chosen, "return", counter="c1")
    hall.move(chosen, "transfer", counter="c1", service="HT", pin="c2")
    hall.move(hall.number("A001"), "cancel", reason="void", counter="c1")
    hall.next("c2")
    assert sentences_of(hall, chosen.id) == [
        ("pinned", {"counter": "2"}),
        ("returned", {"time": "08:10"}),
        ("passed_none", {}),
    ]


def test_why_a_ready_counter_called_at_once(hall: Hall) -> None:
    hall.next("c1")
    row = hall.issue()
    assert ("ready", {"counter": "1"}) in sentences_of(hall, row.id)


def test_why_is_unknown_before_the_first_call(hall: Hall) -> None:
    assert why_called(hall, hall.issue().id) is None


def test_why_a_clerk_called_a_main_service_first_and_then_a_further_one(tmp_path: Path) -> None:
    clerks = [person | ({"also": ["HT"]} if person["id"] == "binh" else {}) for person in OFFICE["clerks"]]
    hall = Hall(tmp_path, clerks=clerks)
    hall.tick()
    hall.open("c2")
    further = hall.issue("HT")
    hall.clock.go(5 * MINUTE)
    main = hall.issue("CT")
    page: views.ClerkPage = hall.view(views.clerk_page, "c2")
    assert ([entry.number for entry in page.waiting], set(page.also)) == (["B001", "A001"], {"HT"})
    assert ("passed_also", {"numbers": "A001"}) in [(sentence.key, sentence.values) for sentence in page.why]
    assert hall.next("c2") is not None
    assert sentences_of(hall, main.id) == [("passed", {"numbers": "A001"}), ("passed_also", {"numbers": "A001"})]
    hall.move(main.id, "start", counter="c2")
    hall.move(main.id, "finish", counter="c2", outcome="received")
    hall.next("c2")
    assert ("also_none", {}) in sentences_of(hall, further.id)
    hall.close()


def test_a_number_that_its_clerk_never_serves_is_not_called_even_as_an_exception(tmp_path: Path) -> None:
    clerks = [person | ({"services": ["CT"]} if person["id"] == "binh" else {}) for person in OFFICE["clerks"]]
    hall = Hall(tmp_path, clerks=clerks)
    hall.tick()
    hall.open("c2")
    never = hall.issue("HT")
    assert hall.next("c2") is None
    with pytest.raises(Refused) as refused:
        hall.move(never, "call_chosen", counter="c2", reason="x")
    assert (refused.value.code, refused.value.need) == (Refusal.NOT_ALLOWED, Need.SKILL)
    hall.close()


def test_a_ticket_sent_to_a_clerk_is_next_on_the_page_of_that_clerk(hall: Hall) -> None:
    hall.issue("HT")
    row = hall.next("c1")
    assert row is not None
    hall.move(row, "start", counter="c1")
    hall.move(row, "transfer", counter="c1", service="HT", pin_clerk="binh", reason="x")
    page: views.ClerkPage = hall.view(views.clerk_page, "c2")
    assert page.next is not None and page.next.id == row.id
