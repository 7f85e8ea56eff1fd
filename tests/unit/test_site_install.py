"""Installing below a scratch root, the three examples, and names for devices."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.load import load, load_settings
from config.office import OfficeSettings
from config.office_templates import office_of_template
from config.settings import Settings
from onsite import app, change_log, release
from onsite.machine import InstallError, Machine
from onsite.names import FILE_HEADING, rule, with_rule
from onsite.paths import InstallPaths
from onsite.roles import EXAMPLES, PROGRAMS, packages
from support.server_process import ROOT

EXAMPLE_FOLDER = ROOT / "config/examples"
PROGRAM = {"server": "server.app", "kiosk": "kiosk.app", "counter": "counter.app", "display": "display.app"}
HALLS = [example for example in EXAMPLES if example.startswith("hall-")]


@pytest.fixture(scope="module")
def name() -> str:
    return release.release_name(ROOT)


@pytest.fixture
def root(tmp_path: Path, name: str) -> Path:
    """Return a scratch root in which this source's release is whole already.

    So nothing is fetched or compiled.
    """
    folder = tmp_path / "root"
    made = folder / "opt/luot" / name
    shutil.copytree(ROOT / "packaging", made / "packaging", ignore=shutil.ignore_patterns("__pycache__"))
    (made / release.COMPLETE_MARKER).write_text(name, encoding="utf-8")
    return folder


def run(root: Path, *command: str) -> int:
    return app.main([*command, "--root", str(root)])


def tree(root: Path) -> dict[str, bytes | str]:
    """Return every file and link below the root, with its content.

    Backup files of the user database are systemd's own.
    """
    content: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            content[str(path.relative_to(root))] = str(path.readlink())
        elif path.is_file() and not path.name.endswith("-"):
            content[str(path.relative_to(root))] = path.read_bytes()
    return content


@pytest.mark.parametrize("example", HALLS)
def test_an_example_can_be_used_by_every_program_it_has_a_section_for(
    example: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "install", "--example", example, "--role", "all-in-one") == 0
    file = root / "etc/luot/hall.toml"
    settings = load_settings(file)
    assert settings.server is not None
    assert not settings.server.office.exists()  # the first set-up asks for the office
    office = office_of_template("one-stop", settings.link.office, {"vi": "Phường Thử"})
    output = capsys.readouterr().out
    assert "http://127.0.0.1:8470/setup" in output and "set-up code" in output
    if settings.counter is not None:
        assert {desk.counter for desk in settings.counter.desks} <= {counter.id for counter in office.counters}
    programs = [program for program in PROGRAM if getattr(settings, program) is not None]
    assert len(programs) >= 2
    for program in programs:
        command = [sys.executable, "-m", PROGRAM[program], "--config", str(file), "--check"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert (root / f"etc/systemd/system/luot.target.wants/luot-{program}.service").is_symlink()


def test_a_room_leaves_the_screen_to_the_pcs_desktop(root: Path) -> None:
    assert run(root, "install", "--example", "hall-desk") == 0
    wanted = {path.name for path in (root / "etc/systemd/system/luot.target.wants").iterdir()}
    assert wanted >= {"luot-server.service", "luot-kiosk.service"}
    assert not wanted & {"luot-screen.service", "luot-display.service", "luot-counter.service"}
    assert not (root / "etc/X11/xorg.conf.d/90-luot.conf").exists()


def test_the_keypad_of_the_rooms_example_can_be_switched_on_by_taking_the_marks_away(tmp_path: Path) -> None:
    text = (EXAMPLE_FOLDER / "hall-desk.toml").read_text(encoding="utf-8")
    head, _, counter = text.partition("# [counter]\n")
    lines = [line.removeprefix("# ").removeprefix("#") for line in f"# [counter]\n{counter}".splitlines()]
    file = tmp_path / "hall.toml"
    file.write_text("\n".join([head, *lines]), encoding="utf-8")
    settings = load_settings(file)
    assert settings.counter is not None and settings.counter.desks[0].keypad.kind == "evdev"


@pytest.mark.parametrize("example", HALLS)
def test_an_example_is_a_live_hall_on_its_own_machine_only(example: str) -> None:
    settings = load(EXAMPLE_FOLDER / f"{example}.toml", Settings)
    assert settings.server is not None and settings.server.mode == "live" and not settings.server.always_open
    for address in (settings.server.listen, settings.server.visitors, settings.broker.listen, settings.link.broker):
        assert address.startswith("127.0.0.1:")
    assert str(settings.machine.state) == "/var/lib/luot"


def test_every_service_of_an_example_office_has_a_counter() -> None:
    for path in EXAMPLE_FOLDER.glob("office*.toml"):
        office = load(path, OfficeSettings)
        served = {service for counter in office.counters for service in counter.services}
        assert served == {service.id for service in office.services}, path.name


def test_a_second_installation_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "install", "--session", "x11") == 0
    first = tree(root)
    capsys.readouterr()
    assert run(root, "install", "--session", "x11") == 0
    assert tree(root) == first
    output = capsys.readouterr().out.splitlines()
    assert not [line for line in output if line.startswith(("write ", "link ", "remove ")) or "disable" in line], output


def test_an_installation_never_writes_over_the_settings_of_the_hall(root: Path) -> None:
    run(root, "install")
    file = root / "etc/luot/hall.toml"
    mine = file.read_text(encoding="utf-8").replace('label = "1"', 'label = "2"')
    file.write_text(mine, encoding="utf-8")
    run(root, "install", "--example", "hall-desk")
    assert file.read_text(encoding="utf-8") == mine


def test_a_dry_run_says_what_it_would_do_and_does_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(root)
    assert run(root, "install", "--dry-run", "--session", "x11") == 0
    output = capsys.readouterr().out
    assert "would write /etc/luot/hall.toml" in output
    assert tree(root) == before


def test_changing_the_session_takes_the_other_ones_files_away(root: Path) -> None:
    drop_in = root / "etc/systemd/system/luot-kiosk.service.d/10-screen.conf"
    run(root, "install", "--session", "x11", "--role", "kiosk")
    assert str(drop_in.readlink()).endswith("screen-x11.conf")
    assert (root / "etc/X11/xorg.conf.d/90-luot.conf").is_file()
    run(root, "install", "--session", "kmsdrm", "--role", "kiosk")
    assert str(drop_in.readlink()).endswith("screen-kmsdrm.conf")
    assert not (root / "etc/X11/xorg.conf.d/90-luot.conf").exists()
    assert "consoleblank=0" in (root / "etc/default/grub.d/luot.cfg").read_text(encoding="utf-8")
    run(root, "install", "--session", "none", "--role", "kiosk")
    assert not drop_in.is_symlink()
    assert not (root / "etc/default/grub.d/luot.cfg").exists()


def test_two_programs_cannot_both_have_the_screen_to_themselves(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "install", "--session", "kmsdrm", "--role", "all-in-one") == 1
    assert "--session x11" in capsys.readouterr().err


def test_a_node_at_a_counter_gets_its_unit_its_file_and_no_office(
    root: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "install", "--role", "sign", "--example", "sign-node", "--session", "none") == 0
    output = capsys.readouterr().out
    assert "it shows a code" in output and "office.toml" not in output
    assert [path.name for path in (root / "etc/luot").iterdir()] == ["hall.toml"]
    wanted = {path.name for path in (root / "etc/systemd/system/luot.target.wants").iterdir()}
    assert wanted == {"luot-sign.service", "luot-nightly.timer"}
    script = root / "opt/luot" / name / "venv/bin/luot-sign"
    script.parent.mkdir(parents=True)
    check = f"{sys.executable} -m counter.node.app --config {root}/etc/luot/hall.toml --check"
    script.write_text(f"#!/bin/sh\nPYTHONPATH={ROOT} exec {check}\n", encoding="utf-8")
    script.chmod(0o755)
    assert run(root, "start") == 0


def test_a_machine_whose_file_has_no_node_is_told_which_section_is_missing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "install", "--role", "sign", "--session", "none") == 1
    assert "none of the sections node" in capsys.readouterr().err


@pytest.mark.parametrize("role", ["kiosk", "counters", "display"])
def test_a_station_alone_is_told_that_it_waits_for_its_enrolment(
    role: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "install", "--role", role, "--session", "none") == 0
    assert "it shows a code" in capsys.readouterr().out


@pytest.mark.parametrize("purge", [False, True])
def test_a_removal_leaves_the_data_unless_it_is_told_to_take_them(root: Path, purge: bool) -> None:
    before = {"etc/luot", "var/lib/luot", "var/backups/luot"}
    run(root, "install")
    data = root / "var/lib/luot/luot.db"
    data.parent.mkdir(parents=True)
    data.write_bytes(b"every number")
    assert run(root, "uninstall", *(["--purge"] if purge else [])) == 0
    left = [path for path in tree(root) if "luot" in path]
    kept = [path for path in left if any(path.startswith(folder) for folder in before)]
    assert left == kept, "something else was left behind"
    assert bool(kept) != purge
    if not purge:
        assert data.read_bytes() == b"every number"


def test_what_is_installed_before_is_not_replaced_by_an_installation(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(root, "install")
    monkeypatch.setattr(release, "release_name", lambda source: "9.9.9-other")
    assert run(root, "install") == 1
    assert "upgrade" in capsys.readouterr().err


def test_somebody_elses_file_is_not_replaced_by_a_link(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = root / "etc/systemd/system/luot-server.service"
    own.parent.mkdir(parents=True)
    own.write_text("[Service]\n", encoding="utf-8")
    assert run(root, "install") == 1
    assert "/etc/systemd/system/luot-server.service is there and not ours" in capsys.readouterr().err


def test_an_office_that_is_still_the_example_is_not_started(
    root: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(root, "install")
    shipped = root / "opt/luot" / name / "venv/lib/python3.11/site-packages/config/examples"
    shutil.copytree(EXAMPLE_FOLDER, shipped)
    for program in PROGRAM:
        script = root / "opt/luot" / name / f"venv/bin/luot-{program}"
        script.parent.mkdir(exist_ok=True)
        shutil.copy("/bin/true", script)
    office = root / "etc/luot/office.toml"
    shutil.copy(EXAMPLE_FOLDER / "office.toml", office)
    assert run(root, "start") == 1
    assert "remove it, and the first set-up asks for the office" in capsys.readouterr().err
    text = office.read_text(encoding="utf-8").replace("Phường Ví Dụ", "Phường Thật")
    office.write_text(text, encoding="utf-8")
    assert run(root, "start") == 0


def test_a_build_that_was_cut_off_is_done_again_and_two_states_of_one_version_are_two_releases(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for part in release.SOURCE_FOLDERS:
        (source / part).mkdir(parents=True)
    for file in release.TOP_FILES:
        (source / file).write_text("x", encoding="utf-8")
    (source / "pyproject.toml").write_text('[project]\nversion = "1.2"\n', encoding="utf-8")
    first = release.release_name(source)
    assert re.fullmatch(r"1\.2-[0-9a-f]{8}", first)
    (source / "server/app.py").write_text("changed", encoding="utf-8")
    assert release.release_name(source) != first


def test_every_role_knows_its_packages() -> None:
    for programs in PROGRAMS.values():
        assert "python3-venv" in packages("none", programs)
    assert "xinit" in packages("x11", ("kiosk",))
    assert "xinit" not in packages("kmsdrm", ("kiosk",))


# --- names for devices ---------------------------------------------------------------------------------------------

FTDI = {
    "SUBSYSTEM": "tty",
    "ID_SERIAL_SHORT": "A9XK3B1C",
    "ID_VENDOR_ID": "0403",
    "ID_MODEL_ID": "6001",
    "ID_USB_INTERFACE_NUM": "00",
    "ID_PATH": "pci-0000:00:14.0-usb-0:2:1.0",
}
CH340 = {"SUBSYSTEM": "tty", "ID_VENDOR_ID": "1a86", "ID_PATH": "pci-0000:00:14.0-usb-0:4:1.0"}


def test_a_device_with_a_serial_number_is_known_by_it_in_whatever_socket() -> None:
    line = rule(FTDI, "counter-c1")
    assert 'ENV{ID_SERIAL_SHORT}=="A9XK3B1C"' in line and 'ENV{ID_USB_INTERFACE_NUM}=="00"' in line
    assert "ID_PATH" not in line
    assert line.endswith('SYMLINK+="luot/counter-c1", TAG+="systemd"')


def test_a_device_without_a_serial_number_is_known_by_its_socket() -> None:
    assert 'ENV{ID_PATH}=="pci-0000:00:14.0-usb-0:4:1.0"' in rule(CH340, "sign-c2")


@pytest.mark.parametrize(
    "properties",
    [{}, {"SUBSYSTEM": "block", "ID_PATH": "x"}, {"SUBSYSTEM": "tty"}, {**CH340, "ID_PATH": 'x", RUN+="/bin/sh'}],
)
def test_what_cannot_be_named_is_refused(properties: dict[str, str]) -> None:
    with pytest.raises(InstallError):
        rule(properties, "printer")


def test_a_name_that_is_given_again_moves() -> None:
    text = with_rule(FILE_HEADING, rule(FTDI, "sign-c1"), "sign-c1")
    text = with_rule(text, rule(FTDI, "sign-c2"), "sign-c2")
    text = with_rule(text, rule(CH340, "sign-c1"), "sign-c1")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line.split('"luot/')[1].split('"')[0] for line in lines] == ["sign-c2", "sign-c1"]
    assert "ID_PATH" in lines[1]


# --- what may go wrong while it is being set up --------------------------------------------------------------------


def test_two_installers_do_not_work_at_once(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(InstallPaths(root), False, False, ["systemctl"], lambda line: None)
    with machine.exclusive():
        assert run(root, "install") == 1
        assert "another installer is at work" in capsys.readouterr().err
        assert run(root, "status") == 1
        assert "nothing is installed" in capsys.readouterr().out
    assert not (root / "etc/luot").exists()
    assert run(root, "install") == 0
    assert "/etc/luot/hall.toml" in capsys.readouterr().out


def test_what_is_installed_is_readable_by_all_and_writable_by_root_alone(tmp_path: Path) -> None:
    """Install from a file system that gives all rights, under a umask that gives none."""
    source, root = tmp_path / "stick", tmp_path / "root"
    for part in ("packaging", "docs", "config"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in release.TOP_FILES:
        shutil.copy(ROOT / file, source / file)
    for path in source.rglob("*"):
        path.chmod(0o777 if path.is_dir() or path.suffix == ".py" else 0o666)
    release._copy(source, root / "opt/luot/1-x", ("packaging", "docs"))
    made = root / "opt/luot/1-x"
    assert {f"{path.stat().st_mode & 0o7777:o}" for path in made.rglob("*") if path.is_dir()} == {"755"}
    modes = {str(path.relative_to(made)): path.stat().st_mode & 0o7777 for path in made.rglob("*") if path.is_file()}
    assert sorted(path for path, mode in modes.items() if mode == 0o755) == [
        "packaging/install",
        "packaging/onstick/cai-dat",
        "packaging/session/x-server",
        "packaging/session/x11",
    ]
    assert {mode for mode in modes.values() if mode != 0o755} == {0o644}


def test_the_administrators_umask_does_not_keep_the_hall_from_reading_its_settings(root: Path) -> None:
    command = f"umask 077; exec {sys.executable} -m onsite.app install --root {root}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "packaging")}
    assert (
        subprocess.run(["sh", "-c", command], env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0
    )
    for path in ("etc/luot", "etc/luot/hall.toml", "opt/luot/site.json"):
        assert (root / path).stat().st_mode & 0o055 in (0o044, 0o055), path


@pytest.mark.parametrize(
    "failure", [InstallError("pip: no space left on device"), OSError(28, "No space left on device")]
)
def test_a_release_that_cannot_be_built_leaves_no_part_of_itself(
    failure: Exception, root: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(machine: Machine, source: Path, name: str, wheels: Path | None) -> None:
        (machine.paths.release(name) / "venv").mkdir(parents=True)
        raise failure

    shutil.rmtree(root / "opt/luot" / name)
    monkeypatch.setattr(release, "_build", failing)
    assert run(root, "install") == 1
    assert "o space left on device" in capsys.readouterr().err
    assert not (root / "opt/luot" / name).exists()


def test_nothing_is_built_on_a_disk_that_the_hall_needs(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(root / "opt/luot" / name)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 9 * 10**8, 10**8))
    assert run(root, "install") == 1
    assert "100 MB are free" in capsys.readouterr().err
    assert not (root / "opt/luot" / name).exists()


@pytest.mark.parametrize("spoilt", ["", "7", "{}", '{"role": 1, "colour": 2}', "[" * 100_000], ids=range(5))
def test_a_spoilt_record_of_this_machine_is_refused_by_name(root: Path, spoilt: str) -> None:
    machine = Machine(InstallPaths(root), False, False, ["systemctl"], lambda line: None)
    for path, read in (
        (machine.paths.record, change_log.read_record),
        (machine.paths.change, change_log.read_change),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(spoilt, encoding="utf-8")
        with pytest.raises(InstallError, match=path.name):
            read(machine)


@pytest.mark.parametrize("command", ["roll-back", "upgrade"])
def test_a_change_under_way_is_brought_to_its_end_before_another_begins(
    command: str, root: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(root, "install", "--session", "none")
    machine = Machine(InstallPaths(root), False, False, ["systemctl"], lambda line: None)
    change_log.write_change(machine, change_log.Change(name, "9.9-gone", "switch", 1.0, 0.0))
    assert run(root, command) == 1
    assert "9.9-gone is under way" in capsys.readouterr().out
    record = change_log.read_record(machine)
    assert record is not None and record.outcome.startswith(f"undone: {name} runs again")
    assert change_log.read_change(machine) is None


def test_a_release_whose_removal_is_cut_off_is_built_again(
    root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(InstallPaths(root), dry_run=False, is_live=False, systemctl=["true"], show=print)

    def cut_off(folder: Path) -> None:
        raise OSError("the power was cut")

    monkeypatch.setattr(shutil, "rmtree", cut_off)
    with pytest.raises(OSError, match="power"):
        release.remove_unused(machine, "9.0.0-12345678", None)
    assert (machine.paths.release(name) / "packaging").is_dir()
    assert not release.is_complete(machine, name)
