"""A start that migrates: checked, copied once, cancelled without a trace, refused without disk space."""

import fcntl
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic.script import ScriptDirectory
from core_hall import Clock, Hall

from server.store import (
    AlreadyRunning,
    CannotCopy,
    CannotOpen,
    CheckCancelled,
    MigrationCancelled,
    SqliteBackend,
    Store,
    migrations,
)
from server.store.backends import LastEnd, sqlite_engine
from server.store.backends.sqlite_engine import open_engines
from server.store.migrations import _write_log_into_database, newest_revision
from server.store.migrations.scripts import run_scripts

ROOT = Path(__file__).parents[2]
STAMP, LATER = "20261123T180224Z", "20261123T180300Z"
OLDER = "0006"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a database of an older schema, closed in order."""
    path = tmp_path / "hall.db"
    backend = SqliteBackend(path)
    lock = backend.lock()
    with closing(backend.open()) as engines:
        with engines.write.begin() as connection:
            run_scripts(connection, OLDER)
        give_fact(path, 1)
    lock.release(cleanly=True)
    assert end_of(path) is LastEnd.CLEAN
    return tmp_path


def give_fact(path: Path, seq: int) -> None:
    with closing(sqlite_engine.newest_sqlite().module.connect(str(path))) as connection, connection:
        columns = [row[1:4] for row in connection.execute("PRAGMA table_info(journal)")]
        values = {name: (0 if kind in ("INTEGER", "BIGINT") else "x") for name, kind, required in columns if required}
        values |= {"seq": seq, "own": f"{seq:064}", "prev": f"{seq - 1:064}", "data": "{}"}
        connection.execute(
            f"INSERT INTO journal ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values())
        )


def revision(path: Path) -> str:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
        return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def end_of(path: Path) -> LastEnd:
    lock = SqliteBackend(path).lock()
    os.close(lock.fd)
    return lock.last_end


def opened(path: Path, is_cancelled: Callable[[], bool] = lambda: False) -> Store:
    return Store(SqliteBackend(path), Clock().now, "boot-1", is_cancelled=is_cancelled)


@contextmanager
def full_disk(at_bytes: int) -> Iterator[None]:
    """Act as a full disk: no file of this process grows beyond ``at_bytes``."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at_bytes, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


def prepared(path: Path, stamp: str) -> Path | None:
    return SqliteBackend(path).back_up_before_migration(newest_revision(), stamp=stamp)


def test_an_older_schema_is_copied_before_it_is_migrated_and_no_other_one(folder: Path) -> None:
    path = folder / "hall.db"
    with closing(opened(path)):
        assert revision(path) == newest_revision()
    copies = list(folder.glob("before-upgrade/luot-*.db"))
    assert [revision(copy) for copy in copies] == [OLDER]
    assert prepared(path, LATER) is None
    with closing(sqlite3.connect(path)) as changed, changed:
        changed.execute("UPDATE alembic_version SET version_num = '9999'")
    assert prepared(path, LATER) is None, "a newer one would be copied at each start"
    assert prepared(folder / "none.db", LATER) is None
    assert list(folder.glob("before-upgrade/luot-*.db")) == copies


def test_a_copy_of_this_very_state_is_used_again(folder: Path) -> None:
    path = folder / "hall.db"
    copy = prepared(path, STAMP)
    assert copy is not None and copy.parent == folder / "before-upgrade"
    assert prepared(path, LATER) == copy
    give_fact(path, 2)
    newer = prepared(path, LATER)
    assert newer is not None and newer != copy
    raw = bytearray(newer.read_bytes())
    raw[-1] ^= 1
    newer.write_bytes(raw)
    assert prepared(path, "20261123T190000Z") == folder / "before-upgrade/luot-20261123T190000Z.db"


@pytest.mark.parametrize(("is_copied", "sizes"), [(False, 2.2), (True, 1.2)])
def test_without_disk_space_nothing_is_copied_or_migrated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_copied: bool, sizes: float
) -> None:
    path = folder / "hall.db"
    if is_copied:
        prepared(path, STAMP)
    copies = list(folder.glob("before-upgrade/*"))
    needed = int(path.stat().st_size * sizes)
    monkeypatch.setattr(shutil, "disk_usage", lambda where: SimpleNamespace(free=needed - 1))
    with pytest.raises(CannotCopy, match="of free disk space"):
        opened(path)
    assert (revision(path), end_of(path)) == (OLDER, LastEnd.CLEAN)
    assert list(folder.glob("before-upgrade/*")) == copies
    monkeypatch.setattr(shutil, "disk_usage", lambda where: SimpleNamespace(free=needed))
    opened(path).close()
    assert revision(path) == newest_revision()


