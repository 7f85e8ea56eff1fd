"""Start the hall's network: names and certificates, the broker that uses them, the announcement."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from config.address import split_address
from config.settings import ServerSettings, Settings
from server.access.access import Access
from server.messaging.broker import RunningBroker, running_broker
from server.messaging.enrolled_devices import users_of
from server.messaging.network_access import BrokerNetwork
from server.network.announcement import HallAnnouncement
from server.network.authority import Authority
from server.network.findings import FindingKind, NetworkFinding
from server.network.hall_network import HallNetwork
from server.network.problems import NetworkFault, NetworkProblems
from server.network.tls import ServerTls
from server.startup.checks import own_certificate


def hall_network(
    server: ServerSettings,
    settings: Settings,
    office: str,
    access: Access | None,
    wall_ms: Callable[[], int],
    on_change: Callable[[], None],
) -> HallNetwork | None:
    """Return the names and certificates of the box; None in a demonstration."""
    if server.mode == "demo":
        return None
    tls = None
    if server.is_beyond_loopback:
        authority = Authority(settings.machine.state / "tls", wall_ms, office)
        tls = ServerTls(authority, own_certificate(server), wall_ms)
    network = HallNetwork(server, tls, on_change=on_change, problems=NetworkProblems(on_change))
    if access is not None:
        network.problems.report("oidc", NetworkFault.OPEN_ID, access.open_id_problem)
    network.refresh()
    return network


def start_broker(
    settings: Settings,
    office: str,
    access: Access | None,
    network: HallNetwork | None,
    mono_s: Callable[[], float],
    resources: ExitStack,
) -> RunningBroker:
    """Start the broker with the enrolled devices as its users, closed with ``resources``.

    It gets each new certificate.
    """
    tls = None if network is None or settings.broker.network is None else network.tls
    broker_network = None
    if tls is not None and network is not None and access is not None:
        users = users_of(access.devices.all())
        report = partial(_report_broker, network.problems, settings.broker.network)
        broker_network = BrokerNetwork(office, *tls.files, users, report)
    broker = resources.enter_context(running_broker(settings.broker, settings.machine.state, mono_s, broker_network))
    if network is not None and tls is not None:
        also_on_change(network, lambda: broker.renew_certificate(*tls.files))
    return broker


def _report_broker(problems: NetworkProblems, address: str | None, text: str) -> None:
    """Report why no device can connect to the broker; "": devices can."""
    finding = NetworkFinding(text, FindingKind.ADDRESS_CLOSED, address=address)
    problems.report("broker", NetworkFault.CLOSED, finding)


def also_on_change(network: HallNetwork | None, callback: Callable[[], object]) -> None:
    """Call ``callback`` too when names, addresses or certificate of the hall change."""
    if network is None:
        return
    on_change = network.on_change

    def handle() -> None:
        callback()
        on_change()

    network.on_change = handle


def announcement(
    server: ServerSettings, settings: Settings, network: HallNetwork | None, office: str
) -> HallAnnouncement | None:
    """Return how the hall is announced on its networks; None on loopback only. ``office``: its name."""
    if network is None or not server.is_beyond_loopback:
        return None
    broker = settings.broker.network
    broker_port = None if broker is None else split_address(broker)[1]
    return HallAnnouncement(office, network.https_port, broker_port)
