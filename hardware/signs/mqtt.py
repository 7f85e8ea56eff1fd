"""A sign that reads its number from the broker by itself: here one only knows whether it is there."""

from collections.abc import Callable, Collection

from hardware.ports import Health, SignFace, State

UNHEARD_S = 10.0


class NodeSign:
    """The node ``node``. It shows what the server publishes for its counter; a refused key it cannot show.

    ``clock`` gives monotonic seconds. All methods may be called from any thread.
    """

    def __init__(self, node: str, clock: Callable[[], float]) -> None:
        self.node, self._clock = node, clock
        self._online: bool | None = None
        self._linked_at: float | None = None

    def heard(self, *, online: bool) -> None:
        """What it says of itself, or what its will says."""
        self._online = online

    def linked(self, *, up: bool) -> None:
        """Our own connection came or went: what we knew of the node before is worth nothing."""
        self._online = None
        self._linked_at = self._clock() if up else None

    def show(self, face: SignFace) -> None:
        """The node knows by itself."""

    def expect(self, prefixes: Collection[str]) -> None:
        """What it can show is its maker's business."""

    def health(self) -> Health:
        linked_at, online = self._linked_at, self._online
        if linked_at is None:
            return Health(State.UNKNOWN, detail="the broker is not heard")
        if online:
            return Health(State.READY)
        if online is None and self._clock() < linked_at + UNHEARD_S:
            return Health(State.UNKNOWN, detail=f"nothing heard of {self.node} yet")
        return Health(State.OFFLINE, code="off", detail=f"{self.node} is not connected to the broker")

    def close(self) -> None:
        """Nothing is held here."""
