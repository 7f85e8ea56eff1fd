"""Install, start, upgrade, roll back, remove: the installer's commands."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onsite import record as notes
from onsite import release
from onsite.arrange import PROGRAM_UNITS, arrange, arrange_console, as_luot, programs_here, session_paths
from onsite.machine import Machine, Refused
from onsite.places import COPIES, LINKS, NAMES
from onsite.roles import ALONE, WHY_ALONE, check_session, packages, programs_of, sections
from onsite.settle import Time, copy_for, database, settle, unwell

DEBIAN = "12"
GRACE_S = 5.0
PROCEDURES = "procedures.json"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the installer asked for; ``wheels``: a folder to install from instead of PyPI."""

    source: Path
    role: str
    session: str
    example: str
    wheels: Path | None
    within_s: float
    calm_s: float


def install(machine: Machine, wish: Wish) -> int:
    """Set the machine up; again, it mends what is missing. Nothing is started before the office's file is right."""
    check_machine(machine)
    known = notes.read_record(machine)
    name = release.name_of(wish.source)
    if known is not None and known.release != name:
        raise Refused(f"release {known.release} is installed; to change to {name}: packaging/install upgrade")
    if notes.read_change(machine) is not None:
        raise Refused("a change of release is under way; see: systemctl status luot-settle")
    settings = machine.places.settings
    told = sections(settings if settings.exists() else _example(wish.source, wish.example))
    programs = programs_of(wish.role, told)
    check_session(wish.session, programs)
    if wish.role in ALONE:
        machine.say(f"NOTE: {WHY_ALONE}")
    get_packages(machine, packages(wish.session, programs))
    release.build(machine, wish.source, name, wish.wheels)
    lay_out_settings(machine, wish.source, wish.example)
    machine.link(machine.places.current, name)
    kept = known or notes.Record(wish.role, wish.session, name)
    record = replace(kept, role=wish.role, session=wish.session)
    if machine.dry:
        machine.say("would set links, user, folders and units")
        return 0
    notes.write_record(machine, record)
    arrange(machine, record)
    machine.unit("mask", "ctrl-alt-del.target")
    machine.say(f"Release {name} is installed. Now look at /etc/luot/hall.toml, then: luot-site start")
    if "server" in programs:
        machine.say("Before that, write your office into /etc/luot/office.toml: it is read once, at the first start")
    return 0


def start(machine: Machine, time: Time, wish: Wish) -> int:
    """Check the machine's files, then start everything and see that it stays up."""
    record = _installed(machine)
    check_settings(machine, record.release)
    if "server" in programs_here(machine) and _is_example(machine) and not _database_there(machine):
        raise Refused("/etc/luot/office.toml is still the example of an invented ward; write your own office into it")
    machine.unit("start", "luot.target")
    why = unwell(machine, time, wish.within_s, wish.calm_s)
    if why is not None:
        raise Refused(f"it was started, but after {wish.within_s:.0f} s: {why}; see: journalctl -u 'luot-*' -n 50")
    machine.say("everything runs" if machine.live else "nothing was started: this is not the running system")
    return 0


def upgrade(machine: Machine, time: Time, wish: Wish) -> int:
    """To the release in ``wish.source``; undone by itself when that does not come up."""
    check_machine(machine)
    record, name = _installed(machine), release.name_of(wish.source)
    if notes.read_change(machine) is not None:
        return carry_out(machine, time)
    if name == record.release:
        machine.say(f"release {name} is installed already")
        return 0
    programs = programs_here(machine)
    get_packages(machine, packages(record.session, programs))
    release.build(machine, wish.source, name, wish.wheels)
    if machine.dry:
        machine.say(f"would copy the database, change to {name}, see that it stays up, and change back if not")
        return 0
    check_settings(machine, name)
    copy_database(machine, record.release)
    return change_to(machine, time, name, wish)


def roll_back(machine: Machine, time: Time, wish: Wish, *, forget: bool) -> int:
    """To the release before this one, with the database as it can read it."""
    check_machine(machine)
    record = _installed(machine)
    if notes.read_change(machine) is not None:
        return carry_out(machine, time)
    if record.previous is None or not release.is_whole(machine, record.previous):
        raise Refused("there is no release before this one on this machine")
    if machine.dry:
        machine.say(f"would change back to {record.previous}")
        return 0
    copy_for(machine, record.previous, forget=forget)  # refuses here, while nothing has been restarted
    copy_database(machine, record.release)
    return change_to(machine, time, record.previous, wish, forget=forget)


def change_to(machine: Machine, time: Time, name: str, wish: Wish, *, forget: bool = False) -> int:
    """Write the change down and hand it to ``luot-settle.service``, which does not depend on this terminal."""
    record = _installed(machine)
    change = notes.Change(record.release, name, "switch", wish.within_s, wish.calm_s, forget=forget)
    newest = max(
        (record.release, name), key=lambda one: (machine.places.release(one) / release.WHOLE).stat().st_mtime_ns
    )
    machine.link(machine.places.home / "settle", f"{newest}/packaging/install")
    notes.write_change(machine, change)
    done = carry_out(machine, time)
    after = _installed(machine)
    for old in release.superfluous(machine, after.release, after.previous):
        machine.remove(old)
    return done


