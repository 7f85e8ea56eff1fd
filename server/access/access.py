"""The face of this room: everything that knows people, sessions, devices and programs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from server.access.access_log import AccessLog
from server.access.api_tokens import ApiTokens
from server.access.composed_roles import ComposedRoles
from server.access.database import FILE_NAME, AccessDatabase
from server.access.devices import Devices
from server.access.passwords import Hasher
from server.access.people import People
from server.access.sessions import Sessions
from server.access.setup_code import SetupCode
from server.access.sign_in import PersonSignIn
from server.access.throttling import Throttle
from server.access.web_hooks import WebHooks

if TYPE_CHECKING:  # authlib is loaded where a provider is configured only
    from server.access.openid.sign_in import OpenIdSignIn


@dataclass(frozen=True, slots=True)
class Access:
    """The parts, which share one database. ``Access.open`` makes it.

    ``open_id``: sign-in with an OpenID provider; None: none is configured, or ``open_id_problem`` says why it is off.
    """

    database: AccessDatabase
    people: People
    roles: ComposedRoles
    sessions: Sessions
    sign_in: PersonSignIn
    throttle: Throttle
    setup_code: SetupCode
    api_tokens: ApiTokens
    web_hooks: WebHooks
    devices: Devices
    log: AccessLog
    open_id: "OpenIdSignIn | None" = None
    open_id_problem: str = ""

    @staticmethod
    def open(state: Path, wall_ms: Callable[[], int]) -> "Access":
        """Open ``access.db`` in the folder ``state``; ``wall_ms`` returns the time, UTC ms. Raises ``CannotOpen``."""
        database = AccessDatabase(state / FILE_NAME, wall_ms)
        hasher, throttle = Hasher(), Throttle(database)
        people = People(database, hasher)
        sessions = Sessions(database, people)
        return Access(
            database=database,
            people=people,
            roles=ComposedRoles(database),
            sessions=sessions,
            sign_in=PersonSignIn(database, people, sessions, hasher),
            throttle=throttle,
            setup_code=SetupCode(database, people, hasher, throttle),
            api_tokens=ApiTokens(database),
            web_hooks=WebHooks(database),
            devices=Devices(database),
            log=AccessLog(database),
        )

    def close(self) -> None:
        """Close the database."""
        self.database.close()
