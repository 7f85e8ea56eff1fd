"""Digits keyed before a key, transfers, and tickets that the pad resumes."""

import pytest
from counter_bench import CALLED, OPEN, SERVING, CounterBench, board, connected, counter, held_ticket

from counter.flow.effects import CheckBoard, FetchHeldTickets
from counter.flow.events import BoardChecked, DeviceChanged, DigitsKeyed, HeldTicketsFetched, RequestAnswered
from hardware.ports import DeviceHealth, HealthState, Key, SignFace
from server.wire.messages import Ticket


def test_keyed_digits_are_shown_on_the_clerks_line_and_never_replace_the_called_number() -> None:
    bench = connected(board(CALLED))
    bench.happens(DigitsKeyed("c3", "1"), DigitsKeyed("c3", "15"))
    assert bench.face == SignFace("A015", blink=True, below="KEYED 15")
    bench.happens(DigitsKeyed("c3", ""))
    assert bench.face == SignFace("A015", blink=True)
    bench.happens(DigitsKeyed("c3", "2"), DeviceChanged("keypad-c3", DeviceHealth(HealthState.OFFLINE, "off")))
    assert bench.face.below == "", "a pad that is gone has nothing keyed"


def test_digits_before_next_call_that_number_too() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT, digits="15")
    assert bench.posts()[0].body.number == "15"


@pytest.mark.parametrize(
    ("key", "digits", "word"),
    [
        (Key.CALL, "", "NO DIGITS"),
        (Key.TRANSFER, "", "NO DIGITS"),
        (Key.TRANSFER, "9", "UNKNOWN COUNTER"),
    ],
)
def test_missing_digits_and_an_unknown_counter_are_refused_by_the_station(key: Key, digits: str, word: str) -> None:
    bench = connected(board(SERVING))
    if CheckBoard("c3") in bench.press(key, digits=digits):
        bench.happens(BoardChecked("c3", board(SERVING)))
    assert (bench.face.word, bench.face.below, bench.posts()) == ("Err", word, [])


def test_a_counter_is_found_by_its_label_with_and_without_zeros() -> None:
    here = board(SERVING, counter(name="c03"), counter(name="c12"))
    for digits, pin in (("03", "c03"), ("12", "c12"), ("012", "c12"), ("3", "c3")):
        bench = connected(here)
        bench.press(Key.TRANSFER, digits=digits)
        bench.happens(BoardChecked("c3", here))
        assert bench.posts()[0].body.pin == pin


def resumed(bench: CounterBench, *tickets: Ticket, digits: str = "") -> str | None:
    """Return the path that HOLD posts to while nothing is open and ``tickets`` are held."""
    before = len(bench.posts())
    bench.press(Key.HOLD, digits=digits)
    bench.happens(BoardChecked("c3", board(OPEN, rev=50)), HeldTicketsFetched("c3", tickets))
    posts = bench.posts()[before:]
    assert [request.body.move for request in posts] in ([], ["resume"])
    return posts[0].path if posts else None


def test_hold_with_nothing_open_resumes_the_only_held_ticket() -> None:
    assert resumed(connected(board(OPEN)), held_ticket("A015")) == "/tickets/t-a015/moves"


def test_hold_without_a_held_ticket_is_refused() -> None:
    bench = connected(board(OPEN))
    assert resumed(bench) is None
    assert bench.face.below == "NO TICKET"


def test_of_several_held_tickets_the_pad_resumes_its_last_one_or_the_one_keyed_and_does_not_guess() -> None:
    both = (held_ticket("A015"), held_ticket("B002"))
    bench = connected(board(OPEN))
    assert resumed(bench, *both) is None
    assert bench.face.below == "SEVERAL HELD"
    assert resumed(bench, *both, digits="2") == "/tickets/t-b002/moves"
    other = connected(board(SERVING))
    other.press(Key.HOLD)
    other.happens(BoardChecked("c3", board(SERVING)), RequestAnswered("c3"))
    assert resumed(other, *both) == "/tickets/t-a015/moves"
    other.happens(RequestAnswered("c3"))
    assert resumed(other, *both) is None, "it resumed that ticket, and another person held it again"


def test_a_list_of_held_tickets_that_cannot_be_fetched_is_requested_again() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.HOLD)
    bench.happens(BoardChecked("c3", board(OPEN)), HeldTicketsFetched("c3", None))
    assert bench.passes(0.5) == [FetchHeldTickets("c3")]
