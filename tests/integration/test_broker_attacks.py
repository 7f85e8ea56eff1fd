"""Attacks on the broker by devices, strangers, machines in the middle and floods."""

import json
import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.messaging import mosquitto_files
from server.wire.broker_login import BOX_USER, SERVER_USER, BrokerLogin, tls_context
from server.wire.mqtt_probe import ACCEPTED, connack_code
from support.leaks import excused
from support.network_brokers import DEVICES, TOPICS, NetworkBroker, network_broker
from support.stand_in_authority import stand_in_authority
from support.waiting import PATIENCE_S, until

KIND_OF = {device.name: device.kind for device in DEVICES}
PICTURES = (TOPICS.board, TOPICS.office, TOPICS.server, TOPICS.counter("c1"), TOPICS.work("kiosk-1"))
NOT_AUTHORISED = (4, 5)  # codes of CONNACK in MQTT 3.1.1


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkBroker]:
    with excused("module"), network_broker(tmp_path_factory.mktemp("hall")) as place:
        yield place


@pytest.fixture(autouse=True)
def clients(hall: NetworkBroker) -> Iterator[None]:
    """Close the clients of each test."""
    hall.clients = ExitStack()
    with hall.clients:
        yield


# --- with a device's own password ---------------------------------------------------------------------


@pytest.mark.parametrize("device", KIND_OF)
def test_no_device_publishes_a_picture_a_heartbeat_or_a_fact(hall: NetworkBroker, device: str) -> None:
    server = hall.listen_as_server("luot/v1/#")
    server.expect_connection(up=True)
    attacker = hall.trial_client(device)
    for topic in (*PICTURES, TOPICS.fact("called"), "luot/v1/other/board", "luot/v1/mau", "$CONTROL/x", "$SYS/x"):
        assert not attacker.publish(topic, b"forged"), topic
    server.feed.publish(TOPICS.status("end"), b"end", retain=False)
    server.wait(lambda message: message[1] == b"end")
    assert not [message for message in server.received if message[1] == b"forged"]


def test_a_tv_cannot_publish_a_call_that_other_screens_show(hall: NetworkBroker) -> None:
    server, screen = hall.listen_as_server(), hall.listen("kiosk-2", TOPICS.board)
    for listener in (server, screen):
        listener.expect_connection(up=True)
    call = json.dumps({"rev": 10**9, "calls": [{"number": "A999", "counter": "c1"}]}).encode()
    assert not hall.trial_client("tv-1").publish(TOPICS.board, call)
    server.feed.publish(TOPICS.board, b"true", retain=True)
    screen.wait(lambda message: message[1] == b"true")
    assert call not in [payload for _, payload in screen.received]


@pytest.mark.parametrize("device", KIND_OF)
def test_no_device_reports_the_state_of_another(hall: NetworkBroker, device: str) -> None:
    attacker = hall.trial_client(device)
    for other in (*KIND_OF, "box-kiosk", "+", "#"):
        if other != device:
            assert not attacker.publish(TOPICS.status(other) if other not in "+#" else TOPICS.status("x"), b"forged")
            assert not attacker.publish(TOPICS.device(other if other not in "+#" else "x", "printer"), b"forged")
    assert attacker.publish(TOPICS.status(device), b"own") == (KIND_OF[device] != "program")
    assert not attacker.publish(f"{TOPICS.device(device, 'printer')}/deeper", b"forged")


@pytest.mark.parametrize("device", KIND_OF)
def test_no_device_fills_the_broker_with_states_of_invented_devices(hall: NetworkBroker, device: str) -> None:
    attacker = hall.trial_client(device)
    for invented in ("x1", "printer2", "sign", "sign-c9", "keypad-c3", "Printer"):
        is_own = (KIND_OF[device], invented) == ("node", "sign")
        assert attacker.publish(TOPICS.device(device, invented), b"invented") == is_own, invented


