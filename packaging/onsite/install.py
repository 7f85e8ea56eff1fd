"""Install, start, upgrade, roll back, remove: the installer's commands."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onsite import change_log, release
from onsite.changed_settings import follow_settings
from onsite.configure import (
    PROGRAM_UNITS,
    as_luot,
    configure_console,
    configure_system,
    installed_programs,
    session_paths,
)
from onsite.finish_change import Clock, finish_change, preparing_process, startup_fault
from onsite.hall_database import database, refuse_migration_without_space, replacement_copy
from onsite.machine import InstallError, Machine
from onsite.paths import COPIED_FILES, DEVICE_NAMES_FILE, LINKS
from onsite.roles import COPY_UNITS, STATION_ROLES, WHY_STATION_WAITS, check_session, packages, programs_of, sections

DEBIAN = "12"
CHANGE_POLL_INTERVAL_S = 0.5
OFFICE = "office.toml"
DEFAULT_LISTEN, DEFAULT_LOCAL = "127.0.0.1:8470", "127.0.0.1:8469"
"""Of the settings ``[server] listen`` and ``local``."""


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """The options of the command line.

    ``source``: the folder of the unpacked source. ``role``: a key of ``roles.PROGRAMS``; ``session``: one of
    ``paths.SESSIONS``; ``example``: the name of the example from which the first settings are copied. ``wheels``: a
    folder to install from instead of PyPI. All programs must run within ``within_s``, and then for ``calm_s`` without a
    stop.
    """

    source: Path
    role: str
    session: str
    example: str
    wheels: Path | None
    within_s: float
    calm_s: float


def install(machine: Machine, options: InstallOptions) -> int:
    """Set the machine up, or repair an installation. No program is started yet."""
    check_machine(machine)
    earlier_record = change_log.read_record(machine)
    name = release.release_name(options.source)
    if earlier_record is not None and earlier_record.release != name:
        raise InstallError(
            f"release {earlier_record.release} is installed; to change to {name}: packaging/install upgrade"
        )
    if change_log.read_change(machine) is not None:
        raise InstallError("a change of release is under way; see: systemctl status luot-settle")
    settings = machine.paths.settings
    file_sections = sections(settings if settings.exists() else _example(options.source, options.example))
    programs = programs_of(options.role, file_sections)
    check_session(options.session, programs)
    if options.role in STATION_ROLES:
        machine.show(f"NOTE: {WHY_STATION_WAITS}")
    install_packages(machine, packages(options.session, programs))
    release.build(machine, options.source, name, options.wheels)
    copy_example_settings(machine, options.source, options.example)
    machine.link(machine.paths.current, name)
    record = earlier_record or change_log.Record(options.role, options.session, name)
    record = replace(record, role=options.role, session=options.session)
    if machine.dry_run:
        machine.show("would set links, user, folders and units")
        return 0
    change_log.write_record(machine, record)
    configure_system(machine, record)
    machine.run_systemctl("mask", "ctrl-alt-del.target")
    machine.show(f"Release {name} is installed. Now look at /etc/luot/hall.toml, then: luot-site start")
    if "server" in programs:
        machine.show(
            f"After the start, open {setup_page(sections(machine.paths.settings))} on this machine, and type the set-up"
            " code: it is on the kiosk's screen, and in the journal: journalctl -u luot-server -g 'set-up code'."
            " From another PC: ssh -L, see docs/OPERATIONS.md"
        )
    return 0


def start(machine: Machine, clock: Clock, options: InstallOptions) -> int:
    """Check the machine's files, start everything, and verify that it stays up.

    Programs that run with earlier settings are restarted.
    """
    record = _installed(machine)
    check_settings(machine, record.release)
    if "server" in installed_programs(machine) and _is_example(machine) and not _has_database(machine):
        raise InstallError(
            "/etc/luot/office.toml is still the example of an invented ward; remove it, and the first set-up asks for"
            " the office, or write your own office into it"
        )
    follow_settings(machine, record)
    machine.run_systemctl("start", "luot.target")
    fault = startup_fault(machine, clock, options.within_s, options.calm_s)
    if fault is not None:
        raise InstallError(
            f"it was started, but after {options.within_s:.0f} s: {fault}; see: journalctl -u 'luot-*' -n 50"
        )
    machine.show("everything runs" if machine.is_live else "nothing was started: this is not the running system")
    return 0


def upgrade(machine: Machine, clock: Clock, options: InstallOptions) -> int:
    """Change to the release in ``options.source``; undo that when it does not come up."""
    check_machine(machine)
    record, name = _installed(machine), release.release_name(options.source)
    if change_log.read_change(machine) is not None:
        return wait_for_change(machine, clock)
    if name == record.release:
        machine.show(f"release {name} is installed already")
        return 0
    programs = installed_programs(machine)
    install_packages(machine, packages(record.session, programs))
    release.build(machine, options.source, name, options.wheels)
    if machine.dry_run:
        machine.show(f"would copy the database, change to {name}, see that it stays up, and change back if not")
        return 0
    check_settings(machine, name)
    copy_database(machine, record.release)
    refuse_migration_without_space(machine, name)
    return start_change(machine, clock, name, options)


def roll_back(machine: Machine, clock: Clock, options: InstallOptions, *, forget: bool) -> int:
    """Change to the release before this one, with a database that it can read."""
    check_machine(machine)
    record = _installed(machine)
    if change_log.read_change(machine) is not None:
        return wait_for_change(machine, clock)
    if record.previous is None or not release.is_complete(machine, record.previous):
        raise InstallError("there is no release before this one on this machine")
    if machine.dry_run:
        machine.show(f"would change back to {record.previous}")
        return 0
    replacement_copy(machine, record.previous, forget=forget)  # refuses here, while nothing has been restarted
    copy_database(machine, record.release)
    return start_change(machine, clock, record.previous, options, forget=forget)


def start_change(machine: Machine, clock: Clock, name: str, options: InstallOptions, *, forget: bool = False) -> int:
    """Store the change and hand it to ``luot-settle.service``.

    That service does not depend on this terminal.
    """
    record = _installed(machine)
    change = change_log.Change(record.release, name, "switch", options.within_s, options.calm_s, forget=forget)
    newest = max(
        (record.release, name),
        key=lambda name_of_release: (
            (machine.paths.release(name_of_release) / release.COMPLETE_MARKER).stat().st_mtime_ns
        ),
    )
    machine.link(machine.paths.home / "settle", f"{newest}/packaging/install")
    change_log.write_change(machine, change)
    done = wait_for_change(machine, clock)
    after = _installed(machine)
    release.remove_unused(machine, after.release, after.previous)
    return done


def wait_for_change(machine: Machine, clock: Clock) -> int:
    """Start the service that makes the stored change, and wait for its end."""
    change = change_log.read_change(machine)
    assert change is not None
    machine.show(f"the change from {change.before} to {change.after} is under way; waiting for its end")
    if not machine.is_live or machine.paths.root != Path("/"):
        return finish_change(machine, clock)
    machine.run_systemctl("start", "luot-settle.service")
    allowed_s = 4 * (change.within_s + change.calm_s) + 60
    end_s = clock.mono_s() + allowed_s
    while change_log.read_change(machine) is not None:
        if preparing_process(machine) is not None:
            end_s = clock.mono_s() + allowed_s
        elif clock.mono_s() > end_s:
            raise InstallError("the change takes longer than it should; see: systemctl status luot-settle")
        clock.sleep(CHANGE_POLL_INTERVAL_S)
    outcome = _installed(machine).outcome
    machine.show(outcome)
    return 0 if outcome.startswith("ok") else 1


def uninstall(machine: Machine, *, purge: bool) -> int:
    """Remove everything. Database, copies and the machine's files stay unless ``purge``."""
    check_machine(machine, any_debian=True)
    units = ["luot.target", *PROGRAM_UNITS, "luot-screen.service", *COPY_UNITS, "luot-nightly.timer"]
    installed = [unit for unit in [*units, "luot-settle.service"] if (machine.paths.units / unit).is_symlink()]
    if installed:
        machine.run_systemctl("stop", *installed)
        machine.run_systemctl("disable", *installed)
    machine.run_systemctl("unmask", "ctrl-alt-del.target")
    for path in [*LINKS, *COPIED_FILES, *sorted(session_paths())]:
        machine.remove(machine.paths.at(path))
        folder = machine.paths.at(path).parent
        if folder.name.endswith(".service.d") and folder.is_dir() and not any(folder.iterdir()):
            machine.remove(folder)
    configure_console(machine, "none")
    machine.remove(machine.paths.home)
    if purge:
        for place in (
            machine.paths.state,
            machine.paths.copies,
            machine.paths.settings.parent,
            machine.paths.at(DEVICE_NAMES_FILE),
        ):
            machine.remove(place)
        if os.geteuid() == 0 and machine.paths.root == Path("/") and not machine.dry_run:
            machine.run("userdel", "luot")
    else:
        machine.show("kept: /etc/luot, /var/lib/luot, /var/backups/luot and the user luot; --purge takes them too")
    machine.run_systemctl("daemon-reload")
    machine.run_systemctl("reset-failed")
    machine.remove(machine.paths.lock)
    return 0


