"""One waiting number for one touch sequence at a kiosk.

A touch sequence is known by the request of the number that it took, never by a person. Staff issue regardless.
"""

from config.clock import Now
from server.commands.common import earlier_request
from server.domain.actor import Actor
from server.domain.calendar import MINUTE_MS
from server.domain.errors import Need, Refusal, Refused
from server.domain.permissions import Role
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import find_ticket
from server.wire.messages import IssueTicket


def refuse_second_number(tx: Tx, actor: Actor, now: Now, request: IssueTicket) -> None:
    """Raise ``not_allowed`` while an earlier number of the same touches and service waits.

    Only for as many minutes as the rules say, and only at a kiosk.
    """
    minutes = tx.office.rules.repeat_min
    if minutes == 0 or request.earlier is None or actor.role is not Role.STATION:
        return
    earlier = earlier_request(tx, actor, request.earlier)
    row = None if earlier is None or earlier.ticket is None else find_ticket(tx.connection, earlier.ticket)
    if row is None or row.day != tx.day or row.service != request.service or row.state is not TicketState.WAITING:
        return
    if tx.queue_ms(now) - row.issued_ms < minutes * MINUTE_MS:
        values = {"number": row.number, "service": row.service}
        raise Refused(Refusal.NOT_ALLOWED, need=Need.TAKEN, values=values)
