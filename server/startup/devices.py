"""Start the enrolment of devices, and keep the broker's users equal to the registry."""

from collections.abc import Callable

from config.address import split_address
from config.settings import BrokerSettings
from server.access.access import Access
from server.access.broker_passwords import hash_password
from server.access.enrolment import Enrolment, ServerIdentity
from server.access.pending import PendingDevices
from server.access.tokens import random_bytes
from server.messaging.broker import RunningBroker, why_no_network_broker
from server.messaging.enrolled_devices import follow_devices
from server.monitoring.station_monitor import StationMonitor
from server.network.hall_network import HallNetwork
from server.wire.topics import Topics


def start_devices(
    access: Access | None,
    network: HallNetwork | None,
    broker: RunningBroker,
    settings: BrokerSettings,
    stations: StationMonitor,
    mono_s: Callable[[], float],
    topics: Topics,
) -> Enrolment | None:
    """Return the enrolment of devices, and give the broker its users from now on.

    None: a demonstration has no devices.
    """
    if access is None:
        return None
    devices = access.devices
    follow_devices(broker, devices)
    return Enrolment(
        devices,
        PendingDevices(mono_s, access.database.wall_ms, random_bytes),
        random_bytes,
        identity=lambda host: server_identity(network, settings, topics.office_id, host),
        hash_broker_password=hash_password,
        is_taken=lambda station: any(reported.station == station for reported in stations.stations()),
        why_no_broker=why_no_network_broker(settings),
    )


def server_identity(
    network: HallNetwork | None, broker: BrokerSettings, office: str, host: str
) -> ServerIdentity | None:
    """Return the server's identity for a device that reached it as ``host``.

    It trusts the issuers of the certificate, so that a renewal changes nothing.
    """
    certificates = None if network is None else network.certificates
    if certificates is None:
        return None
    address = None if broker.network is None else f"{host}:{split_address(broker.network)[1]}"
    return ServerIdentity(certificates.certificate_hash, certificates.trust_pem, office, address)