def carry_out(machine: Machine, time: Time) -> int:
    """Have the change that is written down carried out, and wait for its end; one change at a time."""
    change = notes.read_change(machine)
    assert change is not None
    machine.say(f"the change from {change.before} to {change.after} is under way; waiting for its end")
    if not machine.live or machine.places.root != Path("/"):
        return settle(machine, time)
    machine.unit("start", "luot-settle.service")
    end_s = time.mono_s() + 4 * (change.within_s + change.calm_s) + 60
    while notes.read_change(machine) is not None:
        if time.mono_s() > end_s:
            raise Refused("the change takes longer than it should; see: systemctl status luot-settle")
        time.wait_s(GRACE_S / 10)
    outcome = _installed(machine).outcome
    machine.say(outcome)
    return 0 if outcome.startswith("ok") else 1


def uninstall(machine: Machine, *, purge: bool) -> int:
    """Take everything away; database, copies and the machine's files stay unless ``purge``."""
    check_machine(machine, any_debian=True)
    units = ["luot.target", *PROGRAM_UNITS, "luot-screen.service", "luot-backup.timer", "luot-nightly.timer"]
    there = [one for one in [*units, "luot-settle.service"] if (machine.places.units / one).is_symlink()]
    if there:
        machine.unit("stop", *there)
        machine.unit("disable", *there)
    machine.unit("unmask", "ctrl-alt-del.target")
    for path in [*LINKS, *COPIES, *sorted(session_paths())]:
        machine.remove(machine.places.at(path))
        folder = machine.places.at(path).parent
        if folder.name.endswith(".service.d") and folder.is_dir() and not any(folder.iterdir()):
            machine.remove(folder)
    arrange_console(machine, "none")
    machine.remove(machine.places.home)
    if purge:
        for place in (
            machine.places.state,
            machine.places.copies,
            machine.places.settings.parent,
            machine.places.at(NAMES),
        ):
            machine.remove(place)
        if os.geteuid() == 0 and machine.places.root == Path("/") and not machine.dry:
            machine.run("userdel", "luot")
    else:
        machine.say("kept: /etc/luot, /var/lib/luot, /var/backups/luot and the user luot; --purge takes them too")
    machine.unit("daemon-reload")
    machine.unit("reset-failed")
    machine.remove(machine.places.lock)
    return 0


# --- steps ---------------------------------------------------------------------------------------------------------


def check_machine(machine: Machine, *, any_debian: bool = False) -> None:
    """Raises :class:`Refused` on a machine that is not ours to change."""
    if machine.places.root != Path("/") or machine.dry:
        return
    told = platform.freedesktop_os_release()
    if not any_debian and (told.get("ID"), told.get("VERSION_ID")) != ("debian", DEBIAN):
        raise Refused(f"this is {told.get('PRETTY_NAME', 'no Debian')}; Lượt is made for Debian {DEBIAN} (bookworm)")


def get_packages(machine: Machine, wanted: Sequence[str]) -> None:
    """Debian's packages that are not there yet."""
    if machine.places.root != Path("/"):
        machine.say(f"(not on a running system) Debian packages needed: {' '.join(wanted)}")
        return
    missing = [one for one in wanted if not _is_installed(machine, one)]
    if missing:
        machine.run("apt-get", "update", "-qq", why="Debian's list of packages could not be fetched")
        machine.run(
            "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends",
            *missing, why="Debian packages could not be installed",
        )  # fmt: skip


def _is_installed(machine: Machine, package: str) -> bool:
    try:
        found = machine.run("dpkg-query", "-W", "-f=${Status}", package, harmless=True)
    except Refused:
        return False
    return found == "install ok installed"


def lay_out_settings(machine: Machine, source: Path, example: str) -> None:
    """The machine's file and the office's from an example, each only where there is none yet."""
    folder = machine.places.settings.parent
    wanted, office = {machine.places.settings: _example(source, example)}, "office.toml"
    if isinstance(server := sections(_example(source, example)).get("server"), dict):
        office = str(server.get("office", office))
        wanted[machine.places.office] = source / "config/examples" / office
        wanted[folder / PROCEDURES] = source / "config/demo" / PROCEDURES
    for path, shipped in wanted.items():
        if not path.exists():
            text = shipped.read_text(encoding="utf-8").replace(f'office = "{office}"', 'office = "office.toml"')
            machine.write(path, text)


def check_settings(machine: Machine, name: str) -> None:
    """Have every program of the release ``name`` read this machine's file; its mistakes are a :class:`Refused`."""
    for program in programs_here(machine):
        machine.run(
            str(machine.places.release(name) / f"venv/bin/luot-{program}"), "--config", str(machine.places.settings),
            "--check", why=f"release {name} cannot use /etc/luot/hall.toml",
        )  # fmt: skip


def copy_database(machine: Machine, name: str) -> None:
    """A copy before the change, by the release that runs: it also shows that copying works and the disk has room."""
    if "server" not in programs_here(machine) or not _database_there(machine):
        return
    program = str(machine.places.release(name) / "venv/bin/luot-server")
    settings = str(machine.places.settings)
    machine.run(*as_luot(machine), program, "--config", settings, "--backup", why="the database could not be copied")


def _database_there(machine: Machine) -> bool:
    return database(machine).exists()


def _is_example(machine: Machine) -> bool:
    shipped = machine.places.current.resolve() / "venv/lib"
    text = machine.places.office.read_text(encoding="utf-8")
    return any(
        one.read_text(encoding="utf-8") == text
        for one in shipped.glob("python3*/site-packages/config/examples/office*")
    )


def _example(source: Path, name: str) -> Path:
    return source / "config/examples" / f"{name}.toml"


def _installed(machine: Machine) -> notes.Record:
    record = notes.read_record(machine)
    if record is None:
        raise Refused("nothing is installed here; first: packaging/install install")
    return record
