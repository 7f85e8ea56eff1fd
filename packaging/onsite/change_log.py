"""The stored state of this installation: its set-up, and a pending change of release."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from onsite.machine import InstallError, Machine

Stored = TypeVar("Stored")


@dataclass(frozen=True, slots=True)
class Record:
    """The set-up of this machine, stored in ``site.json``.

    ``role``: a key of ``roles.PROGRAMS``; ``session``: one of ``paths.SESSIONS``. ``release`` runs, ``previous`` ran
    before it. ``outcome``: the result of the last change of release, as a sentence.
    """

    role: str
    session: str
    release: str
    previous: str | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A pending change from release ``before`` to release ``after``, stored in ``change.json``.

    ``stage``: switch, prove, undo or prove_old, the next one to be executed. All programs must run within ``within_s``,
    and then for ``calm_s`` without a stop. ``reason``: why the change is undone. ``forget``: numbers issued since the
    copy of the database may be lost.
    """

    before: str
    after: str
    stage: str
    within_s: float
    calm_s: float
    reason: str = ""
    forget: bool = False


def read_record(machine: Machine) -> Record | None:
    """Return the record; None when nothing is installed."""
    content = _read(machine.paths.record)
    return None if content is None else _load_as(Record, content, machine.paths.record)


def write_record(machine: Machine, record: Record) -> None:
    machine.write(machine.paths.record, json.dumps(asdict(record), indent=2) + "\n", durable=True)


def read_change(machine: Machine) -> Change | None:
    content = _read(machine.paths.change)
    return None if content is None else _load_as(Change, content, machine.paths.change)


def write_change(machine: Machine, change: Change, **changes: Any) -> Change:
    """Store the change with updated fields; return it."""
    stored = replace(change, **changes)
    machine.write(machine.paths.change, json.dumps(asdict(stored), indent=2) + "\n", durable=True)
    return stored


def _load_as(record_type: type[Stored], content: Mapping[str, Any], path: Path) -> Stored:
    """Return the content of ``path`` as ``record_type``. Raises :class:`InstallError` for unknown names."""
    try:
        return record_type(**content)
    except TypeError as error:
        raise InstallError(f"{path}: is not what this program wrote") from error


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise InstallError(f"{path}: cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise InstallError(f"{path}: is not what this program wrote")
    return content
