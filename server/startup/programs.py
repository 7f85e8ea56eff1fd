"""Starts the parts for other programs: web-hooks, and the OpenID provider of the settings."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from config.load import ConfigError
from config.settings import OidcSettings
from server.access.access import Access
from server.network.findings import FindingKind, NetworkFinding
from server.store import Store
from server.web_hooks.sender import WebHookSender

log = logging.getLogger(__name__)

MAX_SECRET_LENGTH = 1000
_OTHERS_MAY_READ = 0o077


def then_sending_facts(
    on_read: Callable[[], None],
    access: Access | None,
    store: Store,
    jitter: Callable[[], float],
    resources: ExitStack,
) -> Callable[[], None]:
    """Start the web-hooks, closed with ``resources``; return ``on_read``, which then also sends new facts.

    Call it when commits were read, outside the writer. ``jitter`` returns a random number from 0 to 1. ``access`` None:
    a demonstration, which has no web-hooks.
    """
    if access is None:
        return on_read
    sender = WebHookSender(store, access.web_hooks, jitter, f"Luot/{version('luot')}")
    resources.enter_context(closing(sender))

    def handle() -> None:
        on_read()
        sender.notify()

    return handle


def with_open_id(access: Access, settings: OidcSettings | None, mono_s: Callable[[], float]) -> Access:
    """Return ``access`` with the sign-in of the OpenID provider of the settings.

    It is off when the client's secret cannot be used; people sign in with their passwords then.
    """
    if settings is None:
        return access
    try:
        secret = client_secret(settings.client_secret_file)
    except ConfigError as error:
        problem = f"[server.oidc]: sign-in by the provider is off: {'; '.join(error.mistakes)}; then restart the server"
        log.error("%s", problem)
        finding = next((mistake for mistake in error.mistakes if isinstance(mistake, NetworkFinding)), None)
        if finding is not None:
            problem = NetworkFinding(problem, finding.kind, **finding.values)
        return replace(access, open_id_problem=problem)
    from server.access.openid.provider import OpenIdClient, OpenIdProvider
    from server.access.openid.sign_in import OpenIdSignIn

    client = OpenIdClient(settings.issuer, settings.client_id, secret)
    provider = OpenIdProvider(client, mono_s, access.database.wall_ms)
    sign_in = OpenIdSignIn(access.database, access.people, access.sessions, provider, settings.name)
    return replace(access, open_id=sign_in)


def client_secret(path: Path | None) -> str:
    """Return the secret in the file, empty without a file. Raises ``ConfigError``."""
    if path is None:
        return ""
    try:
        if path.stat().st_mode & _OTHERS_MAY_READ:
            text = f"{path}: others may read the client's secret; chmod 600 {path}"
            raise ConfigError([NetworkFinding(text, FindingKind.SECRET_OPEN, file=path)])
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        text = f"{path}: the client's secret cannot be read ({error}); check the file"
        raise ConfigError([NetworkFinding(text, FindingKind.SECRET_UNREADABLE, file=path)]) from error
    if not 0 < len(secret) <= MAX_SECRET_LENGTH:
        text = f"{path}: write the client's secret into the file, on one line"
        raise ConfigError([NetworkFinding(text, FindingKind.SECRET_UNREADABLE, file=path)])
    return secret