def test_a_start_that_is_cancelled_at_any_moment_leaves_the_database_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.backends.sqlite_backup.STEPS_BETWEEN_QUESTIONS", 50)
    monkeypatch.setattr("server.store.migrations.STEPS_BETWEEN_QUESTIONS", 50)
    path, errors, allowed = folder / "hall.db", [], 0
    while revision(path) == OLDER:
        left = [allowed]

        def is_cancelled(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        try:
            opened(path, is_cancelled).close()
        except (CheckCancelled, MigrationCancelled) as error:
            errors.append(type(error))
            assert revision(path) == OLDER
            assert list(folder.glob("before-upgrade/*.part*")) == []
        allowed += 1 + allowed // 4
    assert {CheckCancelled, MigrationCancelled} == set(errors)
    assert len(list(folder.glob("before-upgrade/*.db"))) == 1


def test_a_database_that_was_checked_for_the_copy_is_not_checked_again(folder: Path) -> None:
    path = folder / "hall.db"
    (folder / "hall.db.lock").write_bytes(b"")
    with closing(opened(path)) as store:
        assert not store.needs_check
    assert end_of(path) is LastEnd.CLEAN


def test_a_second_server_copies_nothing(folder: Path) -> None:
    lock = SqliteBackend(folder / "hall.db").lock()
    with pytest.raises(AlreadyRunning):
        opened(folder / "hall.db")
    lock.release(cleanly=True)
    assert not (folder / "before-upgrade").exists()


def test_a_check_before_the_start_that_is_cut_off_begins_again_at_the_next_one(tmp_path: Path) -> None:
    Hall(tmp_path).close()
    path = tmp_path / "hall.db"
    os.utime(path, (1, 1))
    assert [end_of(path), end_of(path)] == [LastEnd.CHANGED] * 2, "the server died before it had checked"
    with pytest.raises(CheckCancelled):
        opened(path, lambda: True)
    assert end_of(path) is LastEnd.CHANGED
    opened(path).close()
    assert end_of(path) is LastEnd.CLEAN


def test_a_lock_that_cannot_be_had_is_not_called_another_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hall.db"
    (tmp_path / "hall.db.lock").mkdir()
    with pytest.raises(CannotOpen, match="cannot be locked") as directory:
        SqliteBackend(path).lock()
    (tmp_path / "hall.db.lock").rmdir()

    def refuse(fd: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(CannotOpen, match="No locks available") as no_locks:
        SqliteBackend(path).lock()
    assert AlreadyRunning not in (type(directory.value), type(no_locks.value))


def test_a_disk_that_is_full_in_the_middle_of_a_migration_is_reported(folder: Path) -> None:
    path = folder / "hall.db"
    prepared(path, STAMP)
    with (
        pytest.raises(CannotOpen, match=r"could not be brought to the new schema .*; it is as it was"),
        full_disk(40_000),
    ):
        opened(path)
    assert revision(path) == OLDER
    opened(path).close()
    assert revision(path) == newest_revision()


def test_a_disk_that_is_full_at_the_end_of_a_migration_is_reported(tmp_path: Path) -> None:
    """The log fits, the larger database does not."""
    path = tmp_path / "a.db"
    with closing(open_engines(path)) as engines:
        with engines.write.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE many (text)")
            connection.exec_driver_sql("INSERT INTO many VALUES (zeroblob(400000))")
        _write_log_into_database(engines.write)
        size = path.stat().st_size
        with engines.write.begin() as connection:
            connection.exec_driver_sql("INSERT INTO many VALUES (zeroblob(40000))")
        with pytest.raises(CannotOpen, match="could not be written to the disk"), full_disk(size):
            _write_log_into_database(engines.write)
        _write_log_into_database(engines.write)
        assert path.stat().st_size > size


def test_the_names_of_the_scripts_begin_with_their_revisions() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_heads() == [newest_revision()]
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(f"{script.revision}_")


def test_a_start_without_a_migration_does_not_load_alembic(tmp_path: Path) -> None:
    path = tmp_path / "hall.db"
    opened(path).close()
    code = (
        "import sys; from pathlib import Path; from server.store.backends.sqlite_engine import open_engines;"
        "from server.store.migrations import migrate; migrate(open_engines(Path(sys.argv[1])).write);"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False).returncode == 0
