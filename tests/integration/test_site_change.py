"""From one release to another on a scratch root: real servers, a stand-in for systemctl, and death after every step."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from halls import ROOT
from onsite import record as notes
from onsite.install import Wish, roll_back, upgrade
from onsite.machine import Refused
from onsite.release import WHOLE
from onsite.settle import Time, settle
from sites import NEW, OLD, SYSTEMCTL, WITHIN_S, Site, make_release, spoil

CLOCK = Time(time.monotonic, threading.Event().wait)
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


def wish(source: Path) -> Wish:
    return Wish(source, "server", "none", "hall-one-box", None, WITHIN_S, 0.0)


def test_an_upgrade_copies_the_database_and_ends_with_every_number_and_so_does_the_way_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site.number()
    make_release(site.machine.places, NEW)
    monkeypatch.setattr("onsite.release.name_of", lambda source: NEW)
    assert upgrade(site.machine, CLOCK, wish(ROOT)) == 0
    assert site.alive() == NEW
    assert site.number() == first + 1
    assert site.outcome() == f"{NEW}: ok: {NEW} runs"
    assert notes.read_change(site.machine) is None
    assert len(list((site.machine.places.state / "backup").glob("luot-*.db"))) == 1
    assert roll_back(site.machine, CLOCK, wish(ROOT), forget=False) == 0
    assert site.alive() == OLD
    assert site.number() == first + 2


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


def test_a_release_that_is_not_whole_is_never_switched_to(site: Site) -> None:
    make_release(site.machine.places, NEW)
    (site.machine.places.release(NEW) / WHOLE).unlink()
    site.change(NEW)
    assert settle(site.machine, CLOCK) == 1
    assert site.alive() == OLD


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
