"""The installers' pages name units, commands, options, paths, codes and examples that exist."""

import re
from pathlib import Path

import pytest

from config.words import words as catalogue
from hardware.installer.command_line import make_parser
from onsite import app
from onsite.paths import LINKS, SESSIONS, UNITS
from onsite.roles import EXAMPLES, PROGRAMS
from server.web.staff.health.rows import CODES
from support.server_process import ROOT

OPERATIONS = (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8")
PATHS_OF_DEBIAN = {"/etc/nftables.conf"}
FIRST_VISIT = (ROOT / "docs/vi/lan-dau.md").read_text(encoding="utf-8")
BOTH = OPERATIONS + FIRST_VISIT
SHIPPED = {part.name for part in (ROOT / "packaging/systemd").iterdir()}
# Device codes that have a newer word with the same meaning, or that no device of ours reports any more.
OLDER = {"paper_low", "cover_open", "stuck"}


def test_the_units_that_are_named_are_shipped_and_the_shipped_ones_are_named() -> None:
    named = set(re.findall(r"\b(luot[a-z-]*\.(?:service|timer|target))\b", BOTH))
    assert named <= set(UNITS), named - set(UNITS)
    assert {unit for unit in UNITS if unit.endswith(".service")} - named <= {
        "luot-backup.service",
        "luot-nightly.service",
    }


def test_the_units_of_commands_are_shipped() -> None:
    units = {unit.partition(".")[0] for unit in UNITS}
    asked = re.findall(r"(?:systemctl (?:start|stop|restart|status)|journalctl -u|NRestarts) (luot-[a-z]+)", BOTH)
    assert len(asked) >= 6
    assert set(asked) <= units, set(asked) - units


def test_the_commands_of_the_set_up_can_be_said_as_they_stand() -> None:
    command_lines = re.findall(r"(?:luot-site|packaging/install) ((?:[a-z-]+)(?: (?:--?[a-z-]+|[\w/.-]+))*)", BOTH)
    assert len(command_lines) >= 8
    for line in command_lines:
        words = line.split()
        if words[0] not in ("install", "start", "upgrade", "roll-back", "uninstall", "name", "status"):
            continue  # a sentence goes on after the program's name
        app._parser().parse_args(words)


@pytest.mark.parametrize("table", [PROGRAMS, SESSIONS, EXAMPLES])
def test_every_choice_of_the_set_up_is_explained(table: object) -> None:
    for choice in list(table):  # type: ignore[call-overload]
        assert f"`{choice}`" in OPERATIONS, choice


def test_every_code_of_a_device_is_explained_and_no_other() -> None:
    explained = set()
    for cell in re.findall(r"^\| (`[a-z_`, ]+`) \| [^|]+ \| [^|]+ \|$", OPERATIONS, re.MULTILINE):
        explained |= set(re.findall(r"`([a-z_]+)`", cell))
    explained &= set(CODES)
    assert set(CODES) - OLDER == explained


@pytest.mark.parametrize("guide", ["ki-ot.md", "can-bo.md"])
@pytest.mark.parametrize("code", ["failed", "name_twice"])
def test_a_fault_of_a_whole_machine_is_in_the_guides_of_the_staff_who_see_it(code: str, guide: str) -> None:
    assert CODES[code](catalogue("vi")) in (ROOT / "docs/vi" / guide).read_text(encoding="utf-8")


def test_the_commands_for_devices_exist() -> None:
    parser = make_parser(catalogue("en"), lambda: 0.0)
    for name in set(re.findall(r"luot-hardware +([a-z]+)\b", BOTH)):
        with pytest.raises(SystemExit) as left:
            parser.parse_args([name, "--help"])
        assert left.value.code == 0, name


def test_the_paths_of_the_machine_are_the_ones_of_the_units() -> None:
    shipped = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "packaging").rglob("*")
        if path.is_file() and path.suffix not in (".pyc",)
    )
    for path in set(re.findall(r"(?<![\w.])(/(?:etc|var|opt)/[\w./-]*\w)", BOTH)):
        place = path.rstrip("/.") if not re.search(r"luot-\d{8}T", path) else str(Path(path).parent)
        place = re.sub(r"^(/var/lib/luot)/.*", r"\1", place)  # the programs make their own files in their folder
        assert place in shipped or place in LINKS or place in PATHS_OF_DEBIAN, path


def test_the_times_of_the_timers_are_the_ones_that_are_told() -> None:
    for timer in ("luot-backup.timer", "luot-nightly.timer"):
        text = (ROOT / "packaging/systemd" / timer).read_text(encoding="utf-8")
        time = re.search(r"OnCalendar=\*-\*-\* (\d\d:\d\d):00", text)
        assert time is not None
        assert re.search(rf"^\| {time[1]} \| the machine \|.*`{timer}`", OPERATIONS, re.MULTILINE), timer


def test_the_first_visit_is_a_list_to_tick() -> None:
    assert FIRST_VISIT.count("- [ ] ") >= 30
