"""Changes of release on a scratch root with real servers, killed after every step."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from onsite import change_log
from onsite.finish_change import Clock, finish_change
from onsite.install import InstallOptions, roll_back, upgrade
from onsite.machine import InstallError
from onsite.release import COMPLETE_MARKER
from support.install_roots import NEW, OLD, SYSTEMCTL, WITHIN_S, Site, break_release, make_release
from support.server_process import ROOT

CLOCK = Clock(time.monotonic, threading.Event().wait)
# Runs what the change's unit runs, and dies by SIGKILL just before its n-th action on the machine.
DYING = """
import os, signal, sys, threading, time
from pathlib import Path
from onsite.machine import Machine
from onsite.paths import InstallPaths
from onsite.finish_change import Clock, finish_change
left = [int(sys.argv[2])]
def mortal(action):
    def acted(*arguments, **more):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return action(*arguments, **more)
    return acted
for name in ("write", "link", "remove", "run", "run_systemctl"):
    setattr(Machine, name, mortal(getattr(Machine, name)))
machine = Machine(InstallPaths(Path(sys.argv[1])), False, True, sys.argv[3:], lambda line: None)
sys.exit(finish_change(machine, Clock(time.monotonic, threading.Event().wait)))
"""


def options(source: Path) -> InstallOptions:
    return InstallOptions(source, "server", "none", "hall-one-box", None, WITHIN_S, 0.0)


def test_an_upgrade_copies_the_database_and_ends_with_every_number_and_so_does_the_way_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site.take_number()
    make_release(site.machine.paths, NEW)
    monkeypatch.setattr("onsite.release.release_name", lambda source: NEW)
    assert upgrade(site.machine, CLOCK, options(ROOT)) == 0
    assert site.serving_release() == NEW
    assert site.take_number() == first + 1
    assert site.outcome() == f"{NEW}: ok: {NEW} runs"
    assert change_log.read_change(site.machine) is None
    assert len(list((site.machine.paths.state / "backup").glob("luot-*.db"))) == 1
    assert roll_back(site.machine, CLOCK, options(ROOT), forget=False) == 0
    assert site.serving_release() == OLD
    assert site.take_number() == first + 2


def test_whatever_step_it_dies_at_an_old_or_a_new_server_runs_and_the_change_goes_on(site: Site) -> None:
    """It is killed before the first action, the second, …, until it reaches the end."""
    given = [site.take_number()]
    make_release(site.machine.paths, NEW)
    ended, deaths, target = None, 0, NEW
    while ended != 0:
        if change_log.read_change(site.machine) is None:
            site.change(target)
        command = [sys.executable, "-B", "-c", DYING, str(site.machine.paths.root), str(deaths), *SYSTEMCTL]
        ended = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": str(ROOT / "packaging")}, check=False
        ).returncode
        assert ended in (0, -signal.SIGKILL)
        assert site.serving_release() in (OLD, NEW), f"nobody serves after a death at step {deaths}"
        given.append(site.take_number())
        deaths += ended != 0
        assert deaths < 60
    assert deaths >= 5
    assert site.serving_release() == target
    assert given == list(range(given[0], given[0] + len(given)))


def test_a_release_that_does_not_come_up_is_undone_by_itself(site: Site) -> None:
    first = site.take_number()
    break_release(make_release(site.machine.paths, NEW))
    site.change(NEW)
    assert finish_change(site.machine, CLOCK) == 1
    assert site.serving_release() == OLD
    assert site.take_number() == first + 1
    assert site.outcome().startswith(f"{OLD}: undone: {OLD} runs again; {NEW} did not come up: luot-server.service is")


def test_a_release_that_is_not_whole_is_never_switched_to(site: Site) -> None:
    make_release(site.machine.paths, NEW)
    (site.machine.paths.release(NEW) / COMPLETE_MARKER).unlink()
    site.change(NEW)
    assert finish_change(site.machine, CLOCK) == 1
    assert site.serving_release() == OLD


def test_settings_that_the_new_release_cannot_use_stop_the_upgrade_before_anything_changes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = make_release(site.machine.paths, NEW)
    broken = library / "config/settings.py"
    text = broken.read_text(encoding="utf-8").replace("    always_open: bool", "    open_always: bool")
    broken.write_text(text, encoding="utf-8")
    monkeypatch.setattr("onsite.release.release_name", lambda source: NEW)
    with pytest.raises(InstallError, match="always_open"):
        upgrade(site.machine, CLOCK, options(ROOT))
    assert site.serving_release() == OLD
    assert change_log.read_change(site.machine) is None