def test_a_device_that_subscribes_without_end_is_cut_off_and_the_server_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosquitto_files, "MEMORY_BYTES", 16_000_000)
    with network_broker(tmp_path) as small:
        server = small.listen_as_server(TOPICS.status("kiosk-2"))
        server.expect_connection(up=True)
        attacker = small.trial_client("kiosk-1")
        for n in range(100):
            filters = [(f"{n}/{i}/{'x' * 40}", 0) for i in range(2000)]
            if not attacker._ask(attacker._client.subscribe(filters)[1]):
                break
        else:
            pytest.fail("200,000 subscriptions were taken")
        small.trial_client("kiosk-2").publish(TOPICS.status("kiosk-2"), b"online")
        server.wait(lambda message: message[1] == b"online")
        assert server.connections.empty()


def test_a_will_is_bound_by_the_same_rights(hall: NetworkBroker) -> None:
    server = hall.listen_as_server("luot/v1/#")
    server.expect_connection(up=True)
    hall.listen("kiosk-1", will=(TOPICS.status("kiosk-1"), b"own will")).expect_connection(up=True)
    attacker = _raw_connection(hall, "tv-1", will=(TOPICS.board, b"forged will"))
    attacker.close()  # without DISCONNECT: the broker publishes the will
    hall.clients.close()
    server = hall.listen_as_server("luot/v1/#")
    server.expect_connection(up=True)
    server.wait(lambda message: message[1] == b"own will")
    server.feed.publish(TOPICS.status("end"), b"end", retain=False)
    server.wait(lambda message: message[1] == b"end")
    assert b"forged will" not in [payload for _, payload in server.received]


READS = {
    "kiosk-1": {TOPICS.board, TOPICS.office, TOPICS.server, TOPICS.work("kiosk-1")},
    "kiosk-2": {TOPICS.board, TOPICS.office, TOPICS.server},
    "tv-1": {TOPICS.board, TOPICS.office, TOPICS.server},
    "counters-1": {TOPICS.board, TOPICS.office, TOPICS.server, TOPICS.status("sign-1")},
    "sign-1": {TOPICS.server, TOPICS.counter("c1")},
    "sign-3": {TOPICS.server},
    "board": {TOPICS.board, TOPICS.office, TOPICS.server, TOPICS.counter("c1"), TOPICS.fact("called")},
}


@pytest.mark.parametrize("device", READS)
def test_a_device_that_subscribes_to_everything_receives_only_its_own_topics(hall: NetworkBroker, device: str) -> None:
    server = hall.trial_client_of_server()
    for topic in (*PICTURES, TOPICS.fact("called"), TOPICS.status("sign-1"), TOPICS.status("box-kiosk")):
        assert server.publish(topic, b"retained")
    attacker = hall.trial_client(device)
    for everything in ("#", "$SYS/#", "+/+/+/+", "luot/v1/mau/status/#", "$CONTROL/#"):
        attacker.subscribe(everything)
    attacker.publish(TOPICS.status(device), b"barrier")
    for topic in (*PICTURES, TOPICS.fact("called"), TOPICS.status("sign-1"), TOPICS.status("box-kiosk")):
        assert server.publish(topic, b"live")
    attacker.publish(TOPICS.status(device), b"barrier")
    assert {topic for topic, payload in attacker.received if payload != b"barrier"} == READS[device]


@pytest.mark.parametrize("stolen", ["server-mau-0000", "kiosk-1", SERVER_USER, ""])
def test_a_device_cannot_take_over_a_client_id(hall: NetworkBroker, stolen: str) -> None:
    server, kiosk = hall.listen_as_server(), hall.listen("kiosk-1")
    box = hall.listen_on_box("server-mau-0000")
    for listener in (server, kiosk, box):
        listener.expect_connection(up=True)
    attacker = hall.trial_client("tv-1", client_id=stolen)
    assert attacker.publish(TOPICS.status("tv-1"), b"own")
    # A device that connects again replaces its own connection only, so the broker looks at ids.
    again = hall.listen("kiosk-1")
    again.expect_connection(up=True)
    kiosk.expect_connection(up=False)
    assert server.connections.empty()
    assert box.connections.empty()


