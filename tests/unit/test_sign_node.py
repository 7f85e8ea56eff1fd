"""A sign node never shows an old number as if it were live."""

import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter.node.state import DARK, DASHES, NodeState, face_of, heartbeat_received, next_wake_s, picture_received
from hardware.ports import DeviceHealth, HealthState, SignFace
from hardware.signs.console import ConsoleSign
from hardware.signs.mqtt import NodeSign
from server.wire.messages import CounterPicture, ServerBeat
from server.wire.station.liveness import MAX_JITTER_S, MAX_REMEMBERED_DELAYS, STALE_AFTER_S

PICTURE = CounterPicture.model_validate(
    {
        "id": "c6",
        "label": "6",
        "state": "open",
        "number": "A015",
        "ticket": "called",
        "class": "ordinary",
        "epoch": "e1",
        "rev": 5,
    }
)
BEAT = ServerBeat(online=True, epoch="e1")


def receive(
    node: NodeState, message: CounterPicture | ServerBeat, now_s: float, *, retained: bool = False
) -> NodeState:
    if isinstance(message, ServerBeat):
        return heartbeat_received(node, message, now_s, retained=retained)
    return picture_received(node, message)


def node_after(*messages: CounterPicture | ServerBeat, at_s: float = 0.0) -> NodeState:
    node = NodeState()
    for message in messages:
        node = receive(node, message, at_s)
    return node


def picture(**changed: object) -> CounterPicture:
    return CounterPicture.model_validate(PICTURE.model_dump(by_alias=True) | changed)


def test_it_is_dark_before_the_first_picture() -> None:
    assert face_of(NodeState(), 0.0) == DARK
    assert face_of(node_after(BEAT), 0.0) == DARK


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({}, SignFace("A015", blink=True)),
        ({"ticket": "serving"}, SignFace("A015")),
        ({"state": "paused"}, SignFace("A015", blink=True)),
        ({"state": "paused", "number": None, "ticket": None}, DASHES),
        ({"number": None, "ticket": None}, DARK),
        ({"state": "closed", "number": None, "ticket": None}, DARK),
        ({"state": "closed"}, DARK),
    ],
)
def test_it_shows_the_state_in_the_picture(changed: dict[str, object], shown: SignFace) -> None:
    assert face_of(node_after(picture(**changed), BEAT), 1.0) == shown


def test_a_number_is_dashes_after_ten_seconds_without_a_heartbeat() -> None:
    node = node_after(PICTURE, BEAT)
    assert next_wake_s(node) == 10.0
    assert face_of(node, 9.99) == SignFace("A015", blink=True)
    assert face_of(node, 10.0) == DASHES
    assert face_of(receive(node, BEAT, 30.0), 30.0) == SignFace("A015", blink=True)


def test_a_number_is_dashes_as_soon_as_the_servers_will_is_received() -> None:
    assert face_of(node_after(PICTURE, BEAT, ServerBeat(online=False, epoch="e1")), 0.0) == DASHES


def test_a_picture_from_before_the_servers_start_is_not_live() -> None:
    node = node_after(PICTURE, ServerBeat(online=True, epoch="e2"))
    assert face_of(node, 0.0) == DASHES
    assert face_of(receive(node, picture(epoch="e2", rev=1, number="B002"), 0.0), 0.0) == SignFace("B002", blink=True)


@pytest.mark.parametrize("away_s", [5.0, 60.0, 3600.0])
def test_what_a_node_shows_while_the_broker_is_away(away_s: float) -> None:
    assert face_of(node_after(PICTURE, BEAT), away_s) == (SignFace("A015", blink=True) if away_s < 10.0 else DASHES)


def test_a_heartbeat_that_the_broker_had_kept_is_no_sign_of_life() -> None:
    node = receive(node_after(PICTURE), BEAT, 0.0, retained=True)
    assert face_of(node, 0.0) == DASHES
    assert face_of(receive(node, BEAT, 3.0), 3.0) == SignFace("A015", blink=True)


def test_a_kept_heartbeat_neither_lengthens_nor_ends_the_proof_of_life() -> None:
    node = receive(node_after(PICTURE, BEAT), BEAT, 8.0, retained=True)
    assert face_of(node, 9.99) == SignFace("A015", blink=True)
    assert face_of(node, 10.0) == DASHES


