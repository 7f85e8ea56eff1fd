"""From one release to another on a scratch root: real servers, a stand-in for systemctl, and death after every step."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli_w

from halls import ROOT, Api, free_ports, office, request_id
from onsite import record as notes
from onsite.arrange import arrange
from onsite.install import Wish, roll_back, upgrade
from onsite.machine import Machine, Refused
from onsite.places import Places
from onsite.release import WHOLE
from onsite.settle import Time, settle

CLOCK = Time(time.monotonic, threading.Event().wait)
SYSTEMCTL = (sys.executable, str(ROOT / "tests/stand_in_systemctl.py"))
LIBRARY = "venv/lib/python3.11/site-packages"
OLD, NEW = "1.0-old", "2.0-new"
WITHIN_S = 0.5  # a good release is up once it has been started, and the first look finds it so, however late
# Runs what the change's unit runs, and dies by SIGKILL just before its n-th action on the machine.
DYING = """
import os, signal, sys, threading, time
from pathlib import Path
from onsite.machine import Machine
from onsite.places import Places
from onsite.settle import Time, settle
left = [int(sys.argv[2])]
def mortal(action):
    def acted(*arguments, **more):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return action(*arguments, **more)
    return acted
for name in ("write", "link", "remove", "run", "unit"):
    setattr(Machine, name, mortal(getattr(Machine, name)))
