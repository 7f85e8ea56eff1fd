"""Units, rules and sessions, checked by systemd's own tools and by the manuals' grammar."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from pathlib import Path

import pytest

from onsite.paths import COPIED_FILES, LINKS, SESSIONS, UNITS, copied_files, session_links
from onsite.roles import PROGRAMS, units_of
from support.server_process import ROOT, need

PACKAGING = ROOT / "packaging"
SYSTEMD = PACKAGING / "systemd"
SERVICES = sorted(path.name for path in SYSTEMD.glob("*.service"))
STATIONS = ("luot-kiosk.service", "luot-counter.service", "luot-display.service", "luot-sign.service")
# systemd's own measure of what a broken-into service could reach: 0 nothing, 10 everything. A bound for each unit.
EXPOSED = {
    "luot-server.service": 1.5,
    "luot-counter.service": 2.2,
    "luot-sign.service": 2.2,
    "luot-kiosk.service": 2.4,
    "luot-display.service": 2.4,
    "luot-backup.service": 1.2,
    "luot-nightly.service": 1.6,
    "luot-screen.service": 7.2,  # an X server as root, as every display manager of Debian starts it
    "luot-settle.service": 8.6,  # it changes the machine: links, units, databases
}


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Return a unit file as section -> setting -> values."""
    sections: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in (SYSTEMD / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            sections.setdefault(section, {}).setdefault(key, []).append(value)
    return sections


@pytest.mark.parametrize("name", [f"luot-{program}.service" for program in PROGRAMS["all-in-one"]])
def test_no_program_starts_another_program_that_its_machine_need_not_have(name: str) -> None:
    pulls = ("Wants", "Requires", "Requisite", "BindsTo", "Upholds")
    pulled = " ".join(" ".join(unit(name)["Unit"].get(setting, [])) for setting in pulls)
    assert not [program for program in PROGRAMS["all-in-one"] if f"luot-{program}.service" in pulled]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the units as they would be installed.

    They lie below a scratch folder where every program they name exists.
    """
    folder = tmp_path_factory.mktemp("units")
    home = folder / "opt/luot"
    for program in PROGRAMS["all-in-one"]:
        script = home / f"current/venv/bin/luot-{program}"
        script.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", script)
    shutil.copytree(PACKAGING / "session", home / "current/packaging/session")
    shutil.copy("/bin/true", home / "settle")
    xinit = home / "xinit"  # of the package xinit, which only a machine with screens has
    shutil.copy("/bin/true", xinit)
    units = folder / "units"
    units.mkdir()
    for name in UNITS:
        text = (SYSTEMD / name).read_text(encoding="utf-8").replace("/opt/luot", str(home))
        (units / name).write_text(text.replace("/usr/bin/xinit", str(xinit)), encoding="utf-8")
    return units


def verify(units: Path, *names: str) -> str:
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:/lib/systemd/system", "SYSTEMD_LOG_LEVEL": "warning"}
    command = [need("systemd-analyze"), "verify", "--man=no", "--generators=no", *names]
    done = subprocess.run(command, cwd=units, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "luot" in line]
    return "\n".join(lines) + (f"exit code {done.returncode}" if done.returncode else "")


def test_systemd_finds_nothing_wrong_with_any_unit(staged: Path) -> None:
    assert verify(staged, *UNITS) == ""


@pytest.mark.parametrize("session", ["x11", "kmsdrm"])
def test_systemd_finds_nothing_wrong_with_a_session(staged: Path, session: str, tmp_path: Path) -> None:
    units = tmp_path / "units"
    shutil.copytree(staged, units)
    for path, part in session_links(session, ("kiosk", "display")).items():
        place = units / Path(path).parent.name / Path(path).name
        place.parent.mkdir()
        shutil.copy(PACKAGING / part, place)
    assert verify(units, *UNITS) == ""


def test_a_misspelt_setting_would_be_found(staged: Path, tmp_path: Path) -> None:
    units = tmp_path / "units"
    shutil.copytree(staged, units)
    path = units / "luot-server.service"
    path.write_text(path.read_text(encoding="utf-8").replace("WatchdogSec", "WatchdogSeconds"), encoding="utf-8")
    assert "WatchdogSeconds" in verify(units, "luot-server.service")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_reaches_no_more_of_the_machine_than_its_bound(name: str) -> None:
    command = [need("systemd-analyze"), "security", "--offline=true", f"--threshold={EXPOSED[name] * 10:.0f}"]
    done = subprocess.run([*command, str(SYSTEMD / name)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_every_service_has_a_bound_and_every_unit_is_installed() -> None:
    assert set(EXPOSED) == set(SERVICES)
    shipped = {path.name for path in SYSTEMD.iterdir() if path.suffix in (".service", ".timer", ".path", ".target")}
    assert shipped == set(UNITS)
    parts = {*LINKS.values(), *COPIED_FILES.values()}
    for session in SESSIONS:
        parts |= {*session_links(session, ("kiosk", "display")).values(), *copied_files(session).values()}
    parts.remove("../venv/bin/luot-hardware")
    assert all((PACKAGING / part).is_file() for part in parts)
    unused = {
        str(path.relative_to(PACKAGING)) for path in PACKAGING.rglob("*") if path.is_file() and path.suffix != ".pyc"
    }
    assert {part for part in unused - parts if not part.startswith(("onsite/", "onstick/"))} == {
        "session/x11",
        "session/x-server",
    }


@pytest.mark.parametrize("name", ["luot-server.service", *STATIONS])
def test_every_program_of_ours_is_watched_started_again_for_ever_and_nobody_special(name: str) -> None:
    content = unit(name)
    service = content["Service"]
    assert service["Type"] == ["notify"]
    assert int(service["WatchdogSec"][0]) >= 15
    assert service["Restart"] == ["always"]
    assert content["Unit"]["StartLimitIntervalSec"] == ["0"]
    assert service["User"] == ["luot"]
    assert service["NoNewPrivileges"] == ["yes"]
    assert service["CapabilityBoundingSet"] == [""]
    assert service["ProtectSystem"] == ["strict"]
    assert service["ExecStart"][0].endswith(f"{name.removesuffix('.service')} --config /etc/luot/hall.toml")
    assert content["Unit"]["PartOf"] == ["luot.target"]
    assert content["Install"]["WantedBy"] == ["luot.target"]


def test_the_server_may_serve_the_halls_network_and_read_its_own_addresses() -> None:
    service = unit("luot-server.service")["Service"]
    assert "IPAddressDeny" not in service
    assert "AF_NETLINK" in service["RestrictAddressFamilies"][0]


def test_the_server_is_the_last_that_a_full_memory_ends() -> None:
    scores = {name: int(unit(name)["Service"]["OOMScoreAdjust"][0]) for name in ("luot-server.service", *STATIONS)}
    assert min(scores, key=lambda name: scores[name]) == "luot-server.service"
    assert int(unit("luot-screen.service")["Service"]["OOMScoreAdjust"][0]) > scores["luot-server.service"]


@pytest.mark.parametrize("name", STATIONS)
def test_a_device_that_is_plugged_in_later_is_let_in(name: str) -> None:
    service = unit(name)["Service"]
    assert not {"DevicePolicy", "DeviceAllow", "PrivateDevices", "ProtectClock"} & set(service)


@pytest.mark.parametrize("role", PROGRAMS)
@pytest.mark.parametrize("session", SESSIONS)
def test_what_a_role_starts_is_a_unit_that_can_be_enabled(role: str, session: str) -> None:
    for name in units_of(session, PROGRAMS[role]):
        assert "Install" in unit(name), name


def test_copies_and_nightly_restarts_begin_with_the_hall_and_not_with_the_machines_next_start() -> None:
    timers = [name for name in UNITS if name.endswith(".timer")]
    assert len(timers) == 2
    starting = [*timers, "luot-backup.path"]
    assert all(unit(name)["Install"]["WantedBy"] == ["luot.target"] for name in starting)


def test_the_nightly_restart_is_for_every_station_and_leaves_the_server_alone() -> None:
    (command,) = unit("luot-nightly.service")["Service"]["ExecStart"]
    assert "try-restart" in command and "luot-server" not in command
    assert set(STATIONS) <= set(command.split())


# --- udev, by the grammar of udev(7) ------------------------------------------------------------------------------

MATCH, ASSIGN = {"==", "!="}, {"=", "+=", "-=", ":="}
KEYS: Mapping[str, set[str]] = {
    **dict.fromkeys(("ACTION", "DEVPATH", "KERNEL", "KERNELS", "SUBSYSTEM", "SUBSYSTEMS", "DRIVER", "DRIVERS"), MATCH),
    **dict.fromkeys(("TAGS", "TEST", "RESULT"), MATCH),
    **dict.fromkeys(("NAME", "SYMLINK", "TAG", "PROGRAM"), MATCH | ASSIGN),
    **dict.fromkeys(("OWNER", "GROUP", "MODE", "LABEL", "GOTO", "OPTIONS"), ASSIGN),
}
ATTRIBUTE_KEYS: Mapping[str, set[str]] = {
    "ATTR": MATCH | {"="},
    "ATTRS": MATCH,
    "SYSCTL": MATCH | {"="},
    "ENV": MATCH | {"=", "+="},
    "RUN": ASSIGN,
    "IMPORT": MATCH | {"="},
}
PART = re.compile(r'\s*([A-Z]+)(?:\{([^{}"]+)\})?\s*(==|!=|\+=|-=|:=|=)\s*"((?:[^"\\]|\\.)*)"\s*')


def rules(text: str) -> Iterator[list[tuple[str, str | None, str, str]]]:
    """Yield every rule as (key, attribute, operator, value); raises ``ValueError`` where udev(7) would not follow."""
    for number, line in enumerate(text.replace("\\\n", "").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        terms, place = [], 0
        while place < len(line):
            part = PART.match(line, place)
            if part is None:
                raise ValueError(f"line {number}: {line[place:]!r} is no key, operator and quoted value")
            key, attribute, operator, value = part.groups()
            allowed = KEYS.get(key) if attribute is None else ATTRIBUTE_KEYS.get(key)
            if allowed is None or operator not in allowed:
                raise ValueError(f"line {number}: {key} {attribute or ''} {operator} cannot be")
            terms.append((key, attribute, operator, value))
            place = part.end()
            if place < len(line):
                if line[place] != ",":
                    raise ValueError(f"line {number}: a comma is missing before {line[place:]!r}")
                place += 1
        yield terms


RULES = (PACKAGING / "udev/60-luot.rules").read_text(encoding="utf-8")


def test_the_rules_follow_the_grammar_match_something_and_do_something() -> None:
    all_rules = list(rules(RULES))
    assert len(all_rules) >= 7
    for rule in all_rules:
        operators = {operator for _, _, operator, _ in rule}
        assert operators & MATCH and operators & ASSIGN, rule
        modes = [value for key, _, _, value in rule if key == "MODE"]
        assert all(re.fullmatch(r"0[0-7]{3}", mode) and mode[-1] == "0" for mode in modes)


@pytest.mark.parametrize(
    "bad",
    [
        'SUBSYSTEM="tty", MODE="0660"',
        'SUBSYSTEM=="tty" MODE="0660"',
        'SUBSYSTEM=="tty", MODE=="0660"',
        'SUBSYTEM=="tty", MODE="0660"',
        "SUBSYSTEM==tty",
        'ATTRS{serial}="1"',
    ],
)
def test_a_wrong_rule_would_be_found(bad: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        list(rules(bad))


def test_modem_managers_ports_are_the_ones_that_get_our_group() -> None:
    names = {
        value
        for rule in rules(RULES)
        if ("ENV", "ID_MM_PORT_IGNORE", "=", "1") in rule
        for key, _, _, value in rule
        if key == "KERNEL"
    }
    assert names == {"ttyUSB[0-9]*|ttyACM[0-9]*"}


def test_every_group_that_a_unit_names_is_made_at_installation() -> None:
    made = {
        line.split()[1] for line in (PACKAGING / "systemd/sysusers.conf").read_text().splitlines() if line[:2] == "g "
    }
    named = {
        group
        for unit in sorted((PACKAGING / "systemd").glob("*.[sc]*"))
        for line in unit.read_text().splitlines()
        if line.startswith("SupplementaryGroups=")
        for group in line.partition("=")[2].split()
    }
    assert {"dialout", "input", "lp"} <= named <= made


# --- the rest ----------------------------------------------------------------------------------------------------


def test_the_shell_programs_are_plain_sh() -> None:
    for script in (PACKAGING / "install", PACKAGING / "session/x11", PACKAGING / "session/x-server"):
        assert os.access(script, os.X_OK)
        assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
        subprocess.run(["sh", "-n", str(script)], check=True)


def test_the_manager_and_journal_settings_are_ini_files() -> None:
    for name, section in (("watchdog.conf", "Manager"), ("journald.conf", "Journal")):
        read = RawConfigParser()
        read.optionxform = str  # type: ignore[assignment,method-assign]
        read.read(SYSTEMD / name)
        assert read.sections() == [section]
