"""Without WAL, the database's check and copy make way for the hall's commits."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from core_hall import Hall
from sqlalchemy import text

from server.monitoring.integrity import IntegrityCheck
from server.store import CannotCopy, CheckCancelled, Retention, SqliteBackend
from server.store.backends import sqlite_backup, sqlite_preempt
from support.server_process import ROOT
from support.waiting import PATIENCE_S, until

STAMP = "20261123T180224Z"
CHILD = sqlite_preempt.CHILD

SLOW_CHILD = """
import runpy, sqlite3, sys, time
from pathlib import Path

folder, database = Path(__file__).parent, sys.argv[2]
connection = sqlite3.connect(database, timeout=30, isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
(folder / "locked").touch()
while not (folder / "fast").exists():
    time.sleep(0.01)
connection.close()
runpy.run_path(CHILD, run_name="__main__")
"""
"""A child that holds the lock of a reader until there is a file ``fast``, and then does its work."""


@pytest.fixture
def old_hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """Return a hall on a machine without pysqlite3, such as an ARM board."""
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    hall = Hall(tmp_path, always_open=True)
    hall.tick()
    yield hall
    hall.close()


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Slow the children down; return the folder of their files ``locked`` and ``fast``."""
    folder = tmp_path / "slow"
    folder.mkdir()
    script = folder / "child.py"
    script.write_text(f"CHILD = {str(CHILD)!r}\n{SLOW_CHILD}", encoding="utf-8")
    monkeypatch.setattr(sqlite_preempt, "CHILD", script)
    return folder


def issue_while_locked(hall: Hall, slow: Path) -> None:
    """Issue two numbers, each while a child holds the lock.

    At the second the statement has begun again.
    """
    for _ in range(2):
        until((slow / "locked").exists)
        (slow / "locked").unlink()
        hall.issue()


def copied(hall: Hall) -> Path:
    backend = SqliteBackend(hall.folder / "hall.db")
    return backend.back_up(hall.folder / "copies", stamp=STAMP, keep=Retention())


def numbers(hall: Hall) -> int:
    with hall.read() as snapshot:
        count: int = snapshot.connection.execute(text("SELECT count(*) FROM ticket")).scalar_one()
    return count


def test_numbers_are_issued_while_the_database_is_checked(
    old_hall: Hall, slow: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with old_hall.store.engines.write.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "truncate"
    old_hall.store.needs_check = True
    integrity = IntegrityCheck(old_hall.store)
    try:
        issue_while_locked(old_hall, slow)
        assert integrity.is_running, "the check was begun again and is not done"
        (slow / "fast").touch()
        until(lambda: not integrity.is_running)
    finally:
        integrity.close()
    assert "the database is whole" in caplog.text
    assert (old_hall.store.needs_check, numbers(old_hall)) == (False, 2)


def test_a_check_that_holds_the_lock_is_cancelled_at_once(old_hall: Hall, slow: Path) -> None:
    old_hall.store.needs_check = True
    integrity = IntegrityCheck(old_hall.store)
    until((slow / "locked").exists)
    integrity.close()
    assert (integrity.is_running, old_hall.store.needs_check) == (True, True)
    old_hall.issue()


@pytest.mark.parametrize("statement", ["PRAGMA quick_check", "VACUUM INTO"])
def test_numbers_are_issued_while_a_copy_is_made(
    old_hall: Hall, slow: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    slow_down_only(monkeypatch, statement)
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(copied, old_hall)
        try:
            issue_while_locked(old_hall, slow)
        finally:
            (slow / "fast").touch()
        copy = making.result(PATIENCE_S)
    with old_hall.read() as snapshot:
        issued = snapshot.connection.execute(text("SELECT number FROM ticket ORDER BY number")).scalars().all()
    connection = sqlite3.connect(copy)
    assert [row[0] for row in connection.execute("SELECT number FROM ticket ORDER BY number")] == issued
    connection.close()
    assert len(issued) == 2
    assert sorted(file.name for file in copy.parent.iterdir()) == [copy.name, f"{copy.name}.sha256"]


def slow_down_only(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Slow the children down that run this statement."""
    slow_child, output_of = sqlite_preempt.CHILD, sqlite_preempt._output_of

    def with_its_child(command: list[str], is_to_stop: Callable[[], bool]) -> bytes | None:
        monkeypatch.setattr(sqlite_preempt, "CHILD", slow_child if command[2].startswith(statement) else CHILD)
        return output_of(command, is_to_stop)

    monkeypatch.setattr(sqlite_preempt, "_output_of", with_its_child)


@pytest.mark.parametrize("statement", ["PRAGMA quick_check", "VACUUM INTO"])
def test_a_copy_is_given_up_when_the_hall_is_never_quiet(
    old_hall: Hall, slow: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    slow_down_only(monkeypatch, statement)
    monkeypatch.setattr(sqlite_backup, "ATTEMPTS", 1)
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(copied, old_hall)
        until((slow / "locked").exists)
        old_hall.issue()
        with pytest.raises(CannotCopy, match="writes too often"):
            making.result(PATIENCE_S)
    assert list((old_hall.folder / "copies").iterdir()) == []
    assert old_hall.store.known_damage() is None


def test_a_journal_that_a_power_cut_left_is_no_writer(old_hall: Hall) -> None:
    old_hall.issue()
    old_hall.close()
    (old_hall.folder / "hall.db-journal").write_bytes(bytes(4096))
    backend = SqliteBackend(old_hall.folder / "hall.db")
    assert backend.find_damage(lambda: False) is None
    with pytest.raises(CheckCancelled):
        backend.find_damage(lambda: True)


def test_a_child_without_a_result_reports_no_damage(
    old_hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "failing.py"
    failing.write_text("raise SystemExit(3)\n", encoding="utf-8")
    monkeypatch.setattr(sqlite_preempt, "CHILD", failing)
    with pytest.raises(OSError, match="ended with 3"):
        old_hall.store.check()
    assert old_hall.store.known_damage() is None
    with pytest.raises(CannotCopy, match="ended with 3"):
        copied(old_hall)


PARENT_THAT_DIES = """
import os, sqlite3, sys, threading, time
from pathlib import Path
from server.store.backends.sqlite_preempt import run_preemptibly

def end_soon():
    while not children():
        time.sleep(0.01)
    os._exit(0)

def children():
    return Path(f"/proc/self/task/{main}/children").read_text()

main = threading.main_thread().native_id
threading.Thread(target=end_soon).start()
endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
run_preemptibly(sqlite3, Path(sys.argv[1]), endless)
"""


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    parent = [sys.executable, "-c", PARENT_THAT_DIES, str(tmp_path / "any.db")]
    ended = subprocess.run(parent, capture_output=True, timeout=PATIENCE_S, check=True, cwd=ROOT)
    assert ended.stderr == b"", "the child held the pipe until it ended"
