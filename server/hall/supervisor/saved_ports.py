"""Saves the ports of a hall in its state folder, for its next starts.

Bookmarks and the QR codes on slips hold an address, which would become invalid if the port changed at each start.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from config.address import split_address
from config.files import atomic_write
from server.hall.supervisor.addresses import ListenAddress, reserve

PORTS_FILE = "ports.json"
MIN_PORT, MAX_PORT = 1024, 65535


def reserve_saved(addresses: Iterable[ListenAddress], state: Path, resources: ExitStack) -> dict[str, str]:
    """Reserve free addresses, old -> new, with the ports of the previous run where possible."""
    listen_addresses = list(addresses)
    new_addresses = reserve(listen_addresses, resources, read_ports(state))
    write_ports(
        state, {address.setting: split_address(new_addresses[address.address])[1] for address in listen_addresses}
    )
    return new_addresses


def read_ports(state: Path) -> dict[str, int]:
    """Return setting -> port of the previous run. Empty without one, or when the file is damaged."""
    try:
        raw = json.loads((state / PORTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(raw, dict):
        return {}
    return {setting: port for setting, port in raw.items() if type(port) is int and MIN_PORT <= port <= MAX_PORT}


def write_ports(state: Path, ports: Mapping[str, int]) -> None:
    """Store setting -> port, atomically."""
    atomic_write(state / PORTS_FILE, json.dumps(dict(ports), indent=1))
