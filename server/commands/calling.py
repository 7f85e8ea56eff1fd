"""Calls of tickets: the next one, a chosen one, the automatic ones, and repeated calls."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from config.clock import Now
from config.words import words
from server.commands.common import require_counter, ticket_fields
from server.commands.kept import counters_ready_now
from server.domain.actor import SYSTEM, Actor
from server.domain.errors import Need, Refusal, Refused
from server.domain.facts import TicketCalled, TicketRecalled
from server.domain.moves import Move
from server.domain.office import OfficeDefinition
from server.domain.queue.call_gap import first_reports_ms, next_call_ms
from server.domain.queue.choice import CallingCounter, CallReason, Waiting, choose, choose_by_number, explain, may_serve
from server.domain.queue.counter import CounterState
from server.domain.queue.numbering import digits_of, is_number
from server.domain.queue.ready import ready_calls
from server.domain.queue.ticket import TicketState
from server.store import Tx
from server.store.queries import (
    CounterRow,
    TicketOfCall,
    TicketRow,
    contenders,
    counter_row,
    newest_call,
    open_ticket,
    reports_of_call,
    ticket_of_call,
    tickets_to_explain,
    waiting_with_number,
    waiting_with_seq,
)

KEYPAD_REASON = words("vi")("clerk", "Gọi theo số từ bàn phím")
"""The recorded reason of a call by number: a keypad has no letters to type one. In the language of the hall."""


def calling_counter(tx: Tx, row: CounterRow) -> CallingCounter:
    """Return the counter as the rule of the queue needs it."""
    return counter_of_row(tx.office, row)


def counter_of_row(office: OfficeDefinition, row: CounterRow) -> CallingCounter:
    """Return the counter of a row, with its clerk, as the rule needs it."""
    return CallingCounter(
        id=row.counter,
        serves=office.serves(row.counter, row.clerk),
        ready_since_ms=row.ready_ms,
        clerk=row.clerk,
        also=office.also_at(row.counter, row.clerk),
    )


def require_free_counter(tx: Tx, counter: str) -> None:
    """Raise ``open_ticket`` while a ticket is called to the counter or being served there."""
    current = open_ticket(tx.connection, counter)
    if current is not None:
        values = {"counter": tx.office.counters[counter].label, "number": current.number, "state": current.state.value}
        raise Refused(Refusal.OPEN_TICKET, values=values, allowed=_possible_moves(current))


def require_open_counter(tx: Tx, row: CounterRow) -> None:
    """Raise ``counter_closed`` for a counter that is paused or closed."""
    if row.state is not CounterState.OPEN:
        values = {"counter": require_counter(tx, row.counter).label, "state": row.state.value}
        raise Refused(Refusal.COUNTER_CLOSED, values=values, allowed=(CounterState.OPEN.value,))


def _possible_moves(current: TicketRow) -> tuple[str, ...]:
    """Return the moves that are possible with a counter's open ticket, for a refusal."""
    called = (Move.RECALL, Move.START, Move.NO_SHOW, Move.REQUEUE, Move.TRANSFER)
    serving = (Move.FINISH, Move.FINISH_NEXT, Move.HOLD, Move.TRANSFER)
    return tuple(move.value for move in (called if current.state is TicketState.CALLED else serving))


def call_next_ticket(tx: Tx, actor: Actor, now: Now, row: CounterRow, *, is_command_result: bool) -> str | None:
    """Call the next ticket to an open, free counter and return the ticket's id.

    None: no ticket waits that the counter may call. ``is_command_result`` as in ``Tx.record``.
    """
    counter = calling_counter(tx, row)
    candidates = contenders(tx.connection, tx.day, counter.serves)
    chosen = choose(candidates, counter, tx.queue_ms(now))
    if chosen is None:
        return None
    return record_call(tx, actor, now, chosen, counter, row.clerk, candidates, is_command_result=is_command_result)


