"""The hall's database in a change of release: stop, compare, replace by a copy."""

import contextlib
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from onsite.configure import as_luot
from onsite.machine import InstallError, Machine
from onsite.release import revisions
from onsite.roles import sections

SERVER = "luot-server.service"
MIGRATION_SPACE = 2.2
"""Free disk space that a migration needs, in sizes of the database; the server requires the same."""


def database(machine: Machine) -> Path:
    """Return the path of the hall's database."""
    file_sections = sections(machine.paths.settings)
    server, machine_section = file_sections.get("server"), file_sections.get("machine")
    url = server.get("database", "") if isinstance(server, dict) else ""
    state = machine_section.get("state", "var") if isinstance(machine_section, dict) else "var"
    path = str(url).removeprefix("sqlite:///") or f"{state}/luot.db"
    path_under_root = machine.paths.at(path)
    return path_under_root if path_under_root.exists() or machine.paths.root == Path("/") else Path(path)


def replacement_copy(machine: Machine, release: str, *, forget: bool) -> Path | None:
    """Return the copy that must replace the database; None when ``release`` can open it.

    Raises :class:`InstallError` when numbers were issued since that copy and ``forget`` is not set.
    """
    path = database(machine)
    if not path.exists():
        return None
    readable_revisions = revisions(machine.paths.release(release))
    revision = _query_value(path, "SELECT version_num FROM alembic_version")
    if revision is None or revision in readable_revisions:
        return None
    copy = _newest_copy(path.parent / "before-upgrade", readable_revisions)
    last = _query_value(copy, "SELECT max(seq) FROM journal") or 0
    issued_count = _query_value(
        path, f"SELECT count(*) FROM journal WHERE kind = 'ticket.issued' AND seq > {int(str(last))}"
    )
    if issued_count != 0 and not forget:
        # None: a newer schema may store them elsewhere.
        how_many = "perhaps some" if issued_count is None else issued_count
        raise InstallError(
            f"{how_many} numbers were given since the copy {copy.name} was made, and release {release} cannot read"
            " them; if those visitors are gone: luot-site roll-back --forget-numbers"
        )
    return copy


def make_database_readable(machine: Machine, release: str, *, forget: bool) -> None:
    """Make the database readable for ``release``. Raises :class:`InstallError`.

    A server that is not ready may still migrate the database, so its end is awaited before the schema is read. One that
    is ready does not, and serves until the database must be replaced.
    """
    if not database(machine).exists():
        return
    if machine.is_live and machine.unit_states([SERVER])[SERVER] != "active":
        machine.run_systemctl("stop", SERVER)
    if replacement_copy(machine, release, forget=forget) is None:
        return
    machine.run_systemctl("stop", SERVER)
    copy = replacement_copy(machine, release, forget=forget)  # again: numbers may have been issued until now
    if copy is not None:
        _restore(machine, copy, (machine.paths.release(release), machine.paths.current))


def put_forgotten_numbers_back(machine: Machine, release: str) -> None:
    """Restore the database that a roll-back to be undone has replaced.

    Not when the replacement has recorded anything about a ticket since. Numbers that stay lost are only shown, because
    their loss was confirmed.
    """
    path = database(machine)
    asides = sorted(path.parent.glob(f"{path.name}.before-*Z"))
    if not asides or not path.exists():
        return
    machine.run_systemctl("stop", SERVER)
    if _lacks_only(path, asides[-1]):
        try:
            _restore(machine, asides[-1], (machine.paths.release(release), machine.paths.current))
        except InstallError as error:
            machine.show(f"the numbers that were to be forgotten stay forgotten: {error}")


def _lacks_only(path: Path, aside: Path) -> bool:
    """Return whether ``aside`` has everything about tickets that ``path`` has, and more."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            connection.execute("ATTACH ? AS aside", (f"file:{aside}?mode=ro",))
            added, lost = (
                connection.execute(
                    f"SELECT count(*) FROM {counted}.journal WHERE kind LIKE 'ticket.%'"
                    f" AND own NOT IN (SELECT own FROM {other}.journal)"
                ).fetchone()[0]
                for counted, other in (("main", "aside"), ("aside", "main"))
            )
    except sqlite3.Error:
        return False
    return bool(added == 0 and lost > 0)


def refuse_migration_without_space(machine: Machine, release: str) -> None:
    """Raise :class:`InstallError` if the disk has no room for the migration to ``release``."""
    path = database(machine)
    revision = _query_value(path, "SELECT version_num FROM alembic_version") if path.exists() else None
    if revision is None or revision == max(revisions(machine.paths.release(release)), default=revision):
        return
    needed, free = int(path.stat().st_size * MIGRATION_SPACE), shutil.disk_usage(path.parent).free
    if free < needed:
        raise InstallError(
            f"release {release} changes the database to a new schema, which needs {needed // 1_000_000} MB of free disk"
            f" space in {path.parent}; {free // 1_000_000} MB are free. Free some first"
        )


def _restore(machine: Machine, copy: Path, releases: Sequence[Path]) -> None:
    """Restore the copy with the first of ``releases`` that can. Raises :class:`InstallError`."""
    mistakes = []
    for release in releases:
        program = str(release / "venv/bin/luot-server")
        settings = str(machine.paths.settings)
        try:
            machine.run(*as_luot(machine), program, "--config", settings, "--restore", str(copy))
        except InstallError as error:
            mistakes.append(str(error))
        else:
            return
    raise InstallError("the copy made before the upgrade could not be put back:\n" + "\n".join(mistakes))


def _newest_copy(folder: Path, readable_revisions: set[str]) -> Path:
    """Return the newest copy that a release can open. Raises :class:`InstallError`."""
    for copy in sorted(folder.glob("luot-*.db"), reverse=True):
        if _query_value(copy, "SELECT version_num FROM alembic_version") in readable_revisions:
            return copy
    raise InstallError(f"{folder}: holds no copy of the database that the other release could open")


def _query_value(path: Path, query: str) -> object:
    """Return one value of a database; None when it cannot be read."""
    try:
        # Read only: this is Debian's SQLite, which must not write into a journal that the server's own has made.
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            row = connection.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else row[0]
