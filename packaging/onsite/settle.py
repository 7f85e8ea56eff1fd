"""From one release to another: switched, proved, and undone when it does not prove itself.

Run by ``luot-settle.service`` from what ``change.json`` says, stage after stage, each of which can be done again.
So nothing depends on the installer's terminal: kill this program at any moment and systemd starts it again; pull
the plug and it goes on at the next start. Until a stage says otherwise the release that ran goes on running:
its folder is still there, and one rename of the link ``current`` is the whole switch.
"""

import contextlib
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onsite import record as notes
from onsite.arrange import arrange, as_luot, programs_here
from onsite.machine import Machine, Refused
from onsite.release import is_whole, revisions
from onsite.roles import sections

ASK_EVERY_S = 0.5
ANSWER_S = 5.0


@dataclass(frozen=True, slots=True)
class Time:
    """``mono_s``: a monotonic clock. ``wait_s``: sleep."""

    mono_s: Callable[[], float]
    wait_s: Callable[[float], object]


def settle(machine: Machine, time: Time, *, done: Callable[[str], None] = lambda stage: None) -> int:
    """Bring the change under way to its end; 0 when the wanted release runs. ``done`` hears of each stage."""
    change = notes.read_change(machine)
    if change is None:
        machine.say("no change of release is under way")
        return 0
    stages: Mapping[str, Callable[[Machine, Time, notes.Change], notes.Change | None]] = {
        "switch": _switch,
        "prove": _prove,
        "undo": _undo,
        "prove_old": _prove_old,
    }
    while change is not None:
        machine.say(f"change {change.before} -> {change.after}: {change.stage}")
        stage = change.stage
        change = stages[stage](machine, time, change)
        done(stage)
    record = notes.read_record(machine)
    assert record is not None
    machine.say(record.outcome)
    return 0 if record.outcome.startswith("ok") else 1


def _switch(machine: Machine, time: Time, change: notes.Change) -> notes.Change:
    """The link, then the units, then one order to systemd, which carries it out whatever becomes of us."""
    if not is_whole(machine, change.after):
        return notes.write_change(machine, change, stage="undo", reason=f"release {change.after} is not whole")
    try:
        _fit_database(machine, change.after, forget=change.forget)
        _turn(machine, change.after)
    except Refused as refused:
        return notes.write_change(machine, change, stage="undo", reason=str(refused))
    return notes.write_change(machine, change, stage="prove")


def _prove(machine: Machine, time: Time, change: notes.Change) -> notes.Change | None:
    why = unwell(machine, time, change.within_s, change.calm_s)
    if why is not None:
        return notes.write_change(machine, change, stage="undo", reason=why)
    _finish(machine, change.after, change.before, f"ok: {change.after} runs")
    return None


def _undo(machine: Machine, time: Time, change: notes.Change) -> notes.Change | None:
    try:
        _fit_database(machine, change.before, forget=change.forget)
    except Refused as refused:
        _turn(machine, change.after)
        said = f"not ok: {change.after} is not well ({change.reason}) and could not be undone: {refused}"
        _finish(machine, change.after, change.before, said)
        return None
    _turn(machine, change.before)
    return notes.write_change(machine, change, stage="prove_old")


def _prove_old(machine: Machine, time: Time, change: notes.Change) -> None:
    why = unwell(machine, time, change.within_s, change.calm_s)
    runs = "runs again" if why is None else f"was put back, but is not well either: {why}"
    said = f"undone: {change.before} {runs}; {change.after} did not come up: {change.reason}"
    _finish(machine, change.before, None, said)


def _turn(machine: Machine, release: str) -> None:
    """Make ``release`` the one that runs."""
    record = notes.read_record(machine)
    assert record is not None
    machine.link(machine.places.current, release, durable=True)
    arrange(machine, record)
    machine.unit("restart", "luot.target")


def _finish(machine: Machine, release: str, previous: str | None, outcome: str) -> None:
    record = notes.read_record(machine)
    assert record is not None
    kept = previous if previous is not None else record.previous
    notes.write_record(machine, replace(record, release=release, previous=kept, outcome=outcome))
    machine.remove(machine.places.change)


# --- proof ---------------------------------------------------------------------------------------------------------


