"""The database is checked after an unclean end and before each copy; damage is reported."""

import os
from contextlib import closing
from pathlib import Path

import pytest
from core_hall import Clock, Hall

from hardware.ports import HealthState
from server.monitoring.integrity import IntegrityCheck
from server.monitoring.server_health import database_part
from server.store import CannotCopy, CannotOpen, CheckCancelled, Retention, SqliteBackend, Store
from server.store.backends import LastEnd
from server.store.backends.sqlite_engine import newest_sqlite
from support.waiting import until

STAMP = "20261123T180224Z"
KEEP = Retention(days=14, months=12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a hall that was closed in order."""
    with closing(Hall(tmp_path)) as hall:
        hall.tick()
        for _ in range(20):
            hall.issue()
    return tmp_path


def opened(folder: Path) -> Store:
    return Store(SqliteBackend(folder / "hall.db"), Clock().now, "boot-1")


def end_of(folder: Path) -> LastEnd:
    """Return how the last server left the database, as the next one sees it."""
    lock = SqliteBackend(folder / "hall.db").lock()
    lock.release(cleanly=lock.last_end is LastEnd.CLEAN)
    return lock.last_end


def die(folder: Path) -> None:
    """Empty the lock file, as a killed server leaves it."""
    (folder / "hall.db.lock").write_bytes(b"")


def damage(folder: Path, index: str = "ratings_of_day") -> None:
    """Overwrite the page of an index that no start needs."""
    path = folder / "hall.db"
    with closing(newest_sqlite().module.connect(str(path))) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (index,)).fetchone()
    before = path.stat()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 64)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # a failing disk changes no time


def test_an_end_in_order_is_recorded_and_any_other_is_not(folder: Path) -> None:
    assert end_of(folder) is LastEnd.CLEAN
    with closing(opened(folder)) as store:
        assert (folder / "hall.db.lock").read_bytes() == b"", "while a server runs, nothing says that it ended"
        assert not store.needs_check
    assert end_of(folder) is LastEnd.CLEAN
    die(folder)
    assert end_of(folder) is LastEnd.UNCLEAN
    with closing(opened(folder)) as store:
        assert store.needs_check
    assert end_of(folder) is LastEnd.UNCLEAN, "it was not checked, so it ended with the same doubt"
    with closing(opened(folder)) as store:
        assert store.check() is None
    assert end_of(folder) is LastEnd.CLEAN


def test_a_file_that_changed_since_its_end_is_checked_before_the_start(folder: Path) -> None:
    os.utime(folder / "hall.db", (1, 1))
    with closing(opened(folder)) as store:
        assert not store.needs_check, "it was checked before the start"
    assert end_of(folder) is LastEnd.CLEAN
    damage(folder)
    os.utime(folder / "hall.db", (2, 2))
    with pytest.raises(CannotOpen, match=r"the database is damaged: .*; restore the last copy"):
        opened(folder)


def test_damage_after_a_power_cut_is_found_while_the_hall_works(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    die(folder)
    damage(folder)
    with closing(opened(folder)) as store, closing(IntegrityCheck(store)) as integrity:
        part = database_part(lambda: None, store.known_damage, lambda: integrity.is_running)
        until(lambda: not integrity.is_running)
        health = part.health()
        assert (health.state, health.code) == (HealthState.FAULT, "damaged")
        assert "ratings_of_day" in health.detail or "page" in health.detail.lower()
    assert "the whole database is checked while the hall works" in caplog.text
    assert "the database is damaged" in caplog.text
    with pytest.raises(CannotOpen, match="damaged"):
        opened(folder)


def test_a_database_that_is_whole_ends_the_doubt(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    die(folder)
    with closing(opened(folder)) as store, closing(IntegrityCheck(store)) as integrity:
        until(lambda: not integrity.is_running)
        assert database_part(lambda: None, store.known_damage).health().state is HealthState.READY
    assert "the database is whole" in caplog.text
    assert end_of(folder) is LastEnd.CLEAN


def test_a_check_is_reported_while_it_runs_and_a_cancelled_one_begins_again(folder: Path) -> None:
    die(folder)
    with closing(opened(folder)) as store:
        checking = database_part(lambda: None, store.known_damage, lambda: True).health()
        assert (checking.state, checking.code) == (HealthState.UNKNOWN, "checking")
        with pytest.raises(CheckCancelled):
            store.check(lambda: True)
        assert store.needs_check
    assert end_of(folder) is LastEnd.UNCLEAN


def test_a_damaged_index_gives_no_copy_and_the_working_server_reports_it(folder: Path, tmp_path: Path) -> None:
    damage(folder)
    with closing(opened(folder)) as store:
        assert store.known_damage() is None, "its end was in order, so nobody has looked"
        with pytest.raises(CannotCopy, match="is damaged"):
            SqliteBackend(folder / "hall.db").back_up(tmp_path / "copies", stamp=STAMP, keep=KEEP)
        assert database_part(lambda: None, store.known_damage).health().code == "damaged"
    with pytest.raises(CannotOpen, match="damaged"):
        opened(folder)


def test_a_restored_copy_ends_the_damage(folder: Path, tmp_path: Path) -> None:
    backend = SqliteBackend(folder / "hall.db")
    copy = backend.back_up(tmp_path / "copies", stamp=STAMP, keep=KEEP)
    damage(folder)
    die(folder)
    with closing(opened(folder)) as store:
        assert store.check() is not None
    backend.restore(copy, stamp=STAMP)
    assert (end_of(folder), backend.known_damage()) == (LastEnd.CLEAN, None)
    with closing(opened(folder)) as store:
        assert not store.needs_check
