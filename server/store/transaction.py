"""The transaction of a command: records its facts in the journal and applies them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from config.clock import Now
from server.domain.actor import Actor
from server.domain.calendar import OpeningStatus
from server.domain.facts import Fact, FactKind, data_of, subject_of
from server.domain.office import OfficeDefinition
from server.store.apply import apply, apply_all
from server.store.chain import entry_hash
from server.store.entry import JournalEntry
from server.store.journal import append
from server.store.kept_rows import KeptRows
from server.store.office import read_office
from server.store.queue_clock import JournalHead, read_head


@dataclass(frozen=True, slots=True)
class Request:
    """The request that a command carries out.

    ``caller`` is the role and id of the actor (``Actor.caller``). ``hash`` is the hash of its body, by which a repeated
    request is recognised.
    """

    caller: str
    id: str
    hash: str


@dataclass(frozen=True, slots=True)
class OwnState:
    """The rows that only the writer changes, kept from command to command.

    ``office`` is None until a command needs it.
    """

    head: JournalHead
    office: OfficeDefinition | None
    kept: KeptRows


class Tx:
    """The transaction of one command, created by the writer only.

    Queries on ``connection`` include the facts that the command has already recorded, and so does ``head``.
    ``boot_id``: the current boot of the machine; ``always_open``: a setting of the server. ``own`` is the state after
    the previous command; None: read it from the tables.
    """

    def __init__(self, connection: Connection, boot_id: str, *, always_open: bool, own: OwnState | None) -> None:
        self.connection = connection
        self.boot_id = boot_id
        self.always_open = always_open
        self.head = read_head(connection) if own is None else own.head
        self.entries: list[JournalEntry] = []
        """The entries that the command has recorded so far."""
        self.pending_request: Request | None = None
        """The request whose result no fact has recorded yet; None after that, and for a command without a request."""
        self._office = None if own is None else own.office
        self.kept = KeptRows(self.head.day) if own is None else own.kept
        """Rows of the open day that need not be read again."""

    @property
    def office(self) -> OfficeDefinition:
        """The office. Raises ``LookupError`` before the office is set up."""
        if self._office is None or self._office.version != self.head.office_version:
            self._office = read_office(self.connection, always_open=self.always_open)
        return self._office

    @property
    def own(self) -> OwnState:
        """The state after this command, which the next one starts from."""
        return OwnState(self.head, self._office, self.kept)

    @property
    def day(self) -> str | None:
        """The id of the open service day; None while no day is open."""
        return self.head.day

    def opening_status(self, now: Now, service: str | None = None) -> OpeningStatus:
        """Return the opening state of the office or of one service.

        In a practice it is open.
        """
        is_date_unknown = self.head.doubt is not None or self.head.practice
        return self.office.opening_status(now.wall_ms, service, is_date_unknown=is_date_unknown)

    def calendar_status(self, now: Now, service: str | None = None) -> OpeningStatus:
        """Return the opening state by the calendar, also in a practice."""
        return self.office.opening_status(now.wall_ms, service, is_date_unknown=self.head.doubt is not None)

    def queue_ms(self, now: Now) -> int:
        """Return queue time at ``now``, in ms."""
        return self.head.queue_time(now, self.boot_id)

    def record(self, fact: Fact, actor: Actor, now: Now, *, is_command_result: bool = False) -> JournalEntry:
        """Write the fact to the journal and apply it to the tables.

        ``is_command_result``: this fact holds the result of ``pending_request``, so its entry gets the id of the
        request, and a repeated request finds the result there. If a command records no such fact,
        ``server.commands.common.idempotent`` records a ``RequestRecorded``. Without a pending request the flag has no
        effect.
        """
        request = self.pending_request if is_command_result else None
        if is_command_result:
            self.pending_request = None
        entry = self._next_entry(fact, actor, now, request)
        append(self.connection, [entry])
        apply(self.connection, entry)
        self._refresh_after(entry)
        self.kept = self.kept.of_day(self.head.day).after(fact)
        self.entries.append(entry)
        return entry

    def record_all(self, facts: Sequence[Fact], actor: Actor, now: Now) -> None:
        """Write and apply facts of one class, faster than by ``record`` for each."""
        if facts:
            entries = [self._next_entry(fact, actor, now, None) for fact in facts]
            append(self.connection, entries)
            apply_all(self.connection, entries)
            self._refresh_after(entries[-1])
            self.kept = KeptRows(self.head.day)
            self.entries += entries

    def _next_entry(self, fact: Fact, actor: Actor, now: Now, request: Request | None) -> JournalEntry:
        """Return the fact as the journal's next entry, and advance the head to it."""
        columns: dict[str, Any] = {
            "seq": self.head.seq + 1,
            "day": self.head.day,
            "at_ms": now.wall_ms,
            "boot_id": self.boot_id,
            "boot_ms": now.boot_ms,
            "queue_ms": self.queue_ms(now),
            "actor_role": actor.role.value,
            "actor_id": actor.id,
            "actor_station": actor.station,
            "request_id": None if request is None else request.id,
            "request_hash": None if request is None else request.hash,
            "kind": fact.KIND,
            **subject_of(fact),
            "data": data_of(fact),
            "prev": self.head.own,
        }
        entry = JournalEntry(**columns, own=entry_hash(columns))
        self.head = replace(
            self.head,
            seq=entry.seq,
            own=entry.own,
            queue_ms=entry.queue_ms,
            at_ms=entry.at_ms,
            last_boot_id=entry.boot_id,
            last_boot_ms=entry.boot_ms,
        )
        return entry

    def _refresh_after(self, entry: JournalEntry) -> None:
        """Read the head from the tables after a fact that changes more of it."""
        if entry.kind in _KINDS_THAT_CHANGE_HEAD:
            self.head = read_head(self.connection)


_KINDS_THAT_CHANGE_HEAD = frozenset(
    (
        FactKind.BOOTED,
        FactKind.CLOCK_STEPPED,
        FactKind.CLOCK_JUDGED,
        FactKind.DAY_OPENED,
        FactKind.DAY_CLOSED,
        FactKind.DAY_REOPENED,
        FactKind.DAY_DATED,
        FactKind.OFFICE_LOADED,
        FactKind.CLERK_NAMED,
        FactKind.OFFICE_CHANGED,
        FactKind.COUNTER_SERVICES_TODAY,
    )
)
