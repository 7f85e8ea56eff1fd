"""The ports that a hall found free at its first start, kept in its state folder for the next ones.

A page, a bookmark and the QR code on a slip hold an address: with other ports at each start they would lead nowhere.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from config.address import split
from hardware.whole_file import replace
from server.hall.addresses import Place, reserve

FILE = "ports.json"
LOWEST, HIGHEST = 1024, 65535


def own_ports(wanted: Iterable[Place], state: Path, held: ExitStack) -> dict[str, str]:
    """Reserve free addresses, old -> new: the ports of the run before in this folder where they are still free."""
    places = list(wanted)
    moved = reserve(places, held, read_ports(state))
    write_ports(state, {place.setting: split(moved[place.address])[1] for place in places})
    return moved


def read_ports(state: Path) -> dict[str, int]:
    """Return setting -> port of the run before; an empty one where there was none, or the file is damaged."""
    try:
        raw = json.loads((state / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(raw, dict):
        return {}
    return {setting: port for setting, port in raw.items() if type(port) is int and LOWEST <= port <= HIGHEST}


def write_ports(state: Path, ports: Mapping[str, int]) -> None:
    """Store setting -> port, whole or not at all."""
    replace(state / FILE, json.dumps(dict(ports), indent=1))
