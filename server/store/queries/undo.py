"""The moves that can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, or_, select

from server.domain.permissions import Role
from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class LastMove:
    """The last move of a ticket, as long as it is kept for undoing.

    ``number``: of the ticket; ``seq``, ``kind``, ``at_ms`` (UTC), ``queue_ms``, ``counter``: of the move's fact;
    ``actor_role``, ``actor_id``: who made it. ``before``: the columns that the ticket had.
    """

    ticket: str
    number: str
    seq: int
    kind: str
    at_ms: int
    queue_ms: int
    counter: str | None
    actor_role: str
    actor_id: str
    before: Mapping[str, object]


def last_move(connection: Connection, ticket: str) -> LastMove | None:
    """Return the move of the ticket that can be taken back; None without one."""
    return _OF_TICKET.first(connection, of_ticket=ticket)


def last_move_at(connection: Connection, counter: str, clerk: str, since_ms: int) -> LastMove | None:
    """Return the newest move of a clerk, or of the counter's keypad.

    None without one since ``since_ms`` (queue time).
    """
    return _AT_COUNTER.first(connection, at_counter=counter, by_clerk=clerk, since_ms=since_ms)


_j, _b = t.journal.c, t.ticket_before.c
_MOVE = (
    select(
        _b.ticket,
        t.ticket.c.number,
        _b.seq,
        _j.kind,
        _j.at_ms,
        _b.queue_ms,
        _j.counter,
        _j.actor_role,
        _j.actor_id,
        _b["columns"].label("before"),
    )
    .join_from(t.ticket_before, t.journal, _j.seq == _b.seq)
    .join(t.ticket, t.ticket.c.id == _b.ticket)
)
_OF_TICKET = Statement(_MOVE.where(_b.ticket == bindparam("of_ticket")), LastMove)
_AT_COUNTER = Statement(
    _MOVE.where(
        _b.queue_ms >= bindparam("since_ms"),
        or_(
            _j.actor_id == bindparam("by_clerk"),
            and_(_j.actor_role == Role.STATION.value, _j.counter == bindparam("at_counter")),
        ),
    )
    .order_by(_b.queue_ms.desc(), _b.seq.desc())
    .limit(1),
    LastMove,
)
