"""The journal inside one transaction: a fact is recorded, chained and applied to the tables at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from config.clock import Now
from server.domain.calendar import Moment
from server.domain.dating import Doubt
from server.store.apply import apply, apply_all
from server.store.facts import GENESIS, Actor, Fact, Kind, Subject, seal, to_row
from server.store.office import Office, office_rev, read_office
from server.store.tables import day, journal, queue_clock


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller's retry is recognised by."""

    caller: str
    id: str
    hash: str


LONGEST_OFF_MS = 24 * 3_600_000
"""How much time at most counts as passed while the machine was off. Nobody waits longer, and a wall clock that lost or
gained years must not be added to anybody's wait."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the journal stands: its last row, the open day with its date (None: unknown) and the sequence of its
    opening, the base of the queue's clock, and whether the wall clock is in doubt since ``sure_ms``."""

    seq: int
    own: str
    queue_ms: int
    at_ms: int
    last_boot_id: str
    last_boot_ms: int
    day: str | None
    date: str | None
    day_seq: int
    doubt: Doubt | None
    sure_ms: int | None
    base_boot_id: str
    base_boot_ms: int
    base_queue_ms: int

    def queue_time(self, now: Now, boot_id: str) -> int:
        """Queue time at ``now``: boot time since the base, never below the last value given; after a reboot
        the last value and the wall clock's time since then, where that can be."""
        if boot_id == self.base_boot_id:
            return max(self.queue_ms, self.base_queue_ms + now.boot_ms - self.base_boot_ms)
        if self.seq == 0:
            return now.wall_ms
        return self.queue_ms + min(max(0, now.wall_ms - self.at_ms), LONGEST_OFF_MS)


def read_head(connection: Connection) -> Head:
    """The head as the tables have it."""
    last = connection.execute(select(journal).order_by(journal.c.seq.desc()).limit(1)).first()
    base = connection.execute(select(queue_clock)).first()
    opened = connection.execute(select(day.c.id, day.c.date, day.c.seq).where(day.c.state == "open")).first()
    return Head(
        seq=0 if last is None else last.seq,
        own=GENESIS if last is None else last.own,
        queue_ms=0 if last is None else last.queue_ms,
        at_ms=0 if last is None else last.at_ms,
        last_boot_id="" if last is None else last.boot_id,
        last_boot_ms=0 if last is None else last.boot_ms,
        day=None if opened is None else opened.id,
        date=None if opened is None else opened.date,
        day_seq=0 if opened is None else opened.seq,
        doubt=None if base is None or base.doubt is None else Doubt(base.doubt),
        sure_ms=None if base is None else base.sure_ms,
        base_boot_id="" if base is None else base.boot_id,
        base_boot_ms=0 if base is None else base.boot_ms,
        base_queue_ms=0 if base is None else base.queue_ms,
    )


