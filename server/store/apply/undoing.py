"""The ticket before its last move, and its return to that.

Before a move that can be taken back is applied, the rows of the ticket and of its legs are kept. One move is kept for
each ticket: any other move replaces it.
"""

from collections.abc import Mapping

from sqlalchemy import BindParameter, Connection, bindparam, delete, select

from server.domain.facts import (
    Fact,
    TicketCalled,
    TicketCancelled,
    TicketDeferred,
    TicketExpired,
    TicketFinished,
    TicketHeld,
    TicketMissed,
    TicketMoveUndone,
    TicketProcedureChanged,
    TicketRecalled,
    TicketReclassified,
    TicketRejoined,
    TicketReleased,
    TicketReopened,
    TicketRequeued,
    TicketResumed,
    TicketReturned,
    TicketSentOn,
    TicketStarted,
    TicketTransferred,
)
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, Inconsistent, change_ticket, insert_row, update_rows
from server.store.entry import JournalEntry
from server.store.statement import Statement

UNDOABLE: frozenset[type[Fact]] = frozenset(
    {
        TicketCalled,
        TicketCancelled,
        TicketDeferred,
        TicketFinished,
        TicketHeld,
        TicketMissed,
        TicketProcedureChanged,
        TicketReclassified,
        TicketRejoined,
        TicketReleased,
        TicketReopened,
        TicketRequeued,
        TicketResumed,
        TicketReturned,
        TicketSentOn,
        TicketStarted,
        TicketTransferred,
    }
)
"""The moves that can be taken back. A recall was heard in the hall; the end of the day has a way back of its own."""
FINAL: frozenset[type[Fact]] = frozenset({TicketRecalled, TicketExpired})
"""The other moves: none of before can be taken back after them."""

_FIXED = frozenset(
    {
        "id",
        "office",
        "day",
        "prefix",
        "seq",
        "number",
        "rev",
        "issue_seq",
        "station",
        "issued_at_ms",
        "issued_ms",
        "boot_id",
        "changed_at_ms",
        "changed_ms",
        "print_state",
        "print_proof",
        "print_station",
        "print_seen_at_ms",
    }
)
"""The columns of a ticket that no move changes, or that go on: its slip, and when it changed last."""
_KEPT = [column.name for column in t.ticket.columns if column.name not in _FIXED]


def keep_before(connection: Connection, entry: JournalEntry, fact: Fact) -> None:
    """Keep the rows of the ticket as they are before the fact.

    Only of a fact that can be taken back.
    """
    if type(fact) in UNDOABLE:
        kept = _COLUMNS.first(connection, of_ticket=entry.ticket)
        if kept is None:
            raise Inconsistent(f"{entry.kind} ({entry.seq}) is of no ticket")
        *columns, earlier = kept
        before = {
            "seq": entry.seq,
            "queue_ms": entry.queue_ms,
            "columns": dict(zip(_KEPT, columns, strict=True)),
            "legs": [
                dict(zip(t.leg.columns.keys(), leg, strict=True))
                for leg in _LEGS.all(connection, of_ticket=entry.ticket)
            ],
        }
        if earlier is None:
            insert_row(connection, t.ticket_before, ticket=entry.ticket, **before)
        else:
            update_rows(connection, t.ticket_before, {"ticket": entry.ticket}, **before)
    elif type(fact) in FINAL:
        _forget(connection, entry)


def _undo(connection: Connection, entry: JournalEntry, fact: TicketMoveUndone) -> None:
    """Restore the ticket and its legs. Only the move ``fact.undone`` is taken back."""
    kept = _BEFORE.first(connection, of_ticket=entry.ticket, undone=fact.undone)
    if kept is None:
        raise Inconsistent(f"{entry.kind} ({entry.seq}): the rows before {fact.undone} are not kept")
    columns, legs = kept
    change_ticket(connection, entry, TicketState, **columns)
    _DELETE_LEGS.execute(connection, of_ticket=entry.ticket)
    for leg in legs:
        insert_row(connection, t.leg, **leg)
    _forget(connection, entry)
    if columns["state"] in (TicketState.CALLED, TicketState.SERVING):
        update_rows(connection, t.counter_state, {"counter": entry.counter}, ready_ms=None, ready_ended=None)


def _forget(connection: Connection, entry: JournalEntry) -> None:
    _FORGET.execute(connection, of_ticket=entry.ticket)


_OF_TICKET: BindParameter[str] = bindparam("of_ticket")
_COLUMNS = Statement(
    select(*(t.ticket.c[name] for name in _KEPT), t.ticket_before.c.seq)
    .select_from(t.ticket)
    .outerjoin(t.ticket_before, t.ticket_before.c.ticket == t.ticket.c.id)
    .where(t.ticket.c.id == _OF_TICKET)
)
_LEGS = Statement(select(t.leg).where(t.leg.c.ticket == _OF_TICKET).order_by(t.leg.c.n))
_BEFORE = Statement(
    select(t.ticket_before.c["columns"], t.ticket_before.c.legs).where(
        t.ticket_before.c.ticket == _OF_TICKET, t.ticket_before.c.seq == bindparam("undone")
    )
)
_DELETE_LEGS = Statement(delete(t.leg).where(t.leg.c.ticket == _OF_TICKET))
_FORGET = Statement(delete(t.ticket_before).where(t.ticket_before.c.ticket == _OF_TICKET))

UNDOING: Mapping[type[Fact], ApplyFact] = {TicketMoveUndone: _undo}