@pytest.mark.parametrize("other", [ServerBeat(online=False, epoch="e1"), ServerBeat(online=True, epoch="e2")])
def test_a_kept_heartbeat_of_another_server_or_a_will_ends_the_proof_of_life(other: ServerBeat) -> None:
    assert face_of(receive(node_after(PICTURE, BEAT), other, 1.0, retained=True), 1.0) == DASHES


def beat_at(up_s: float, *, epoch: str = "e1") -> ServerBeat:
    """Return a heartbeat that the server sent when its own clock showed ``up_s``."""
    return ServerBeat(online=True, epoch=epoch, up_ms=round(up_s * 1000))


def after(*beats: tuple[float, float]) -> NodeState:
    """Return a node after the picture and heartbeats, given as (sent, received).

    Each time is by its own clock.
    """
    node = node_after(PICTURE)
    for sent_s, received_s in beats:
        node = receive(node, beat_at(sent_s), received_s)
    return node


def test_heartbeats_that_the_network_held_up_are_no_sign_of_life_nor_is_what_comes_in_their_wake() -> None:
    node = after((500, 0), (503, 12), (506, 12), (509, 12), (512, 12))
    assert face_of(node, 12) == DASHES
    assert face_of(receive(node, beat_at(515), 15), 15) == SignFace("A015", blink=True)


def test_one_late_heartbeat_costs_nothing_but_itself() -> None:
    node = after((500, 0), (503, 5))
    assert next_wake_s(node) == 10.0
    node = receive(receive(node, beat_at(506), 6), beat_at(509), 9)
    assert next_wake_s(node) == 19.0


def test_heartbeats_that_all_come_late_are_not_life_at_once() -> None:
    late = [(500.0 + 3 * beat, 3.0 * beat + 8) for beat in range(1, 5)]
    assert face_of(after((500, 0), *late), late[-1][1]) == DASHES


def test_a_server_that_stalled_with_its_clock_is_trusted_again_after_a_minute() -> None:
    late = [(500.0 + 3 * beat, 3.0 * beat + 90) for beat in range(1, MAX_REMEMBERED_DELAYS + 1)]
    assert face_of(after((500, 0), *late[:-1]), late[-1][1]) == DASHES
    assert face_of(after((500, 0), *late), late[-1][1]) == SignFace("A015", blink=True)


def test_another_server_begins_anew() -> None:
    node = receive(after((500, 0)), picture(epoch="e2", rev=1, number="B002"), 60)
    assert face_of(receive(node, beat_at(3, epoch="e2"), 60), 60) == SignFace("B002", blink=True)


@given(
    calls=st.lists(st.floats(0.5, 300), max_size=12),
    stalls=st.lists(st.tuples(st.floats(1, 300), st.floats(0, 90)), max_size=5),
    unevenness=st.floats(0, 0.4),
    ends_s=st.floats(3, 300),
    fast=st.floats(-1e-4, 1e-4),
)
def test_whatever_the_network_holds_up_no_number_is_shown_that_was_not_the_present_one_lately(
    calls: list[float], stalls: list[tuple[float, float]], unevenness: float, ends_s: float, fast: float
) -> None:
    def comes(sent_s: float) -> float:
        """Return when a message arrives: a stall delivers everything at its end, in order."""
        for begins_s, lasts_s in sorted(stalls):
            if begins_s <= sent_s < begins_s + lasts_s:
                sent_s = begins_s + lasts_s
        return sent_s

    called = [0.0, *sorted(call_s for call_s in calls if call_s < ends_s)]
    sent: list[tuple[float, CounterPicture | ServerBeat]] = [
        (at_s, picture(rev=rev, number=f"A{rev:03d}")) for rev, at_s in enumerate(called)
    ]
    sent += [(3.0 * beat, beat_at(1e6 + 3.0 * beat)) for beat in range(int(ends_s / 3) + 1)]
    node, came_s = NodeState(), 0.0
    lately_s = STALE_AFTER_S + MAX_JITTER_S + 0.5
    for turn, (sent_s, message) in enumerate(sorted(sent, key=lambda message: message[0])):
        number, dark_at = face_of(node, came_s).number, next_wake_s(node)
        if number is not None and dark_at is not None:
            replaced_s = (*called, float("inf"))[int(number[1:]) + 1]
            assert replaced_s >= min(comes(sent_s), dark_at * (1 - fast)) - lately_s
        came_s = max(came_s, comes(sent_s) + unevenness * (turn % 2))
        node = receive(node, message, came_s * (1 + fast))
    assert face_of(node, came_s + STALE_AFTER_S + 1).number is None


