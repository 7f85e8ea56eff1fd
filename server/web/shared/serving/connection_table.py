"""Tables of connections with a fair share for each address.

Where a table is full, the address with most connections loses its oldest one, so a caller with many connections
displaces its own and nobody else's.
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

State = TypeVar("State")


def plain_address(address: str) -> str:
    """Return a caller's address; an IPv4 address in IPv6 form as IPv4."""
    return address[7:] if address.startswith("::ffff:") and "." in address else address.partition("%")[0]


class ConnectionTable(Generic[State]):
    """Connections, each with a state, the oldest first. ``conn.group`` says whose they are."""

    def __init__(self) -> None:
        self._states: dict[Any, State] = {}
        self._by_group: dict[str, dict[Any, None]] = {}

    def __len__(self) -> int:
        return len(self._states)

    def __contains__(self, conn: Any) -> bool:
        return conn in self._states

    def __iter__(self) -> Iterator[Any]:
        return iter(self._states)

    def __getitem__(self, conn: Any) -> State:
        return self._states[conn]

    def items(self) -> list[tuple[Any, State]]:
        """Return all connections with their states."""
        return list(self._states.items())

    def add(self, conn: Any, state: State) -> None:
        """Add a connection as the newest."""
        self._states[conn] = state
        self._by_group.setdefault(conn.group, {})[conn] = None

    def pop(self, conn: Any) -> State:
        """Remove a connection; return its state."""
        group = self._by_group[conn.group]
        del group[conn]
        if not group:
            del self._by_group[conn.group]
        return self._states.pop(conn)

    def count_of(self, group: str) -> int:
        """Return how many connections a group has."""
        return len(self._by_group.get(group, ()))

    def oldest_of(self, group: str) -> Any:
        """Return the oldest connection of a group that has one."""
        return next(iter(self._by_group[group]))

    def oldest_of_largest_group(self) -> Any:
        """Return the oldest connection of the group that has most; the table is not empty."""
        largest = max(self._by_group, key=self.count_of)
        return self.oldest_of(largest)
