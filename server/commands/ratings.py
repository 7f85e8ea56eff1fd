"""A visitor's rating of the service just given: once per ticket, and nobody's name with it."""

from sqlalchemy import select

from config.clock import Now
from server.commands.asking import Answer, once, the_counter
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Role, State
from server.store import tables as t
from server.store.facts import Actor, Kind
from server.store.journal import Tx
from server.store.queries import TicketRow, open_ticket, tickets_of
from server.wire.messages import Rate


def rate(tx: Tx, actor: Actor, now: Now, ask: Rate) -> Answer:
    """Rate the ticket that was finished last at the counter, within the rules' ``rating_min``.

    Raises ``not_allowed``: nobody was served there yet or somebody is being served (a press would be theirs,
    and go to the one before), it was rated already, or it is too late. ``not_found``: no such counter.
    """
    the_counter(tx, ask.counter)
    if actor.role not in (Role.STATION, Role.CLERK, Role.MANAGER):
        raise Refused(Refusal.FORBIDDEN)
    return once(tx, actor, now, ask, ask.counter, lambda: _rate(tx, actor, now, ask))


def _rate(tx: Tx, actor: Actor, now: Now, ask: Rate) -> Answer:
    row = _served_last(tx, ask.counter)
    taken = open_ticket(tx.connection, ask.counter)
    if row is None or (taken is not None and taken.state is State.SERVING):
        raise _refused("rate_early")
    if tx.connection.execute(select(t.rating.c.ticket).where(t.rating.c.ticket == row.id)).first() is not None:
        raise _refused("rate_once", row)
    if tx.queue_ms(now) - row.changed_ms > tx.office.rules.rating_min * 60_000:
        raise _refused("rate_over", row)
    data = {"number": row.number, "level": ask.level.value}
    tx.record(Kind.RATED, actor, now, ticket=row.id, counter=ask.counter, service=row.service, data=data, answer=True)
    return Answer(row.id, ask.counter)


def _served_last(tx: Tx, counter: str) -> TicketRow | None:
    served = tickets_of(tx.connection, tx.day, (State.SERVED,), counter=counter, limit=1, newest_first=True)
    return next(iter(served), None)


def _refused(need: str, row: TicketRow | None = None) -> Refused:
    known = {} if row is None else {"number": row.number, "state": row.state.value}
    return Refused(Refusal.NOT_ALLOWED, values=known | {"moves": "", "need": need})
