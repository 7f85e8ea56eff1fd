"""Addresses as the settings write them: ``host:port``."""

from ipaddress import ip_address


def split_address(address: str) -> tuple[str, int]:
    """Return ("127.0.0.1", 1883) for "127.0.0.1:1883"; an IPv6 host without its brackets."""
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(host: str) -> bool:
    """Return whether ``host`` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
