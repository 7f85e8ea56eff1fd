"""Open the accounts of a real hall; a demonstration has none."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from config import box_token
from config.settings import ServerSettings
from server.access.access import Access
from server.access.tokens import new_token
from server.domain.facts import FactKind
from server.startup.programs import with_open_id
from server.store import DatabaseError
from server.store.writer import Committed

log = logging.getLogger(__name__)


def open_accounts(
    server: ServerSettings,
    state: Path,
    mono_s: Callable[[], float],
    wall_ms: Callable[[], int],
    resources: ExitStack,
) -> Access | None:
    """Return the accounts, devices and programs, closed with ``resources``; None in a demonstration.

    Raises ``CannotOpen``, and ``ConfigError`` for the secret of the OpenID provider.
    """
    if server.mode == "demo":
        return None
    access = resources.enter_context(closing(Access.open(state, wall_ms)))
    return with_open_id(access, server.oidc, mono_s)


def ending_sessions_at_close(
    access: Access | None, on_commit: Callable[[Committed], None]
) -> Callable[[Committed], None]:
    """Return ``on_commit``, which also ends the clerks' sessions when a real day closes."""
    if access is None:
        return on_commit

    def handle(committed: Committed) -> None:
        on_commit(committed)
        if any(entry.kind == FactKind.DAY_CLOSED and not entry.is_practised for entry in committed.entries):
            try:
                access.sessions.end_of_clerks()
            except DatabaseError:
                log.exception("the clerks' sessions were not ended at the day's close")

    return handle


def make_box_token(state: Path) -> str:
    """Return a new token of the box, stored for its own stations.

    On a full disk it is the last one.
    """
    token, path = new_token(), state / box_token.FILE_NAME
    try:
        box_token.write_token(path, token)
    except OSError as error:
        log.error("%s cannot be replaced: %s; make room on the disk", path, error)
        return box_token.read_token(path) or token
    return token
