"""The person or station that acts in a command."""

from dataclasses import dataclass

from server.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or station that acts.

    ``id``: a clerk's id, a station's id, or ``system``. ``station``: the station that sent the request.
    """

    role: Role
    id: str
    station: str | None = None

    @property
    def caller(self) -> str:
        """Return the name of the sender with whose requests a retry is compared: ``clerk:anna``."""
        return f"{self.role}:{self.id}"


SYSTEM = Actor(Role.SYSTEM, "system")
"""The server itself, when it acts by the clock or the schedule."""
