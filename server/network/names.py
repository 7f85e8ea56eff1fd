"""Find the names and addresses under which the hall's box is reached."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

import ifaddr

from config.address import DNS_NAME, is_address, is_loopback, split_address

MAX_ADDRESSES = 32
"""The most addresses that are used, the lowest interfaces first."""
EVERYWHERE = frozenset({"0.0.0.0", "::", ""})
"""Hosts of an address to listen at that stand for every address of the box."""
_DOCUMENTATION_ADDRESS = "192.0.2.1"  # TEST-NET-1: connecting a UDP socket sends nothing


@dataclass(frozen=True, slots=True)
class BoxNames:
    """The names and addresses of the box.

    ``names`` are in lower case; ``addresses`` are of its networks, without loopback. ``main_address`` is the one by
    which the box reaches other networks, else the first; None without a network.
    """

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    main_address: str | None = None

    def covers(self, host: str) -> bool:
        """Return whether ``host``, of a URL or of the header ``Host``, is this box."""
        host = host.removesuffix(".").lower()
        return host in self.names or _plain_address(host) in self.addresses


def find_names(
    configured: Sequence[str],
    *,
    hostname: Callable[[], str] = socket.gethostname,
    addresses: Callable[[], Sequence[str]] | None = None,
    main_address: Callable[[], str | None] | None = None,
) -> BoxNames:
    """Return the configured names and addresses with those of the host."""
    own_name = hostname().removesuffix(".").lower()
    first_label = own_name.partition(".")[0]
    plain = [_plain_address(name.removesuffix(".").lower()) for name in configured]
    names = [name for name in plain if not is_address(name)]
    if DNS_NAME.fullmatch(own_name) and not is_loopback(own_name):
        names += [own_name, first_label, f"{first_label}.local"]
    own_addresses = tuple((addresses or network_addresses)())[:MAX_ADDRESSES]
    all_addresses = tuple(dict.fromkeys([*own_addresses, *filter(is_address, plain)]))
    main = (main_address or routed_address)()
    if main not in own_addresses:
        main = next(iter(own_addresses), None)
    return BoxNames(tuple(dict.fromkeys(names)), all_addresses, main)


def network_addresses() -> Sequence[str]:
    """Return the addresses of all networks, IPv4 first; without loopback and link-local ones."""
    usable = dict.fromkeys(_usable_addresses())
    return sorted(usable, key=lambda address: ":" in address)


def routed_address() -> str | None:
    """Return the address from which the box reaches other networks; None without a route."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect((_DOCUMENTATION_ADDRESS, 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address


def visitor_url(configured: str, listen: str, names: BoxNames) -> str:
    """Return the public address of the visitors' pages; empty when phones cannot reach them.

    It is the ``configured`` one, else ``listen`` (the setting ``visitors``) with the box's address on that network.
    """
    if configured:
        return configured
    host, port = split_address(listen)
    if is_loopback(host):
        return ""
    address = names.main_address if host in EVERYWHERE else host
    if address is None:
        return ""
    return f"http://{url_host(address)}:{port}"


def url_host(host: str) -> str:
    """Return ``host`` as in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _usable_addresses() -> Iterator[str]:
    for adapter in ifaddr.get_adapters():
        for interface in adapter.ips:
            text = interface.ip if isinstance(interface.ip, str) else interface.ip[0]
            address = ip_address(text)
            if not (address.is_loopback or address.is_link_local or address.is_unspecified):
                yield str(address)


def _plain_address(host: str) -> str:
    """Return an address in its usual form; other text unchanged."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
