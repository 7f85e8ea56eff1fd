"""Staff alarms, and colleagues whom a manager sends to a kiosk or counter.

None of them needs an open day.
"""

from config.clock import Now
from server.commands.common import CommandResult, bad_request, idempotent, require_counter, require_counter_in_use
from server.commands.jobs import take_help
from server.commands.kept import clerks_at_counters
from server.commands.own_counter import require_own_counter
from server.domain.actor import Actor, require_permission
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import AlarmEnded, AlarmRaised, AlarmTaken, ColleagueGoing, ColleagueSent, DispatchEnded
from server.domain.permissions import Action
from server.store import Tx
from server.store.queries import AlarmRow, DispatchRow, find_alarm, find_dispatch, find_help_call, open_alarm_at
from server.wire.messages import Ask, RaiseAlarm


def raise_alarm(tx: Tx, actor: Actor, now: Now, counter: str, request: RaiseAlarm) -> CommandResult:
    """Raise the staff alarm of a counter. While one is open there, no other is added."""
    actor = require_permission(actor, Action.RAISE_ALARM)
    require_counter(tx, counter)
    require_own_counter(tx, actor, counter)

    def run() -> CommandResult:
        if open_alarm_at(tx.connection, counter) is None:
            raised = AlarmRaised(counter=counter, alarm=f"a-{tx.head.seq + 1}")
            tx.record(raised, actor, now, is_command_result=True)
        return CommandResult(counter=counter)

    return idempotent(tx, actor, now, request, counter, run)


def take_alarm(tx: Tx, actor: Actor, now: Now, alarm: str) -> None:
    """Record that the actor goes to the counter of an alarm; the first one counts. Raises ``not_found``."""
    actor, row = require_permission(actor, Action.TAKE_ALARM), _require_alarm(tx, alarm)
    if row.taken_at_ms is None and row.ended_at_ms is None:
        tx.record(AlarmTaken(counter=row.counter, alarm=alarm), actor, now)


def end_alarm(tx: Tx, actor: Actor, now: Now, alarm: str) -> None:
    """End an alarm. A repeated request changes nothing. Raises ``not_found``."""
    actor, row = require_permission(actor, Action.TAKE_ALARM), _require_alarm(tx, alarm)
    if row.ended_at_ms is None:
        tx.record(AlarmEnded(counter=row.counter, alarm=alarm), actor, now)


def _require_alarm(tx: Tx, alarm: str) -> AlarmRow:
    row = find_alarm(tx.connection, alarm)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"alarm": alarm})
    return row


def send_colleague(
    tx: Tx,
    actor: Actor,
    now: Now,
    request: Ask,
    to_counter: str,
    *,
    counter: str | None = None,
    call: str | None = None,
) -> CommandResult:
    """Ask the colleague at ``to_counter`` to go to a place.

    The place is ``counter``, or the kiosk of the visitor's ``call`` for help. ``request`` holds only the request id.
    Raises ``not_found``, and ``bad_request`` for a place that is where the colleague works, or none.
    """
    actor = require_permission(actor, Action.SEND_COLLEAGUE)
    require_counter_in_use(tx, to_counter)
    station = None
    if call is not None:
        help_call = find_help_call(tx.connection, call)
        if help_call is None:
            raise Refused(Refusal.NOT_FOUND, values={"help": call})
        counter, station = None, help_call.station
    elif counter is None or counter == to_counter:
        raise bad_request(Need.COUNTER)
    else:
        require_counter_in_use(tx, counter)

    def run() -> CommandResult:
        sent = ColleagueSent(
            counter=counter,
            dispatch=f"s-{tx.head.seq + 1}",
            station=station,
            call=call,
            to_counter=to_counter,
            clerk=clerks_at_counters(tx)[to_counter],
        )
        tx.record(sent, actor, now, is_command_result=True)
        return CommandResult(counter=counter)

    return idempotent(tx, actor, now, request, f"{to_counter} {counter} {call}", run)


def go_as_sent(tx: Tx, actor: Actor, now: Now, dispatch: str) -> None:
    """Record that the actor goes to the place; the first one counts.

    A visitor's call for help there is taken too. Raises ``not_found``.
    """
    actor, row = require_permission(actor, Action.TAKE_HELP), _require_dispatch(tx, dispatch)
    if row.going_at_ms is not None or row.ended_at_ms is not None:
        return
    tx.record(ColleagueGoing(counter=row.counter, dispatch=dispatch), actor, now)
    if row.call is not None:
        take_help(tx, actor, now, row.call)


def end_dispatch(tx: Tx, actor: Actor, now: Now, dispatch: str) -> None:
    """Record that a colleague is done, or is not wanted any more. Raises ``not_found``."""
    actor, row = require_permission(actor, Action.TAKE_HELP), _require_dispatch(tx, dispatch)
    if row.ended_at_ms is None:
        tx.record(DispatchEnded(counter=row.counter, dispatch=dispatch), actor, now)


def _require_dispatch(tx: Tx, dispatch: str) -> DispatchRow:
    row = find_dispatch(tx.connection, dispatch)
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"dispatch": dispatch})
    return row