def unwell(machine: Machine, time: Time, within_s: float, calm_s: float) -> str | None:
    """What is wrong after ``within_s``; None as soon as everything runs and has gone on running for ``calm_s``."""
    if not machine.live:
        return None
    programs = programs_here(machine)
    units = [f"luot-{program}.service" for program in programs]
    end_s, calm_from_s = time.mono_s() + within_s, None
    while True:
        why = _wrong_now(machine, units)
        now_s = time.mono_s()
        if why is None:
            calm_from_s = now_s if calm_from_s is None else calm_from_s
            if now_s - calm_from_s >= calm_s:
                return None
        else:
            calm_from_s = None
            if now_s >= end_s:
                return why
        time.wait_s(ASK_EVERY_S)


def _wrong_now(machine: Machine, units: Sequence[str]) -> str | None:
    wrong = [f"{unit} is {state}" for unit, state in machine.active(units).items() if state != "active"]
    if wrong:
        return "; ".join(wrong)
    server = sections(machine.places.settings).get("server")
    if not isinstance(server, dict):
        return None
    address = server.get("listen", "127.0.0.1:8470")
    try:
        with urllib.request.urlopen(f"http://{address}/api/v1/board", timeout=ANSWER_S) as answer:
            return None if answer.status == 200 else f"the server answers {answer.status}"
    except (urllib.error.URLError, OSError) as error:
        return f"the server does not answer at {address}: {error}"


# --- the database --------------------------------------------------------------------------------------------------


def database(machine: Machine) -> Path:
    """The hall's database, as we reach it."""
    told = sections(machine.places.settings)
    server, about = told.get("server"), told.get("machine")
    named = server.get("database", "") if isinstance(server, dict) else ""
    state = about.get("state", "var") if isinstance(about, dict) else "var"
    path = str(named).removeprefix("sqlite:///") or f"{state}/luot.db"
    inside = machine.places.at(path)
    return inside if inside.exists() or machine.places.root == Path("/") else Path(path)


def copy_for(machine: Machine, release: str, *, forget: bool) -> Path | None:
    """The copy that must take the database's place before ``release`` can run; None when it can open what is there.

    Raises :class:`Refused` when numbers were given since that copy and nobody said that they may be forgotten.
    """
    path = database(machine)
    if not path.exists():
        return None
    known = revisions(machine.places.release(release))
    revision = _ask(path, "SELECT version_num FROM alembic_version")
    if revision is None or revision in known:
        return None
    copy = _newest_copy(path.parent / "before-upgrade", known)
    last = _ask(copy, "SELECT max(seq) FROM journal") or 0
    given = _ask(path, f"SELECT count(*) FROM journal WHERE kind = 'ticket.issued' AND seq > {int(str(last))}")
    if given != 0 and not forget:
        how_many = "perhaps some" if given is None else given  # None: a newer schema may keep them elsewhere
        raise Refused(
            f"{how_many} numbers were given since the copy {copy.name} was made, and release {release} cannot read"
            " them; if those visitors are gone: luot-site roll-back --forget-numbers"
        )
    return copy


def _fit_database(machine: Machine, release: str, *, forget: bool) -> None:
    """See to it that ``release`` can open the database. Raises :class:`Refused`."""
    copy = copy_for(machine, release, forget=forget)
    if copy is not None:
        machine.unit("stop", "luot-server.service")
        _restore(machine, copy, (machine.places.release(release), machine.places.current))


def _restore(machine: Machine, copy: Path, releases: Sequence[Path]) -> None:
    """Have one of the releases put the copy in place, the first that can. Raises :class:`Refused`."""
    mistakes = []
    for release in releases:
        program = str(release / "venv/bin/luot-server")
        settings = str(machine.places.settings)
        try:
            machine.run(*as_luot(machine), program, "--config", settings, "--restore", str(copy))
        except Refused as refused:
            mistakes.append(str(refused))
        else:
            return
    raise Refused("the copy made before the upgrade could not be put back:\n" + "\n".join(mistakes))


def _newest_copy(folder: Path, known: set[str]) -> Path:
    """The newest copy that a release can open. Raises :class:`Refused`."""
    for copy in sorted(folder.glob("luot-*.db"), reverse=True):
        if _ask(copy, "SELECT version_num FROM alembic_version") in known:
            return copy
    raise Refused(f"{folder}: holds no copy of the database that the other release could open")


def _ask(path: Path, question: str) -> object:
    """One value out of a database; None when it cannot be had."""
    try:
        # Read only: this is Debian's SQLite, which must not write into a journal that the server's own has made.
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as opened:
            row = opened.execute(question).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else row[0]
