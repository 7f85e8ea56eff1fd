"""The addresses to which web-hooks may send.

A receiver in this network, this machine among them, needs the administrator's leave (``is_local``); with it, plain
HTTP is accepted there too. A public receiver needs HTTPS. The resolved address is checked at each delivery, so that a
name cannot be pointed elsewhere later.
"""

import socket
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

MAX_URL_LENGTH = 500
DEFAULT_PORTS = {"https": 443, "http": 80}

IpAddress = IPv4Address | IPv6Address


class AddressProblem(StrEnum):
    """Why a web-hook may not send to an address."""

    FORM = "form"  # no address of a web server
    CREDENTIALS = "credentials"  # a name or password in the address
    PLAIN = "plain"  # http without the leave for this network, or to a public address
    LOCAL = "local"  # in this network or this machine, without the leave
    NEVER = "never"  # link-local, multicast, reserved


class AddressRefused(ValueError):
    """A web-hook may not send to an address, because of ``problem``."""

    def __init__(self, problem: AddressProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class HookAddress:
    """The parts of a checked address; ``target`` is the path with the query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """Return the value of the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_address(url: str, *, is_local: bool) -> HookAddress:
    """Return the parts of an address that a web-hook may have. Raises :class:`AddressRefused`."""
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused(AddressProblem.FORM)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(AddressProblem.FORM) from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "#" in url or port == 0:
        raise AddressRefused(AddressProblem.FORM)
    if "@" in parts.netloc:
        raise AddressRefused(AddressProblem.CREDENTIALS)
    if parts.scheme == "http" and not is_local:
        raise AddressRefused(AddressProblem.PLAIN)
    address = HookAddress(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme], _target(parts))
    literal = _literal(address.host)
    if literal is not None:
        check_ip(literal, address, is_local=is_local)
    elif address.host == "localhost" and not is_local:
        raise AddressRefused(AddressProblem.LOCAL)
    return address


def check_ip(ip: IpAddress, address: HookAddress, *, is_local: bool) -> None:
    """Raise :class:`AddressRefused` unless a web-hook may connect to ``ip``."""
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        ip = mapped
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or (ip.is_reserved and not ip.is_loopback):
        raise AddressRefused(AddressProblem.NEVER)
    if not ip.is_global or is_own(ip):
        if not is_local:
            raise AddressRefused(AddressProblem.LOCAL)
    elif address.scheme == "http":
        raise AddressRefused(AddressProblem.PLAIN)


def resolve(address: HookAddress, *, is_local: bool) -> IpAddress:
    """Return the IP address to connect to; all addresses of the name must be allowed.

    Raises ``OSError`` for an unknown name, and :class:`AddressRefused`.
    """
    entries = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    ips = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries]
    for ip in ips:
        check_ip(ip, address, is_local=is_local)
    return ips[0]


def is_own(ip: IpAddress) -> bool:
    """Return whether ``ip`` is an address of this machine.

    A socket can be bound to own addresses only.
    """
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(ip), 0))
    except OSError:
        return False
    return True


def _literal(host: str) -> IpAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:  # "127.1", "0x7f000001" and "2130706433" are addresses too for the resolver
        return IPv4Address(socket.inet_aton(host)) if host[-1:].isalnum() and host[:1].isdigit() else None
    except OSError:
        return None


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
