"""One row of the journal: a fact with time, actor and place in the chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.domain.facts import FACTS, Fact, FactKind, decode
from server.domain.practice import is_practice_day


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row, column by column.

    ``seq`` counts the entries from 1; ``day``: the id of the day that was open, None while none was. ``actor_role``,
    ``actor_id``, ``actor_station``: the fields of the ``Actor``. ``boot_id`` and ``boot_ms``: the boot of the machine,
    and the ms since it. ``request_id`` and ``request_hash``: of the request whose result the fact is, else None.
    ``ticket``, ``counter``, ``service``: the ids that the fact is about, None where it is about none; ``data``: its
    other fields as a JSON object, never changed after it was written.

    ``queue_ms`` never decreases along the journal; ``at_ms``, the wall clock, may. ``own`` is the hash of this entry,
    ``prev`` that of the previous one.
    """

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
    kind: FactKind
    ticket: str | None
    counter: str | None
    service: str | None
    data: Mapping[str, Any]
    prev: str
    own: str

    @property
    def is_practised(self) -> bool:
        """The fact is one of a practice, which programs outside do not receive.

        Changes of the office, and facts of clocks and hours, are real also during a practice.
        """
        if self.kind is FactKind.DAY_OPENED:
            return bool(self.data.get("practice"))
        return is_practice_day(self.day) and self.kind.value.partition(".")[0] in _PRACTISED_SUBJECTS

    @property
    def fact(self) -> Fact:
        """Return the fact of the entry. Raises ``BadFact`` when the data are not those of the kind."""
        subject = {"ticket": self.ticket, "counter": self.counter, "service": self.service}
        return decode(FACTS[self.kind], subject, self.data)

    def columns(self) -> dict[str, Any]:
        """Return the values of the entry by column."""
        return {name: getattr(self, name) for name in COLUMNS}


_PRACTISED_SUBJECTS = frozenset({"day", "service", "ticket", "call", "counter", "job", "help"})

COLUMNS = tuple(name for name in JournalEntry.__dataclass_fields__)
"""The names of the journal's columns, in the order of the export."""
