"""The roles that the office composed of single permissions."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from server.access import schema as t
from server.access.database import AccessDatabase, AccessEvent, CachedRows, log_event
from server.access.person_values import checked_name
from server.access.tokens import new_code
from server.domain.composed_roles import ComposedRole, composed_permissions, permission_named
from server.domain.permissions import Permission, Permissions

ID_LENGTH = 6


class InvalidRole(Exception):
    """A composed role cannot have this value.

    The argument: ``name``, ``taken`` (another role has the name) or ``permissions``.
    """


class RoleInUse(Exception):
    """Somebody has this role; the argument has the names of these people."""


class ComposedRoles:
    """The composed roles in ``access.db``. Each change is a row of the access log.

    ``actor``: the id of the person who makes the change; ``address``: where from.
    """

    def __init__(self, database: AccessDatabase) -> None:
        self._database = database
        self._by_id = CachedRows(database, read_roles)

    def all(self) -> Sequence[ComposedRole]:
        """Return all roles by name."""
        return list(self._by_id.get().values())

    def get(self, role_id: str) -> ComposedRole | None:
        """Return the role with this id."""
        return self._by_id.get().get(role_id)

    def create(self, actor: str, name: str, permissions: Iterable[Permission], *, address: str = "") -> ComposedRole:
        """Add a role with these permissions and those that they need. Raises :class:`InvalidRole`."""
        with self._database.transaction() as connection:
            role_id = f"role-{new_code(ID_LENGTH).lower()}"
            values = _checked_values(connection, role_id, name, permissions)
            connection.execute(insert(t.composed_role).values(id=role_id, **values))
            self._log(connection, AccessEvent.ROLE_CREATED, actor, role_id, address, **values)
        return self._by_id.get()[role_id]

    def change(
        self, actor: str, role_id: str, name: str, permissions: Iterable[Permission], *, address: str = ""
    ) -> None:
        """Change name and permissions.

        They count at the next request of everybody who has the role.
        Raises :class:`InvalidRole`, and ``LookupError`` for an unknown role.
        """
        with self._database.transaction() as connection:
            before = read_roles(connection)[role_id]
            values = _checked_values(connection, role_id, name, permissions)
            if values == {"name": before.name, "permissions": _stored(before.permissions)}:
                return
            connection.execute(update(t.composed_role).where(t.composed_role.c.id == role_id).values(**values))
            self._log(connection, AccessEvent.ROLE_CHANGED, actor, role_id, address, **values)

    def remove(self, actor: str, role_id: str, *, address: str = "") -> None:
        """Remove a role that nobody has. Raises :class:`RoleInUse`, and ``LookupError`` for an unknown role."""
        with self._database.transaction() as connection:
            role = read_roles(connection)[role_id]
            owners = [row.name for row in connection.execute(select(t.person)) if role_id in row.roles]
            if owners:
                raise RoleInUse(*sorted(owners))
            connection.execute(delete(t.composed_role).where(t.composed_role.c.id == role_id))
            self._log(connection, AccessEvent.ROLE_REMOVED, actor, role_id, address, name=role.name)

    def _log(
        self, connection: Connection, kind: AccessEvent, actor: str, role_id: str, address: str, **detail: object
    ) -> None:
        log_event(connection, self._database.wall_ms(), kind, actor=actor, subject=role_id, address=address, **detail)


def read_roles(connection: Connection) -> Mapping[str, ComposedRole]:
    """Return the composed roles by id, in the order of their names.

    Permissions that this release does not know are left out.
    """
    rows = sorted(connection.execute(select(t.composed_role)), key=lambda row: row.name.casefold())
    return {row.id: ComposedRole(row.id, row.name, _read_permissions(row.permissions)) for row in rows}


def known_roles(connection: Connection, ids: Iterable[str]) -> list[str]:
    """Return those of ``ids`` that are composed roles, in the order of the list."""
    wanted = set(ids)
    return [role_id for role_id in read_roles(connection) if role_id in wanted]


def _read_permissions(values: Iterable[str]) -> Permissions:
    known = (permission_named(value) for value in values)
    return composed_permissions(permission for permission in known if permission is not None)


def _checked_values(
    connection: Connection, role_id: str, name: str, permissions: Iterable[Permission]
) -> dict[str, object]:
    try:
        new_name = checked_name(name)
    except ValueError as error:
        raise InvalidRole("name") from error
    others = {role.name.casefold() for role in read_roles(connection).values() if role.id != role_id}
    if new_name.casefold() in others:
        raise InvalidRole("taken")
    chosen = frozenset(permissions)
    if not chosen or not composed_permissions(chosen) >= chosen:
        raise InvalidRole("permissions")
    return {"name": new_name, "permissions": _stored(composed_permissions(chosen))}


def _stored(permissions: Permissions) -> list[str]:
    return sorted(permission.value for permission in permissions)
