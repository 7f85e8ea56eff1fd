"""The moves that can be taken back."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class LastMove:
    """The last move of a ticket that is kept for undoing.

    ``seq``, ``kind``, ``at_ms`` (UTC), ``queue_ms``: of its fact; ``counter``: of the fact. ``actor_role``,
    ``actor_id``: who made it.
    """

    ticket: str
    seq: int
    kind: str
    at_ms: int
    queue_ms: int
    counter: str | None
    actor_role: str
    actor_id: str


def last_move(connection: Connection, ticket: str) -> LastMove | None:
    """Return the move of the ticket that can be taken back; None without one."""
    return _OF_TICKET.first(connection, of_ticket=ticket)


def last_moves_since(connection: Connection, day: str | None, since_ms: int) -> list[LastMove]:
    """Return the moves of the day that can be taken back, not older than ``since_ms`` (queue time), newest first."""
    return _SINCE.all(connection, day=day, since_ms=since_ms)


def state_before(connection: Connection, ticket: str) -> dict[str, object]:
    """Return the columns that the ticket gets back."""
    columns: dict[str, object] = _COLUMNS.value(connection, of_ticket=ticket)
    return columns


_j, _b = t.journal.c, t.ticket_before.c
_MOVE = select(_b.ticket, _b.seq, _j.kind, _j.at_ms, _j.queue_ms, _j.counter, _j.actor_role, _j.actor_id).join_from(
    t.ticket_before, t.journal, _j.seq == _b.seq
)
_OF_TICKET = Statement(_MOVE.where(_b.ticket == bindparam("of_ticket")), LastMove)
_SINCE = Statement(
    _MOVE.where(_j.day == bindparam("day"), _j.queue_ms >= bindparam("since_ms")).order_by(_b.seq.desc()), LastMove
)
_COLUMNS = Statement(select(_b["columns"]).where(_b.ticket == bindparam("of_ticket")))
