"""The explanation of a call: sentences by their keys."""

from core_hall import MINUTE, Hall

from server import views


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
