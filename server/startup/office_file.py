"""``luot-server --export-office`` and ``--import-office``: the whole office as a file."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from config.clock import Clock, Now
from config.load import ConfigError
from config.office import load_office
from config.settings import Settings
from server.commands import Actor, OfficeRefused, Role, change_office, name_clerk, record_boot
from server.startup.checks import database_path
from server.startup.office_toml import OfficeUpdate, difference_lines, office_text, update_to
from server.startup.owner import acting_as_owner
from server.store import AlreadyRunning, CannotOpen, DatabaseError, SqliteBackend, Store, Tx, Writer
from server.store.office import read_office

ACTOR = Actor(Role.ADMINISTRATOR, "root", roles=(Role.ADMINISTRATOR, Role.MANAGER))
"""Somebody who has the box itself."""
YES = ("y", "yes")


def export_office(settings: Settings, file: Path) -> int:
    """Write the office of the database to ``file``; return an exit code.

    The server may run meanwhile. Raises ``CannotOpen``.
    """
    path = _existing(settings)
    with acting_as_owner(settings.machine.state), closing(SqliteBackend(path).open()) as engines:
        try:
            with engines.read.connect() as connection:
                office = read_office(connection, always_open=False)
        except (DatabaseError, LookupError) as error:
            raise CannotOpen(f"{path}: has no office that this version can read; start the server once") from error
    file.write_text(office_text(office), encoding="utf-8")
    print(f"{file}: written")
    return 0


def import_office(settings: Settings, file: Path, clock: Clock, ask: Callable[[str], str]) -> int:
    """Change the office to that of ``file``, after a question; return an exit code.

    The server must be stopped; while it runs, its page of the office takes the same file. Raises ``ConfigError`` for
    a file that cannot be used, and ``CannotOpen``.
    """
    office, path = load_office(file), _existing(settings)
    with acting_as_owner(settings.machine.state), closing(_open(path, clock)) as store:
        with store.read() as snapshot:
            present = snapshot.office
        update = update_to(present, office)
        if update.is_empty:
            print("the office is that of the file already")
            return 0
        for line in difference_lines(present, update):
            print(line)
        if ask("Change the office like this? [y/N] ").strip().lower() not in YES:
            print("nothing was changed")
            return 1
        _change(store, clock, update, file)
    print(f"{len(update.edits) + len(update.names)} changes were made")
    return 0


def _change(store: Store, clock: Clock, update: OfficeUpdate, file: Path) -> None:
    writer = Writer(store.engines.write, clock.now, clock.boot_id)

    def work(tx: Tx, now: Now) -> None:
        record_boot(tx, now)
        if update.edits:
            change_office(tx, ACTOR, now, update.edits)
        for clerk, name in update.names.items():
            name_clerk(tx, ACTOR, now, clerk, name)

    try:
        writer.ask(work)
    except OfficeRefused as error:
        raise ConfigError([f"{file}: {error}"]) from error
    finally:
        writer.close()


def _open(path: Path, clock: Clock) -> Store:
    try:
        return Store(SqliteBackend(path), clock.now, clock.boot_id)
    except AlreadyRunning as error:
        raise CannotOpen(f"{error}, or use the page of the office") from error


def _existing(settings: Settings) -> Path:
    """Return the path of the database. Raises ``ConfigError`` on another machine, ``CannotOpen`` without one."""
    if settings.server is None:
        raise ConfigError(["the section [server] is missing; the office is on the server's machine"])
    path = database_path(settings)
    if not path.exists():
        raise CannotOpen(f"{path}: there is no office yet; start the server once")
    return path
