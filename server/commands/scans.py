"""What a scanned code means at a station."""

from config.clock import Now
from server.commands.asking import Answer, the_ticket
from server.commands.calling import settle
from server.domain.choice import key_at
from server.domain.errors import Refusal, Refused
from server.domain.ticket import MOVES, Move, State
from server.store.facts import Actor, Kind
from server.store.journal import Tx
from server.store.queries import ticket_of_link
from server.wire.messages import Scan


def scan(tx: Tx, actor: Actor, now: Now, ask: Scan) -> Answer:
    """The ticket whose slip was scanned; at a counter, one that did not come is back in the line by it.

    The text is the slip's link: a web address ending in the code, or the bare code. Raises ``not_found`` alike
    for a wrong and an expired one.
    """
    code = ask.text.strip().rstrip("/").rsplit("/", 1)[-1]
    ticket = ticket_of_link(tx.connection, code)
    if ticket is None:
        raise Refused(Refusal.NOT_FOUND, values={"need": "scan"})
    row = the_ticket(tx, ticket)
    back = row.state is State.NO_SHOW and ask.counter is not None and row.day == tx.day
    if back and actor.role in MOVES[Move.RETURN].who:
        data = {"number": row.number, "key": key_at(tx.queue_ms(now), row.head_start_ms)}
        tx.record(Kind.RETURNED, actor, now, ticket=row.id, counter=row.counter, service=row.service, data=data)
        settle(tx, now)
    return Answer(row.id, ask.counter)
