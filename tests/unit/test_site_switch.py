"""A switch to another release survives a system program that fails or is killed."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from onsite import change_log, release
from onsite.finish_change import SWITCH_RETRIES, Clock, finish_change
from onsite.machine import InstallError, Machine
from onsite.paths import InstallPaths
from support.server_process import ROOT

OLD, NEW = "1.0-old", "2.0-new"
FAILS_AT_FIRST = """
import pathlib, sys
if "is-active" in sys.argv:
    print("active")
if "restart" in sys.argv:
    left = pathlib.Path(sys.argv[1])
    failures = int(left.read_text())
    left.write_text(str(failures - 1))
    sys.exit(failures > 0)
"""


@pytest.fixture
def machine_with_failures(tmp_path: Path) -> Callable[[int], Machine]:
    """Return how to make a kiosk of two releases, whose restart fails so often."""

    def make(failures: int) -> Machine:
        paths = InstallPaths(tmp_path)
        for name in (OLD, NEW):
            shutil.copytree(ROOT / "packaging", paths.release(name) / "packaging")
            (paths.release(name) / release.COMPLETE_MARKER).touch()
        paths.settings.parent.mkdir(parents=True)
        paths.settings.write_text("[kiosk]\n", encoding="utf-8")
        (tmp_path / "systemctl.py").write_text(FAILS_AT_FIRST, encoding="utf-8")
        (tmp_path / "failures").write_text(str(failures), encoding="utf-8")
        systemctl = [sys.executable, str(tmp_path / "systemctl.py"), str(tmp_path / "failures")]
        machine = Machine(paths, dry_run=False, is_live=True, systemctl=systemctl, show=lambda line: None)
        machine.link(paths.current, OLD)
        change_log.write_record(machine, change_log.Record("kiosk", "none", OLD))
        change_log.write_change(machine, change_log.Change(OLD, NEW, "switch", 0.0, 0.0))
        return machine

    return make


def finish(machine: Machine) -> str:
    finish_change(machine, Clock(lambda: 0.0, lambda seconds: None))
    record = change_log.read_record(machine)
    assert record is not None
    return f"{record.release}: {record.outcome}"


def test_a_restart_that_fails_at_first_is_tried_again(machine_with_failures: Callable[[int], Machine]) -> None:
    assert finish(machine_with_failures(SWITCH_RETRIES)) == f"{NEW}: ok: {NEW} runs"


def test_a_restart_that_goes_on_failing_is_undone(machine_with_failures: Callable[[int], Machine]) -> None:
    outcome = finish(machine_with_failures(SWITCH_RETRIES + 1))
    assert outcome.startswith(f"{OLD}: undone: {OLD} runs again; {NEW} did not come up: ")


def test_a_change_that_can_neither_be_made_nor_undone_stays_under_way(
    machine_with_failures: Callable[[int], Machine],
) -> None:
    """systemd starts the service again, which goes on with it."""
    machine = machine_with_failures(100)
    with pytest.raises(InstallError):
        finish(machine)
    change = change_log.read_change(machine)
    assert change is not None
    assert change.stage == "undo"
