"""The connection to the broker, against both real brokers: retained values, wills, reconnecting, healing."""

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from config.settings import Broker
from halls import free_ports
from server.wire.feed import Feed
from waiting import PATIENCE_S
from wires import Place


@pytest.fixture(params=["embedded", "mosquitto"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    settings = Broker(kind=request.param, listen=f"127.0.0.1:{free_ports(1)[0]}")
    with ExitStack() as feeds:
        place = Place(settings, tmp_path, feeds)
        place.start()
        yield place
        feeds.close()
        place.stop()


def test_a_late_listener_gets_the_retained_value(place: Place) -> None:
    writer = place.listen("writer")
    writer.feed.publish("t/board", b"1", retain=True)
    writer.up(up=True)
    writer.feed.publish("t/board", b"2", retain=True)
    late = place.listen("late", "t/#")
    assert late.wait(lambda message: message[1] == b"2") == ("t/board", b"2")


def test_what_the_broker_had_kept_is_told_apart_from_what_is_said_now(place: Place) -> None:
    writer = place.listen("writer")
    writer.up(up=True)
    writer.feed.publish("t/board", b"kept", retain=True)
    first = place.listen("first", "t/#")
    first.wait(lambda message: message[1] == b"kept")
    told: queue.Queue[tuple[str, bytes]] = queue.Queue()
    late = Feed(
        "127.0.0.1",
        place.port,
        "late",
        topics=("t/#",),
        on_message=lambda _topic, payload: told.put(("now", payload)),
        on_kept=lambda _topic, payload: told.put(("kept", payload)),
        on_link=lambda _up: None,
    )
    with closing(late):
        assert told.get(timeout=PATIENCE_S) == ("kept", b"kept")
        writer.feed.publish("t/board", b"now", retain=True)
        assert told.get(timeout=PATIENCE_S) == ("now", b"now")


def test_a_value_published_before_the_broker_is_there_arrives_when_it_comes(place: Place) -> None:
    place.stop()
    writer = place.listen("writer")
    writer.feed.publish("t/board", b"old", retain=True)
    writer.feed.publish("t/board", b"new", retain=True)
    place.start()
    reader = place.listen("reader", "t/#")
    assert reader.wait(lambda message: message[0] == "t/board")[1] == b"new"


def test_after_a_restart_of_the_broker_everything_is_there_again(place: Place) -> None:
    writer, reader = place.listen("writer"), place.listen("reader", "t/#")
    for one in (writer, reader):
        one.up(up=True)
    for n in range(30):
        writer.feed.publish(f"t/{n}", b"first", retain=True)
    place.stop()
    for one in (writer, reader):
        one.up(up=False)
    writer.feed.publish("t/7", b"second", retain=True)
    place.start()
    late = place.listen("late", "t/#")
    found: dict[str, bytes] = {}
    while len(found) < 30 or found["t/7"] != b"second":
        topic, payload = late.wait(lambda _: True)
        found[topic] = payload
    assert [found[f"t/{n}"] for n in range(30) if n != 7] == [b"first"] * 29
    reader.wait(lambda message: message == ("t/7", b"second"))


STATION = """
import sys, threading
from server.wire.feed import Feed
feed = Feed("127.0.0.1", int(sys.argv[1]), "station", topics=[], on_message=lambda topic, payload: None,
            on_link=lambda up: print("up" if up else "down", flush=True), will=("t/status", b"offline"))
feed.publish("t/status", b"online", retain=True)
sys.stdin.read()
feed.close()
"""


@pytest.fixture
def station(place: Place) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", STATION, str(place.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def test_a_killed_station_is_offline_by_its_will(place: Place, station: "subprocess.Popen[bytes]") -> None:
    reader = place.listen("reader", "t/status")
    reader.wait(lambda message: message[1] == b"online")
    station.kill()
    assert reader.wait(lambda message: message[1] != b"online") == ("t/status", b"offline")


def test_a_frozen_station_is_offline_by_its_will(place: Place, station: "subprocess.Popen[bytes]") -> None:
    reader = place.listen("reader", "t/status")
    reader.wait(lambda message: message[1] == b"online")
    station.send_signal(signal.SIGSTOP)
    assert reader.wait(lambda message: message[1] != b"online") == ("t/status", b"offline")
    station.send_signal(signal.SIGCONT)


def test_a_station_that_ends_says_so_itself(place: Place, station: "subprocess.Popen[bytes]") -> None:
    reader = place.listen("reader", "t/status")
    reader.wait(lambda message: message[1] == b"online")
    assert station.stdin is not None
    station.stdin.close()
    assert reader.wait(lambda message: message[1] != b"online") == ("t/status", b"offline")


def test_a_message_that_is_not_retained_does_not_come_late(place: Place) -> None:
    reader, writer = place.listen("reader", "t/#", "ready"), place.listen("writer")
    writer.up(up=True)
    writer.feed.publish("ready", b"ready", retain=True)
    reader.wait(lambda message: message[0] == "ready")  # both topics are subscribed to with one packet
    writer.feed.publish("t/fact", b"now", retain=False)
    reader.wait(lambda message: message == ("t/fact", b"now"))
    writer.feed.publish("t/end", b"end", retain=True)
    late = place.listen("late", "t/#")
    late.wait(lambda message: message[0] == "t/end")
    assert late.heard == [("t/end", b"end")]


def test_what_somebody_else_publishes_under_a_topic_does_not_stay_there(place: Place) -> None:
    owner = Feed(
        "127.0.0.1", place.port, "owner", topics=[], on_message=lambda *_: None, on_link=lambda _: None, repeat_s=0.05
    )
    with closing(owner):
        owner.publish("t/board", b"true", retain=True)
        reader, stranger = place.listen("reader", "t/#"), place.listen("stranger")
        stranger.up(up=True)
        reader.wait(lambda message: message[1] == b"true")  # the broker has its subscription
        stranger.feed.publish("t/board", b"forged", retain=False)
        reader.wait(lambda message: message[1] == b"forged")
        reader.wait(lambda message: message[1] == b"true")


def test_a_connection_whose_thread_fails_is_noticed_logged_and_made_anew(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    links: queue.Queue[bool] = queue.Queue()
    messages: queue.Queue[bytes] = queue.Queue()
    failing = [RuntimeError("a mistake of ours")]

    def on_link(up: bool) -> None:
        links.put(up)
        if up and failing:
            raise failing.pop()

    deaf = Feed(
        "127.0.0.1",
        place.port,
        "deaf",
        topics=["t/#"],
        on_message=lambda _topic, payload: messages.put(payload),
        on_link=on_link,
    )
    with closing(deaf):
        assert [links.get(timeout=PATIENCE_S) for _ in range(3)] == [True, False, True]
        deaf.publish("t/board", b"heard", retain=True)
        assert messages.get(timeout=PATIENCE_S) == b"heard"
    assert "the connection's thread has failed" in caplog.text
    assert "a mistake of ours" in caplog.text


def test_a_message_that_is_not_understood_costs_nothing_but_itself(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    messages: queue.Queue[bytes] = queue.Queue()

    def on_message(_topic: str, payload: bytes) -> None:
        if payload == b"poison":
            raise KeyError(payload)
        messages.put(payload)

    feed = Feed("127.0.0.1", place.port, "reader", topics=["t/#"], on_message=on_message, on_link=lambda _: None)
    with closing(feed):
        for payload in (b"poison", b"poison", b"sound"):
            feed.publish("t/board", payload, retain=True)
        assert messages.get(timeout=PATIENCE_S) == b"sound"
    assert caplog.text.count("was not understood") <= 1


def test_closing_ends_every_thread_also_without_a_broker(tmp_path: Path) -> None:
    before = threading.active_count()
    feed = Feed("127.0.0.1", free_ports(1)[0], "alone", topics=[], on_message=lambda *_: None, on_link=lambda _: None)
    feed.close()
    feed.close()
    assert threading.active_count() == before