class Tx:
    """One command's transaction: reads see the command's own facts. Made by the writer only."""

    def __init__(self, connection: Connection, boot_id: str, *, always_open: bool, office: Office | None) -> None:
        self.connection = connection
        self.boot_id = boot_id
        self.always_open = always_open
        self.head = read_head(connection)
        self.facts: list[Fact] = []
        self.request: Request | None = None
        self._office = office
        self._office_is_new = False

    @property
    def office(self) -> Office:
        """What the office is. Raises ``LookupError`` before the first start has filled it."""
        if not self._office_is_new:
            if self._office is None or self._office.rev != office_rev(self.connection):
                self._office = read_office(self.connection, always_open=self.always_open)
            self._office_is_new = True
        assert self._office is not None
        return self._office

    @property
    def known_office(self) -> Office | None:
        """The picture of the office that this command used, for the next command."""
        return self._office

    @property
    def day(self) -> str | None:
        """The id of the open service day."""
        return self.head.day

    def moment(self, now: Now, service: str | None = None) -> Moment:
        """What holds now, of the office or of one service."""
        return self.office.moment(now.wall_ms, service, unknown=self.head.doubt is not None)

    def queue_ms(self, now: Now) -> int:
        """Queue time at ``now``."""
        return self.head.queue_time(now, self.boot_id)

    def record(
        self,
        kind: Kind,
        actor: Actor,
        now: Now,
        *,
        ticket: str | None = None,
        counter: str | None = None,
        service: str | None = None,
        data: Mapping[str, Any] | None = None,
        answer: bool = False,
    ) -> Fact:
        """Write the fact and apply it. ``answer``: this is the fact that a repeated request is answered with."""
        request, self.request = (self.request, None) if answer else (None, self.request)
        fields: dict[str, Any] = {
            **self._fields(kind, actor, now, self.queue_ms(now)),
            "seq": self.head.seq + 1,
            "request_id": None if request is None else request.id,
            "request_hash": None if request is None else request.hash,
            "ticket": ticket,
            "counter": counter,
            "service": service,
            "data": dict(data or {}),
            "prev": self.head.own,
        }
        fact = Fact(**fields, own=seal(fields))
        self.connection.execute(insert(journal), to_row(fact))
        apply(self.connection, fact)
        self._advance(fact)
        self.facts.append(fact)
        return fact

    def record_all(self, kind: Kind, actor: Actor, now: Now, rows: Sequence[tuple[Subject, Mapping[str, Any]]]) -> None:
        """Write and apply facts of one kind, one for each row, as ``record`` would one after the other."""
        made: list[Fact] = []
        seq, own, queue_ms = self.head.seq, self.head.own, self.queue_ms(now)
        for about, data in rows:
            seq += 1
            fields: dict[str, Any] = {
                **self._fields(kind, actor, now, queue_ms),
                "seq": seq,
                "ticket": about.get("ticket"),
                "counter": about.get("counter"),
                "service": about.get("service"),
                "data": dict(data),
                "prev": own,
            }
            made.append(Fact(**fields, own=seal(fields)))
            own = made[-1].own
        if made:
            self.connection.execute(insert(journal), [to_row(fact) for fact in made])
            apply_all(self.connection, made)
            self._advance(made[-1])
            self.facts += made

    def _fields(self, kind: Kind, actor: Actor, now: Now, queue_ms: int) -> dict[str, Any]:
        """The columns of a fact that do not depend on what it is about."""
        return {
            "day": self.head.day,
            "at_ms": now.wall_ms,
            "boot_id": self.boot_id,
            "boot_ms": now.boot_ms,
            "queue_ms": queue_ms,
            "actor_role": actor.role.value,
            "actor_id": actor.id,
            "actor_station": actor.station,
            "request_id": None,
            "request_hash": None,
            "kind": kind,
        }

    def _advance(self, fact: Fact) -> None:
        self.head = replace(
            self.head,
            seq=fact.seq,
            own=fact.own,
            queue_ms=fact.queue_ms,
            at_ms=fact.at_ms,
            last_boot_id=fact.boot_id,
            last_boot_ms=fact.boot_ms,
        )
        if fact.kind is Kind.OFFICE_LOADED:
            self._office_is_new = False
        if fact.kind in _MOVES_HEAD:
            self.head = read_head(self.connection)


_MOVES_HEAD = frozenset(
    (
        Kind.BOOTED,
        Kind.CLOCK_STEPPED,
        Kind.CLOCK_JUDGED,
        Kind.DAY_OPENED,
        Kind.DAY_CLOSED,
        Kind.DAY_REOPENED,
        Kind.DAY_DATED,
    )
)


class Broken(Exception):
    """The journal's chain does not hold; ``seq`` is the first row that does not fit."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(f"journal row {seq}: {what}")
        self.seq = seq


def read_facts(connection: Connection, after: int = 0, limit: int | None = None) -> Iterator[Fact]:
    """Facts with a greater ``seq``, in order."""
    query = select(journal).where(journal.c.seq > after).order_by(journal.c.seq).limit(limit)
    for row in connection.execute(query):
        yield to_fact(row)


def to_fact(row: Row[Any]) -> Fact:
    """A journal row as a fact."""
    values = dict(row._mapping)
    return Fact(**(values | {"kind": Kind(values["kind"]), "data": json.loads(values["data"])}))


def chained(facts: Iterator[Fact]) -> Iterator[Fact]:
    """The same facts, each checked against the one before. Raises :class:`Broken`."""
    prev, seq, queue_ms = GENESIS, 0, 0
    for fact in facts:
        if fact.seq != seq + 1:
            raise Broken(fact.seq, f"comes after row {seq}")
        if fact.prev != prev:
            raise Broken(fact.seq, "does not continue the row before it")
        if seal({name: getattr(fact, name) for name in Fact.__dataclass_fields__}) != fact.own:
            raise Broken(fact.seq, "was altered")
        if fact.queue_ms < queue_ms:
            raise Broken(fact.seq, "queue time falls")
        prev, seq, queue_ms = fact.own, fact.seq, fact.queue_ms
        yield fact
