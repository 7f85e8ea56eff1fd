"""Going back over a migration: numbers are forgotten only when that was said, also where they cannot be counted."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from onsite.machine import Machine, Refused
from onsite.places import Places
from onsite.settle import _fit_database

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
    """A machine whose old release knows the schema 0001, with a copy from before the upgrade that holds two numbers."""
    places = Places(tmp_path)
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
    return (machine.places.root / "restored").exists()


@pytest.mark.parametrize(("numbers", "said"), [(3, "1 numbers were given"), (None, "perhaps some numbers were given")])
def test_numbers_given_since_the_copy_or_that_cannot_be_counted_keep_it_from_being_put_back(
    machine: Machine, numbers: int | None, said: str
) -> None:
    write_database(machine.places.state / "luot.db", "9999", numbers)
    with pytest.raises(Refused, match=said):
        _fit_database(machine, OLD, forget=False)
    assert not restored(machine)
    _fit_database(machine, OLD, forget=True)
    assert restored(machine)


def test_a_copy_that_lacks_no_number_is_put_back(machine: Machine) -> None:
    write_database(machine.places.state / "luot.db", "9999", 2)
    _fit_database(machine, OLD, forget=False)
    assert restored(machine)


def test_a_database_that_the_release_knows_is_left_alone(machine: Machine) -> None:
    write_database(machine.places.state / "luot.db", "0001", 5)
    _fit_database(machine, OLD, forget=True)
    assert not restored(machine)
