"""Arranging a machine for its release: links to units and rules, the user, the folders, what starts by itself."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from onsite.machine import Machine, Refused
from onsite.places import LINKS, SCREEN_PROGRAMS, SESSIONS, XORG, copies, link_target, session_links
from onsite.record import Record, read_record
from onsite.roles import PROGRAMS, programs_of, sections, units_of

ALL_UNITS = ("luot.target", "luot-nightly.timer", "luot-backup.timer", "luot-settle.service", "luot-screen.service")
PROGRAM_UNITS = tuple(f"luot-{one}.service" for one in PROGRAMS["all-in-one"])
CONSOLE = "/etc/default/grub.d/luot.cfg"
CONSOLE_TEXT = """# Written by luot-site: the console never goes dark, which a kiosk without an X server would go with.
GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX consoleblank=0"
"""


def programs_here(machine: Machine) -> tuple[str, ...]:
    """The programs that run on this machine. Nothing before it is installed."""
    record = read_record(machine)
    return () if record is None else programs_of(record.role, sections(machine.places.settings))


def arrange(machine: Machine, record: Record) -> None:
    """Make links, user, folders and enabled units what ``record`` says. Doing it again changes nothing."""
    programs = programs_of(record.role, sections(machine.places.settings))
    enabled = units_of(record.session, programs)
    started = {path.name for path in machine.places.units.glob("*.wants/*")}
    idle = [one for one in (*ALL_UNITS, *PROGRAM_UNITS) if one not in enabled and one in started]
    if idle:  # before the links are made: to disable a linked unit takes its link away too
        machine.unit("disable", *idle)
    wanted = {**LINKS, **session_links(record.session, programs)}
    for path, part in wanted.items():
        machine.link(machine.places.at(path), link_target(part))
    packaging = machine.places.current / "packaging"
    shared = copies(record.session)
    for path, part in shared.items():
        machine.write(machine.places.at(path), (packaging / part).read_text(encoding="utf-8"))
    for path in sorted(session_paths() - set(wanted) - set(shared)):
        machine.remove(machine.places.at(path))
    make_user(machine)
    arrange_console(machine, record.session)
    machine.unit("daemon-reload")
    machine.unit("enable", *enabled)
    machine.settle_disk()
    reload_rules(machine, "--subsystem-match=tty", "--subsystem-match=usbmisc")


def reload_rules(machine: Machine, *which: str) -> None:
    """Have udev read its rules and look at some devices again; at the next start it does so anyway."""
    if not machine.live or machine.places.root != Path("/"):
        return
    try:
        machine.run("udevadm", "control", "--reload")
        machine.run("udevadm", "trigger", *which)
    except Refused as refused:
        machine.say(f"device names will be right after the next start of the machine ({refused})")


def make_user(machine: Machine) -> None:
    """The user ``luot`` and the folders that belong to it."""
    root = machine.places.root
    under = [] if root == Path("/") else [f"--root={root}"]
    if os.geteuid() == 0:
        machine.run("systemd-sysusers", *under, "luot.conf")
        machine.run("systemd-tmpfiles", *under, "--create", "luot.conf")
    else:
        machine.say("(not root) the user luot and /var/backups/luot are not made")


def arrange_console(machine: Machine, session: str) -> None:
    """``consoleblank=0`` for a kiosk on the console, through GRUB where that boots the machine."""
    path = machine.places.at(CONSOLE)
    if session == "kmsdrm":
        changed = machine.write(path, CONSOLE_TEXT)
    else:
        changed = machine.remove(path)
    if changed and machine.places.root == Path("/") and shutil.which("update-grub"):
        machine.run("update-grub")


def as_luot(machine: Machine) -> Sequence[str]:
    """What goes before a command that must leave its files to the user ``luot``."""
    return ("runuser", "-u", "luot", "--") if machine.places.root == Path("/") and os.geteuid() == 0 else ()


def session_paths() -> set[str]:
    """Everything that one session or another adds."""
    return {XORG, *(path for session in SESSIONS for path in session_links(session, SCREEN_PROGRAMS))}
