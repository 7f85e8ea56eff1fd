"""The connection to both real brokers: retained values, wills, reconnecting."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from config.settings import BrokerSettings
from server.wire.mqtt_connection import MqttConnection
from support.brokers import RestartableBroker
from support.server_process import free_ports
from support.waiting import PATIENCE_S


@pytest.fixture(params=["embedded", "mosquitto"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RestartableBroker]:
    settings = BrokerSettings(kind=request.param, listen=f"127.0.0.1:{free_ports(1)[0]}")
    with ExitStack() as feeds:
        place = RestartableBroker(settings, tmp_path, feeds)
        place.start()
        yield place
        feeds.close()
        place.stop()


def test_a_late_listener_gets_the_retained_value(place: RestartableBroker) -> None:
    writer = place.listen("writer")
    writer.feed.publish("t/board", b"1", retain=True)
    writer.expect_connection(up=True)
    writer.feed.publish("t/board", b"2", retain=True)
    late = place.listen("late", "t/#")
    assert late.wait(lambda message: message[1] == b"2") == ("t/board", b"2")


def test_messages_that_the_broker_had_retained_come_separately(place: RestartableBroker) -> None:
    writer = place.listen("writer")
    writer.expect_connection(up=True)
    writer.feed.publish("t/board", b"kept", retain=True)
    first = place.listen("first", "t/#")
    first.wait(lambda message: message[1] == b"kept")
    received: queue.Queue[tuple[str, bytes]] = queue.Queue()
    late = MqttConnection(
        "127.0.0.1",
        place.port,
        "late",
        topics=("t/#",),
        on_message=lambda _topic, payload: received.put(("now", payload)),
        on_retained=lambda _topic, payload: received.put(("kept", payload)),
        on_connection=lambda _up: None,
    )
    with closing(late):
        assert received.get(timeout=PATIENCE_S) == ("kept", b"kept")
        writer.feed.publish("t/board", b"now", retain=True)
        assert received.get(timeout=PATIENCE_S) == ("now", b"now")


def test_a_value_published_before_the_broker_is_there_arrives_when_it_comes(place: RestartableBroker) -> None:
    place.stop()
    writer = place.listen("writer")
    writer.feed.publish("t/board", b"old", retain=True)
    writer.feed.publish("t/board", b"new", retain=True)
    place.start()
    reader = place.listen("reader", "t/#")
    assert reader.wait(lambda message: message[0] == "t/board")[1] == b"new"


def test_after_a_restart_of_the_broker_everything_is_there_again(place: RestartableBroker) -> None:
    writer, reader = place.listen("writer"), place.listen("reader", "t/#")
    for listener in (writer, reader):
        listener.expect_connection(up=True)
    for n in range(30):
        writer.feed.publish(f"t/{n}", b"first", retain=True)
    place.stop()
    for listener in (writer, reader):
        listener.expect_connection(up=False)
    writer.feed.publish("t/7", b"second", retain=True)
    place.start()
    late = place.listen("late", "t/#")
    payloads: dict[str, bytes] = {}
    while len(payloads) < 30 or payloads["t/7"] != b"second":
        topic, payload = late.wait(lambda _: True)
        payloads[topic] = payload
    assert [payloads[f"t/{n}"] for n in range(30) if n != 7] == [b"first"] * 29
    reader.wait(lambda message: message == ("t/7", b"second"))


STATION = """
import sys, threading
from server.wire.mqtt_connection import MqttConnection
feed = MqttConnection("127.0.0.1", int(sys.argv[1]), "station", topics=[], on_message=lambda topic, payload: None,
            on_connection=lambda up: print("up" if up else "down", flush=True), will=("t/status", b"offline"))
