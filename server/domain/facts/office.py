"""The fact that fills the office's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from server.domain.facts.fact import Fact, named
from server.domain.facts.kinds import FactKind

Rows = Sequence[Mapping[str, Any]]
"""Rows of one table: column -> value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLoaded(Fact):
    """The office was set up from its settings.

    The fact has the rows of each of its tables (``server.store.schema.office``), but not the names of clerks.
    """

    KIND: ClassVar = FactKind.OFFICE_LOADED

    offices: Rows = field(metadata=named("office"))
    services: Rows = field(metadata=named("service"))
    clerks: Rows = field(metadata=named("clerk"))
    counters: Rows = field(metadata=named("counter"))
    counter_services: Rows = field(metadata=named("counter_service"))
    procedures: Rows = field(metadata=named("procedure"))
    calendar: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkNamed(Fact):
    """A clerk of the office was added, or has another name.

    ``clerk``: the person's id; the name is not in the journal.
    """

    KIND: ClassVar = FactKind.CLERK_NAMED

    clerk: str


FACTS: tuple[type[Fact], ...] = (OfficeLoaded, ClerkNamed)
