"""What a node shows of what it hears: never an old number as if it were live."""

import logging
from dataclasses import replace

import pytest

from counter.node.showing import DARK, DASHES, Node, due, face, heard
from hardware.ports import Health, SignFace, State
from hardware.signs.console import ConsoleSign
from hardware.signs.mqtt import NodeSign
from server.wire.messages import CounterPicture, ServerBeat

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


def told(*what: CounterPicture | ServerBeat, at_s: float = 0.0) -> Node:
    node = Node()
    for one in what:
        node = heard(node, one, at_s)
    return node


def picture(**changed: object) -> CounterPicture:
    return CounterPicture.model_validate(PICTURE.model_dump(by_alias=True) | changed)


def test_it_is_dark_before_it_knows_anything() -> None:
    assert face(Node(), 0.0) == DARK
    assert face(told(BEAT), 0.0) == DARK


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
def test_it_shows_what_the_picture_says(changed: dict[str, object], shown: SignFace) -> None:
    assert face(told(picture(**changed), BEAT), 1.0) == shown


def test_a_number_is_dashes_when_the_server_is_not_heard_for_ten_seconds() -> None:
    node = told(PICTURE, BEAT)
    assert due(node) == 10.0
    assert face(node, 9.99) == SignFace("A015", blink=True)
    assert face(node, 10.0) == DASHES
    assert face(heard(node, BEAT, 30.0), 30.0) == SignFace("A015", blink=True)


def test_a_number_is_dashes_as_soon_as_the_server_says_that_it_goes() -> None:
    assert face(told(PICTURE, BEAT, ServerBeat(online=False, epoch="e1")), 0.0) == DASHES


def test_a_picture_from_before_the_servers_start_is_not_live() -> None:
    node = told(PICTURE, ServerBeat(online=True, epoch="e2"))
    assert face(node, 0.0) == DASHES
    assert face(heard(node, picture(epoch="e2", rev=1, number="B002"), 0.0), 0.0) == SignFace("B002", blink=True)


@pytest.mark.parametrize("away_s", [5.0, 60.0, 3600.0])
def test_what_a_node_shows_while_the_broker_is_away(away_s: float) -> None:
    assert face(told(PICTURE, BEAT), away_s) == (SignFace("A015", blink=True) if away_s < 10.0 else DASHES)


def test_a_heartbeat_that_the_broker_had_kept_is_no_sign_of_life() -> None:
    node = heard(told(PICTURE), BEAT, 0.0, kept=True)
    assert face(node, 0.0) == DASHES
    assert face(heard(node, BEAT, 3.0), 3.0) == SignFace("A015", blink=True)


def test_a_kept_heartbeat_neither_lengthens_nor_ends_what_was_heard_alive() -> None:
    node = heard(told(PICTURE, BEAT), BEAT, 8.0, kept=True)
    assert face(node, 9.99) == SignFace("A015", blink=True)
    assert face(node, 10.0) == DASHES


@pytest.mark.parametrize("other", [ServerBeat(online=False, epoch="e1"), ServerBeat(online=True, epoch="e2")])
def test_a_kept_heartbeat_says_that_another_server_serves_or_none(other: ServerBeat) -> None:
    assert face(heard(told(PICTURE, BEAT), other, 1.0, kept=True), 1.0) == DASHES


def test_an_overtaken_picture_changes_nothing() -> None:
    node = told(PICTURE, BEAT, picture(rev=4, number="A014"))
    assert face(node, 0.0).number == "A015"


def test_the_log_says_what_a_sign_would_show(caplog: pytest.LogCaptureFixture) -> None:
    sign = ConsoleSign("sign-c1")
    refused = SignFace("A015", word="Err", below="OPEN TICKET")
    with caplog.at_level(logging.INFO):
        for shown in (SignFace("A015", blink=True), refused, DASHES, DARK):
            sign.show(shown)
    said = ["A015, blinking", "Err OPEN TICKET", "----", "(dark)"]
    assert [record.getMessage() for record in caplog.records] == [f"sign-c1: {one}" for one in said]
    assert sign.health() == Health(State.READY)
    sign.close()


def test_the_station_that_watches_a_node_never_takes_silence_for_ready() -> None:
    now = [0.0]
    sign = NodeSign("sign-c6", lambda: now[0])
    assert sign.health().state is State.UNKNOWN
    sign.linked(up=True)
    assert sign.health().state is State.UNKNOWN
    now[0] = 11.0
    gone = Health(State.OFFLINE, code="off", detail="sign-c6 is not connected to the broker")
    assert sign.health() == gone
    sign.heard(online=True)
    assert sign.health() == Health(State.READY)
    sign.heard(online=False)
    assert sign.health() == gone
    sign.heard(online=True)
    sign.linked(up=False)
    assert sign.health().state is State.UNKNOWN
    sign.linked(up=True)
    assert sign.health().state is State.UNKNOWN, "what was heard over the connection before is worth nothing"
    sign.linked(up=False)
    sign.show(SignFace("A015"))
    sign.expect(["A"])
    sign.close()
    sign.close()
    assert replace(sign.health(), detail="") == Health(State.UNKNOWN)
