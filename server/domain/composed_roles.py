"""Roles that an office composes of single permissions, beside those of the table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.domain.moves import Move
from server.domain.permissions import (
    ADMINISTRATION,
    CARE_OF_DEVICES,
    COUNTER_WORK,
    DAY_WORK,
    OWN_ACCOUNT,
    PERMISSIONS,
    PERSONS_ROLES,
    QUEUE_WORK,
    SCREENS,
    SLIP_WORK,
    STAFFING,
    Action,
    Permission,
    Permissions,
)

COMPOSABLE: Permissions = frozenset[Permission]().union(*(PERMISSIONS[role] for role in PERSONS_ROLES)) - {
    Action.MANAGE_PEOPLE,
    Action.MANAGE_PROGRAMS,
    Action.MANAGE_DEVICES,
    Action.SEE_ACCOUNT,
}
"""The permissions of which an office may compose a role.

Who manages people, programs or devices gives access to others, and so to every permission: that is an administrator.
One's own account is everybody's.
"""
_NEEDED_PAGES: Mapping[Action, Permissions] = MappingProxyType(
    {
        Action.SEE_COUNTER: COUNTER_WORK | QUEUE_WORK | {Action.SCAN, Action.NOTE_TICKET, Action.SEND_MESSAGE},
        Action.SEE_HALL: DAY_WORK | STAFFING - {Action.SET_COUNTER_STATE, Action.SIGN_IN},
        Action.SEE_HEALTH: SLIP_WORK - {Action.TAKE_HELP} | CARE_OF_DEVICES,
        Action.SEE_ADMINISTRATION: ADMINISTRATION - {Action.SEE_ACCESS_LOG},
    }
)
"""The page on which each permission is used."""


def composed_permissions(chosen: Iterable[Permission]) -> Permissions:
    """Return the permissions of a composed role: the chosen ones, and what these need.

    What is used on a page needs the page, and each key at a counter acknowledges the call there. Every composed role
    sees the office, the board and the own account.
    """
    permissions = frozenset(chosen) & COMPOSABLE
    pages = {page for page, uses in _NEEDED_PAGES.items() if permissions & uses}
    work = (
        {Action.SIGN_IN, Action.SEE_TICKETS, Action.ACKNOWLEDGE_CALL}
        if permissions & (COUNTER_WORK | QUEUE_WORK)
        else set()
    )
    return permissions | pages | work | SCREENS | OWN_ACCOUNT


_NAMED: Mapping[str, Permission] = {permission.value: permission for permission in (*Move, *Action)}


@dataclass(frozen=True, slots=True)
class ComposedRole:
    """A role that the office composed. A person who has it acts as ``Role.STAFF``."""

    id: str
    name: str
    permissions: Permissions


def permission_named(value: str) -> Permission | None:
    """Return the permission with this value; None where this release has no such."""
    return _NAMED.get(value)
