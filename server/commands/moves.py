"""The moves of a ticket that are asked for by name: one function each, behind one door that checks the table."""

from collections.abc import Callable, Mapping

from config.clock import Now
from server.commands.asking import (
    Answer,
    checked_procedure,
    missing,
    once,
    served_somewhere,
    the_counter,
    the_day,
    the_service,
    the_ticket,
)
from server.commands.calling import call_one, need_free, recall, seconds, settle, until_next_call_ms
from server.domain.choice import key_at, key_behind
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Move, Needs, Role, Rule, State, check, legal, move_named
from server.store.facts import Actor, Kind, Subject
from server.store.journal import Tx
from server.store.queries import TicketRow, counter_row, last_leg, waiting
from server.wire.messages import MoveTicket

Do = Callable[[Tx, Actor, Now, TicketRow, MoveTicket], None]


def move_ticket(tx: Tx, actor: Actor, now: Now, ticket: str, ask: MoveTicket) -> Answer:
    """Make a move of the table. Raises ``unknown_move``, ``not_allowed`` with the possible moves, ``forbidden``,
    ``bad_request`` when something it needs is missing, and what the single moves refuse."""
    move = move_named(ask.move)
    row = the_ticket(tx, ticket)

    def run() -> Answer:
        the_day(tx)
        rule = check(move, row.state, actor.role, number=row.number)
        if row.day != tx.day:
            raise refused(row, need="today")
        whole = _with_service(tx, row, ask) if move is Move.TRANSFER else ask
        _check_needs(tx, actor, row, whole, rule, move)
        DO[move](tx, actor, now, row, whole)
        settle(tx, now)
        return Answer(row.id, ask.counter)

    return once(tx, actor, now, ask, ticket, run)


def refused(row: TicketRow, *, need: str, role: Role | None = None, **values: object) -> Refused:
    """``not_allowed`` although the table allows the move. ``need`` says in a word what is in the way."""
    allowed = tuple(move.value for move in legal(row.state))
    base = {"number": row.number, "state": row.state.value, "moves": ", ".join(allowed), "need": need}
    return Refused(Refusal.NOT_ALLOWED, values=base | values, allowed=allowed)


def _with_service(tx: Tx, row: TicketRow, ask: MoveTicket) -> MoveTicket:
    """A transfer to a counter without a service, as from a pad: the ticket's own where that counter serves it,
    else that counter's first."""
    if ask.service is not None or ask.pin is None:
        return ask
    serves = the_counter(tx, ask.pin).services
    if not serves:
        raise Refused(Refusal.BAD_REQUEST, values={"detail": f"pin {ask.pin}", "need": "pin"})
    return ask.model_copy(update={"service": row.service if row.service in serves else serves[0]})


def _check_needs(tx: Tx, actor: Actor, row: TicketRow, ask: MoveTicket, rule: Rule, move: Move) -> None:
    """What the table's row asks for."""
    if ask.counter is not None:
        the_counter(tx, ask.counter)
    for need in sorted(rule.needs, key=list(Needs).index):
        if need is Needs.REASON and actor.role is Role.VISITOR:
            continue
        if need is Needs.OUTCOME and actor.role is Role.STATION:
            continue
        if _absent(need, ask):
            raise missing(_ASKED[need])
    if Needs.COUNTER_OWN in rule.needs and ask.counter != row.counter:
        raise _elsewhere(tx, row)
    if Needs.COUNTER_FREE in rule.needs and ask.counter is not None:
        need_free(tx, ask.counter)
    if ask.service is not None:
        the_service(tx, ask.service)
        served_somewhere(tx, ask.service)


_ASKED: Mapping[Needs, str] = {
    Needs.COUNTER: "counter",
    Needs.COUNTER_OWN: "counter",
    Needs.COUNTER_FREE: "counter",
    Needs.OUTCOME: "outcome",
    Needs.REASON: "reason",
    Needs.SERVICE: "service",
    Needs.CLASS: "ticket_class",
}


def _absent(need: Needs, ask: MoveTicket) -> bool:
    value = getattr(ask, _ASKED[need])
    return value is None or value == ""


def _elsewhere(tx: Tx, row: TicketRow) -> Refused:
    label = tx.office.counters[row.counter].label if row.counter else ""
    return refused(row, need="counter", counter=label)


def _about(row: TicketRow, counter: str | None = None, service: str | None = None) -> Subject:
    return {"ticket": row.id, "counter": counter or row.counter, "service": service or row.service}


