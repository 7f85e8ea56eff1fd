"""Addresses as the settings write them: ``host:port``."""

import re
from functools import lru_cache
from ipaddress import ip_address

DNS_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*")
"""A name that a certificate can hold, in lower case."""


def split_address(address: str) -> tuple[str, int]:
    """Return ("127.0.0.1", 1883) for "127.0.0.1:1883"; an IPv6 host without its brackets."""
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


@lru_cache(maxsize=256)  # each request asks twice
def is_loopback(host: str) -> bool:
    """Return whether ``host`` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


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
