"""A file is replaced as a whole.

The new contents are on disk before they take the place of the old ones; a disk that refuses them leaves the old ones.
"""

import os
import stat
from pathlib import Path

import pytest

from config import files


def test_it_is_on_the_disk_before_it_takes_the_old_ones_place_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "kept", list[tuple[bool, str]]()
    path.write_text("old")
    real = os.fsync

    def noted(fd: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(fd).st_mode), path.read_text()))
        real(fd)

    monkeypatch.setattr(os, "fsync", noted)
    files.atomic_write(path, "mới")
    assert synced == [(False, "old"), (True, "mới")]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_disk_that_refuses_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept"
    path.write_text("old")

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.atomic_write(path, "new")
    assert path.read_text() == "old"
