import os
from pathlib import Path

import pytest

from display.memory import keep, recall


def test_what_was_kept_is_recalled(tmp_path: Path) -> None:
    keep(tmp_path / "spoken.json", ("k-1", "k-2"))
    keep(tmp_path / "spoken.json", ("k-1", "k-2", "k-3"))
    assert recall(tmp_path / "spoken.json") == ("k-1", "k-2", "k-3")
    assert [one.name for one in tmp_path.iterdir()] == ["spoken.json"]


def test_nothing_kept_is_not_the_same_as_nothing_spoken(tmp_path: Path) -> None:
    assert recall(tmp_path / "spoken.json") is None
    keep(tmp_path / "spoken.json", ())
    assert recall(tmp_path / "spoken.json") == ()


@pytest.mark.parametrize("content", ["", "{", "{}", '["k-1", 2]', "null", "[" * 100_000])
def test_a_broken_file_counts_as_nothing_kept(tmp_path: Path, content: str) -> None:
    (tmp_path / "spoken.json").write_text(content, encoding="utf-8")
    assert recall(tmp_path / "spoken.json") is None


def test_a_crash_while_writing_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path / "spoken.json", ("k-1",))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep(tmp_path / "spoken.json", ("k-1", "k-2"))
    assert recall(tmp_path / "spoken.json") == ("k-1",)


def test_its_folder_is_made_when_there_is_something_to_keep_and_none_that_can_be_made_is_told(tmp_path: Path) -> None:
    keep(tmp_path / "tv-1" / "spoken.json", ("k-1",))
    assert recall(tmp_path / "tv-1" / "spoken.json") == ("k-1",)
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        keep(tmp_path / "file" / "spoken.json", ("k-1",))
