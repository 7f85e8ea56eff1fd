"""Create the people and devices of a live hall, before its server starts."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from server.access.access import Access
from server.access.device import DeviceDetails, NewDevice
from server.access.tokens import new_token
from server.domain.permissions import Role
from server.wire.messages import DeviceKind

ACTOR = "system"
ADMINISTRATOR = "quan-tri"
SESSION_COOKIE = "luot_session"


@dataclass(frozen=True, slots=True)
class HallPerson:
    """A person to create, with the id of a clerk whom the office knows."""

    id: str
    name: str
    roles: frozenset[Role]


def people_of(office: Mapping[str, Any]) -> Sequence[HallPerson]:
    """Return an administrator, and the clerks of an office file in their roles."""
    clerks = [
        HallPerson(clerk["id"], clerk["name"], frozenset({Role(clerk.get("role", "clerk"))}))
        for clerk in office["clerks"]
    ]
    return [HallPerson(ADMINISTRATOR, "Quản Trị", frozenset({Role.ADMINISTRATOR})), *clerks]


def create_people(state: Path, people: Sequence[HallPerson]) -> Mapping[str, str]:
    """Create people, and sign each in; return person's id -> token of the session."""
    with closing(_access(state)) as access:
        tokens = {}
        for person in people:
            created = access.people.create(ACTOR, person.name, "vi", person.roles, person_id=person.id)
            tokens[person.id] = access.sessions.open(created, "password", f"web-{person.id}", "127.0.0.1")
    return MappingProxyType(tokens)


def enrol_devices(state: Path, devices: Mapping[str, tuple[DeviceKind, Sequence[str]]]) -> Mapping[str, str]:
    """Enrol devices (id -> kind and counters); return the token of each by its id."""
    tokens = {device: new_token() for device in devices}
    with closing(_access(state)) as access:
        for device, (kind, counters) in devices.items():
            details = DeviceDetails(f"Máy {device}", "Sảnh", tuple(counters))
            access.devices.enrol(ACTOR, NewDevice(device, kind, details, tokens[device], None, "127.0.0.1"))
    return MappingProxyType(tokens)


def session_cookie(token: str) -> str:
    """Return the header ``Cookie`` of a browser with this session, over plain HTTP."""
    return f"{SESSION_COOKIE}={token}"


def _access(state: Path) -> Access:
    state.mkdir(parents=True, exist_ok=True)
    return Access.open(state, lambda: time.time_ns() // 1_000_000)
