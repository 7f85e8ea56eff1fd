"""The person or station that acts in a command."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from server.domain.errors import Refusal, Refused
from server.domain.permissions import Permission, Permissions, Role, in_order, may, persons_roles_for


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or station that acts.

    ``role`` is the one that the journal records. ``id``: a person's id, a station's id, a token's id, or ``system``.
    ``station``: the station that sent the request. ``roles``: all roles of the actor, by default only ``role``.
    ``only``: the permissions to which a device or an API token is limited; None: all of its roles. ``counters``: the
    only counters at which a device may act; None: any. ``granted``: the permissions of the role ``STAFF``.
    """

    role: Role
    id: str
    station: str | None = None
    roles: Collection[Role] = ()
    only: Permissions | None = None
    counters: Collection[str] | None = None
    granted: Permissions = frozenset()

    @property
    def caller(self) -> str:
        """Return the name of the sender with whose requests a retry is compared: ``clerk:anna``."""
        return f"{self.role}:{self.id}"

    @property
    def callers(self) -> Sequence[str]:
        """Return the sender's names in all roles, for a request that is repeated.

        Which role grants an action may depend on the counter, and so on the moment.
        """
        return list(dict.fromkeys(f"{role}:{self.id}" for role in (self.role, *in_order(frozenset(self.roles)))))

    def may(self, action: Permission) -> bool:
        """Return whether the actor may do ``action``."""
        return any(self._may_as(role, action) for role in (self.role, *self.roles))

    def acting_for(self, action: Permission, *, but: Collection[Role] = ()) -> "Actor":
        """Return the actor in the role that grants ``action``, and is none of ``but``.

        It is the first such role in the order of ``Role``; without one the actor is returned as it is.
        """
        if len(self.roles) <= 1:
            return self
        granting = (role for role in Role if role in self.roles and role not in but and self._may_as(role, action))
        role = next(granting, self.role)
        return self if role is self.role else replace(self, role=role)

    def _may_as(self, role: Role, action: Permission) -> bool:
        is_granted = action in self.granted if role is Role.STAFF else may(role, action)
        return is_granted and (self.only is None or action in self.only)


SYSTEM = Actor(Role.SYSTEM, "system")
"""The server itself, when it acts by the clock or the schedule."""


def require_permission(actor: Actor, action: Permission) -> Actor:
    """Return the actor in the role that grants ``action``. Raises ``forbidden``, which names the roles that may."""
    if not actor.may(action):
        raise forbidden(action)
    return actor.acting_for(action)


def forbidden(action: Permission) -> Refused:
    """Return the refusal of ``action``, which names the roles of persons that may do it."""
    return Refused(Refusal.FORBIDDEN, values={"roles": ", ".join(persons_roles_for(action))})
