"""A scratch machine with a server's role, set up as the installer does it, and releases to change it to."""

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

from halls import ROOT, Api, free_ports, office, request_id
from onsite import record as notes
from onsite.arrange import arrange
from onsite.machine import Machine
from onsite.places import Places
from onsite.release import WHOLE

SYSTEMCTL = (sys.executable, str(ROOT / "tests/stand_in_systemctl.py"))
LIBRARY = "venv/lib/python3.11/site-packages"
OLD, NEW = "1.0-old", "2.0-new"
WITHIN_S = 0.5  # a good release is up once it has been started, and the first look finds it so, however late


@dataclass(frozen=True, slots=True)
class Site:
    """The machine. ``said``: every line for the installer."""

    machine: Machine
    api: str
    said: list[str]

    def alive(self) -> str | None:
        """The release whose server answers now; None when nobody does."""
        try:
            urllib.request.urlopen(f"{self.api}/api/v1/board", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return None
        return (
            Path(f"/proc/{self.pid()}/environ").read_bytes().partition(b"LUOT_RELEASE=")[2].partition(b"\0")[0].decode()
        )

    def pid(self) -> int:
        return int((self.machine.places.root / "run/luot-server.service.pid").read_text(encoding="ascii"))

    def number(self) -> int:
        """Take a number; which one it is."""
        api = Api(self.api)
        try:
            body = {"request_id": request_id(), "service": "CT", "station": "kiosk-1"}
            return int(api.ok("/tickets", body)["number"].lstrip("A"))
        finally:
            api.close()

    def change(self, after: str, *, forget: bool = False) -> None:
        """Write a change down, as the installer's commands do."""
        record = notes.read_record(self.machine)
        assert record is not None
        notes.write_change(self.machine, notes.Change(record.release, after, "switch", WITHIN_S, 0.0, forget=forget))

    def outcome(self) -> str:
        record = notes.read_record(self.machine)
        assert record is not None
        return f"{record.release}: {record.outcome}"

    def begin(self) -> None:
        """The old release serves, alone on the machine; with its numbers if it served already."""
        places = self.machine.places
        for left in (places.change, places.release(NEW), places.state / "backup", places.state / "before-upgrade"):
            self.machine.remove(left)
        notes.write_record(self.machine, notes.Record("server", "none", OLD))
        if self.alive() != OLD:
            self.cut_power()
            self.machine.remove(places.state)
            self.machine.link(places.current, OLD)
            self.machine.unit("start", "luot.target")
            assert self.alive() == OLD
        self.said.clear()

    def cut_power(self) -> None:
        with suppress(OSError):  # nothing was started yet, or it has ended
            os.kill(self.pid(), signal.SIGKILL)


@contextmanager
def scratch(root: Path) -> Iterator[Site]:
    """A machine below ``root``; no more than a server runs on it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LUOT_ROOT", str(root))
        places = Places(root)
        places.settings.parent.mkdir(parents=True)
        api, visitors, broker = (f"127.0.0.1:{port}" for port in free_ports(3))
        of = office(["CT"], {"c1": ["CT"]})
        places.office.write_text(tomli_w.dumps(of), encoding="utf-8")
        told = {
            "machine": {"state": str(places.state)},
            "server": {"listen": api, "visitors": visitors, "always_open": True, "threads": 16, "mode": "demo"},
            "broker": {"kind": "embedded", "listen": broker},
        }
        places.settings.write_text(tomli_w.dumps(told), encoding="utf-8")
        make_release(places, OLD)
        said: list[str] = []
        site = Site(Machine(places, False, True, SYSTEMCTL, said.append), f"http://{api}", said)
        site.machine.link(places.current, OLD)
        notes.write_record(site.machine, record := notes.Record("server", "none", OLD))
        arrange(site.machine, record)
        try:
            yield site
        finally:
            site.cut_power()


def make_release(places: Places, name: str, *, before: str = "") -> Path:
    """A release with code of its own; its programs are run by this test's Python. ``before``: a line of shell."""
    folder = places.release(name)
    library = folder / LIBRARY
    for part in ("server", "config", "hardware"):
        shutil.copytree(ROOT / part, library / part)  # with what is compiled: servers start in half the time
    shutil.copytree(ROOT / "packaging", folder / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    program = folder / "venv/bin/luot-server"
    program.parent.mkdir()
    ours = f"LUOT_RELEASE={name} PYTHONPATH={library} PYTHONDONTWRITEBYTECODE=1"
    program.write_text(f'#!/bin/sh\n{before}\n{ours} exec {sys.executable} -P -m server.app "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / WHOLE).write_text(name, encoding="utf-8")
    return library


def spoil(library: Path) -> None:
    """Make a release's server end as soon as it has started."""
    app = library / "server/app.py"
    text = app.read_text(encoding="utf-8")
    app.write_text(
        text.replace("        supervisor.ready(", "        raise SystemExit(3)\n        supervisor.ready("),
        encoding="utf-8",
    )
    assert app.read_text(encoding="utf-8") != text
