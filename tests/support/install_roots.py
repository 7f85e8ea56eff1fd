"""A scratch machine in the server role, set up by the installer, and releases."""

import os
import shutil
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli_w

from onsite import change_log
from onsite.configure import configure_system
from onsite.machine import Machine
from onsite.paths import InstallPaths
from onsite.release import COMPLETE_MARKER
from support.server_process import ROOT, Api, free_ports, office, request_id

SYSTEMCTL = (sys.executable, str(ROOT / "tests/support/stand_in_systemctl.py"))
LIBRARY = "venv/lib/python3.11/site-packages"
OLD, NEW = "1.0-old", "2.0-new"
WITHIN_S = 0.5  # a good release is up once it has been started, and the first look finds it so, however late


@dataclass(frozen=True, slots=True)
class Site:
    """The machine. ``messages``: every line for the installer."""

    machine: Machine
    api: str
    messages: list[str]

    def serving_release(self) -> str | None:
        """Return the release whose server answers now; None when none does."""
        try:
            urllib.request.urlopen(f"{self.api}/api/v1/board", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return None
        return (
            Path(f"/proc/{self.pid()}/environ").read_bytes().partition(b"LUOT_RELEASE=")[2].partition(b"\0")[0].decode()
        )

    def pid(self) -> int:
        return int((self.machine.paths.root / "run/luot-server.service.pid").read_text(encoding="ascii"))

    def take_number(self) -> int:
        """Take a number and return it."""
        api = Api(self.api)
        try:
            body = {"request_id": request_id(), "service": "CT", "station": "kiosk-1"}
            return int(api.ok("/tickets", body)["number"].lstrip("A"))
        finally:
            api.close()

    def change(self, after: str, *, forget: bool = False) -> None:
        """Record a change, as the installer's commands do."""
        record = change_log.read_record(self.machine)
        assert record is not None
        change_log.write_change(
            self.machine, change_log.Change(record.release, after, "switch", WITHIN_S, 0.0, forget=forget)
        )

    def outcome(self) -> str:
        record = change_log.read_record(self.machine)
        assert record is not None
        return f"{record.release}: {record.outcome}"

    def reset(self) -> None:
        """Make the old release the only one, and start it. A database that it has used is kept."""
        places = self.machine.paths
        for path in (places.change, places.release(NEW), places.state / "backup", places.state / "before-upgrade"):
            self.machine.remove(path)
        change_log.write_record(self.machine, change_log.Record("server", "none", OLD))
        if self.serving_release() != OLD:
            self.cut_power()
            self.machine.remove(places.state)
            self.machine.link(places.current, OLD)
            self.machine.run_systemctl("start", "luot.target")
            assert self.serving_release() == OLD
        self.messages.clear()

    def cut_power(self) -> None:
        with suppress(OSError):  # nothing was started yet, or it has ended
            os.kill(self.pid(), signal.SIGKILL)


@contextmanager
def scratch_site(root: Path) -> Iterator[Site]:
    """Set up a machine that runs a server below ``root`` until the block ends."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LUOT_ROOT", str(root))
        places = InstallPaths(root)
        places.settings.parent.mkdir(parents=True)
        api, visitors, broker = (f"127.0.0.1:{port}" for port in free_ports(3))
        office_file = office(["CT"], {"c1": ["CT"]})
        places.office.write_text(tomli_w.dumps(office_file), encoding="utf-8")
        settings = {
            "machine": {"state": str(places.state)},
            "server": {
                "listen": api,
                "visitors": visitors,
                "always_open": True,
                "threads": 16,
                "calls_at_once": 8,
                "mode": "demo",
            },
            "broker": {"kind": "embedded", "listen": broker},
        }
        places.settings.write_text(tomli_w.dumps(settings), encoding="utf-8")
        make_release(places, OLD)
        messages: list[str] = []
        site = Site(Machine(places, False, True, SYSTEMCTL, messages.append), f"http://{api}", messages)
        site.machine.link(places.current, OLD)
        change_log.write_record(site.machine, record := change_log.Record("server", "none", OLD))
        configure_system(site.machine, record)
        try:
            yield site
        finally:
            site.cut_power()


def make_release(places: InstallPaths, name: str, *, before: str = "") -> Path:
    """Make a release with its own copy of the code, run by this test's Python. ``before``: a line of shell."""
    folder = places.release(name)
    library = folder / LIBRARY
    for part in ("server", "config", "hardware"):
        shutil.copytree(ROOT / part, library / part)  # with the compiled files, so that servers start in half the time
    shutil.copytree(ROOT / "packaging", folder / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    program = folder / "venv/bin/luot-server"
    program.parent.mkdir()
    environment = f"LUOT_RELEASE={name} PYTHONPATH={library} PYTHONDONTWRITEBYTECODE=1"
    program.write_text(
        f'#!/bin/sh\n{before}\n{environment} exec {sys.executable} -P -m server.app "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    (folder / COMPLETE_MARKER).write_text(name, encoding="utf-8")
    return library


def break_release(library: Path) -> None:
    """Make a release's server end as soon as it has started."""
    app = library / "server/app.py"
    text = app.read_text(encoding="utf-8")
    app.write_text(
        text.replace("        notifier.ready(", "        raise SystemExit(3)\n        notifier.ready("),
        encoding="utf-8",
    )
    assert app.read_text(encoding="utf-8") != text
