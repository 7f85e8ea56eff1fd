"""A server that starts with enrolled devices: their broker users are there at once."""

import time
from contextlib import ExitStack, closing
from pathlib import Path

from config.settings import MachineSettings, ServerSettings, Settings
from server.access.access import Access
from server.access.broker_passwords import hash_password
from server.access.device import DeviceDetails, NewDevice
from server.messaging.enrolled_devices import follow_devices
from server.startup.network import hall_network, start_broker
from server.wire.broker_login import BrokerLogin
from server.wire.messages import DeviceKind
from server.wire.mqtt_probe import ACCEPTED, connack_code
from support.certificates import machine_ms
from support.network_brokers import network_settings
from support.waiting import until


def enrol(access: Access, device: str) -> None:
    """Enrol a kiosk whose password is its id."""
    new = NewDevice(device, DeviceKind.KIOSK, DeviceDetails(device), f"token-{device}", hash_password(device), "")
    access.devices.enrol("admin", new)


def test_a_server_that_starts_with_enrolled_devices_tries_their_files_once(tmp_path: Path) -> None:
    server = ServerSettings(listen="0.0.0.0:8470", names=("localhost",), mode="live")
    settings = Settings(machine=MachineSettings(state=tmp_path), server=server, broker=network_settings())
    assert settings.broker.network is not None
    port = int(settings.broker.network.rpartition(":")[2])

    def is_accepted(device: str) -> bool:
        login = BrokerLogin(device, device, tmp_path / "tls/ca.crt")
        return connack_code("localhost", port, login) == ACCEPTED

    with closing(Access.open(tmp_path, machine_ms)) as access, ExitStack() as resources:
        enrol(access, "kiosk-9")
        network = hall_network(server, settings, "mau", access, machine_ms, lambda: None)
        broker = start_broker(settings, "mau", access, network, time.monotonic, resources)
        assert is_accepted("kiosk-9"), "without a second trial and a restart of the broker"
        follow_devices(broker, access.devices)
        enrol(access, "kiosk-10")
        until(lambda: is_accepted("kiosk-10"))
        assert (tmp_path / "mosquitto/current").resolve().name == "files-2", "of the start, and of the new device"