def reached(rev: int) -> ServerBeat:
    """A heartbeat of a server whose journal has reached ``rev``."""
    return ServerBeat(online=True, epoch="e1", rev=rev)


def test_a_picture_far_ahead_of_the_server_is_not_shown_and_the_next_true_one_is() -> None:
    node = node_after(PICTURE, reached(5), picture(rev=10**9, number="Z999"))
    assert face_of(node, 0.0).number == "A015"
    node = receive(node, reached(5), 3.0)
    node = receive(node, reached(6), 6.0)
    assert (face_of(node, 6.0).number, node.forged) == ("A015", picture(rev=10**9, number="Z999"))
    assert face_of(receive(node, picture(rev=7, number="A016"), 7.0), 7.0).number == "A016"


def test_a_forged_picture_that_was_shown_is_replaced_by_the_next_true_one_whatever_its_rev() -> None:
    node = node_after(PICTURE, reached(5), picture(rev=50, number="Z999"))
    assert face_of(receive(node, picture(rev=6, number="A016"), 1.0), 1.0).number == "A016"


def test_a_picture_unknown_to_two_heartbeats_becomes_dashes() -> None:
    node = node_after(PICTURE, reached(5), picture(rev=50, number="Z999"))
    node = receive(node, reached(5), 3.0)
    assert face_of(node, 3.0).number == "Z999", "a broker may hand on a heartbeat later than a newer picture"
    node = receive(node, reached(8), 6.0)
    assert face_of(node, 6.0) == DASHES
    assert face_of(receive(node, picture(rev=9, number="A017"), 7.0), 7.0).number == "A017"


def test_a_genuine_picture_after_a_jump_is_shown_once_confirmed_by_the_heartbeat() -> None:
    node = node_after(PICTURE, reached(5), picture(rev=3000, number="A020"))
    assert face_of(node, 0.0).number == "A015"
    assert face_of(receive(node, reached(3000), 3.0), 3.0).number == "A020"


def test_a_console_sign_logs_its_face(caplog: pytest.LogCaptureFixture) -> None:
    sign = ConsoleSign("sign-c1")
    refused = SignFace("A015", word="Err", below="OPEN TICKET")
    with caplog.at_level(logging.INFO):
        for shown in (SignFace("A015", blink=True), refused, DASHES, DARK):
            sign.show(shown)
    texts = ["A015, blinking", "Err OPEN TICKET", "----", "(dark)"]
    assert [record.getMessage() for record in caplog.records] == [f"sign-c1: {text}" for text in texts]
    assert sign.health() == DeviceHealth(HealthState.READY)
    sign.close()


def test_the_station_that_watches_a_node_never_takes_silence_for_ready() -> None:
    now = [0.0]
    sign = NodeSign("sign-c6", lambda: now[0])
    assert sign.health().state is HealthState.UNKNOWN
    sign.connection_changed(connected=True)
    assert sign.health().state is HealthState.UNKNOWN
    now[0] = 11.0
    gone = DeviceHealth(HealthState.OFFLINE, code="off", detail="sign-c6 is not connected to the broker")
    assert sign.health() == gone
    sign.presence_received(online=True)
    assert sign.health() == DeviceHealth(HealthState.READY)
    sign.presence_received(online=False)
    assert sign.health() == gone
    sign.presence_received(online=True)
    sign.connection_changed(connected=False)
    assert sign.health().state is HealthState.UNKNOWN
    sign.connection_changed(connected=True)
    assert sign.health().state is HealthState.UNKNOWN, "the status from before the new connection does not count"
    sign.connection_changed(connected=False)
    sign.show(SignFace("A015"))
    sign.expect_prefixes(["A"])
    sign.close()
    sign.close()
    assert replace(sign.health(), detail="") == DeviceHealth(HealthState.UNKNOWN)
