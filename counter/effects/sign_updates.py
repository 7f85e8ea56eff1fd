"""Update the signs: the letters that numbers begin with, and whether sign nodes are online.

A sign node is a small computer beside a sign, which receives the number from the broker itself.
"""

from collections.abc import Mapping

from hardware.ports import Sign
from hardware.signs.mqtt import NodeSign
from server.wire.messages import Office, Read, StationStatus
from server.wire.station.events import ReceivedMessage
from server.wire.topics import Topics


class SignUpdates:
    """Updates the ``signs`` of the station's counters from messages.

    ``receive`` and ``connection_changed`` run in the connection's thread and only store values in the signs.
    """

    def __init__(self, topics: Topics, signs: Mapping[str, Sign]) -> None:
        self._office, self._signs = topics.office, signs
        # The topic on which a sign node reports its presence -> the sign.
        self._node_signs = {topics.status(sign.node): sign for sign in signs.values() if isinstance(sign, NodeSign)}

    @property
    def models(self) -> Mapping[str, type[Read]]:
        """The topics to subscribe to, with the models of their messages."""
        return {self._office: Office, **dict.fromkeys(self._node_signs, StationStatus)}

    def receive(self, message: ReceivedMessage) -> None:
        """Update the signs from a received message; other messages are ignored."""
        match message.content:
            case Office() as office:
                prefixes = {service.prefix for service in office.services if service.prefix}
                for sign in self._signs.values():
                    sign.expect_prefixes(prefixes)
            case StationStatus() as status:
                self._node_signs[message.topic].presence_received(online=status.online)

    def connection_changed(self, *, connected: bool) -> None:
        """Update the signs after the station's own connection was made or lost."""
        for sign in self._node_signs.values():
            sign.connection_changed(connected=connected)
