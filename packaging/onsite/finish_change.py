"""Changes the running release: switches to it, verifies it, and rolls back when it fails.

``luot-settle.service`` runs this module: it executes the stages of ``change.json`` in order, and each stage can be
repeated. So the change does not depend on the installer's terminal: systemd restarts this program when it is killed,
and it continues after a power failure. The old release stays installed: the switch is one rename of the link
``current``.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from onsite import change_log
from onsite.configure import configure_system, installed_programs
from onsite.hall_database import SERVER, make_database_readable, put_forgotten_numbers_back
from onsite.machine import InstallError, Machine
from onsite.release import is_complete
from onsite.roles import sections

POLL_INTERVAL_S = 0.5
RESPONSE_TIMEOUT_S = 5.0
SWITCH_RETRIES, RETRY_PAUSE_S = 2, 2.0
PREPARING_DATABASE = "preparing the database"
"""The status text of a server that checks, copies and migrates its database before it serves."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The machine's clock. ``mono_s`` gives monotonic seconds; ``sleep`` waits for so many seconds."""

    mono_s: Callable[[], float]
    sleep: Callable[[float], object]


def finish_change(machine: Machine, clock: Clock, *, done: Callable[[str], None] = lambda stage: None) -> int:
    """Finish the pending change; return 0 when the new release runs. ``done`` is called after each stage."""
    change = change_log.read_change(machine)
    if change is None:
        machine.show("no change of release is under way")
        return 0
    stages: Mapping[str, Callable[[Machine, Clock, change_log.Change], change_log.Change | None]] = {
        "switch": _switch,
        "prove": _verify,
        "undo": _undo,
        "prove_old": _verify_old,
    }
    while change is not None:
        machine.show(f"change {change.before} -> {change.after}: {change.stage}")
        stage = change.stage
        change = stages[stage](machine, clock, change)
        done(stage)
    record = change_log.read_record(machine)
    assert record is not None
    machine.show(record.outcome)
    return 0 if record.outcome.startswith("ok") else 1


def _switch(machine: Machine, clock: Clock, change: change_log.Change) -> change_log.Change:
    """Switch the link and the units, then restart all programs by one call of systemctl.

    From then on systemd restarts them even if this program is killed.
    """
    if not is_complete(machine, change.after):
        return change_log.write_change(machine, change, stage="undo", reason=f"release {change.after} is not whole")
    try:
        make_database_readable(machine, change.after, forget=change.forget)
        _switch_patiently(machine, clock, change.after)
    except InstallError as error:
        return change_log.write_change(machine, change, stage="undo", reason=str(error))
    return change_log.write_change(machine, change, stage="prove")


def _verify(machine: Machine, clock: Clock, change: change_log.Change) -> change_log.Change | None:
    fault = startup_fault(machine, clock, change.within_s, change.calm_s)
    if fault is not None:
        return change_log.write_change(machine, change, stage="undo", reason=fault)
    _finish(machine, change.after, change.before, f"ok: {change.after} runs")
    return None


def _undo(machine: Machine, clock: Clock, change: change_log.Change) -> change_log.Change | None:
    try:
        if change.forget:
            put_forgotten_numbers_back(machine, change.before)
        make_database_readable(machine, change.before, forget=change.forget)
    except InstallError as error:
        _switch_to(machine, change.after)
        outcome = f"not ok: {change.after} is not well ({change.reason}) and could not be undone: {error}"
        _finish(machine, change.after, change.before, outcome)
        return None
    _switch_patiently(machine, clock, change.before)
    return change_log.write_change(machine, change, stage="prove_old")


def _verify_old(machine: Machine, clock: Clock, change: change_log.Change) -> None:
    fault = startup_fault(machine, clock, change.within_s, change.calm_s)
    runs = "runs again" if fault is None else f"was put back, but is not well either: {fault}"
    outcome = f"undone: {change.before} {runs}; {change.after} did not come up: {change.reason}"
    _finish(machine, change.before, None, outcome)


