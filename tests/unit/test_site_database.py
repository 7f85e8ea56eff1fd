"""Roll back over a migration: numbers are lost only when that was asked for.

This holds also where they cannot be counted.
"""

import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from onsite.hall_database import (
    MIGRATION_SPACE,
    make_database_readable,
    put_forgotten_numbers_back,
    refuse_migration_without_space,
)
from onsite.machine import InstallError, Machine
from onsite.paths import InstallPaths
from server.store.backends import sqlite_upgrade

OLD = "1.0-old"


def write_database(path: Path, revision: str, numbers: int | None) -> None:
    """``numbers`` None: a schema that has no journal as the older release knows it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE alembic_version (version_num TEXT)")
        made.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        if numbers is not None:
            made.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, kind TEXT)")
            made.executemany("INSERT INTO journal (kind) VALUES (?)", [("ticket.issued",)] * numbers)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine whose old release can read the schema 0001 only.

    A copy from before the upgrade holds two numbers.
    """
    places = InstallPaths(tmp_path)
    places.settings.parent.mkdir(parents=True)
    places.settings.write_text(f'[machine]\nstate = "{places.state}"\n[server]\n', encoding="utf-8")
    scripts = places.release(OLD) / "venv/lib/python3.11/site-packages/server/store/migrations/versions"
    scripts.mkdir(parents=True)
    (scripts / "0001_first.py").write_text('revision = "0001"\n', encoding="utf-8")
    program = places.release(OLD) / "venv/bin/luot-server"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/restored\n', encoding="utf-8")
    program.chmod(0o755)
    write_database(places.state / "before-upgrade/luot-1.db", "0001", 2)
    return Machine(places, False, False, ["systemctl"], lambda line: None)


def restored(machine: Machine) -> bool:
    return (machine.paths.root / "restored").exists()


@pytest.mark.parametrize(
    ("numbers", "refusal"), [(3, "1 numbers were given"), (None, "perhaps some numbers were given")]
)
def test_numbers_given_since_the_copy_or_that_cannot_be_counted_keep_it_from_being_put_back(
    machine: Machine, numbers: int | None, refusal: str
) -> None:
    write_database(machine.paths.state / "luot.db", "9999", numbers)
    with pytest.raises(InstallError, match=refusal):
        make_database_readable(machine, OLD, forget=False)
    assert not restored(machine)
    make_database_readable(machine, OLD, forget=True)
    assert restored(machine)


def test_a_copy_that_lacks_no_number_is_put_back(machine: Machine) -> None:
    write_database(machine.paths.state / "luot.db", "9999", 2)
    make_database_readable(machine, OLD, forget=False)
    assert restored(machine)


def test_a_database_that_the_release_knows_is_left_alone(machine: Machine) -> None:
    write_database(machine.paths.state / "luot.db", "0001", 5)
    make_database_readable(machine, OLD, forget=True)
    assert not restored(machine)


@pytest.mark.parametrize(
    ("of_replacement", "of_replaced", "is_put_back"),
    [("ab", "abcd", True), ("ab", "ab", False), ("abe", "abcd", False)],
    ids=["two were forgotten", "none was forgotten", "one was given since"],
)
def test_numbers_forgotten_by_a_roll_back_that_is_undone_are_put_back_unless_it_has_given_others(
    machine: Machine, of_replacement: str, of_replaced: str, is_put_back: bool
) -> None:
    database = machine.paths.state / "luot.db"
    for name, facts in ((database.name, of_replacement), ("luot.db.before-20261201T043323Z", of_replaced)):
        with closing(sqlite3.connect(database.with_name(name))) as made, made:
            made.execute("CREATE TABLE journal (own TEXT, kind TEXT)")
            made.executemany("INSERT INTO journal VALUES (?, 'ticket.issued')", list(facts))
    put_forgotten_numbers_back(machine, OLD)
    assert restored(machine) is is_put_back


COMMITS_WHEN_STOPPED = """
import sqlite3, sys
if sys.argv[2] == "is-active":
    print("activating")
if sys.argv[2] == "stop":
    with sqlite3.connect(sys.argv[1]) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
"""


def test_the_schema_is_read_after_a_server_that_was_not_ready_has_ended(machine: Machine, tmp_path: Path) -> None:
    """A server that is stopped may still commit its migration."""
    write_database(machine.paths.state / "luot.db", "0001", 2)
    systemctl = tmp_path / "systemctl.py"
    systemctl.write_text(COMMITS_WHEN_STOPPED, encoding="utf-8")
    command = [sys.executable, str(systemctl), str(machine.paths.state / "luot.db")]
    live = replace(machine, is_live=True, systemctl=command)
    make_database_readable(live, OLD, forget=False)
    assert restored(live)


def test_a_migration_without_disk_space_is_refused_before_anything_is_stopped(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = machine.paths.state / "luot.db"
    write_database(database, "0000", 2)
    refuse_migration_without_space(machine, OLD)
    free = int(database.stat().st_size * MIGRATION_SPACE) - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    with pytest.raises(InstallError, match="new schema, which needs 0 MB of free disk space"):
        refuse_migration_without_space(machine, OLD)
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '0001'")
    refuse_migration_without_space(machine, OLD)


def test_the_installer_requires_the_servers_disk_space() -> None:
    assert pytest.approx(sqlite_upgrade.COPY_SPACE + sqlite_upgrade.MIGRATION_SPACE) == MIGRATION_SPACE
