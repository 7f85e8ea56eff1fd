"""Facts: what happened, who did it, when; one journal row each, chained by hashes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypedDict

from server.domain.ticket import Role
from server.store.engine import canonical

GENESIS = "0" * 64


class Kind(StrEnum):
    """The kinds of facts, in the past. Those of a ticket begin with ``ticket.``"""

    BOOTED = "server.booted"
    CLOCK_STEPPED = "clock.stepped"
    CLOCK_JUDGED = "clock.judged"
    OFFICE_LOADED = "office.loaded"
    REQUEST_ANSWERED = "request.answered"
    DAY_OPENED = "day.opened"
    DAY_CLOSED = "day.closed"
    DAY_REOPENED = "day.reopened"
    DAY_DATED = "day.dated"
    HOURS_CHANGED = "hours.changed"
    SERVICE_STOPPED = "service.stopped"
    SERVICE_RESUMED = "service.resumed"
    ISSUED = "ticket.issued"
    CALLED = "ticket.called"
    RECALLED = "ticket.recalled"
    STARTED = "ticket.started"
    FINISHED = "ticket.finished"
    SENT_ON = "ticket.sent_on"
    MISSED = "ticket.missed"
    RETURNED = "ticket.returned"
    REQUEUED = "ticket.requeued"
    HELD = "ticket.held"
    RESUMED = "ticket.resumed"
    RELEASED = "ticket.released"
    TRANSFERRED = "ticket.transferred"
    DEFERRED = "ticket.deferred"
    RECLASSIFIED = "ticket.reclassified"
    REOPENED = "ticket.reopened"
    CANCELLED = "ticket.cancelled"
    EXPIRED = "ticket.expired"
    UNPINNED = "ticket.unpinned"
    PRINTED = "ticket.printed"
    DOSSIER_NOTED = "ticket.dossier_noted"
    RATED = "ticket.rated"
    CALL_ACKNOWLEDGED = "call.acknowledged"
    CALL_SEEN = "call.seen"
    COUNTER_STATE = "counter.state"
    COUNTER_CLERK = "counter.clerk"
    COUNTER_READY = "counter.ready"
    COUNTER_UNREADY = "counter.unready"
    JOB_MADE = "job.made"
    JOB_DONE = "job.done"
    HELP_ASKED = "help.asked"
    HELP_TAKEN = "help.taken"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``id`` is a clerk's id, a station's id, or ``system``; ``station`` the machine it came from."""

    role: Role
    id: str
    station: str | None = None

    @property
    def caller(self) -> str:
        """Whose request ids these are."""
        return f"{self.role}:{self.id}"


class Subject(TypedDict, total=False):
    """What a fact is about, by id."""

    ticket: str | None
    counter: str | None
    service: str | None


SYSTEM = Actor(Role.SYSTEM, "system")


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the journal. ``queue_ms`` never falls along the journal; ``at_ms`` may."""

    seq: int
    day: str | None
    at_ms: int
    boot_id: str
    boot_ms: int
    queue_ms: int
    actor_role: str
    actor_id: str
    actor_station: str | None
    request_id: str | None
    request_hash: str | None
    kind: Kind
    ticket: str | None
    counter: str | None
    service: str | None
    data: Mapping[str, Any]
    prev: str
    own: str

    @property
    def id(self) -> str:
        """For things that a fact makes and that need a name: calls, jobs, calls for help."""
        return str(self.seq)


COLUMNS = tuple(name for name in Fact.__dataclass_fields__)
"""The columns in the order of the export."""


def seal(fields: Mapping[str, Any]) -> str:
    """The hash of a journal row: over every column but itself, the row before included."""
    body = {name: value for name, value in fields.items() if name != "own"}
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def to_row(fact: Fact) -> dict[str, Any]:
    """The fact as the journal's columns; ``data`` as canonical JSON."""
    row = {name: getattr(fact, name) for name in COLUMNS}
    return row | {"kind": fact.kind.value, "data": canonical(fact.data)}
