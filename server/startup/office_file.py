"""``luot-server --export-office`` and ``--import-office``: the whole office as a file."""

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from config.clock import Clock, Now
from config.load import ConfigError
from config.office import load_office
from config.settings import Settings
from config.words import words as texts
from server.commands import Actor, OfficeRefused, Role, change_office, name_clerk, record_boot
from server.domain.calendar import local_date
from server.domain.office import OfficeDefinition
from server.startup.checks import database_path
from server.startup.office_toml import OfficeUpdate, difference_lines, office_text, update_to
from server.startup.owner import acting_as_owner
from server.store import AlreadyRunning, CannotOpen, DatabaseError, SqliteBackend, Store, Tx, Writer
from server.store.office import read_office
from server.tables.files import read_workbook
from server.tables.office_import import import_office_tables
from server.tables.table import Table, TableError
from server.web.shared.formatting import Formatter
from server.web.staff.admin.office.fields import FieldContext
from server.web.staff.admin.office.problem_texts import other_problem_text
from server.web.staff.admin.office.sheet_guide import office_workbook
from server.web.staff.admin.office.sheet_texts import refused_texts
from server.web.staff.admin.office.table_texts import table_problem_text

ACTOR = Actor(Role.ADMINISTRATOR, "root", roles=(Role.ADMINISTRATOR, Role.MANAGER))
"""Somebody who has the box itself."""
YES = ("y", "yes")
LANGUAGE = "en"
"""The language of the command line."""
SHEET_LANGUAGE = "vi"
"""The language of a workbook."""


def export_office(settings: Settings, file: Path) -> int:
    """Write the office to ``file``, a workbook or TOML; return an exit code.

    The server may run meanwhile. Raises ``CannotOpen``.
    """
    path = _existing(settings)
    with acting_as_owner(settings.machine.state), closing(SqliteBackend(path).open()) as engines:
        try:
            with engines.read.connect() as connection:
                office = read_office(connection, always_open=False)
        except (DatabaseError, LookupError) as error:
            raise CannotOpen(f"{path}: has no office that this version can read; start the server once") from error
    if is_workbook(file):
        file.write_bytes(office_workbook(office, texts(SHEET_LANGUAGE)))
    else:
        file.write_text(office_text(office), encoding="utf-8")
    print(f"{file}: written")
    return 0


def import_office(settings: Settings, file: Path, clock: Clock, ask: Callable[[str], str]) -> int:
    """Change the office to that of ``file``, after a question; return an exit code.

    A workbook (``.xlsx``) changes only the parts that its rows name; each row that is refused is printed with its
    reason. The server must be stopped; while it runs, its page of the office takes the same file. Raises
    ``ConfigError`` for a file that cannot be used, and ``CannotOpen``.
    """
    path = _existing(settings)
    tables = _read_workbook(file) if is_workbook(file) else {}
    office = None if is_workbook(file) else load_office(file)
    with acting_as_owner(settings.machine.state), closing(_open(path, clock)) as store:
        with store.read() as snapshot:
            present, now_ms = snapshot.office, snapshot.now.wall_ms
        update = _update_of_workbook(file, tables, present, now_ms) if office is None else update_to(present, office)
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


def is_workbook(file: Path) -> bool:
    """Return whether a file is a workbook by its name."""
    return file.suffix.lower() == ".xlsx"


def _read_workbook(file: Path) -> Mapping[str, Table]:
    """Return the sheets of a workbook. Raises ``ConfigError``."""
    try:
        return read_workbook(file.read_bytes())
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read ({error.strerror}); check the name and its rights"]) from error
    except TableError as error:
        raise ConfigError([f"{file}: {table_problem_text(error, texts(LANGUAGE))}"]) from error


def _update_of_workbook(file: Path, tables: Mapping[str, Table], office: OfficeDefinition, now_ms: int) -> OfficeUpdate:
    """Return the changes of the rows that are taken, and print the others. Raises ``ConfigError``."""
    changes = import_office_tables(tables, office)
    formatter = Formatter(texts(LANGUAGE), office.zone.key)
    context = FieldContext(office, formatter, local_date(now_ms, office.zone))
    for row in refused_texts(changes, context):
        print(f"refused: sheet {row.sheet}, line {row.line}: {row.text}")
    for name in changes.ignored:
        print(f"not used: {name}")
    if changes.impossible:
        raise ConfigError([f"{file}: {other_problem_text(problem, context)}" for problem in changes.impossible])
    return OfficeUpdate(changes.edits, changes.names)


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