# --- steps ---------------------------------------------------------------------------------------------------------


def check_machine(machine: Machine, *, any_debian: bool = False) -> None:
    """Raise :class:`InstallError` unless this is a Debian that Lượt supports."""
    if machine.paths.root != Path("/") or machine.dry_run:
        return
    system = platform.freedesktop_os_release()
    if not any_debian and (system.get("ID"), system.get("VERSION_ID")) != ("debian", DEBIAN):
        raise InstallError(
            f"this is {system.get('PRETTY_NAME', 'no Debian')}; Lượt is made for Debian {DEBIAN} (bookworm)"
        )


def install_packages(machine: Machine, wanted: Sequence[str]) -> None:
    """Install Debian's packages that are missing."""
    if machine.paths.root != Path("/"):
        machine.show(f"(not on a running system) Debian packages needed: {' '.join(wanted)}")
        return
    missing = [package for package in wanted if not _is_installed(machine, package)]
    if missing:
        machine.run("apt-get", "update", "-qq", failure="Debian's list of packages could not be fetched")
        machine.run(
            "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends",
            *missing, failure="Debian packages could not be installed",
        )  # fmt: skip


def _is_installed(machine: Machine, package: str) -> bool:
    try:
        status = machine.run("dpkg-query", "-W", "-f=${Status}", package, read_only=True)
    except InstallError:
        return False
    return status == "install ok installed"


