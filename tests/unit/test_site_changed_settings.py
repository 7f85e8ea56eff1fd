"""``luot-site start`` after the machine's file has changed."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from onsite import app
from onsite.change_log import Record
from onsite.changed_settings import follow_settings
from onsite.machine import Machine
from onsite.paths import InstallPaths
from support.server_process import ROOT

CHANGED_S = 1_800_000_000
SYSTEMCTL = """
import json, subprocess, sys
from pathlib import Path
folder = Path(sys.argv[1])
verb, *units = [argument for argument in sys.argv[2:] if not argument.startswith("--")]
if verb in ("enable", "disable", "mask", "unmask"):
    sys.exit(subprocess.run(["systemctl", f"--root={folder / 'root'}", verb, *units]).returncode)
if verb == "show":
    started_s = json.loads((folder / "started.json").read_text()).get(units[0])
    print(f"MainPID=7\\nExecMainStartTimestamp=@{started_s}" if started_s else "MainPID=0")
else:
    with (folder / "calls").open("a") as calls:
        print(verb, *units, file=calls)
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a running machine with the example hall, whose file has just changed."""
    (tmp_path / "systemctl.py").write_text(SYSTEMCTL)
    root = tmp_path / "root"
    machine = Machine(
        InstallPaths(root),
        dry_run=False,
        is_live=True,
        systemctl=[sys.executable, str(tmp_path / "systemctl.py"), str(tmp_path)],
        show=lambda line: None,
    )
    (root / "etc/luot").mkdir(parents=True)
    release = root / "opt/luot/1"
    release.mkdir(parents=True)
    shutil.copytree(ROOT / "packaging", release / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "opt/luot/current").symlink_to("1")
    (root / "opt/luot/site.json").write_text('{"role": "all-in-one", "session": "none", "release": "1"}')
    write_settings(machine, "[server]\n[kiosk]\n[display]\n")
    started(tmp_path, {})
    follow_settings(machine, RECORD)
    (tmp_path / "calls").write_text("")
    return machine


RECORD = Record("all-in-one", "none", "1")


def write_settings(machine: Machine, text: str) -> None:
    machine.paths.settings.write_text(text, encoding="utf-8")
    os.utime(machine.paths.settings, (CHANGED_S, CHANGED_S))


def started(folder: Path, moments_s: dict[str, int]) -> None:
    (folder / "started.json").write_text(json.dumps(moments_s))


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def enabled(machine: Machine) -> set[str]:
    return {link.name for link in machine.paths.units.glob("luot.target.wants/luot-*.service")}


def test_programs_that_were_started_before_the_change_are_restarted(machine: Machine, tmp_path: Path) -> None:
    started(
        tmp_path,
        {"luot-server.service": CHANGED_S - 5, "luot-kiosk.service": CHANGED_S + 5},
    )
    follow_settings(machine, RECORD)
    assert calls(tmp_path) == ["restart luot-server.service"]


def test_a_program_whose_section_was_deleted_is_stopped_and_starts_no_more(machine: Machine, tmp_path: Path) -> None:
    assert {"luot-display.service", "luot-kiosk.service"} <= enabled(machine)
    write_settings(machine, "[server]\n[kiosk]\n")
    follow_settings(machine, RECORD)
    assert "stop luot-display.service" in calls(tmp_path)
    assert "luot-display.service" not in enabled(machine) and "luot-kiosk.service" in enabled(machine)


def test_a_program_whose_section_was_added_starts_with_the_machine(machine: Machine) -> None:
    write_settings(machine, "[server]\n[kiosk]\n[display]\n[counter]\n")
    follow_settings(machine, RECORD)
    assert "luot-counter.service" in enabled(machine)


def test_nothing_is_restarted_without_a_change(machine: Machine, tmp_path: Path) -> None:
    started(tmp_path, dict.fromkeys(("luot-server.service", "luot-kiosk.service"), CHANGED_S + 1))
    follow_settings(machine, RECORD)
    assert calls(tmp_path) == []


def test_a_counter_station_needs_no_packages_of_a_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app.main(["install", "--root", str(tmp_path), "--dry-run", "--role", "counters", "--example", "hall-one-box"])
    output = capsys.readouterr().out
    assert "python3-venv" in output and "xserver-xorg-core" not in output
