"""What signs are told beside their faces: the letters that numbers begin with, and whether nodes are there."""

import logging
from collections.abc import Mapping

from hardware.ports import Sign
from hardware.signs.mqtt import NodeSign
from server.wire.messages import Office, StationStatus
from server.wire.station import understood
from server.wire.topics import Topics

log = logging.getLogger(__name__)


class Boards:
    """The ``signs`` of the station's counters. ``heard`` and ``linked`` are called in the connection's thread and
    only leave word with the signs."""

    def __init__(self, topics: Topics, signs: Mapping[str, Sign]) -> None:
        self._office, self._signs = topics.office, signs
        self._nodes = {topics.status(sign.node): sign for sign in signs.values() if isinstance(sign, NodeSign)}

    @property
    def topics(self) -> tuple[str, ...]:
        """What the station must subscribe to for this."""
        return (self._office, *self._nodes)

    def heard(self, topic: str, payload: bytes) -> None:
        """Any message; those for others are passed over, as are those that cannot be read."""
        kinds = {self._office: Office} | dict.fromkeys(self._nodes, StationStatus)
        match understood(topic, payload, kinds) if payload else None:
            case Office() as office:
                prefixes = {one.prefix for one in office.services if one.prefix}
                for sign in self._signs.values():
                    sign.expect(prefixes)
            case StationStatus() as status:
                self._nodes[topic].heard(online=status.online)

    def linked(self, *, up: bool) -> None:
        """The station's own connection came or went."""
        for node in self._nodes.values():
            node.linked(up=up)