def call_ticket(tx: Tx, actor: Actor, now: Now, row: TicketRow, counter: str, reason: str | None) -> str:
    """Call the ticket of ``row`` and return its id.

    With a reason, any ticket that the counter serves can be called, also one that was put off; without a reason, only
    the next ticket can. Raises ``not_allowed`` when the counter does not serve it or another ticket comes first.
    """
    counter_now = counter_row(tx.connection, counter)
    require_open_counter(tx, counter_now)
    calling = calling_counter(tx, counter_now)
    require_free_counter(tx, counter)
    values = {"number": row.number, "state": row.state.value, "counter": tx.office.counters[counter].label}
    if not may_serve(row.waiting, calling):
        is_for_others = row.service in calling.serves
        need = Need.PIN if is_for_others else Need.SKILL
        raise Refused(Refusal.NOT_ALLOWED, need=need, values=values | {"moves": ""})
    if reason is None:
        first = choose(contenders(tx.connection, tx.day, calling.serves), calling, tx.queue_ms(now))
        if first is None or first.id != row.id:
            allowed, put_off_ms = (Move.CALL_CHOSEN.value,), row.callable_from_ms - tx.queue_ms(now)
            is_put_off = put_off_ms > 0
            need, when = (Need.LATER, {"when_ms": now.wall_ms + put_off_ms}) if is_put_off else (Need.TURN, {})
            raise Refused(Refusal.NOT_ALLOWED, need=need, values=values | when | {"moves": allowed[0]}, allowed=allowed)
    clerk = counter_now.clerk
    return record_call(tx, actor, now, row.waiting, calling, clerk, reason=reason, is_command_result=True)


def call_number(tx: Tx, actor: Actor, now: Now, row: CounterRow, keyed: str) -> str:
    """Call the waiting ticket whose number was keyed: "A015", or its digits alone ("15", "015").

    Of several such tickets, the one that the rule would call first is called. The call is recorded as a chosen one,
    which is an exception from the order. Raises ``not_found`` when the counter may call no waiting ticket of this
    number.
    """
    counter, queue_ms = calling_counter(tx, row), tx.queue_ms(now)
    kinds = map(tx.office.numbers_of, counter.serves)
    is_plain = all(numbers.first == 1 and not numbers.wraps for numbers in kinds)  # the number is the sequence
    waiting = waiting_with_seq(tx.connection, tx.office.id, tx.day, digits_of(keyed)) if is_plain else []
    if not any(is_number(ticket.number, keyed) for ticket in waiting):
        waiting = waiting_with_number(tx.connection, tx.day, digits_of(keyed))
    chosen = choose_by_number(waiting, counter, keyed, queue_ms)
    if chosen is None:
        raise Refused(Refusal.NOT_FOUND, need=Need.NUMBER, values={"number": keyed})
    return record_call(tx, actor, now, chosen, counter, row.clerk, reason=KEYPAD_REASON, is_command_result=True)


def record_call(
    tx: Tx,
    actor: Actor,
    now: Now,
    chosen: Waiting,
    counter: CallingCounter,
    clerk: str | None,
    candidates: Sequence[Waiting] | None = None,
    *,
    reason: str | None = None,
    auto: bool = False,
    is_command_result: bool = False,
) -> str:
    """Record the call with its explanation and return the ticket's id.

    ``clerk``: the id of the clerk signed in at the counter, None without one. ``candidates``: all contenders of the
    counter, and maybe others; None: they were not read. ``reason``: why a clerk called the ticket out of order, else
    None. ``auto``: the counter was ready for its next ticket, so the system called it.
    ``is_command_result`` as in ``Tx.record``: the request asked for this call, so a repeated request gets its ticket
    again.
    """
    called = TicketCalled(
        ticket=chosen.id,
        counter=counter.id,
        service=chosen.service,
        number=chosen.number,
        ticket_class=chosen.ticket_class,
        clerk=clerk,
        chosen=reason is not None,
        auto=auto,
        mono_ms=int(now.mono_s * 1000) if auto else None,
        why=_explanation(tx, now, chosen, counter, candidates, reason) | {"ready": auto},
    )
    tx.record(called, actor, now, is_command_result=is_command_result)
    return chosen.id


