"""Sign nodes: signs that receive their number from the broker themselves.

The counter station knows only whether such a node is connected to the broker (its presence).
"""

from collections.abc import Callable, Collection

from hardware.ports import DeviceHealth, HealthState, SignFace

PRESENCE_TIMEOUT_S = 10.0
"""A node whose presence is not received within this time, counted from our own connection, is offline."""


class NodeSign:
    """The sign node that the broker knows as ``node``.

    It shows the number that the server publishes for its counter; it cannot show a refused key.

    ``mono_s`` gives monotonic seconds. All methods may be called from any thread.
    """

    def __init__(self, node: str, mono_s: Callable[[], float]) -> None:
        self.node, self._mono_s = node, mono_s
        self._online: bool | None = None  # None: no presence was received on our connection
        self._connected_at_s: float | None = None  # None: we have no connection

    def presence_received(self, *, online: bool) -> None:
        """Store the presence that the node, or its last will, reports."""
        self._online = online

    def connection_changed(self, *, connected: bool) -> None:
        """Forget the node's presence: our own connection to the broker was opened or lost."""
        self._online = None
        self._connected_at_s = self._mono_s() if connected else None

    def show(self, face: SignFace) -> None:
        """Do nothing: the node receives its number from the server."""

    def expect_prefixes(self, prefixes: Collection[str]) -> None:
        """Do nothing: the node's capacity is unknown here."""

    def health(self) -> DeviceHealth:
        connected_at_s, online = self._connected_at_s, self._online
        if connected_at_s is None:
            return DeviceHealth(HealthState.UNKNOWN, detail="no connection to the broker")
        if online:
            return DeviceHealth(HealthState.READY)
        if online is None and self._mono_s() < connected_at_s + PRESENCE_TIMEOUT_S:
            return DeviceHealth(HealthState.UNKNOWN, detail=f"no message from {self.node} yet")
        return DeviceHealth(HealthState.OFFLINE, code="off", detail=f"{self.node} is not connected to the broker")

    def close(self) -> None:
        """Do nothing: no resource is held."""
