"""Addresses as the settings write them: ``host:port``, and the addresses of callers."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

DNS_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*")
"""A name that a certificate can hold, in lower case."""

IPV6_HOME_BITS = 64
MAX_ADDRESS_LENGTH = 64
"""Of a text that is no address."""


def split_address(address: str) -> tuple[str, int]:
    """Return ("127.0.0.1", 1883) for "127.0.0.1:1883"; an IPv6 host without its brackets."""
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


@lru_cache(maxsize=256)  # each request asks twice
@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Return whether ``host`` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def address_group(address: str) -> str:
    """Return the name of the addresses that count as one caller.

    That is an IPv4 address, also in IPv6 form, or the /64 of an IPv6 address: one host has all addresses of its /64.
    """
    try:
        host = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:MAX_ADDRESS_LENGTH]
    if not isinstance(host, IPv6Address) or host.is_loopback:
        return str(host)
    if host.ipv4_mapped is not None:
        return str(host.ipv4_mapped)
    return str(ip_network((host, IPV6_HOME_BITS), strict=False))


def is_address(host: str) -> bool:
    """Return whether ``host`` is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def check_host_name(name: str) -> str:
    """Return ``name`` when it is a DNS name or an IP address, else raise ``ValueError``."""
    plain = name.removesuffix(".").lower()
    if not is_address(plain) and not DNS_NAME.fullmatch(plain):
        raise ValueError("not a name or address; write motcua.phuong.vn, or 192.168.1.10, without http:// and port")
    return plain
