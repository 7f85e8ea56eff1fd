"""The counter station's flow: presence, devices, and any sequence of events."""

from dataclasses import replace
from typing import Any

from counter_bench import CARD, DARK, IDS, OPEN, CounterBench, beat, board, connected, counter, held_ticket, only
from hypothesis import given
from hypothesis import strategies as st

from counter.flow.effects import CheckBoard, FetchHeldTickets, PostPresence, PostRequest
from counter.flow.events import (
    BoardChecked,
    CodeScanned,
    DeviceChanged,
    DigitsKeyed,
    Event,
    HeldTicketsFetched,
    RequestAnswered,
    RequestLost,
    RequestRefused,
)
from hardware.ports import DeviceHealth, HealthState, Key
from server.wire.station.effects import Report
from server.wire.station.events import BrokerConnectionChanged, HeartbeatReceived, PictureReceived, PicturesFetched


def test_a_working_keypad_is_reported_to_the_server_every_ten_seconds() -> None:
    bench = connected(board(OPEN))
    effects = bench.happens(DeviceChanged("keypad-c3", DeviceHealth(HealthState.READY)))
    assert PostPresence("c3", key=False) in effects
    for _ in range(3):
        bench.happens(HeartbeatReceived(beat()))
        assert bench.passes(10.0).count(PostPresence("c3", key=False)) == 1
    bench.happens(DeviceChanged("keypad-c3", DeviceHealth(HealthState.OFFLINE)))
    assert PostPresence("c3", key=False) not in bench.passes(60.0)


def test_a_device_is_reported_with_the_start_of_its_state() -> None:
    bench = connected()
    first = only(Report, bench.happens(DeviceChanged("sign-c3", DeviceHealth(HealthState.OFFLINE, "off"))))
    assert (first.status.device, first.status.state, first.status.code) == ("sign-c3", "offline", "off")
    bench.now_s += 5
    again = only(
        Report, bench.happens(DeviceChanged("sign-c3", DeviceHealth(HealthState.OFFLINE, "off", "other words")))
    )
    assert (again.status.since, again.status.at) == (first.status.at, "1970-01-01T00:01:45.000Z")
    healed = only(Report, bench.happens(DeviceChanged("sign-c3", DeviceHealth(HealthState.READY))))
    assert healed.status.since == healed.status.at


BOARDS = st.builds(
    lambda state, n, ticket, rev, epoch: board(
        counter(state, f"A{n:03d}" if n else None, ticket), rev=rev, epoch=f"e{epoch}"
    ),
    st.sampled_from(["open", "paused", "closed"]),
    st.integers(0, 5),
    st.sampled_from(["called", "serving"]),
    st.integers(1, 9),
    st.integers(1, 2),
)
HAPPENINGS = st.one_of(
    st.tuples(st.just("key"), st.sampled_from(Key)),
    st.tuples(st.just("board"), BOARDS),
    st.tuples(st.just("answer"), st.sampled_from(["done", "refused", "lost"])),
    st.tuples(st.just("fetched"), st.one_of(st.none(), BOARDS)),
    st.tuples(st.just("time"), st.sampled_from([0.1, 1.0, 2.5, 11.0])),
    st.tuples(st.just("link"), st.booleans()),
    st.tuples(st.just("keyed"), st.sampled_from(["", "1", "15"])),
    st.tuples(st.just("scan"), st.sampled_from(["x", CARD])),
    st.tuples(st.just("held"), st.sampled_from([None, (), (held_ticket("A001"),)])),
)


@given(st.lists(HAPPENINGS, max_size=40))
def test_no_key_is_lost_or_doubled_and_no_number_is_invented(story: list[tuple[str, Any]]) -> None:
    bench = CounterBench()
    numbers: set[str | None] = {None}
    for kind, value in story:
        devices = bench.state.counters["c3"]
        pending = devices.server_call if devices.send_at_s is None else None
        if kind == "key":
            bench.press(value)
        elif kind == "board":
            bench.happens(PictureReceived(value))
        elif kind == "fetched" and isinstance(pending, CheckBoard):
            bench.happens(BoardChecked("c3", value))
        elif kind == "fetched":
            bench.happens(PicturesFetched(() if value is None else (value,)))
        elif kind == "answer" and isinstance(pending, PostRequest):
            answers: dict[str, Event] = {
                "done": RequestAnswered("c3"),
                "refused": RequestRefused("c3", "open_ticket"),
                "lost": RequestLost("c3"),
            }
            bench.happens(answers[value])
        elif kind == "time":
            bench.passes(value)
        elif kind == "link":
            bench.happens(BrokerConnectionChanged(value))
        elif kind == "keyed":
            bench.happens(DigitsKeyed("c3", value))
        elif kind == "scan":
            bench.happens(CodeScanned("c3", value))
        elif kind == "held" and isinstance(pending, FetchHeldTickets):
            bench.happens(HeldTicketsFetched("c3", value))
        picture = bench.state.board
        numbers |= {served.ticket.number for served in picture.counters if served.ticket} if picture else set()
        assert bench.face.number in numbers
        if picture is None:
            assert bench.face.word or replace(bench.face, below="") == DARK
        else:
            open_ticket = next(served.ticket for served in picture.counters)
            assert bench.face.number in (None, open_ticket.number if open_ticket else None)
    sent = [request.body.request_id for request in bench.posts()]
    assert sent == sorted(sent), "requests are sent in the order of the keys"
    waiting = [effect.request_id for effect in bench.state.counters["c3"].presses]
    assert waiting == IDS[bench.pressed - len(waiting) : bench.pressed]
