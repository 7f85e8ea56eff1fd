"""A copy is on the disk before it has its name."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_hall import Hall

from server.store import Retention
from server.store.backends.sqlite_backup import back_up, restore

STAMP = "20261123T180224Z"


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    (tmp_path / "hall").mkdir()
    hall = Hall(tmp_path / "hall")
    hall.tick()
    hall.issue()
    yield hall
    hall.close()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return the files that are synced or get their name, in order."""
    seen: list[tuple[str, str]] = []
    sync, rename = os.fsync, Path.rename

    def synced(opened: int) -> None:
        seen.append(("sync", Path(f"/proc/self/fd/{opened}").readlink().name))
        sync(opened)

    def renamed(path: Path, target: Path) -> Path:
        seen.append(("name", Path(target).name))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    return seen


def test_a_copy_is_synced_before_it_gets_its_name_and_its_folder_after(
    hall: Hall, tmp_path: Path, steps: list[tuple[str, str]]
) -> None:
    made = back_up(tmp_path / "hall" / "hall.db", tmp_path / "copies", stamp=STAMP, keep=Retention())
    named = steps.index(("name", made.name))
    assert ("sync", f"luot-{STAMP}.part") in steps[:named]
    assert ("sync", f"{made.name}.sha256") in steps[named:]
    assert steps[-1] == ("sync", "copies")


def test_a_restored_database_is_synced_before_it_gets_its_name_and_its_folder_after(
    hall: Hall, tmp_path: Path, steps: list[tuple[str, str]]
) -> None:
    database = tmp_path / "hall" / "hall.db"
    made = back_up(database, tmp_path / "copies", stamp=STAMP, keep=Retention())
    hall.close()
    steps.clear()
    restore(database, made, stamp=STAMP)
    named = steps.index(("name", "hall.db"))
    assert ("sync", "hall.db.restoring") in steps[:named]
    assert steps[-1] == ("sync", "hall")
