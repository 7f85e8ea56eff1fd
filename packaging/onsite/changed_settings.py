"""Makes a running machine follow its changed settings."""

from onsite.change_log import Record
from onsite.configure import PROGRAM_UNITS, configure_system, installed_programs
from onsite.machine import Machine
from onsite.roles import units_of


def follow_settings(machine: Machine, record: Record) -> None:
    """Bring the units up to date, and restart programs with older settings.

    A program runs if ``/etc/luot/hall.toml`` has its section.
    """
    programs = installed_programs(machine)
    wanted = units_of(record.session, programs)
    enabled = {link.name for link in machine.paths.units.glob("*.wants/*")}
    without_section = [unit for unit in PROGRAM_UNITS if unit in enabled and unit not in wanted]
    if without_section:
        machine.run_systemctl("stop", *without_section)
    if without_section or not enabled.issuperset(wanted):
        configure_system(machine, record)
    outdated = [unit for unit in PROGRAM_UNITS if unit in wanted and _runs_with_older_settings(machine, unit)]
    if outdated:
        machine.show(f"settings changed; restarting {', '.join(unit.removesuffix('.service') for unit in outdated)}")
        machine.run_systemctl("restart", *outdated)


def _runs_with_older_settings(machine: Machine, unit: str) -> bool:
    """Return whether the unit's program was started before the machine's file changed."""
    if not machine.is_live:
        return False
    unit_state = machine.unit_properties(unit, "MainPID", "ExecMainStartTimestamp")
    started_s = unit_state["ExecMainStartTimestamp"].removeprefix("@")
    if unit_state["MainPID"] in ("", "0") or not started_s.isdecimal():
        return False
    return int(started_s) < int(machine.paths.settings.stat().st_mtime)
