"""Attack the broker from another machine of the hall's network."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import BrokerSettings
from server.wire.broker_login import BOX_USER, SERVER_USER, BrokerLogin
from server.wire.mqtt_probe import ACCEPTED, connack_code
from support.local_network import LocalNetwork, NetworkHost
from support.network_brokers import DEVICES, TOPICS, NetworkBroker, network_broker, without
from support.server_process import need
from support.stand_in_authority import stand_in_authority
from support.waiting import PATIENCE_S, until

BOX = "10.77.0.10"
FLOOD = 520  # more connections than Mosquitto takes


@pytest.fixture
def network(tmp_path: Path) -> Iterator[LocalNetwork]:
    folder = tmp_path / "network"
    folder.mkdir()
    with LocalNetwork(folder) as network:
        for name, address in (("box", BOX), ("kiosk", "10.77.0.12"), ("tv", "10.77.0.13"), ("attacker", "10.77.0.66")):
            network.host(name, address)
        yield network


@pytest.fixture
def hall(network: LocalNetwork, tmp_path: Path) -> Iterator[NetworkBroker]:
    settings = BrokerSettings(
        kind="mosquitto", listen="127.0.0.1:1883", network="0.0.0.0:8883", program=Path(need("mosquitto"))
    )
    with ExitStack() as running:
        with network.hosts["box"].inside():
            place = running.enter_context(network_broker(tmp_path, addresses=(BOX,), settings=settings))
        place.settings = settings.model_copy(update={"network": f"{BOX}:8883"})
        yield place


@pytest.fixture
def attacker(network: LocalNetwork) -> NetworkHost:
    return network.hosts["attacker"]


def test_only_the_port_with_tls_is_open_to_the_network(hall: NetworkBroker, attacker: NetworkHost) -> None:
    with pytest.raises(ConnectionRefusedError):
        attacker.connect(BOX, 1883, timeout_s=PATIENCE_S)
    with attacker.inside():
        assert connack_code(BOX, 8883, BrokerLogin("kiosk-1", "kiosk-1")) is None  # without TLS
        assert connack_code(BOX, 8883, hall.login("kiosk-1")) == ACCEPTED


def test_nobody_of_the_network_comes_in_without_a_password(hall: NetworkBroker, attacker: NetworkHost) -> None:
    with attacker.inside():
        for user in ("", "kiosk-1", "tv-1", SERVER_USER, BOX_USER, "admin"):
            for password in ("", user + "x", "mosquitto"):
                assert connack_code(BOX, 8883, BrokerLogin(user, password, hall.authority.ca_file)) in (4, 5)


def test_a_stolen_tv_publishes_no_call_and_takes_over_nobody(
    hall: NetworkBroker, network: LocalNetwork, attacker: NetworkHost
) -> None:
    with network.hosts["box"].inside():
        server = hall.listen_as_server(TOPICS.all_status)
    with network.hosts["kiosk"].inside():
        kiosk = hall.listen("kiosk-1", TOPICS.board)
    for listener in (server, kiosk):
        listener.expect_connection(up=True)
    with attacker.inside():
        stolen = hall.trial_client("tv-1", client_id="kiosk-1")
    for topic in (TOPICS.board, TOPICS.server, TOPICS.counter("c1"), TOPICS.status("kiosk-1")):
        assert not stolen.publish(topic, b"forged")
    server.feed.publish(TOPICS.board, b"true", retain=True)
    kiosk.wait(lambda message: message[1] == b"true")
    assert [payload for _, payload in kiosk.received] == [b"true"]
    assert kiosk.connections.empty()
    hall.broker.set_users(without(DEVICES, "tv-1"))
    stolen.wait_end()
    assert server.connections.empty()


def test_a_machine_in_the_middle_learns_no_password(
    hall: NetworkBroker,
    network: LocalNetwork,
    attacker: NetworkHost,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    own = stand_in_authority(tmp_path, "attacker", datetime.now(UTC)).issue("middle", (attacker.address,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    hall.settings = hall.settings.model_copy(update={"network": f"{attacker.address}:8883"})
    with attacker.listen(8883) as trap:
        trap.settimeout(PATIENCE_S)
        with network.hosts["kiosk"].inside():
            kiosk = hall.listen("kiosk-1")
        connection, _ = trap.accept()
        with connection, pytest.raises(ssl.SSLError, match="UNKNOWN_CA"):
            connection.settimeout(PATIENCE_S)
            with context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1)  # with TLS 1.3 the client's refusal comes after the handshake
    until(lambda: "another authority signed the broker's certificate" in caplog.text)
    assert kiosk.connections.empty()


def test_a_flood_of_connections_delays_no_picture(
    hall: NetworkBroker, network: LocalNetwork, attacker: NetworkHost
) -> None:
    with network.hosts["box"].inside():
        server, station = hall.listen_as_server(), hall.listen_on_box("tv-2", TOPICS.board)
    with network.hosts["kiosk"].inside():
        kiosk = hall.listen("kiosk-1", TOPICS.board)
    for listener in (server, station, kiosk):
        listener.expect_connection(up=True)
    with ExitStack() as flood:
        for _ in range(FLOOD):
            connection = flood.enter_context(closing(attacker.connect(BOX, 8883, timeout_s=PATIENCE_S)))
            with suppress(OSError):
                connection.sendall(b"\x16\x03\x01\x40\x00")  # the beginning of a TLS greeting
        server.feed.publish(TOPICS.board, b"picture", retain=True)
        for listener in (station, kiosk):
            listener.wait(lambda message: message == (TOPICS.board, b"picture"))
            assert listener.connections.empty()
    with network.hosts["tv"].inside():
        hall.listen("tv-1").expect_connection(up=True)  # as soon as the flood ends


def test_a_kiosk_whose_link_is_cut_is_offline_and_comes_back(hall: NetworkBroker, network: LocalNetwork) -> None:
    status = TOPICS.status("kiosk-1")
    with network.hosts["box"].inside():
        server = hall.listen_as_server(TOPICS.all_status)
    with network.hosts["kiosk"].inside():
        kiosk = hall.listen("kiosk-1", TOPICS.board, will=(status, b"offline"))
    for listener in (server, kiosk):
        listener.expect_connection(up=True)
    kiosk.feed.publish(status, b"online", retain=True)
    server.wait(lambda message: message == (status, b"online"))
    network.cut("kiosk")
    server.wait(lambda message: message == (status, b"offline"))
    network.mend("kiosk")
    server.wait(lambda message: message == (status, b"online"))
    server.feed.publish(TOPICS.board, b"picture", retain=True)
    kiosk.wait(lambda message: message == (TOPICS.board, b"picture"))