def test_a_device_that_connects_again_stays_online(hall: NetworkBroker) -> None:
    """The will of its old connection, which the broker closes, comes before its new report."""
    server = hall.listen_as_server(TOPICS.status("kiosk-2"))
    server.expect_connection(up=True)
    half_open = _raw_connection(hall, "kiosk-2", will=(TOPICS.status("kiosk-2"), b"offline"))
    with closing(half_open):
        new = hall.trial_client("kiosk-2")
        assert new.publish(TOPICS.status("kiosk-2"), b"online")
        server.wait(lambda message: message[1] == b"online")
        assert half_open.recv(100) == b""  # closed by the broker
    assert new.publish(TOPICS.status("kiosk-2"), b"still online")
    server.wait(lambda message: message[1] == b"still online")
    payloads = [payload for _, payload in server.received]
    assert b"offline" not in payloads[payloads.index(b"online") :]


# --- without a user -----------------------------------------------------------------------------------


FOREIGN_LOGINS = (
    BrokerLogin("", ""),
    BrokerLogin("kiosk-1", ""),
    BrokerLogin("kiosk-1", "wrong"),
    BrokerLogin("nobody", "nobody"),
    BrokerLogin(SERVER_USER, SERVER_USER),
    BrokerLogin(BOX_USER, ""),
)


@pytest.mark.parametrize("login", FOREIGN_LOGINS, ids=lambda login: f"{login.user}:{login.password}")
def test_nobody_comes_in_without_a_user_and_its_password(hall: NetworkBroker, login: BrokerLogin) -> None:
    secured = BrokerLogin(login.user, login.password, hall.authority.ca_file)
    assert connack_code("127.0.0.1", hall.port, secured) in NOT_AUTHORISED
    assert connack_code("127.0.0.1", hall.box_port, login) in NOT_AUTHORISED


