"""The request of each key of a counter's pad, in every state of the counter."""

from typing import Any

import pytest
from counter_bench import (
    BUSY_PAUSED,
    CALLED,
    CLOSED,
    IDS,
    OPEN,
    PAUSED,
    SERVING,
    CounterBench,
    beat,
    board,
    connected,
    counter,
    held_ticket,
    only,
)

from counter.flow.effects import CheckBoard, FetchHeldTickets, FlashLamp, PostPresence, PostRequest
from counter.flow.events import BoardChecked, RequestAnswered, RequestLost, RequestRefused, ScanAnswered
from counter.flow.state import initial_state
from hardware.ports import Key, SignFace
from server.wire.messages import Scanned
from server.wire.station.effects import Fetch
from server.wire.station.events import BrokerConnectionChanged, HeartbeatReceived, PictureReceived, PicturesFetched

MOVES = {"recall": "recall", "start": "start", "finish": "finish", "no_show": "no_show", "hold": "hold"}
NEXT: tuple[str, dict[str, str]] = ("/counters/c3/next", {})
TO_PAUSE, TO_OPEN = ("/counters/c3/state", {"state": "paused"}), ("/counters/c3/state", {"state": "open"})


def move(name: str, **more: str) -> tuple[str, dict[str, str]]:
    return "/tickets/t-a015/moves", {"move": name, "counter": "c3", **more}


HOLD = move("hold", reason="Tạm gác")
CALL_15 = ("/counters/c3/next", {"number": "15"})
ON_TICKET = {
    Key.RECALL: move("recall"),
    Key.START: move("start"),
    Key.FINISH: move("finish"),
    Key.NO_SHOW: move("no_show"),
    Key.HOLD: HOLD,
    Key.TRANSFER: move("transfer", pin="c12"),
}
WITHOUT_TICKET = {**dict.fromkeys(ON_TICKET, "NO TICKET"), Key.HOLD: FetchHeldTickets("c3")}
MEANT: list[tuple[dict[str, Any], dict[Key, Any]]] = [
    (OPEN, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_PAUSE, **WITHOUT_TICKET}),
    (PAUSED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_OPEN, **WITHOUT_TICKET}),
    (CLOSED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: "COUNTER CLOSED", **WITHOUT_TICKET}),
    (CALLED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_PAUSE, **ON_TICKET}),
    (SERVING, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_PAUSE, **ON_TICKET}),
    (BUSY_PAUSED, {Key.NEXT: NEXT, Key.CALL: CALL_15, Key.PAUSE: TO_OPEN, **ON_TICKET}),
]


@pytest.mark.parametrize(("key", "shows", "means"), [(k, s, m) for s, row in MEANT for k, m in row.items()])
def test_every_key_in_every_state_of_its_counter(key: Key, shows: dict[str, Any], means: Any) -> None:
    here = board(shows, counter(name="c12"))
    bench = connected(here)
    bench.press(key, digits={Key.CALL: "15", Key.TRANSFER: "12"}.get(key, ""))
    if key not in (Key.NEXT, Key.CALL):
        assert only(CheckBoard, bench.done) == CheckBoard("c3")
        bench.happens(BoardChecked("c3", here))
    if isinstance(means, FetchHeldTickets):
        assert only(FetchHeldTickets, bench.done) == means
        return
    if isinstance(means, str):
        assert FlashLamp("keypad-c3") in bench.done
        assert bench.posts() == []
        assert (bench.face.word, bench.face.below) == ("Err", means)
        return
    post = only(PostRequest, bench.done)
    sent = post.body.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert (post.counter, post.path) == ("c3", means[0])
    assert sent == {"request_id": IDS[0], "station": "counters-1", **means[1]}


def test_all_keys_are_in_the_table_above() -> None:
    assert all(sorted(row) == sorted(Key) for _, row in MEANT)


def test_keys_pressed_quickly_are_carried_out_in_order_each_on_the_state_at_its_turn() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT, Key.START, Key.FINISH)
    assert [request.path for request in bench.posts()] == ["/counters/c3/next"]
    bench.happens(RequestAnswered("c3"), BoardChecked("c3", board(counter(number="A015"), rev=2)))
    bench.happens(RequestAnswered("c3"), BoardChecked("c3", board(counter(number="A015", ticket="serving"), rev=3)))
    bench.happens(RequestAnswered("c3"))
    assert [request.path for request in bench.posts()] == [
        "/counters/c3/next",
        "/tickets/t-a015/moves",
        "/tickets/t-a015/moves",
    ]
    assert [request.body.move for request in bench.posts()[1:]] == ["start", "finish"]
    assert [request.body.request_id for request in bench.posts()] == IDS[:3]
    assert bench.state.counters["c3"].presses == ()


def test_the_result_of_a_key_is_shown_without_waiting_for_the_broker() -> None:
    bench = connected(board(OPEN))
    bench.happens(BrokerConnectionChanged(False))
    bench.press(Key.NEXT)
    assert Fetch() in bench.happens(RequestAnswered("c3"))
    bench.happens(PicturesFetched((board(CALLED, rev=2),)))
    assert bench.face == SignFace("A015", blink=True)


def test_counters_do_not_wait_for_each_other() -> None:
    bench = CounterBench(initial_state("counters-1", ["c3", "c4"], ""))
    bench.happens(
        BrokerConnectionChanged(True),
        HeartbeatReceived(beat()),
        PicturesFetched((board(counter(), counter(name="c4")),)),
    )
    bench.press(Key.NEXT)
    bench.press(Key.NEXT, name="c4")
    assert [request.counter for request in bench.posts()] == ["c3", "c4"]