def _switch_patiently(machine: Machine, clock: Clock, release: str) -> None:
    """Switch, and try again when a program of the system fails.

    It may have been killed, or the power goes.
    """
    for _ in range(SWITCH_RETRIES):
        try:
            return _switch_to(machine, release)
        except InstallError as error:
            machine.show(f"once more: {error}")
            clock.sleep(RETRY_PAUSE_S)
    return _switch_to(machine, release)


def _switch_to(machine: Machine, release: str) -> None:
    """Make ``release`` the one that runs."""
    record = change_log.read_record(machine)
    assert record is not None
    machine.link(machine.paths.current, release, durable=True)
    configure_system(machine, record)
    machine.run_systemctl("restart", "luot.target")


def _finish(machine: Machine, release: str, previous: str | None, outcome: str) -> None:
    record = change_log.read_record(machine)
    assert record is not None
    kept = previous if previous is not None else record.previous
    change_log.write_record(machine, replace(record, release=release, previous=kept, outcome=outcome))
    machine.remove(machine.paths.change)


# --- check of the start ----------------------------------------------------------------------------------------------


def startup_fault(machine: Machine, clock: Clock, within_s: float, calm_s: float) -> str | None:
    """Return the fault that is left after ``within_s``; None once everything has run for ``calm_s``.

    The time begins when the server has prepared its database. Only the first process that does so is waited for: a
    server that is started again and again would migrate for ever. systemd ends one that reports no progress.
    """
    if not machine.is_live:
        return None
    programs = installed_programs(machine)
    units = [f"luot-{program}.service" for program in programs]
    end_s, running_since_s, awaited = clock.mono_s() + within_s, None, None
    while True:
        fault = _current_fault(machine, units)
        now_s = clock.mono_s()
        if fault is None:
            running_since_s = now_s if running_since_s is None else running_since_s
            if now_s - running_since_s >= calm_s:
                return None
        else:
            running_since_s, preparing = None, preparing_process(machine)
            awaited = awaited or preparing
            if preparing is not None and preparing == awaited:
                end_s = now_s + within_s
            elif now_s >= end_s:
                return fault
        clock.sleep(POLL_INTERVAL_S)


def preparing_process(machine: Machine) -> str | None:
    """Return the id of a server process that prepares its database; None without one."""
    unit = machine.unit_properties(SERVER, "ActiveState", "MainPID", "StatusText")
    is_preparing = unit["ActiveState"] == "activating" and unit["StatusText"].startswith(PREPARING_DATABASE)
    return unit["MainPID"] if is_preparing else None


def _current_fault(machine: Machine, units: Sequence[str]) -> str | None:
    inactive = [f"{unit} is {state}" for unit, state in machine.unit_states(units).items() if state != "active"]
    if inactive:
        return "; ".join(inactive)
    server = sections(machine.paths.settings).get("server")
    if not isinstance(server, dict):
        return None
    address = _loopback_address(server)
    try:
        status = _status_of(f"http://{address}/api/v1/board")
        # 401: it serves, and asks for the caller. Without an office it serves the first set-up only.
        if status in (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED):
            return None
        if status == HTTPStatus.SERVICE_UNAVAILABLE and _status_of(f"http://{address}/setup") == HTTPStatus.OK:
            return None
    except (urllib.error.URLError, OSError) as error:
        return f"the server does not answer at {address}: {error}"
    return f"the server answers {status}"


def _status_of(url: str) -> int:
    """Return the status of an answer. Raises ``OSError`` without one."""
    try:
        with urllib.request.urlopen(url, timeout=RESPONSE_TIMEOUT_S) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _loopback_address(server: Mapping[str, object]) -> str:
    """Return where the server answers this machine: at ``local`` where ``listen`` is for the network."""
    listen = str(server.get("listen", "127.0.0.1:8470"))
    host = listen.rpartition(":")[0].strip("[]")
    if host in ("localhost", "::1") or host.startswith("127."):
        return listen
    return str(server.get("local", "127.0.0.1:8469"))
