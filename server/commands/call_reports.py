"""Reports about calls: a counter acknowledged one, a display showed or spoke one."""

from config.clock import Now
from server.commands.common import bad_request, require_counter
from server.commands.own_counter import require_own_counter
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import CallAcknowledged, CallSeen
from server.domain.permissions import Action
from server.store import Tx
from server.store.queries import (
    find_call,
    last_call_report,
    newest_call,
    open_ticket,
)
from server.wire.messages import Seen, from_time


def acknowledge_call(tx: Tx, actor: Actor, now: Now, counter: str) -> bool:
    """Acknowledge the automatic call at a counter, because somebody pressed a key or button there.

    Returns whether there was such a call that was not acknowledged yet.
    """
    require_counter(tx, counter)
    actor = require_permission(actor, Action.ACKNOWLEDGE_CALL)
    require_own_counter(tx, actor, counter)
    current = open_ticket(tx.connection, counter)
    call = None if current is None else newest_call(tx.connection, current.id)
    if current is None or call is None or not call.auto or call.acknowledged:
        return False
    tx.record(CallAcknowledged(ticket=current.id, counter=counter, call=call.id), actor, now)
    return True


def report_call_seen(tx: Tx, actor: Actor, now: Now, call: str, request: Seen) -> None:
    """Record that a display showed (and spoke) a call.

    ``call`` is the id of the call. The display ``request.station`` reports first that it shows the call, and again when
    it is known whether it was spoken; a report without ``spoken`` keeps the earlier one. A repeated report changes
    nothing. Raises ``not_found``, and ``bad_request`` for a ``shown_at`` that is no time.
    """
    actor = require_permission(actor, Action.REPORT_CALL_SEEN)
    row = find_call(tx.connection, call)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"call": call})
    try:
        shown_at_ms = from_time(request.shown_at)
    except ValueError:
        raise bad_request(Need.SHOWN_AT) from None
    previous = last_call_report(tx.connection, call, request.station)
    spoken = request.spoken or (None if previous is None else previous.spoken)
    if previous is not None and (previous.shown_at_ms, previous.spoken) == (shown_at_ms, spoken):
        return
    report = CallSeen(
        ticket=row.ticket,
        counter=row.counter,
        call=call,
        station=request.station,
        shown_at_ms=shown_at_ms,
        spoken=spoken,
    )
    tx.record(report, actor, now)
