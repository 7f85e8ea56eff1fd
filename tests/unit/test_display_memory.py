import os
from pathlib import Path

import pytest

from display.effects.spoken_ids import load, save


def test_saved_ids_are_loaded(tmp_path: Path) -> None:
    save(tmp_path / "spoken.json", ("k-1", "k-2"))
    save(tmp_path / "spoken.json", ("k-1", "k-2", "k-3"))
    assert load(tmp_path / "spoken.json") == ("k-1", "k-2", "k-3")
    assert [path.name for path in tmp_path.iterdir()] == ["spoken.json"]


def test_no_file_is_not_the_same_as_no_ids(tmp_path: Path) -> None:
    assert load(tmp_path / "spoken.json") is None
    save(tmp_path / "spoken.json", ())
    assert load(tmp_path / "spoken.json") == ()


@pytest.mark.parametrize("content", ["", "{", "{}", '["k-1", 2]', "null", "[" * 100_000])
def test_a_broken_file_counts_as_no_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "spoken.json").write_text(content, encoding="utf-8")
    assert load(tmp_path / "spoken.json") is None


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "spoken.json", ("k-1",))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path / "spoken.json", ("k-1", "k-2"))
    assert load(tmp_path / "spoken.json") == ("k-1",)


def test_the_folder_is_made_when_it_is_needed_and_an_error_is_raised_if_it_cannot_be(tmp_path: Path) -> None:
    save(tmp_path / "tv-1" / "spoken.json", ("k-1",))
    assert load(tmp_path / "tv-1" / "spoken.json") == ("k-1",)
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        save(tmp_path / "file" / "spoken.json", ("k-1",))
