"""The face of a counter's sign: pictures of the hall, and heartbeats."""

from typing import Any

import pytest
from counter_bench import DARK, DASHES, CounterBench, beat, board, call, connected, counter, only

from counter.flow.effects import LogMessage, ShowFace
from counter.flow.events import event_of
from counter.flow.step import HEARTBEAT_BACK
from hardware.ports import SignFace
from server.wire.messages import ServerBeat
from server.wire.station.effects import Fetch, LogForgedPicture
from server.wire.station.events import (
    BrokerConnectionChanged,
    HeartbeatReceived,
    PictureReceived,
    PicturesFetched,
    ReceivedMessage,
    Tick,
)

FACES = [
    (counter("open", "A015", "called"), SignFace("A015", blink=True)),
    (counter("open", "A015", "serving"), SignFace("A015")),
    (counter("open"), DARK),
    (counter("closed"), DARK),
    (counter("paused"), DASHES),
    (counter("paused", "A015", "called"), SignFace("A015", blink=True)),
    (counter("paused", "A015", "serving"), SignFace("A015")),
]


@pytest.mark.parametrize(("shows", "face"), FACES)
def test_the_sign_shows_the_state_of_its_counter(shows: dict[str, Any], face: SignFace) -> None:
    assert bench_showing(shows).face == face


def bench_showing(shows: dict[str, Any]) -> CounterBench:
    bench = CounterBench()
    bench.happens(BrokerConnectionChanged(True), HeartbeatReceived(beat()), PicturesFetched((board(shows),)))
    return bench


def test_the_sign_is_dark_until_a_picture_is_fetched() -> None:
    bench = CounterBench()
    effects = bench.happens(
        Tick(),
        BrokerConnectionChanged(True),
        HeartbeatReceived(beat()),
        PictureReceived(board(counter("open", "A015"))),
    )
    assert not [effect for effect in effects if isinstance(effect, ShowFace)]
    assert Fetch() in effects


def test_a_newer_picture_replaces_and_an_older_one_does_not() -> None:
    bench = connected(board(counter(number="A015"), rev=7))
    bench.happens(PictureReceived(board(counter(number="A014"), rev=6)))
    bench.happens(PictureReceived(board(counter(number="A099"), rev=7)))
    assert bench.done == []
    bench.happens(PictureReceived(board(counter(number="A016"), rev=8)))
    assert bench.face == SignFace("A016", blink=True)


def test_a_picture_of_an_unknown_epoch_is_not_shown_but_fetched() -> None:
    bench = connected(board(counter(number="A015"), rev=7))
    assert bench.happens(PictureReceived(board(counter(number="A016"), rev=1, epoch="e2"))) == [Fetch()]
    bench.happens(PicturesFetched((board(counter(number="A016"), rev=1, epoch="e2"),)))
    assert bench.face == SignFace("A016", blink=True)


def test_a_picture_far_ahead_is_checked_with_the_server_before_a_sign_shows_it() -> None:
    true = board(counter(number="A015"), rev=7)
    bench = connected(true)
    assert bench.happens(PictureReceived(board(counter(number="Z999"), rev=10**9))) == [Fetch()]
    assert [
        effect.picture.rev
        for effect in bench.happens(PicturesFetched((true,), bench.now_s))
        if isinstance(effect, LogForgedPicture)
    ] == [10**9]
    bench.happens(PictureReceived(board(counter(number="A016"), rev=8)))
    assert bench.face == SignFace("A016", blink=True)


def test_a_forged_picture_that_a_sign_shows_goes_with_the_next_true_one() -> None:
    bench = connected(board(counter(number="A015"), rev=7))
    bench.happens(PictureReceived(board(counter(number="Z999"), rev=50)))
    true = board(counter(number="A016"), rev=8)
    assert bench.happens(PictureReceived(true)) == [Fetch()]
    bench.happens(PicturesFetched((true,), bench.now_s))
    assert bench.face == SignFace("A016", blink=True)


def test_after_a_reconnect_the_board_is_fetched_again() -> None:
    bench = connected(board(counter(number="A015")))
    bench.happens(BrokerConnectionChanged(False))
    assert Fetch() in bench.happens(BrokerConnectionChanged(True))


def test_without_a_connection_the_board_is_fetched_at_once() -> None:
    bench = connected(board(counter(number="A015")))
    assert Fetch() in bench.happens(BrokerConnectionChanged(False))
    assert bench.state.stale