def copy_example_settings(machine: Machine, source: Path, example: str) -> None:
    """Copy the machine's file from an example, where there is none yet. The first set-up asks for the office."""
    path = machine.paths.settings
    if path.exists():
        return
    text = _example(source, example).read_text(encoding="utf-8")
    office = sections(_example(source, example)).get("server", {})
    name = office.get("office", OFFICE) if isinstance(office, dict) else OFFICE
    machine.write(path, text.replace(f'office = "{name}"', f'office = "{OFFICE}"'))


def setup_page(file_sections: Mapping[str, object]) -> str:
    """Return the address of the set-up page, which only this machine reaches."""
    server = file_sections.get("server")
    listen = str(server.get("listen", DEFAULT_LISTEN)) if isinstance(server, dict) else DEFAULT_LISTEN
    host = listen.rpartition(":")[0]
    if host not in ("127.0.0.1", "localhost", "[::1]") and isinstance(server, dict):
        listen = str(server.get("local", DEFAULT_LOCAL))
    return f"http://{listen}/setup"


def check_settings(machine: Machine, name: str) -> None:
    """Have every program of the release ``name`` check this machine's file.

    Its mistakes are raised as :class:`InstallError`.
    """
    for program in installed_programs(machine):
        machine.run(
            str(machine.paths.release(name) / f"venv/bin/luot-{program}"), "--config", str(machine.paths.settings),
            "--check", failure=f"release {name} cannot use /etc/luot/hall.toml",
        )  # fmt: skip


def copy_database(machine: Machine, name: str) -> None:
    """Make a copy before the change, by the release that runs.

    This also shows that copying works and that the disk has room.
    """
    if "server" not in installed_programs(machine) or not _has_database(machine):
        return
    program = str(machine.paths.release(name) / "venv/bin/luot-server")
    settings = str(machine.paths.settings)
    machine.run(
        *as_luot(machine), program, "--config", settings, "--backup", failure="the database could not be copied"
    )


def _has_database(machine: Machine) -> bool:
    return database(machine).exists()


def _is_example(machine: Machine) -> bool:
    shipped = machine.paths.current.resolve() / "venv/lib"
    if not machine.paths.office.exists():
        return False
    text = machine.paths.office.read_text(encoding="utf-8")
    return any(
        example.read_text(encoding="utf-8") == text
        for example in shipped.glob("python3*/site-packages/config/examples/office*")
    )


def _example(source: Path, name: str) -> Path:
    return source / "config/examples" / f"{name}.toml"


def _installed(machine: Machine) -> change_log.Record:
    record = change_log.read_record(machine)
    if record is None:
        raise InstallError("nothing is installed here; first: packaging/install install")
    return record
