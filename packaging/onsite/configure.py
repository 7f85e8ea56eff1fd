"""Configures the system for a release: links to units and rules, user, folders, enabled units."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from onsite.change_log import Record, read_record
from onsite.machine import InstallError, Machine
from onsite.paths import LINKS, SCREEN_PROGRAMS, SESSIONS, XORG, copied_files, link_target, session_links
from onsite.roles import COPY_UNITS, PROGRAMS, programs_of, sections, units_of

ALL_UNITS = ("luot.target", "luot-nightly.timer", *COPY_UNITS, "luot-settle.service", "luot-screen.service")
PROGRAM_UNITS = tuple(f"luot-{program}.service" for program in PROGRAMS["all-in-one"])
CONSOLE = "/etc/default/grub.d/luot.cfg"
CONSOLE_TEXT = """# Written by luot-site: the console never goes dark, which a kiosk without an X server would go with.
GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX consoleblank=0"
"""


def installed_programs(machine: Machine) -> tuple[str, ...]:
    """Return the programs that run on this machine; none before it is installed."""
    record = read_record(machine)
    return () if record is None else programs_of(record.role, sections(machine.paths.settings))


def configure_system(machine: Machine, record: Record) -> None:
    """Set up links, user, folders and enabled units as in ``record``. Idempotent."""
    programs = programs_of(record.role, sections(machine.paths.settings))
    enabled = units_of(record.session, programs)
    started = {path.name for path in machine.paths.units.glob("*.wants/*")}
    unneeded = [unit for unit in (*ALL_UNITS, *PROGRAM_UNITS) if unit not in enabled and unit in started]
    if unneeded:  # before the links are made: disabling a linked unit removes its link too
        machine.run_systemctl("disable", *unneeded)
    links = {**LINKS, **session_links(record.session, programs)}
    for path, part in links.items():
        machine.link(machine.paths.at(path), link_target(part))
    packaging = machine.paths.current / "packaging"
    files = copied_files(record.session)
    for path, part in files.items():
        machine.write(machine.paths.at(path), (packaging / part).read_text(encoding="utf-8"))
    for path in sorted(session_paths() - set(links) - set(files)):
        machine.remove(machine.paths.at(path))
    make_user(machine)
    configure_console(machine, record.session)
    machine.run_systemctl("daemon-reload")
    machine.run_systemctl("enable", *enabled)
    machine.sync_disk()
    reload_rules(machine, "--subsystem-match=tty", "--subsystem-match=usbmisc")


def reload_rules(machine: Machine, *device_filters: str) -> None:
    """Reload the udev rules and apply them to some devices.

    A failure is only shown, because the next start of the machine applies them anyway.
    """
    if not machine.is_live or machine.paths.root != Path("/"):
        return
    try:
        machine.run("udevadm", "control", "--reload")
        machine.run("udevadm", "trigger", *device_filters)
    except InstallError as error:
        machine.show(f"device names will be right after the next start of the machine ({error})")


def make_user(machine: Machine) -> None:
    """Create the user ``luot`` and its folders."""
    root = machine.paths.root
    root_option = [] if root == Path("/") else [f"--root={root}"]
    if os.geteuid() == 0:
        machine.run("systemd-sysusers", *root_option, "luot.conf")
        machine.run("systemd-tmpfiles", *root_option, "--create", "luot.conf")
    else:
        machine.show("(not root) the user luot and /var/backups/luot are not made")


def configure_console(machine: Machine, session: str) -> None:
    """Set ``consoleblank=0`` in GRUB for a kiosk on the console."""
    path = machine.paths.at(CONSOLE)
    if session == "kmsdrm":
        changed = machine.write(path, CONSOLE_TEXT)
    else:
        changed = machine.remove(path)
    if changed and machine.paths.root == Path("/") and shutil.which("update-grub"):
        machine.run("update-grub")


def as_luot(machine: Machine) -> Sequence[str]:
    """Return the prefix of a command whose files must belong to the user ``luot``."""
    return ("runuser", "-u", "luot", "--") if machine.paths.root == Path("/") and os.geteuid() == 0 else ()


def session_paths() -> set[str]:
    """Return all paths that any session adds."""
    return {XORG, *(path for session in SESSIONS for path in session_links(session, SCREEN_PROGRAMS))}