def test_the_network_listener_speaks_tls_only(hall: NetworkBroker) -> None:
    assert connack_code("127.0.0.1", hall.port, BrokerLogin("kiosk-1", "kiosk-1")) is None


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
def test_tls_below_1_2_is_refused(hall: NetworkBroker, newest: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(hall.authority.ca_file)
    context.set_ciphers("ALL:@SECLEVEL=0")  # else this client itself refuses the old versions
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = newest
    with socket.create_connection(("127.0.0.1", hall.port), timeout=PATIENCE_S) as plain:
        if newest is ssl.TLSVersion.TLSv1_2:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
                assert secured.version() == "TLSv1.2"
            return
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
            context.wrap_socket(plain, server_hostname="127.0.0.1")


# --- in the middle ------------------------------------------------------------------------------------


def test_a_station_sends_no_password_to_a_broker_of_another_authority(
    hall: NetworkBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = stand_in_authority(tmp_path, "other", datetime.now(UTC))
    station = hall.listen("kiosk-1", login=BrokerLogin("kiosk-1", "kiosk-1", other.ca_file))
    until(lambda: "another authority signed the broker's certificate" in caplog.text)
    assert station.connections.empty()


@pytest.mark.parametrize(
    ("addresses", "days", "advice"),
    [
        (("127.0.0.1",), -1, "the broker's certificate has expired"),
        (("10.0.0.1",), 30, "the broker's certificate is for another address"),
    ],
)
def test_a_station_says_what_is_wrong_with_the_certificate(
    tmp_path: Path, addresses: tuple[str, ...], days: int, advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    with network_broker(tmp_path, addresses=addresses, days=days) as place:
        station = place.listen("kiosk-1")
        until(lambda: advice in caplog.text)
        assert station.connections.empty()
        assert caplog.text.count("no broker at") == 1


def test_a_station_that_was_removed_says_so(hall: NetworkBroker, caplog: pytest.LogCaptureFixture) -> None:
    hall.listen("kiosk-1", login=BrokerLogin("kiosk-1", "old", hall.authority.ca_file))
    until(lambda: "this device was removed or its password is wrong; enrol it again" in caplog.text)


# --- with many packets and connections ----------------------------------------------------------------


def test_a_big_packet_ends_its_connection_and_no_other(hall: NetworkBroker) -> None:
    server = hall.listen_as_server(TOPICS.all_status)
    server.expect_connection(up=True)
    attacker = hall.trial_client("kiosk-1")
    assert not attacker.publish(TOPICS.status("kiosk-1"), b"x" * 300_000)
    attacker.wait_end()
    with closing(_tls_socket(hall)) as before_sign_in:
        with suppress(OSError):
            before_sign_in.sendall(b"\x10\xff\xff\xff\x7f" + b"x" * 200_000)  # a CONNECT of 256 MB
        assert _is_closed(before_sign_in)
    assert hall.trial_client("kiosk-2").publish(TOPICS.status("kiosk-2"), b"on")
    server.wait(lambda message: message == (TOPICS.status("kiosk-2"), b"on"))


@pytest.mark.parametrize(
    "garbage", [b"\x00" * 50, b"GET / HTTP/1.1\r\n\r\n", b"\x10\x00", b"\x30\x05\x00\x01a--", b"\xff"]
)
def test_garbage_ends_its_connection_and_no_other(hall: NetworkBroker, garbage: bytes) -> None:
    kiosk = hall.listen("kiosk-1")
    kiosk.expect_connection(up=True)
    with closing(_tls_socket(hall)) as attacker:
        attacker.sendall(garbage)
    with closing(socket.create_connection(("127.0.0.1", hall.port), timeout=PATIENCE_S)) as plain:
        plain.sendall(garbage)
    assert hall.trial_client("tv-1").publish(TOPICS.status("tv-1"), b"on")
    assert kiosk.connections.empty()


def test_many_connections_take_no_place_from_the_box_or_from_connected_devices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mosquitto_files, "MAX_NETWORK_CONNECTIONS", 30)
    with network_broker(tmp_path) as place, ExitStack() as held:
        server, kiosk = place.listen_as_server(TOPICS.all_status), place.listen("kiosk-1", TOPICS.board)
        for listener in (server, kiosk):
            listener.expect_connection(up=True)
        for _ in range(60):
            held.enter_context(closing(socket.create_connection(("127.0.0.1", place.port), timeout=PATIENCE_S)))
        until(lambda: connack_code("127.0.0.1", place.port, place.login("tv-1")) is None)
        server.feed.publish(TOPICS.board, b"picture", retain=True)
        kiosk.wait(lambda message: message == (TOPICS.board, b"picture"))
        box = place.listen_on_box("tv-2", TOPICS.board)
        box.expect_connection(up=True)
        held.close()
        until(lambda: connack_code("127.0.0.1", place.port, place.login("tv-1")) == ACCEPTED)


# --- tools --------------------------------------------------------------------------------------------


def _tls_socket(hall: NetworkBroker) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", hall.port), timeout=PATIENCE_S)
    return tls_context(hall.authority.ca_file).wrap_socket(plain, server_hostname="127.0.0.1")


def _is_closed(connection: socket.socket) -> bool:
    """Return whether the broker ends the connection without sending more than a refusal."""
    try:
        return len(connection.recv(100)) < 5 or connection.recv(100) == b""
    except (ConnectionError, ssl.SSLError):
        return True


def _raw_connection(hall: NetworkBroker, device: str, will: tuple[str, bytes]) -> ssl.SSLSocket:
    """Return a connection of a device, with a will, that does nothing by itself."""
    connection = _tls_socket(hall)
    fields = [b"any", will[0].encode(), will[1], device.encode(), device.encode()]
    body = b"\x00\x04MQTT\x04\xee\x00\x3c" + b"".join(len(field).to_bytes(2, "big") + field for field in fields)
    connection.sendall(bytes([0x10, len(body)]) + body)
    assert connection.recv(4) == b"\x20\x02\x00\x00"
    return connection
