"""Announce the hall's server on its networks by mDNS."""

import logging
import socket
from collections.abc import Sequence
from contextlib import closing
from ipaddress import ip_address

from zeroconf import Error, ServiceInfo, Zeroconf

from server.network.names import BoxNames
from server.wire.discovery import BROKER, OFFICE, SERVICE_TYPE

log = logging.getLogger(__name__)

MULTICAST_GROUP = "224.0.0.251"
"""Of mDNS (RFC 6762)."""


class HallAnnouncement:
    """Announces ``_luot._tcp`` at the addresses of the box. One thread calls ``update`` and ``close``.

    ``port``: of the HTTPS server; ``broker_port``: of the broker for enrolled devices. ``interfaces``: the own
    addresses to announce from; None: those of the names.
    """

    def __init__(
        self, office: str, port: int, broker_port: int | None = None, *, interfaces: Sequence[str] | None = None
    ) -> None:
        self._office, self._port, self._broker_port = office, port, broker_port
        self._interfaces = interfaces
        self._zeroconf: Zeroconf | None = None
        self._announced: BoxNames | None = None
        self._failure = ""

    @property
    def failure(self) -> str:
        """Why the hall is not announced; empty when it is, or before the first ``update``."""
        return self._failure

    def update(self, names: BoxNames) -> None:
        """Announce these names, unless they are announced already. A failure is logged; call it again later."""
        if names == self._announced:
            return
        self.close()
        try:
            interfaces = list(_with_multicast(self._interfaces or names.addresses))
            self._zeroconf = Zeroconf(interfaces=interfaces)
            self._zeroconf.register_service(self._service(names), allow_name_change=True)
        except (OSError, Error) as error:
            if str(error) != self._failure:
                log.warning("stations cannot find this server by themselves (mDNS): %s; write [link] there", error)
            self._failure = str(error)
            self.close()
        else:
            self._announced, self._failure = names, ""

    def close(self) -> None:
        """End the announcement."""
        zeroconf, self._zeroconf, self._announced = self._zeroconf, None, None
        if zeroconf is not None:
            zeroconf.close()

    def _service(self, names: BoxNames) -> ServiceInfo:
        label = next((name for name in names.names if "." not in name), "luot")
        properties: dict[bytes, bytes] = {OFFICE: self._office.encode()}
        if self._broker_port is not None:
            properties[BROKER] = str(self._broker_port).encode()
        return ServiceInfo(
            SERVICE_TYPE,
            f"{self._office} {label}.{SERVICE_TYPE}",
            port=self._port,
            addresses=[ip_address(address).packed for address in names.addresses],
            properties=properties,
            server=f"{label}.local.",
        )


def _with_multicast(addresses: Sequence[str]) -> Sequence[str]:
    """Return the IPv4 addresses whose network takes multicast. Raises ``OSError`` without one.

    Zeroconf would keep a thread and a socket for each attempt that fails.
    """
    usable, failure = list[str](), OSError("this machine has no IPv4 network")
    for address in addresses:
        if ":" in address:
            continue
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
            try:
                membership = socket.inet_aton(MULTICAST_GROUP) + socket.inet_aton(address)
                probe.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            except OSError as error:
                failure = error
            else:
                usable.append(address)
    if not usable:
        raise failure
    return usable
