"""A Mosquitto with its network listener, and clients of a small hall."""

import queue
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from config.settings import BrokerSettings
from server.messaging.broker import RunningBroker, running_broker
from server.messaging.broker_users import BrokerUser, BrokerUserKind, hash_password
from server.messaging.network_access import BrokerNetwork
from server.messaging.trial_client import TrialClient
from server.wire.broker_login import BrokerLogin, box_login
from server.wire.mqtt_connection import MqttConnection
from server.wire.topics import Topics
from support.brokers import Listener, Message
from support.scaled_time import mono_s
from support.server_process import free_ports, need
from support.stand_in_authority import StandInAuthority, stand_in_authority

TOPICS = Topics("mau")


def broker_user(name: str, kind: BrokerUserKind, *counters: str) -> BrokerUser:
    """Return a device whose station and password are its name."""
    return BrokerUser(name, kind, name, counters, hash_password(name))


DEVICES = (
    broker_user("kiosk-1", "kiosk"),
    broker_user("kiosk-2", "kiosk"),
    broker_user("tv-1", "display"),
    broker_user("counters-1", "counter", "c1", "c2"),
    broker_user("sign-1", "node", "c1"),
    broker_user("sign-3", "node", "c3"),
    broker_user("board", "program"),
)


@dataclass
class NetworkBroker:
    """A running broker with its network listener on loopback, and its clients."""

    settings: BrokerSettings
    state: Path
    authority: StandInAuthority
    broker: RunningBroker
    clients: ExitStack = field(default_factory=ExitStack)

    @property
    def host(self) -> str:
        """The address of the network listener."""
        assert self.settings.network is not None
        return self.settings.network.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port of the network listener."""
        assert self.settings.network is not None
        return int(self.settings.network.rpartition(":")[2])

    @property
    def box_port(self) -> int:
        """The port of the loopback listener."""
        return int(self.settings.listen.rpartition(":")[2])

    def login(self, device: str) -> BrokerLogin:
        """Return a device's login with TLS."""
        return BrokerLogin(device, device, self.authority.ca_file)

    def listen(
        self, device: str, *topics: str, will: Message | None = None, login: BrokerLogin | None = None
    ) -> Listener:
        """Connect a device, with its own login unless another is given."""
        return self._feed((self.host, self.port), login or self.login(device), device, topics, will)

    def listen_as_server(self, *topics: str) -> Listener:
        """Connect the server."""
        assert self.broker.login is not None
        return self._feed(("127.0.0.1", self.box_port), self.broker.login, "server", topics, None)

    def listen_on_box(self, client_id: str, *topics: str) -> Listener:
        """Connect a station of the hall box."""
        login = box_login(self.state)
        assert login is not None
        return self._feed(("127.0.0.1", self.box_port), login, client_id, topics, None)

    def trial_client(self, device: str, client_id: str = "any") -> TrialClient:
        """Return a connected client that sees whether the broker denies a message."""
        login = self.login(device)
        assert login.ca_file is not None
        client = self.clients.enter_context(TrialClient(self.port, login, client_id, mono_s, host=self.host))
        client.secure(ssl.create_default_context(cafile=str(login.ca_file)))
        assert client.connect()
        return client

    def trial_client_of_server(self) -> TrialClient:
        """Return a client that is connected as the server."""
        client = self.clients.enter_context(TrialClient(self.box_port, self.broker.login, "server-trial", mono_s))
        assert client.connect()
        return client

    def _feed(
        self, address: tuple[str, int], login: BrokerLogin, name: str, topics: Sequence[str], will: Message | None
    ) -> Listener:
        messages: queue.Queue[Message] = queue.Queue()
        connections: queue.Queue[bool] = queue.Queue()
        feed = MqttConnection(
            *address,
            name,
            topics=topics,
            on_message=lambda topic, payload: messages.put((topic, payload)),
            on_connection=connections.put,
            will=will,
            login=lambda: login,
        )
        self.clients.callback(feed.close)
        return Listener(feed, messages, connections)


def network_settings() -> BrokerSettings:
    """Return the settings of a Mosquitto with both listeners on free loopback ports."""
    box_port, port = free_ports(2)
    return BrokerSettings(
        kind="mosquitto",
        listen=f"127.0.0.1:{box_port}",
        network=f"127.0.0.1:{port}",
        program=Path(need("mosquitto")),
    )


@contextmanager
def network_broker(
    folder: Path,
    devices: Sequence[BrokerUser] = DEVICES,
    *,
    addresses: Sequence[str] = ("127.0.0.1",),
    days: int = 30,
    settings: BrokerSettings | None = None,
    report: Callable[[str], None] = lambda reason: None,
) -> Iterator[NetworkBroker]:
    """Run a broker for ``devices``, with a certificate for ``addresses`` that is valid for ``days``."""
    authority = stand_in_authority(folder, "authority", datetime.now(UTC))
    files = authority.issue("box", addresses, days=days)
    settings, state = settings or network_settings(), folder / "state"
    network = BrokerNetwork("mau", files.certificate, files.key, devices, report)
    with running_broker(settings, state, time.monotonic, network) as broker:
        place = NetworkBroker(settings, state, authority, broker)
        with place.clients:
            yield place


def without(devices: Sequence[BrokerUser], name: str) -> Sequence[BrokerUser]:
    """Return the devices except one."""
    return [device for device in devices if device.name != name]


def with_password(devices: Sequence[BrokerUser], name: str, password: str) -> Sequence[BrokerUser]:
    """Return the devices, one of them with another password."""
    new_hash = hash_password(password)
    return [replace(device, password_hash=new_hash) if device.name == name else device for device in devices]