def _call(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    assert ask.counter is not None
    call_one(tx, actor, now, row, ask.counter, None)


def _call_chosen(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    assert ask.counter is not None
    call_one(tx, actor, now, row, ask.counter, ask.reason)


def _recall(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    recall(tx, actor, now, row)


def _start(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    tx.record(Kind.STARTED, actor, now, **_about(row), data={"number": row.number}, answer=True)


def _finish(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    data = {"number": row.number, "outcome": _outcome(tx, row, ask)}
    tx.record(Kind.FINISHED, actor, now, **_about(row), data=data, answer=True)


def _finish_next(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    assert ask.service is not None
    _check_pin(tx, ask.pin, ask.service)
    procedure = checked_procedure(tx, ask.procedure, ask.service)
    data = {"number": row.number, "outcome": _outcome(tx, row, ask), "procedure": procedure, "pin": ask.pin}
    tx.record(Kind.SENT_ON, actor, now, **_about(row, service=ask.service), data=data, answer=True)


def _outcome(tx: Tx, row: TicketRow, ask: MoveTicket) -> str:
    """A keypad has one key for "finish": it means the service's usual outcome."""
    return tx.office.services[row.service].outcome if ask.outcome is None else ask.outcome.value


def _no_show(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    most = tx.office.rules.calls
    if row.calls < most and not ask.reason:
        raise refused(row, need="calls", n=most)
    if (left_ms := until_next_call_ms(tx, now, row)) > 0:
        raise refused(row, need="absent_soon", seconds=seconds(left_ms))
    data = {"number": row.number, "reason": ask.reason or None}
    tx.record(Kind.MISSED, actor, now, **_about(row), data=data, answer=True)


def _return(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    data = {"number": row.number, "key": key_at(tx.queue_ms(now), row.head_start_ms)}
    tx.record(Kind.RETURNED, actor, now, **_about(row), data=data, answer=True)


def _requeue(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    from_ms = tx.queue_ms(now) + tx.office.rules.call_later_min * 60_000
    data = {"number": row.number, "reason": ask.reason or None, "callable_from_ms": from_ms}
    tx.record(Kind.REQUEUED, actor, now, **_about(row), data=data, answer=True)


def _hold(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    span_ms = (ask.due_min or tx.office.rules.hold_min) * 60_000
    due = {"due_ms": tx.queue_ms(now) + span_ms, "due_at_ms": now.wall_ms + span_ms}
    data = {"number": row.number, "reason": ask.reason, **due}
    tx.record(Kind.HELD, actor, now, **_about(row), data=data, answer=True)


def _resume(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    clerk = _same_clerk(tx, row)
    data = {"number": row.number, "clerk": clerk}
    tx.record(Kind.RESUMED, actor, now, **_about(row), data=data, answer=True)


def _same_clerk(tx: Tx, row: TicketRow) -> str | None:
    """Who sits at the ticket's counter, which must be who served it."""
    assert row.counter is not None
    now_there = counter_row(tx.connection, row.counter)
    if now_there.state == "closed":
        values = {"counter": tx.office.counters[row.counter].label, "state": now_there.state}
        raise Refused(Refusal.COUNTER_CLOSED, values=values, allowed=("open",))
    if now_there.clerk != last_leg(tx.connection, row.id).clerk:
        raise refused(row, need="clerk")
    return now_there.clerk


def _release(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    data = {"number": row.number, "pin": None, "reason": ask.reason or None}
    tx.record(Kind.RELEASED, actor, now, **_about(row), data=data, answer=True)


def _transfer(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    assert ask.service is not None
    at_counter = row.state in (State.CALLED, State.SERVING)
    if at_counter and ask.counter != row.counter:
        raise missing("counter") if ask.counter is None else _elsewhere(tx, row)
    _check_pin(tx, ask.pin, ask.service)
    kept = row.procedure if ask.service == row.service else None
    procedure = kept if ask.procedure is None else checked_procedure(tx, ask.procedure, ask.service)
    data = {
        "number": row.number,
        "from": row.state.value,
        "procedure": procedure,
        "pin": ask.pin,
        "reason": ask.reason or None,
    }
    tx.record(Kind.TRANSFERRED, actor, now, **_about(row, service=ask.service), data=data, answer=True)


def _check_pin(tx: Tx, pin: str | None, service: str) -> None:
    """Raises ``bad_request`` for a counter that does not serve ``service``, ``not_found`` for one that is none."""
    if pin is not None and service not in the_counter(tx, pin).services:
        raise Refused(Refusal.BAD_REQUEST, values={"detail": f"pin {pin}", "need": "pin"})


def _defer(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    if row.deferred:
        raise refused(row, need="once")
    line = waiting(tx.connection, tx.day, services=[row.service])
    key = key_behind(row.waiting, line, tx.office.rules.defer_behind)
    tx.record(Kind.DEFERRED, actor, now, **_about(row), data={"number": row.number, "key": key}, answer=True)


def _reclassify(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    assert ask.ticket_class is not None
    if ask.ticket_class == row.ticket_class:
        raise missing("ticket_class")
    head_start_ms = tx.office.head_start_ms(ask.ticket_class)
    data = {
        "number": row.number,
        "class": ask.ticket_class.value,
        "head_start_ms": head_start_ms,
        "key": row.rank_key + row.head_start_ms - head_start_ms,
        "reason": ask.reason,
    }
    tx.record(Kind.RECLASSIFIED, actor, now, **_about(row), data=data, answer=True)


def _reopen(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    minutes = tx.office.rules.reopen_min
    if tx.queue_ms(now) - row.changed_ms > minutes * 60_000:
        raise refused(row, need="soon", minutes=minutes)
    _same_clerk(tx, row)
    tx.record(Kind.REOPENED, actor, now, **_about(row), data={"number": row.number}, answer=True)


def _cancel(tx: Tx, actor: Actor, now: Now, row: TicketRow, ask: MoveTicket) -> None:
    data = {"number": row.number, "from": row.state.value, "reason": ask.reason or None}
    tx.record(Kind.CANCELLED, actor, now, **_about(row), data=data, answer=True)


DO: Mapping[Move, Do] = {
    Move.CALL: _call,
    Move.CALL_CHOSEN: _call_chosen,
    Move.RECALL: _recall,
    Move.START: _start,
    Move.FINISH: _finish,
    Move.FINISH_NEXT: _finish_next,
    Move.NO_SHOW: _no_show,
    Move.RETURN: _return,
    Move.REQUEUE: _requeue,
    Move.HOLD: _hold,
    Move.RESUME: _resume,
    Move.RELEASE: _release,
    Move.TRANSFER: _transfer,
    Move.DEFER: _defer,
    Move.RECLASSIFY: _reclassify,
    Move.REOPEN: _reopen,
    Move.CANCEL: _cancel,
}
"""Issuing and expiring are not moves that anybody asks of a ticket: the table lets nobody make them here."""
