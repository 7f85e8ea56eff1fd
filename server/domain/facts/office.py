"""The facts of the office: its set-up, and its changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from server.domain.facts.fact import Fact, left_out_if_none, named
from server.domain.facts.kinds import FactKind

Rows = Sequence[Mapping[str, Any]]
"""Rows of one table: column -> value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLoaded(Fact):
    """The office was set up from its settings.

    The fact has the rows of each of its tables (``server.store.schema.office``), but not the names of clerks.
    """

    KIND: ClassVar = FactKind.OFFICE_LOADED
    VERSION: ClassVar[int] = 2

    offices: Rows = field(metadata=named("office"))
    services: Rows = field(metadata=named("service"))
    clerks: Rows = field(metadata=named("clerk"))
    counters: Rows = field(metadata=named("counter"))
    counter_services: Rows = field(metadata=named("counter_service"))
    procedures: Rows = field(metadata=named("procedure"))
    calendar: Rows
    notices: Rows | None = field(default=None, metadata={**named("notice"), **left_out_if_none(2)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkNamed(Fact):
    """A clerk of the office was added, has another name, or none any more.

    ``clerk``: the person's id; the name is not in the journal.
    """

    KIND: ClassVar = FactKind.CLERK_NAMED

    clerk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeChanged(Fact):
    """Parts of the office were changed.

    ``change``: its id. ``edits``: JSON of ``server.domain.office_changes.Edit``. ``undoes``: the id of the change that
    this one takes back; None: none. ``planned``: it had been planned under this id.
    """

    KIND: ClassVar = FactKind.OFFICE_CHANGED

    change: str
    edits: Rows
    undoes: str | None
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeChangePlanned(Fact):
    """A change of the office was planned.

    ``date``: the first service day with it. ``edits``, ``undoes``: as in :class:`OfficeChanged`.
    """

    KIND: ClassVar = FactKind.OFFICE_CHANGE_PLANNED

    change: str
    date: str
    edits: Rows
    undoes: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeChangeWithdrawn(Fact):
    """A planned change will not take place.

    ``impossible``: it did not fit the office any more on its day; else a person withdrew it.
    """

    KIND: ClassVar = FactKind.OFFICE_CHANGE_WITHDRAWN

    change: str
    impossible: bool


FACTS: tuple[type[Fact], ...] = (
    OfficeLoaded,
    ClerkNamed,
    OfficeChanged,
    OfficeChangePlanned,
    OfficeChangeWithdrawn,
)
