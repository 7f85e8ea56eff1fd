"""Checks of the settings before the server starts.

All mistakes are reported together, and nothing is changed.
"""

from collections.abc import Sequence
from pathlib import Path

from config.address import is_loopback, split_address
from config.load import ConfigError
from config.office import OfficeSettings, load_office
from config.settings import BrokerSettings, ServerSettings, Settings
from server.messaging.broker import broker_mistakes
from server.network.own_certificate import OwnCertificate
from server.startup.programs import client_secret

SQLITE_PREFIX = "sqlite:///"
"""Begins the only kind of database address that the setting ``server.database`` may have."""


def check_settings(settings: Settings) -> tuple[ServerSettings, OfficeSettings | None]:
    """Return the server's section and the office of its file. Raises ``ConfigError`` with every mistake.

    The office is None when a live server has no such file: then the database has it, or the first set-up chooses it.
    """
    if settings.server is None:
        raise ConfigError(["the section [server] is missing; add it, or start the server on its own machine"])
    mistakes = [
        *_address_mistakes(settings.server),
        *_database_mistakes(settings.server),
        *broker_mistakes(settings.broker),
        *_broker_network_mistakes(settings.server, settings.broker),
    ]
    try:
        office = _office_of_file(settings.server)
    except ConfigError as error:
        raise ConfigError([*mistakes, *error.mistakes]) from error
    if mistakes:
        raise ConfigError(mistakes)
    return settings.server, office


def check_files(server: ServerSettings) -> None:
    """Check the files of parts without which the server starts all the same. Raises ``ConfigError``.

    Others replace these files while the hall works. At a start such a part is left out, and the health page shows it.
    """
    own, oidc = own_certificate(server), server.oidc
    mistakes: list[str] = [] if own is None else [*own.mistakes()]
    try:
        client_secret(None if oidc is None else oidc.client_secret_file)
    except ConfigError as error:
        mistakes += error.mistakes
    if mistakes:
        raise ConfigError(mistakes)


def _office_of_file(server: ServerSettings) -> OfficeSettings | None:
    if server.mode == "live" and not server.office.exists():
        return None
    return load_office(server.office)


def database_path(settings: Settings) -> Path:
    """Return the path of the database: from the settings, else ``luot.db`` in the state folder."""
    assert settings.server is not None
    path = settings.server.database.removeprefix(SQLITE_PREFIX)
    return Path(path) if path else settings.machine.state / "luot.db"


def backup_folders(settings: Settings) -> Sequence[Path]:
    """Return the folders for copies: those in the settings, else one in the state folder."""
    assert settings.server is not None
    return settings.server.backup.folders or (settings.machine.state / "backup",)


def _address_mistakes(server: ServerSettings) -> Sequence[str]:
    """Return a mistake for each address beyond loopback of a demonstration, where nobody signs in."""
    if server.mode == "live":
        return []
    return [
        f"[server]: {name} = {address!r}: a demonstration asks nobody to sign in and stays on loopback; use 127.0.0.1,"
        ' or mode = "live"'
        for name, address in (("listen", server.listen), ("visitors", server.visitors))
        if not is_loopback(split_address(address)[0])
    ]


def _broker_network_mistakes(server: ServerSettings, broker: BrokerSettings) -> Sequence[str]:
    """Return a mistake for a broker that leaves this machine while the server does not."""
    if broker.network is None or (server.mode == "live" and server.is_beyond_loopback):
        return []
    problem = "devices need the server's HTTPS too, and the broker its certificate"
    remedy = 'set [server] listen = "0.0.0.0:8470" and mode = "live", or remove network'
    return [f"[broker]: network = {broker.network!r}: {problem}; {remedy}"]


def own_certificate(server: ServerSettings) -> OwnCertificate | None:
    """Return the organisation's own certificate; None where the hall's authority makes one."""
    if server.tls.certificate is None or server.tls.key is None:
        return None
    return OwnCertificate(server.tls.certificate, server.tls.key)


def _database_mistakes(server: ServerSettings) -> Sequence[str]:
    if server.database and not server.database.startswith(SQLITE_PREFIX):
        only = f"only {SQLITE_PREFIX}<file> is possible so far; or leave it empty"
        return [f"[server]: database = {server.database!r}: {only}"]
    return []