def _explanation(
    tx: Tx,
    now: Now,
    chosen: Waiting,
    counter: CallingCounter,
    candidates: Sequence[Waiting] | None,
    reason: str | None,
) -> dict[str, Any]:
    """Return why this ticket is called now, compared with those that wait, as plain JSON."""
    compared = tickets_to_explain(tx.connection, tx.day, chosen, counter.serves, candidates)
    return {
        **_reason_by_name(explain(chosen, compared, counter, tx.queue_ms(now))),
        **_values_by_name(ticket_of_call(tx.connection, chosen.id)),
        "class": chosen.ticket_class,
        "reason": reason,
        **({} if chosen.pin_clerk is None else {"pin_clerk": chosen.pin_clerk}),
    }


def _reason_by_name(reason: CallReason) -> dict[str, Any]:
    """Return the fields of a reason by name.

    Those of further services are left out where a call has none.
    """
    values = _values_by_name(reason)
    return {name: value for name, value in values.items() if value or name not in ("also", "passed_also")}


def _values_by_name(row: CallReason | TicketOfCall) -> dict[str, Any]:
    """Return the values of the fields by name.

    They are plain values; ``asdict`` would copy each of them first.
    """
    return {field.name: getattr(row, field.name) for field in fields(row)}


def call_ready_counters(tx: Tx, now: Now) -> None:
    """Make the automatic calls, until no ready counter may call a waiting ticket."""
    if not tx.office.rules.ready or tx.day is None:
        return
    rows = {row.counter: row for row in counters_ready_now(tx)}
    if not rows:
        return
    counters = [calling_counter(tx, row) for row in rows.values()]
    services = frozenset[str]().union(*(counter.serves for counter in counters))
    candidates: list[Waiting] = []

    def waiting_now() -> list[Waiting]:
        candidates[:] = contenders(tx.connection, tx.day, services)
        return candidates

    for call in ready_calls(counters, waiting_now, tx.queue_ms(now)):
        record_call(tx, SYSTEM, now, call.ticket, call.counter, rows[call.counter.id].clerk, candidates, auto=True)


def recall(tx: Tx, actor: Actor, now: Now, row: TicketRow) -> None:
    """Call a called ticket again.

    Raises ``not_allowed`` after the last call that the rules allow, and too soon after a call.
    """
    max_calls = tx.office.rules.calls
    if row.calls >= max_calls:
        allowed = tuple(move.value for move in (Move.START, Move.NO_SHOW, Move.REQUEUE, Move.TRANSFER))
        values = {"number": row.number, "state": row.state.value, "moves": ", ".join(allowed)}
        raise Refused(Refusal.NOT_ALLOWED, need=Need.CALLS_LEFT, values=values | {"n": max_calls}, allowed=allowed)
    if (remaining_ms := remaining_call_gap_ms(tx, now, row)) > 0:
        wait = {"number": row.number, "state": row.state.value, "moves": "", "seconds": whole_seconds(remaining_ms)}
        raise Refused(Refusal.NOT_ALLOWED, need=Need.RECALL_SOON, values=wait, allowed=_possible_moves(row))
    times = row.calls + 1
    call_kind = "last" if times == max_calls else "recall"  # "last": the rules allow no further call of this ticket
    recalled = TicketRecalled(**ticket_fields(row), ticket_class=row.ticket_class, call=call_kind, times=times)
    tx.record(recalled, actor, now, is_command_result=True)


def remaining_call_gap_ms(tx: Tx, now: Now, row: TicketRow) -> int:
    """Return how much of a called ticket's call gap remains, in ms.

    Its visitor has this time to come; after it the ticket may be called again, or marked absent. Zero or less: the gap
    is over.
    """
    call = newest_call(tx.connection, row.id)
    assert call is not None, "a called ticket has a call"
    shown_ms, spoken_ms = first_reports_ms(reports_of_call(tx.connection, call))
    return next_call_ms(call.queue_ms, shown_ms, spoken_ms, tx.office.rules.call_gap_s) - tx.queue_ms(now)


def whole_seconds(ms: int) -> int:
    """Return a remaining time in seconds, rounded up."""
    return -(-ms // 1000)
