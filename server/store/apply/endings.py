"""Facts that end a ticket before it was served."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, update

from server.domain.facts import (
    Fact,
    TicketCancelled,
    TicketExpired,
)
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, Inconsistent, change_ticket, end_leg
from server.store.entry import JournalEntry
from server.store.statement import Statement

# The columns of a hold and of a pin, which an ended ticket does not have.
_CLEARED = {"due_ms": None, "due_at_ms": None, "hold_reason": None, "pin": None, "pin_clerk": None}


def _cancel(connection: Connection, entry: JournalEntry, fact: TicketCancelled) -> None:
    source = fact.source
    cancelled = {"state": TicketState.CANCELLED.value, "reason": fact.reason} | _CLEARED
    change_ticket(connection, entry, (source,), **cancelled)
    if source in (TicketState.WAITING, TicketState.CALLED):
        end_leg(connection, entry, "cancelled")


def _expire(connection: Connection, entry: JournalEntry, fact: TicketExpired) -> None:
    source = fact.source
    change_ticket(connection, entry, (source,), state=TicketState.EXPIRED.value, counter=None, **_CLEARED)
    if source in (TicketState.WAITING, TicketState.CALLED):
        end_leg(connection, entry, "expired")


def expire_all(connection: Connection, entries: Sequence[JournalEntry], facts: Sequence[TicketExpired]) -> None:
    """Apply all facts as ``_expire`` does, but fast: thousands of tickets may expire at once."""
    expired = [
        {"of_ticket": entry.ticket, "source": fact.source.value, "at_ms": entry.at_ms, "queue_ms": entry.queue_ms}
        for entry, fact in zip(entries, facts, strict=True)
    ]
    changed = _EXPIRE.execute_many(connection, expired)
    if changed != len(entries):
        raise Inconsistent(f"{len(entries)} tickets expire from {entries[0].seq} on, {changed} fit")
    ended = [
        {"of_ticket": entry.ticket, "queue_ms": entry.queue_ms, "entry_boot": entry.boot_id}
        for entry, fact in zip(entries, facts, strict=True)
        if fact.source in (TicketState.WAITING, TicketState.CALLED)
    ]
    if ended and _END_LEG.execute_many(connection, ended) != len(ended):
        raise Inconsistent(f"the legs of tickets that expire from {entries[0].seq} on are not all open")


_EXPIRE = Statement(
    update(t.ticket)
    .where(t.ticket.c.id == bindparam("of_ticket"), t.ticket.c.state == bindparam("source"))
    .values(
        state=TicketState.EXPIRED.value,
        counter=None,
        rev=t.ticket.c.rev + 1,
        changed_at_ms=bindparam("at_ms"),
        changed_ms=bindparam("queue_ms"),
        **_CLEARED,
    )
)
_END_LEG = Statement(
    update(t.leg)
    .where(t.leg.c.ticket == bindparam("of_ticket"), t.leg.c.ended_ms.is_(None))
    .values(
        ended="expired",
        ended_ms=bindparam("queue_ms"),
        outcome=None,
        across_boots=t.leg.c.across_boots | (t.leg.c.boot_id != bindparam("entry_boot")),
    )
)


ENDINGS: Mapping[type[Fact], ApplyFact] = {
    TicketCancelled: _cancel,
    TicketExpired: _expire,
}
