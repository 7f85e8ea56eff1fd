"""A person who may sign in, as ``access.db`` has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from server.access import schema as t
from server.access.composed_roles import read_roles
from server.domain.composed_roles import ComposedRole
from server.domain.permissions import PERSONS_ROLES, Permission, Permissions, Role, may


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in.

    ``id``: a pseudonym, also the clerk's id in the office; the journal has it for ever. ``sign_in_name``: typed at the
    sign-in; an administrator may change it, as the name. ``roles`` has ``Role.STAFF`` where there are composed ones.
    """

    id: str
    sign_in_name: str
    name: str
    language: str
    roles: frozenset[Role]
    composed: tuple[ComposedRole, ...]
    has_password: bool
    has_pin: bool
    must_change_password: bool
    active: bool
    oidc_subject: str | None = None

    @property
    def granted(self) -> Permissions:
        """The permissions of the composed roles."""
        return frozenset[Permission]().union(*(role.permissions for role in self.composed))

    def may(self, action: Permission) -> bool:
        """Return whether one of the roles grants ``action``."""
        return action in self.granted or any(may(role, action) for role in self.roles)


def read_people(connection: Connection) -> Mapping[str, Person]:
    """Return everybody by id."""
    composed = read_roles(connection)
    return {row.id: _person(row, composed) for row in connection.execute(select(t.person))}


def _person(row: Row[Any], known: Mapping[str, ComposedRole]) -> Person:
    composed = tuple(role for role in known.values() if role.id in row.roles)
    roles = {role for role in PERSONS_ROLES if role in row.roles} | ({Role.STAFF} if composed else set())
    return Person(
        id=row.id,
        sign_in_name=row.sign_in_name,
        name=row.name,
        language=row.language,
        roles=frozenset(roles),
        composed=composed,
        has_password=row.password_hash is not None,
        has_pin=row.pin_hash is not None,
        must_change_password=row.must_change_password,
        active=row.active,
        oidc_subject=row.oidc_subject,
    )
