"""The broker's users with their rights, as lines of Mosquitto's files.

Only the server writes pictures. A device writes its own status and the states of its own devices, and reads what it
shows. Mosquitto denies everything that no line allows.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.access.broker_passwords import hash_password
from server.wire.broker_login import BOX_USER, CHECK_USER, SERVER_USER
from server.wire.topics import Topics

__all__ = [
    "BrokerUser",
    "Rights",
    "acl_lines",
    "hash_password",
    "own_rights",
    "password_lines",
    "reported_devices",
    "rights",
]

BrokerUserKind = Literal["kiosk", "counter", "display", "node", "program"]

_DEVICES: Mapping[BrokerUserKind, Sequence[str]] = {
    "kiosk": ("screen", "printer"),
    "display": ("screen", "speaker"),
    "node": ("sign",),
}
_DEVICES_OF_COUNTER = ("sign", "keypad", "pad", "scanner")
"""The devices of a station, and of a counter of a counter station."""

_NAME = re.compile(r"[a-z0-9_-]{1,63}", re.ASCII)
"""No character that means something in a topic or a line of the files; no dot, so none of the server's own users."""
_HASH = re.compile(r"\$7\$[0-9]+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class BrokerUser:
    """The broker user of one enrolled device. ``name`` is its client id too, whatever id the device sends.

    ``station``: its id in topics; ``counters``: those that it serves or shows. Raises ``ValueError`` for a name with
    other characters than a-z, 0-9, - and _, and for a foreign form of hash.
    """

    name: str
    kind: BrokerUserKind
    station: str
    counters: Sequence[str]
    password_hash: str

    def __post_init__(self) -> None:
        for name in (self.name, self.station, *self.counters):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be in the broker's files")
        if not _HASH.fullmatch(self.password_hash):
            raise ValueError(f"the password hash of {self.name} is not one of Mosquitto's $7$")


@dataclass(frozen=True, slots=True)
class Rights:
    """The topics (filters) that one user may read and write."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


def own_rights(topics: Topics) -> Mapping[str, Rights]:
    """Return the rights of the users that every hall box has."""
    everything = topics.board.removesuffix("board") + "#"
    any_status = (topics.status("+"), topics.device("+", "+"))
    pictures = (topics.board, topics.office, topics.server, topics.counter("+"), topics.work("+"))
    return {
        SERVER_USER: Rights((everything,), (everything,)),
        BOX_USER: Rights((*pictures, topics.status("+"), topics.test("+"), topics.restart("+")), any_status),
        CHECK_USER: Rights((), ()),
    }


def rights(user: BrokerUser, users: Iterable[BrokerUser], topics: Topics) -> Rights:
    """Return the rights of a device. ``users``: all of them; a counter station reads the status of its nodes."""
    counters = tuple(topics.counter(counter) for counter in user.counters)
    own_devices = (topics.device(user.station, device) for device in reported_devices(user))
    own_status = (topics.status(user.station), *own_devices)
    restart = topics.restart(user.station)
    if user.kind == "kiosk":
        return Rights((topics.board, topics.office, topics.server, topics.work(user.station), restart), own_status)
    if user.kind == "display":
        return Rights((topics.board, topics.office, topics.server, topics.test(user.station), restart), own_status)
    if user.kind == "node":
        return Rights((*counters, topics.server, restart), own_status)
    if user.kind == "program":
        return Rights((topics.board, topics.office, topics.server, topics.counter("+"), topics.fact("+")), ())
    nodes = (node for node in users if node.kind == "node" and set(node.counters) <= set(user.counters))
    node_statuses = tuple(topics.status(node.station) for node in nodes)
    own_test = topics.test(user.station)
    return Rights((topics.board, topics.office, topics.server, own_test, restart, *node_statuses), own_status)


def reported_devices(user: BrokerUser) -> Sequence[str]:
    """Return the names of the devices whose state a station may report.

    They are listed one by one: Mosquitto stores the last state of each name, without a limit for one user.
    """
    of_counters = [f"{device}-{counter}" for counter in user.counters for device in _DEVICES_OF_COUNTER]
    return of_counters if user.kind == "counter" else _DEVICES.get(user.kind, ())


def acl_lines(users: Sequence[BrokerUser], office: str) -> Sequence[str]:
    """Return the lines of Mosquitto's access list for the office with the id ``office``."""
    topics = Topics(office)
    all_rights = {**own_rights(topics), **{user.name: rights(user, users, topics) for user in users}}
    lines: list[str] = []
    for name, user_rights in all_rights.items():
        lines.append(f"user {name}")
        lines.extend(f"topic read {topic}" for topic in user_rights.reads)
        lines.extend(f"topic write {topic}" for topic in user_rights.writes)
    return lines


def password_lines(hashes: Mapping[str, str]) -> Sequence[str]:
    """Return the lines of Mosquitto's password file; ``hashes`` has the users as keys."""
    return [f"{name}:{password_hash}" for name, password_hash in hashes.items()]
