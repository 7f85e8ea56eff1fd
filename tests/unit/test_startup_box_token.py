"""The token of the box's own stations, which the server makes at its start."""

import errno
from pathlib import Path

import pytest

from config import box_token
from server.startup.opening import make_box_token


def test_a_full_disk_prevents_no_start_and_the_stations_keep_their_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path, token: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    token = make_box_token(tmp_path)
    monkeypatch.setattr(box_token, "write_token", full)
    assert make_box_token(tmp_path) == token == box_token.read_token(tmp_path / box_token.FILE_NAME)
    assert "make room on the disk" in caplog.text