feed.publish("t/status", b"online", retain=True)
sys.stdin.read()
feed.close()
"""


@pytest.fixture
def station(place: RestartableBroker) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-c", STATION, str(place.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def test_a_killed_station_is_offline_by_its_will(place: RestartableBroker, station: "subprocess.Popen[bytes]") -> None:
    reader = place.listen("reader", "t/status")
    reader.wait(lambda message: message[1] == b"online")
    station.kill()
    assert reader.wait(lambda message: message[1] != b"online") == ("t/status", b"offline")


def test_a_frozen_station_is_offline_by_its_will(place: RestartableBroker, station: "subprocess.Popen[bytes]") -> None:
    reader = place.listen("reader", "t/status")
    reader.wait(lambda message: message[1] == b"online")
    station.send_signal(signal.SIGSTOP)
    assert reader.wait(lambda message: message[1] != b"online") == ("t/status", b"offline")
    station.send_signal(signal.SIGCONT)


def test_a_station_that_ends_publishes_its_will_itself(
    place: RestartableBroker, station: "subprocess.Popen[bytes]"
) -> None:
    reader = place.listen("reader", "t/status")
    reader.wait(lambda message: message[1] == b"online")
    assert station.stdin is not None
    station.stdin.close()
    assert reader.wait(lambda message: message[1] != b"online") == ("t/status", b"offline")


def test_a_message_that_is_not_retained_does_not_come_late(place: RestartableBroker) -> None:
    reader, writer = place.listen("reader", "t/#", "ready"), place.listen("writer")
    writer.expect_connection(up=True)
    writer.feed.publish("ready", b"ready", retain=True)
    reader.wait(lambda message: message[0] == "ready")  # both topics are subscribed to with one packet
    writer.feed.publish("t/fact", b"now", retain=False)
    reader.wait(lambda message: message == ("t/fact", b"now"))
    writer.feed.publish("t/end", b"end", retain=True)
    late = place.listen("late", "t/#")
    late.wait(lambda message: message[0] == "t/end")
    assert late.received == [("t/end", b"end")]


def test_a_foreign_message_under_a_retained_topic_does_not_stay_there(place: RestartableBroker) -> None:
    owner = MqttConnection(
        "127.0.0.1",
        place.port,
        "owner",
        topics=[],
        on_message=lambda *_: None,
        on_connection=lambda _: None,
        republish_interval_s=0.05,
    )
    with closing(owner):
        owner.publish("t/board", b"true", retain=True)
        reader, stranger = place.listen("reader", "t/#"), place.listen("stranger")
        stranger.expect_connection(up=True)
        reader.wait(lambda message: message[1] == b"true")  # the broker has its subscription
        stranger.feed.publish("t/board", b"forged", retain=False)
        reader.wait(lambda message: message[1] == b"forged")
        reader.wait(lambda message: message[1] == b"true")


def test_a_connection_whose_thread_fails_is_logged_and_replaced(
    place: RestartableBroker, caplog: pytest.LogCaptureFixture
) -> None:
    connections: queue.Queue[bool] = queue.Queue()
    messages: queue.Queue[bytes] = queue.Queue()
    failing = [RuntimeError("a programming error")]

    def on_connection(up: bool) -> None:
        connections.put(up)
        if up and failing:
            raise failing.pop()

    feed = MqttConnection(
        "127.0.0.1",
        place.port,
        "failing",
        topics=["t/#"],
        on_message=lambda _topic, payload: messages.put(payload),
        on_connection=on_connection,
    )
    with closing(feed):
        assert [connections.get(timeout=PATIENCE_S) for _ in range(3)] == [True, False, True]
        feed.publish("t/board", b"received", retain=True)
        assert messages.get(timeout=PATIENCE_S) == b"received"
    assert "the thread of the broker connection has failed" in caplog.text
    assert "a programming error" in caplog.text


def test_a_message_that_cannot_be_handled_is_logged_once_and_ignored(
    place: RestartableBroker, caplog: pytest.LogCaptureFixture
) -> None:
    messages: queue.Queue[bytes] = queue.Queue()
    connected = threading.Event()

    def on_message(_topic: str, payload: bytes) -> None:
        if payload == b"poison":
            raise KeyError(payload)
        messages.put(payload)

    feed = MqttConnection(
        "127.0.0.1",
        place.port,
        "reader",
        topics=["t/#"],
        on_message=on_message,
        on_connection=lambda _: connected.set(),
    )
    with closing(feed):
        assert connected.wait(PATIENCE_S)
        for payload in (b"poison", b"poison", b"sound"):
            feed.publish("t/board", payload, retain=True)
        assert messages.get(timeout=PATIENCE_S) == b"sound"
    assert caplog.text.count("could not be handled") == 1


def test_closing_ends_every_thread_also_without_a_broker(tmp_path: Path) -> None:
    before = threading.active_count()
    feed = MqttConnection(
        "127.0.0.1", free_ports(1)[0], "alone", topics=[], on_message=lambda *_: None, on_connection=lambda _: None
    )
    feed.close()
    feed.close()
    assert threading.active_count() == before


def test_the_system_sends_each_message_at_once(place: RestartableBroker) -> None:
    station = place.listen("station")
    station.expect_connection(up=True)
    at_once = [
        opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for opened in open_connections()
        if opened.getpeername()[1] == place.port
    ]
    assert at_once and all(at_once)


def open_connections() -> Iterator[socket.socket]:
    """Yield a duplicate of each TCP connection that this process has made."""
    sockets = [int(path.name) for path in Path("/proc/self/fd").iterdir() if path.is_socket()]
    for descriptor in sockets:
        with socket.socket(fileno=os.dup(descriptor)) as opened, suppress(OSError):
            if opened.family == socket.AF_INET and opened.type == socket.SOCK_STREAM and opened.getpeername():
                yield opened
