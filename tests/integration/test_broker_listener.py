"""The broker's listener for devices without a usable address."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import BrokerSettings
from server.messaging import network_access
from server.messaging.broker_users import BrokerUser
from server.wire.mqtt_probe import ACCEPTED, connack_code
from support.local_network import NetworkSpace
from support.network_brokers import NetworkBroker, broker_user, network_broker
from support.server_process import free_ports, need
from support.waiting import until

LATE = "10.77.0.1"
"""An address that DHCP brings, some time after the program's start."""


@pytest.fixture(autouse=True)
def quick_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_access, "LISTENER_CHECK_S", 0.05)


@pytest.fixture
def space() -> Iterator[NetworkSpace]:
    """Run the test on a machine whose network has no address yet."""
    space = NetworkSpace()
    try:
        with space.inside():
            yield space
    finally:
        space.close()


def settings_of(network: str) -> BrokerSettings:
    (port,) = free_ports(1)
    return BrokerSettings(
        kind="mosquitto", listen=f"127.0.0.1:{port}", network=network, program=Path(need("mosquitto"))
    )


def accepts(hall: NetworkBroker, device: str) -> bool:
    return connack_code(hall.host, hall.port, hall.login(device)) == ACCEPTED


def serves_the_box(hall: NetworkBroker) -> bool:
    return connack_code("127.0.0.1", hall.box_port, hall.broker.login) == ACCEPTED


def test_the_box_works_before_its_address_comes_and_devices_join_when_it_is_there(
    space: NetworkSpace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reports: list[str] = []
    settings = settings_of(f"{LATE}:8883")
    with network_broker(tmp_path, addresses=(LATE,), settings=settings, report=reports.append) as hall:
        assert serves_the_box(hall)
        assert len(reports) == 1 and "Cannot assign requested address" in reports[0]
        space.ip(f"address add {LATE}/24 dev lo")
        until(lambda: accepts(hall, "kiosk-1"))
        assert reports[1:] == [""]
    assert caplog.text.count("devices cannot connect") == 1


def test_a_broker_that_dies_while_its_address_is_gone_starts_without_it(space: NetworkSpace, tmp_path: Path) -> None:
    space.ip(f"address add {LATE}/24 dev lo")
    reports: list[str] = []
    settings = settings_of(f"{LATE}:8883")
    with network_broker(tmp_path, addresses=(LATE,), settings=settings, report=reports.append) as hall:
        assert accepts(hall, "kiosk-1")
        server = hall.listen_as_server()
        server.expect_connection(up=True)
        space.ip(f"address del {LATE}/24 dev lo")
        os.kill(broker_pid(hall), signal.SIGKILL)
        server.expect_connection(up=False)
        server.expect_connection(up=True)
        assert "Cannot assign requested address" in reports[-1]
        space.ip(f"address add {LATE}/24 dev lo")
        until(lambda: accepts(hall, "kiosk-1"))
        assert reports[-1] == ""


def test_a_device_that_is_enrolled_while_the_address_is_gone_joins_when_it_is_back(
    space: NetworkSpace, tmp_path: Path
) -> None:
    reports: list[str] = []
    settings = settings_of(f"{LATE}:8883")
    with network_broker(tmp_path, (), addresses=(LATE,), settings=settings, report=reports.append) as hall:
        assert reports == [], "without devices nobody misses the listener"
        hall.broker.set_users([broker_user("kiosk-1", "kiosk")])
        until(lambda: reports)
        until(lambda: serves_the_box(hall))
        space.ip(f"address add {LATE}/24 dev lo")
        until(lambda: accepts(hall, "kiosk-1"))


def test_another_program_at_the_port_leaves_the_box_working(tmp_path: Path) -> None:
    reports: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = settings_of(f"127.0.0.1:{other.getsockname()[1]}")
        with network_broker(tmp_path, settings=settings, report=reports.append) as hall:
            assert serves_the_box(hall)
            assert "Address already in use" in reports[-1]
            other.close()
            until(lambda: accepts(hall, "kiosk-1"))


def test_a_renewal_leaves_an_open_listener_alone(tmp_path: Path) -> None:
    with network_broker(tmp_path) as hall:
        kiosk = hall.listen("kiosk-1")
        kiosk.expect_connection(up=True)
        hall.broker.set_users([broker_user("kiosk-9", "kiosk"), *hall_devices(hall)])
        until(lambda: accepts(hall, "kiosk-9"))
        assert kiosk.connections.empty()


def test_the_devices_of_the_start_need_no_second_trial(tmp_path: Path) -> None:
    with network_broker(tmp_path) as hall:
        assert accepts(hall, "kiosk-1")
        access = hall.broker._access
        assert access is not None
        hall.broker.set_users(hall_devices(hall))
        assert not access._changed.is_set()
        assert (hall.state / "mosquitto" / "current").resolve().name == "files-1"


def hall_devices(hall: NetworkBroker) -> list[BrokerUser]:
    access = hall.broker._access
    assert access is not None
    return list(access._applied)


def broker_pid(hall: NetworkBroker) -> int:
    access = hall.broker._access
    assert access is not None
    pid = access._process._supervisor.pid("broker")  # type: ignore[union-attr]
    assert isinstance(pid, int)
    return pid