machine = Machine(Places(Path(sys.argv[1])), False, True, sys.argv[3:], lambda line: None)
sys.exit(settle(machine, Time(time.monotonic, threading.Event().wait)))
"""


MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("more", sa.Column("x", sa.Integer()))
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A scratch machine with a server's role."""

    machine: Machine
    api: str

    def alive(self) -> str | None:
        """The release whose server answers now; None when nobody does."""
        try:
            urllib.request.urlopen(f"{self.api}/api/v1/board", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return None
        number = (self.machine.places.root / "run/luot-server.service.pid").read_text(encoding="ascii")
        return Path(f"/proc/{number}/environ").read_bytes().partition(b"LUOT_RELEASE=")[2].partition(b"\0")[0].decode()

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


def make_release(places: Places, name: str) -> Path:
    """A release with code of its own; its programs are run by this test's Python."""
    folder = places.release(name)
    library = folder / LIBRARY
    for part in ("server", "config", "hardware"):
        shutil.copytree(ROOT / part, library / part)  # with what is compiled: servers start in half the time
    shutil.copytree(ROOT / "packaging", folder / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    program = folder / "venv/bin/luot-server"
    program.parent.mkdir()
    ours = f"LUOT_RELEASE={name} PYTHONPATH={library} PYTHONDONTWRITEBYTECODE=1"
    program.write_text(f'#!/bin/sh\n{ours} exec {sys.executable} -P -m server.app "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / WHOLE).write_text(name, encoding="utf-8")
    return library


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    root = tmp_path / "root"
    monkeypatch.setenv("LUOT_ROOT", str(root))
    places = Places(root)
    (root / "etc/luot").mkdir(parents=True)
    api, visitors, broker = (f"127.0.0.1:{port}" for port in free_ports(3))
    of = office(["CT"], {"c1": ["CT"]})
    (root / "etc/luot/office.toml").write_text(tomli_w.dumps(of), encoding="utf-8")
    told = {
        "machine": {"state": str(places.state)},
        "server": {"listen": api, "visitors": visitors, "always_open": True, "threads": 16, "mode": "demo"},
        "broker": {"kind": "embedded", "listen": broker},
    }
    places.settings.write_text(tomli_w.dumps(told), encoding="utf-8")
    make_release(places, OLD)
    machine = Machine(places, False, True, SYSTEMCTL, lambda line: None)
    machine.link(places.current, OLD)
    record = notes.Record("server", "none", OLD)
    notes.write_record(machine, record)
    arrange(machine, record)
    machine.unit("start", "luot.target")
    site = Site(machine, f"http://{api}")
    assert site.alive() == OLD
    yield site
    machine.unit("stop", "luot.target")


def newer_schema(library: Path) -> None:
    """Give a release one more migration."""
    versions = library / "server/store/migrations/versions"
    newest = max(one.stem[:4] for one in versions.glob("0*.py"))
    (versions / "9999_more.py").write_text(MIGRATION.format(newest=newest), encoding="utf-8")


def spoil(library: Path) -> None:
    """Make a release's server end as soon as it has started."""
    app = library / "server/app.py"
    text = app.read_text(encoding="utf-8")
    app.write_text(
        text.replace("        supervisor.ready(", "        raise SystemExit(3)\n        supervisor.ready("),
        encoding="utf-8",
    )
    assert app.read_text(encoding="utf-8") != text


def test_a_change_ends_with_the_new_release_and_every_number(site: Site) -> None:
    first = site.number()
    make_release(site.machine.places, NEW)
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 0
    assert site.alive() == NEW
    assert site.number() == first + 1
    assert site.outcome() == f"{NEW}: ok: {NEW} runs"
    assert notes.read_change(site.machine) is None


def test_whatever_step_it_dies_at_an_old_or_a_new_server_runs_and_the_change_goes_on(site: Site) -> None:
    """Before the first action, before the second, and so on, until it lives to the end."""
    given = [site.number()]
    make_release(site.machine.places, NEW)
    ended, deaths, target = None, 0, NEW
    while ended != 0:
        if notes.read_change(site.machine) is None:
            site.change(target)
        command = [sys.executable, "-B", "-c", DYING, str(site.machine.places.root), str(deaths), *SYSTEMCTL]
        ended = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": str(ROOT / "packaging")}, check=False
        ).returncode
        assert ended in (0, -signal.SIGKILL)
        assert site.alive() in (OLD, NEW), f"nobody serves after a death at step {deaths}"
        given.append(site.number())
        deaths += ended != 0
        assert deaths < 60
    assert deaths >= 5
    assert site.alive() == target
    assert given == list(range(given[0], given[0] + len(given)))


def test_a_release_that_does_not_come_up_is_undone_by_itself(site: Site) -> None:
    first = site.number()
    spoil(make_release(site.machine.places, NEW))
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 1
    assert site.alive() == OLD
    assert site.number() == first + 1
    assert site.outcome().startswith(f"{OLD}: undone: {OLD} runs again; {NEW} did not come up: luot-server.service is")


def test_a_spoilt_release_that_has_migrated_the_database_is_undone_with_the_copy_made_before(site: Site) -> None:
    given = [site.number(), site.number()]
    library = make_release(site.machine.places, NEW)
    newer_schema(library)
    spoil(library)
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 1
    assert site.alive() == OLD
    assert site.number() == given[-1] + 1


def test_a_release_that_is_not_whole_is_never_switched_to(site: Site) -> None:
    make_release(site.machine.places, NEW)
    (site.machine.places.release(NEW) / WHOLE).unlink()
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 1
    assert site.alive() == OLD


def wish(source: Path) -> Wish:
    return Wish(source, "server", "none", "hall-one-box", None, WITHIN_S, 0.0)


def test_a_roll_back_over_a_migration_forgets_no_number_unless_that_is_said(site: Site) -> None:
    first = site.number()
    newer_schema(make_release(site.machine.places, NEW))
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 0
    second = site.number()
    assert second == first + 1
    assert roll_back(site.machine, CLOCK, wish(ROOT), forget=False) == 1
    assert site.alive() == NEW, "going back would have given number 2 to a second visitor"
    assert "1 numbers were given since" in site.outcome()
    assert site.number() == second + 1
    assert roll_back(site.machine, CLOCK, wish(ROOT), forget=True) == 0
    assert site.alive() == OLD
    assert site.number() == first + 1


def test_a_roll_back_without_a_migration_keeps_every_number(site: Site) -> None:
    first = site.number()
    make_release(site.machine.places, NEW)
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 0
    assert site.number() == first + 1
    assert roll_back(site.machine, CLOCK, wish(ROOT), forget=False) == 0
    assert site.alive() == OLD
    assert site.number() == first + 2


def test_settings_that_the_new_release_cannot_use_stop_the_upgrade_before_anything_changes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_release(site.machine.places, NEW)
    broken = library / "config/settings.py"
    text = broken.read_text(encoding="utf-8").replace("    always_open: bool", "    open_always: bool")
    broken.write_text(text, encoding="utf-8")
    monkeypatch.setattr("onsite.release.name_of", lambda source: NEW)
    with pytest.raises(Refused, match="always_open"):
        upgrade(site.machine, CLOCK, wish(ROOT))
    assert site.alive() == OLD
    assert notes.read_change(site.machine) is None


def test_an_upgrade_copies_the_database_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.number()
    make_release(site.machine.places, NEW)
    monkeypatch.setattr("onsite.release.name_of", lambda source: NEW)
    assert upgrade(site.machine, CLOCK, wish(ROOT)) == 0
    assert site.alive() == NEW
    assert len(list((site.machine.places.state / "backup").glob("luot-*.db"))) == 1
