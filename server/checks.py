"""Everything that keeps the server from starting, found at once and before anything is touched."""

from collections.abc import Sequence
from pathlib import Path

from config.address import is_loopback, split
from config.load import ConfigError
from config.office import OfficeFile, load_office
from config.settings import Server, Settings
from server import broker

SQLITE = "sqlite:///"


def check(settings: Settings) -> tuple[Server, OfficeFile]:
    """The server's settings and the office. Raises ``ConfigError`` with every mistake."""
    if settings.server is None:
        raise ConfigError(["the section [server] is missing; add it, or start the server on its own machine"])
    mistakes = [*_addresses(settings.server), *_database(settings.server), *broker.mistakes(settings.broker)]
    try:
        office = load_office(settings.server.office)
    except ConfigError as error:
        raise ConfigError([*mistakes, *error.mistakes]) from error
    if mistakes:
        raise ConfigError(mistakes)
    return settings.server, office


def database_path(settings: Settings) -> Path:
    """Where the database is."""
    assert settings.server is not None
    named = settings.server.database.removeprefix(SQLITE)
    return Path(named) if named else settings.machine.state / "luot.db"


def _addresses(server: Server) -> Sequence[str]:
    """There are no accounts yet, so whoever reaches the server may do everything."""
    return [
        f"[server]: {name} = {address!r}: without accounts the server stays on loopback; use 127.0.0.1"
        for name, address in (("listen", server.listen), ("visitors", server.visitors))
        if not is_loopback(split(address)[0])
    ]


def _database(server: Server) -> Sequence[str]:
    if server.database and not server.database.startswith(SQLITE):
        return [f"[server]: database = {server.database!r}: only {SQLITE}<file> is possible so far; or leave it empty"]
    return []
