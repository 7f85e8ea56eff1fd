"""The caller of a request, as its cookie or its token proves.

A person has a session cookie; the others send a token in ``Authorization: Bearer``. The box's token is accepted over
loopback only. A demonstration has no accounts: its pages have one-click people, and its API acts for any station.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from flask import g, request

from config.address import is_loopback
from server.access.access import Access
from server.access.api_tokens import PREFIX, ApiToken
from server.access.device import Device
from server.access.sessions import Session
from server.domain.actor import Actor, require_permission
from server.domain.permissions import Permission, Permissions, Role, device_permissions, in_order, scope_permissions
from server.web.shared.context import AppContext, current_context
from server.web.shared.errors import Rejected
from server.web.shared.identity import browser_sign_ins, sign_in_for
from server.web.shared.session_cookie import current_session, sends_token
from server.wire.messages import ProblemCode, ProblemNeed

_SCHEME = "Bearer "


class CallerProof(StrEnum):
    """How the caller has proved who it is."""

    DEMO = "demo"  # not at all: a demonstration, over loopback
    BOX = "box"  # the token of the box: a station on this machine
    DEVICE = "device"
    PROGRAM = "program"
    PERSON = "person"


@dataclass(frozen=True)
class Caller:
    """The caller. ``id``: of the person, device or token; ``station``: the one as which it acts.

    ``station`` None: any that is not an enrolled device. ``only`` limits the permissions of ``roles``;
    ``granted``: those of composed roles.
    """

    kind: CallerProof
    id: str
    roles: Collection[Role]
    station: str | None = None
    only: Permissions | None = None
    session: Session | None = None
    granted: Permissions = frozenset()
    device: Device | None = None
    token: ApiToken | None = None

    @cached_property
    def actor(self) -> Actor:
        """The caller as the actor of a command, in the first of its roles."""
        roles = in_order(frozenset(self.roles))
        counters = None if self.device is None else self.device.counters
        return Actor(
            roles[0], self.id, self.station, roles=roles, only=self.only, counters=counters, granted=self.granted
        )

    def may(self, action: Permission) -> bool:
        """Return whether the caller may do ``action``."""
        return self.actor.may(action)


def current_caller() -> Caller:
    """Return the caller of this request. Raises ``unauthenticated``."""
    caller = known_caller()
    if caller is None:
        caller = g.caller = _find_caller(current_context())
    return caller


def known_caller() -> Caller | None:
    """Return the caller of this request if it was found, without looking for it."""
    caller: Caller | None = g.get("caller")
    return caller


def require(action: Permission) -> Actor:
    """Return the caller as an actor for ``action``. Raises ``unauthenticated``, or ``forbidden``."""
    return require_permission(current_caller().actor, action)


def station_actor(station: str | None, counter: str | None = None) -> Actor:
    """Return the actor of an API call at ``counter``, sent by ``station``.

    In a demonstration it is the browser's sign-in at the counter, else the latest, else the station.
    """
    caller = current_caller()
    if caller.kind is CallerProof.DEMO:
        sign_in = sign_in_for(counter)
        if sign_in is not None:
            return Actor(sign_in.role, sign_in.clerk or sign_in.counter or sign_in.role.value, station)
    if caller.kind in (CallerProof.DEMO, CallerProof.BOX):
        return replace(caller.actor, id=station or Role.STATION.value, station=station)
    return caller.actor


def own_station(named: str | None) -> str | None:
    """Return the station that sent this request; ``named``: the one in its body.

    Raises ``forbidden`` for an enrolled device that names another one, and for a station of the box that names an
    enrolled device. Persons and programs act as their browser and their token, whatever they name.
    """
    caller, access = current_caller(), current_context().access
    match caller.kind:
        case CallerProof.DEMO:
            return named
        case CallerProof.BOX:
            if named is not None and access is not None and access.devices.get(named) is not None:
                raise _other_station(named)
            return named
        case CallerProof.DEVICE:
            if named not in (None, caller.station):
                raise _other_station(str(named))
            return caller.station
        case CallerProof.PROGRAM | CallerProof.PERSON:
            return caller.station


def _other_station(named: str) -> Rejected:
    return Rejected(ProblemCode.FORBIDDEN, errors=[f"station: {named} is not the caller"])


def _find_caller(context: AppContext) -> Caller:
    access = context.access
    if access is None:
        return _demo_caller()
    if sends_token():
        return _caller_with_token(context, access, request.headers["Authorization"])
    session = current_session()
    if session is None:
        raise Rejected(ProblemCode.UNAUTHENTICATED)
    person = session.person
    return Caller(CallerProof.PERSON, person.id, person.roles, session.browser, session=session, granted=person.granted)


def _demo_caller() -> Caller:
    """Return the caller of a demonstration: the browser's people, else any station."""
    if not sign_in_for(None):
        return Caller(CallerProof.DEMO, Role.STATION.value, (Role.STATION,))
    sign_ins = browser_sign_ins()
    id_ = sign_ins.manager if sign_ins.administers else None
    return Caller(CallerProof.DEMO, id_ or Role.STATION.value, sign_ins.roles)


def _caller_with_token(context: AppContext, access: Access, header: str) -> Caller:
    """Return the device, program or station of the box that sent the header. Raises ``unauthenticated``."""
    secret = header.removeprefix(_SCHEME).strip() if header.startswith(_SCHEME) else ""
    address = request.remote_addr or ""
    if secret.startswith(PREFIX):
        token = access.api_tokens.find(secret)
        if token is not None:
            only = scope_permissions(scope.value for scope in token.scopes)
            return Caller(CallerProof.PROGRAM, token.id, (Role.PROGRAM,), token.id, only, token=token)
    elif secret:
        if is_box_token(context, secret, address):
            return Caller(CallerProof.BOX, Role.STATION.value, (Role.STATION,))
        device = access.devices.find(secret, address)
        if device is not None:
            only = device_permissions(device.kind.value)
            return Caller(CallerProof.DEVICE, device.id, (Role.STATION,), device.id, only, device=device)
        if access.devices.is_ended(secret):
            raise Rejected(ProblemCode.UNAUTHENTICATED, need=ProblemNeed.REMOVED)
    raise Rejected(ProblemCode.UNAUTHENTICATED)


def is_box_token(context: AppContext, secret: str, address: str) -> bool:
    """Return whether ``secret`` is the box's token, sent over loopback."""
    if context.box_token is None or not is_loopback(address):
        return False
    return hmac.compare_digest(secret.encode(), context.box_token.encode())
