"""What is written down about this machine: how it is set up, and a change of release that is under way."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from onsite.machine import Machine, Refused

Noted = TypeVar("Noted")


@dataclass(frozen=True, slots=True)
class Record:
    """``outcome``: how the last change of release ended, in words."""

    role: str
    session: str
    release: str
    previous: str | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change under way: from which release to which, at which ``stage``, and how long a proof may take.

    ``forget``: the installer has said that numbers given since the copy may be forgotten.
    """

    before: str
    after: str
    stage: str
    within_s: float
    calm_s: float
    reason: str = ""
    forget: bool = False


def read_record(machine: Machine) -> Record | None:
    """None on a machine where nothing is installed."""
    found = _read(machine.places.record)
    return None if found is None else _made(Record, found, machine.places.record)


def write_record(machine: Machine, record: Record) -> None:
    machine.write(machine.places.record, json.dumps(asdict(record), indent=2) + "\n", durable=True)


def read_change(machine: Machine) -> Change | None:
    found = _read(machine.places.change)
    return None if found is None else _made(Change, found, machine.places.change)


def write_change(machine: Machine, change: Change, **news: Any) -> Change:
    """Note how far it is; the change as noted."""
    noted = replace(change, **news)
    machine.write(machine.places.change, json.dumps(asdict(noted), indent=2) + "\n", durable=True)
    return noted


def _made(kind: type[Noted], found: Mapping[str, Any], path: Path) -> Noted:
    """Return what ``path`` holds. Raises :class:`Refused` when its names are not those of this program."""
    try:
        return kind(**found)
    except TypeError as error:
        raise Refused(f"{path}: is not what this program wrote") from error


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise Refused(f"{path}: cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise Refused(f"{path}: is not what this program wrote")
    return found
