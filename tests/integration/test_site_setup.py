"""The installer at a server that waits for its set-up, and at a busy one."""

import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from onsite.finish_change import Clock, startup_fault
from onsite.machine import Machine
from onsite.paths import InstallPaths
from support.setup_box import switched_on, unpacked


class BusyHall(BaseHTTPRequestHandler):
    """A hall that answers every call with 503; its set-up is over."""

    def do_GET(self) -> None:
        self.send_error(503 if self.path.startswith("/api/") else 404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Log nothing."""


@pytest.fixture
def busy_hall() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), BusyHall)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fault(root: Path) -> str | None:
    """Return what the installer finds wrong with the server of ``hall.toml``, at its first look."""
    machine = Machine(InstallPaths(root), False, True, ["true"], lambda line: None)
    return startup_fault(machine, Clock(lambda: 0.0, lambda seconds: True), 0.0, 0.0)


def test_a_server_that_waits_for_its_set_up_has_come_up(tmp_path: Path) -> None:
    box = unpacked(tmp_path)
    (tmp_path / "etc/luot").mkdir(parents=True)
    shutil.copy(box.config, tmp_path / "etc/luot/hall.toml")
    with switched_on(box):
        assert fault(tmp_path) is None


def test_a_hall_that_answers_503_has_not_come_up(tmp_path: Path, busy_hall: str) -> None:
    (tmp_path / "etc/luot").mkdir(parents=True)
    (tmp_path / "etc/luot/hall.toml").write_text(f'[server]\nlisten = "{busy_hall}"\n', encoding="utf-8")
    assert fault(tmp_path) == "the server answers 503"