def test_the_board_is_fetched_every_two_seconds_until_the_server_answers() -> None:
    bench = CounterBench()
    bench.happens(Tick(), PicturesFetched(()))
    assert bench.passes(1.9) == []
    assert bench.passes(0.2) == [Fetch()]


def test_a_stale_picture_stays_on_the_sign_and_is_logged() -> None:
    bench = connected(board(counter(number="A015", ticket="serving")))
    assert bench.passes(9.9) == []
    note = only(LogMessage, bench.passes(0.2))
    assert note.warning
    assert bench.state.stale
    assert bench.face == DARK, "nothing new was shown, so the number stays"
    assert bench.happens(HeartbeatReceived(beat())) == [LogMessage(HEARTBEAT_BACK, warning=False)]


def test_the_board_is_fetched_while_heartbeats_are_missing_so_that_no_sign_keeps_an_old_number() -> None:
    bench = connected(board(counter(number="A015"), rev=7))
    assert Fetch() in bench.passes(10.1)
    bench.happens(PicturesFetched((board(counter(number="A016"), rev=8),)))
    assert bench.face == SignFace("A016", blink=True)
    assert bench.passes(1.9) == []
    assert bench.passes(0.2) == [Fetch()]
    bench.happens(PicturesFetched(()), BrokerConnectionChanged(True), HeartbeatReceived(beat()))
    bench.happens(PicturesFetched((board(counter(number="A016"), rev=8),)))
    assert bench.passes(9.0) == []


def beat_at(second: float) -> ServerBeat:
    """Return a heartbeat that the server sent when its own clock showed ``second``."""
    return ServerBeat(online=True, epoch="e1", up_ms=round(second * 1000))


def test_delayed_heartbeats_that_arrive_all_at_once_do_not_end_the_fetching() -> None:
    bench = connected(board(counter(number="A015")))
    bench.happens(HeartbeatReceived(beat_at(500)))
    bench.passes(12)
    bench.happens(PicturesFetched(()), *[HeartbeatReceived(beat_at(second)) for second in (506, 509, 512)])
    assert bench.state.stale
    assert Fetch() in bench.passes(2)
    bench.now_s += 1
    assert bench.happens(HeartbeatReceived(beat_at(515))) == [LogMessage(HEARTBEAT_BACK, warning=False)]


def test_a_retained_heartbeat_names_the_server_and_does_not_prove_that_it_lives() -> None:
    bench = CounterBench()
    bench.happens(Tick(), BrokerConnectionChanged(True), PicturesFetched((board(counter(number="A015"), rev=1),)))
    bench.passes(1)
    assert Fetch() in bench.happens(HeartbeatReceived(beat("e2"), retained=True))
    assert bench.state.stale
    assert not [effect for effect in bench.done if isinstance(effect, LogMessage)]


@pytest.mark.parametrize("retained", [True, False])
def test_a_retained_message_is_marked_as_retained(retained: bool) -> None:
    assert event_of(ReceivedMessage("luot/v1/office/server", beat(), retained)) == HeartbeatReceived(beat(), retained)


def test_the_servers_will_makes_the_picture_stale_at_once() -> None:
    bench = connected(board(counter(number="A015")))
    bench.happens(HeartbeatReceived(beat(online=False)))
    assert bench.state.stale


def test_the_same_number_called_again_blinks_again() -> None:
    bench = connected(board(counter(number="A015"), calls=[call("A015")]))
    later = call("A015", times=2, at="2026-11-23T01:13:00.000Z")
    effects = bench.happens(PictureReceived(board(counter(number="A015"), rev=2, calls=[call("A015"), later])))
    assert effects == [ShowFace("c3", SignFace("A015", blink=True))]
    others = [call("A015"), later, call("B001", name="c4", at="2026-11-23T01:14:00.000Z")]
    assert bench.happens(PictureReceived(board(counter(number="A015"), rev=3, calls=others))) == []


def test_a_counter_that_is_missing_in_the_picture_is_logged_once() -> None:
    bench = connected()
    message = only(LogMessage, bench.happens(PicturesFetched((board(counter(name="c9")),))))
    assert "c3" in message.text
    assert bench.happens(PictureReceived(board(counter(name="c9"), rev=2))) == []