def test_an_old_picture_over_mqtt_does_not_change_what_a_key_means() -> None:
    bench = connected(board(counter(number="A015"), rev=5))
    bench.press(Key.START)
    bench.happens(BoardChecked("c3", board(counter(number="A016"), rev=9)))
    assert bench.posts()[0].path == "/tickets/t-a016/moves"


def test_an_unanswered_key_is_sent_again_with_the_same_request_and_then_dropped() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT)
    for _ in range(4):
        bench.happens(RequestLost("c3"))
        bench.passes(3.0)
    assert [request.body.request_id for request in bench.posts()] == [IDS[0]] * 4
    assert bench.state.counters["c3"].presses == ()


def test_a_dropped_key_is_shown_and_drops_the_waiting_keys_too() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT, Key.START)
    for _ in range(4):
        bench.passes(3.0)
        bench.happens(RequestLost("c3"))
    assert (bench.face.word, bench.face.below) == ("Err", "NO SERVER")
    bench.passes(60.0)
    assert [request.path for request in bench.posts()] == ["/counters/c3/next"] * 4
    assert CheckBoard("c3") not in bench.done


def test_a_key_that_a_busy_server_refused_to_the_last_reads_busy() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.START)
    for _ in range(4):
        bench.passes(3.0)
        bench.happens(BoardChecked("c3", None, is_busy=True))
    assert (bench.face.word, bench.face.below) == ("Err", "BUSY")


def test_a_retry_waits_before_it_is_sent() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT)
    assert bench.happens(RequestLost("c3")) == []
    assert bench.passes(0.29) == []
    assert [type(effect) for effect in bench.passes(0.02)] == [PostRequest]


def test_a_board_that_cannot_be_fetched_is_requested_again_before_the_key_is_given_up() -> None:
    bench = connected(board(CALLED))
    bench.press(Key.START)
    bench.happens(BoardChecked("c3", None))
    bench.passes(0.5)
    assert [effect for effect in bench.done if isinstance(effect, CheckBoard)] == [CheckBoard("c3"), CheckBoard("c3")]
    bench.happens(BoardChecked("c3", board(CALLED)))
    assert [request.body.move for request in bench.posts()] == ["start"]


def test_a_refusal_is_shown_for_two_seconds_and_then_the_number_again() -> None:
    bench = connected(board(SERVING))
    bench.press(Key.NEXT)
    bench.happens(RequestRefused("c3", "open_ticket"))
    assert bench.face == SignFace("A015", word="Err", below="OPEN TICKET")
    bench.passes(1.9)
    assert bench.face.word == "Err"
    bench.passes(0.2)
    assert bench.face == SignFace("A015")


def test_a_new_number_does_not_wait_for_the_word_of_a_refusal() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.START)
    bench.happens(BoardChecked("c3", board(OPEN)))
    assert bench.face.word == "Err"
    bench.happens(PictureReceived(board(counter(number="A015"), rev=2)))
    assert bench.face == SignFace("A015", blink=True)
    assert bench.passes(5.0) == []


def test_the_next_key_and_the_next_scan_end_the_word_of_a_refusal_and_the_clerks_line() -> None:
    bench = connected(board(SERVING))
    noted = ScanAnswered("c3", Scanned(kind="dossier", ticket=held_ticket("A015")))
    bench.happens(noted)
    assert bench.face == SignFace("A015", below="DOSSIER NOTED")
    bench.press(Key.NEXT)
    assert bench.face == SignFace("A015")
    bench.happens(noted, RequestRefused("c3", "open_ticket"))
    assert bench.face.word == "Err"
    bench.press(Key.NEXT)
    assert bench.face == SignFace("A015")
    bench.happens(noted, RequestRefused("c3", "open_ticket"))
    bench.passes(2.1)
    assert bench.face == SignFace("A015"), "the note from before the refusal does not come back after it"
    bench.happens(ScanAnswered("c3"), noted)
    assert bench.face == SignFace("A015", below="DOSSIER NOTED")


def test_any_key_acknowledges_at_once() -> None:
    for key in Key:
        bench = connected(board(CALLED))
        assert bench.press(key)[0] == PostPresence("c3", key=True)


def test_every_refusal_lights_the_lamp_once() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT)
    assert bench.happens(RequestRefused("c3", "open_ticket")).count(FlashLamp("keypad-c3")) == 1
    assert FlashLamp("keypad-c3") not in bench.passes(5.0)


def test_a_key_whose_request_is_never_answered_is_sent_again_and_does_not_block_the_pad_for_ever() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT)
    first = bench.posts()[0]
    bench.passes(60)
    assert bench.posts()[1:] == [first]
    bench.passes(300)
    assert bench.state.counters["c3"].presses == ()
    bench.press(Key.NEXT)
    assert bench.posts()[-1] != first


def test_an_answer_after_its_request_was_given_up_changes_nothing() -> None:
    bench = connected(board(OPEN))
    bench.press(Key.NEXT)
    bench.passes(300)
    before = bench.state
    bench.happens(
        RequestAnswered("c3"), RequestRefused("c3", "open_ticket"), RequestLost("c3"), BoardChecked("c3", board(OPEN))
    )
    assert bench.state.counters == before.counters
