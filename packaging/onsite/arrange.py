"""Arranging a machine for its release: links to units and rules, the user, the folders, what starts by itself."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from onsite.machine import Machine
from onsite.places import LINKS, link_target, session_links
from onsite.record import Record, read_record
from onsite.roles import programs_of, sections, units_of

ALL_UNITS = ("luot.target", "luot-nightly.timer", "luot-backup.timer", "luot-settle.service", "luot-screen.service")
PROGRAM_UNITS = tuple(f"luot-{one}.service" for one in ("server", "kiosk", "counter", "display"))
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
    wanted = {**LINKS, **session_links(record.session, programs)}
    for path, part in wanted.items():
        machine.link(machine.places.at(path), link_target(part))
    for path in _session_paths() - set(wanted):
        machine.remove(machine.places.at(path))
    make_user(machine)
    arrange_console(machine, record.session)
    machine.unit("daemon-reload")
    enabled = units_of(record.session, programs)
    idle = [one for one in (*ALL_UNITS, *PROGRAM_UNITS) if one not in enabled]
    if idle:
        machine.unit("disable", *idle)
    machine.unit("enable", *enabled)
    if machine.live and machine.places.root == Path("/") and shutil.which("udevadm"):
        machine.run("udevadm", "control", "--reload")
        machine.run("udevadm", "trigger", "--subsystem-match=tty", "--subsystem-match=usbmisc")


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


def _session_paths() -> set[str]:
    programs = ("server", "kiosk", "counter", "display")
    return {path for session in ("x11", "kmsdrm") for path in session_links(session, programs)}
