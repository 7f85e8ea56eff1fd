"""Calling: in order, chosen, by itself for a ready counter; and what comes back from the hall's screens."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from config.clock import Now
from config.words import words
from server.commands.asking import missing, the_counter
from server.domain.call_gap import next_call_ms
from server.domain.choice import Desk, Waiting, choose, choose_desk, explain, may_serve
from server.domain.errors import Refusal, Refused
from server.domain.numbering import is_number
from server.domain.ticket import Move, Role
from server.store import tables as t
from server.store.facts import SYSTEM, Actor, Kind, Subject
from server.store.journal import Tx
from server.store.queries import (
    CounterRow,
    TicketRow,
    counter_row,
    counter_rows,
    find_ticket,
    heard,
    last_call,
    open_ticket,
    waiting,
)
from server.wire.messages import Seen, from_time

BY_KEYPAD = words("vi")("clerk", "Gọi theo số từ bàn phím")
"""The reason of a call by number: a pad has no letters to write another. In the language of the hall."""

NAMED = 20
"""So many numbers of other services an explanation names; of the rest it gives the count."""


def desk_of(tx: Tx, row: CounterRow) -> Desk:
    """The counter as the rule sees it."""
    return Desk(row.counter, tx.office.serves(row.counter, row.clerk), row.ready_ms)


def need_free(tx: Tx, counter: str) -> None:
    """Raises ``open_ticket`` when a ticket is called to or being served at the counter."""
    taken = open_ticket(tx.connection, counter)
    if taken is not None:
        values = {"counter": tx.office.counters[counter].label, "number": taken.number, "state": taken.state.value}
        raise Refused(Refusal.OPEN_TICKET, values=values, allowed=_ways_on(taken))


def need_open(tx: Tx, counter: str) -> CounterRow:
    """The open counter. Raises ``counter_closed`` for one that is paused or closed."""
    row = counter_row(tx.connection, counter)
    if row.state != "open":
        values = {"counter": the_counter(tx, counter).label, "state": row.state}
        raise Refused(Refusal.COUNTER_CLOSED, values=values, allowed=("open",))
    return row


def _ways_on(taken: TicketRow) -> tuple[str, ...]:
    called = (Move.RECALL, Move.START, Move.NO_SHOW, Move.REQUEUE, Move.TRANSFER)
    serving = (Move.FINISH, Move.FINISH_NEXT, Move.HOLD, Move.TRANSFER)
    return tuple(move.value for move in (called if taken.state == "called" else serving))


def call_next_ticket(tx: Tx, actor: Actor, now: Now, row: CounterRow, *, answer: bool) -> str | None:
    """Call the next ticket to an open, free counter; its id, or None when nobody waits for it."""
    desk = desk_of(tx, row)
    line = waiting(tx.connection, tx.day, services=desk.serves)
    chosen = choose(line, desk, tx.queue_ms(now))
    if chosen is None:
        return None
    return record_call(tx, actor, now, chosen, desk, line, answer=answer)


def call_one(tx: Tx, actor: Actor, now: Now, row: TicketRow, counter: str, reason: str | None) -> str:
    """Call this very ticket. With a reason it may be any that the counter serves, also one that was put off;
    without, only the next.

    Raises ``not_allowed`` when the counter does not serve it or another comes first.
    """
    desk = desk_of(tx, need_open(tx, counter))
    need_free(tx, counter)
    values = {"number": row.number, "state": row.state.value, "counter": tx.office.counters[counter].label}
    if not may_serve(row.waiting, desk):
        need = "pin" if row.pin is not None and row.pin != counter else "skill"
        raise Refused(Refusal.NOT_ALLOWED, values=values | {"need": need, "moves": ""})
    line = waiting(tx.connection, tx.day, services=desk.serves)
    if reason is None:
        first = choose(line, desk, tx.queue_ms(now))
        if first is None or first.id != row.id:
            allowed, later_ms = (Move.CALL_CHOSEN.value,), row.callable_from_ms - tx.queue_ms(now)
            turn = {"need": "later", "when_ms": now.wall_ms + later_ms} if later_ms > 0 else {"need": "turn"}
            raise Refused(Refusal.NOT_ALLOWED, values=values | turn | {"moves": allowed[0]}, allowed=allowed)
    return record_call(tx, actor, now, row.waiting, desk, line, reason=reason, answer=True)


def call_number(tx: Tx, actor: Actor, now: Now, row: CounterRow, keyed: str) -> str:
    """Call the waiting ticket with this number: "A015", or its digits alone ("15", "015"). Of several it is the one
    that the rule would call first. An exception like every chosen call, and journalled as one.

    Raises ``not_found`` when no such ticket waits that the counter may call now.
    """
    desk, queue_ms = desk_of(tx, row), tx.queue_ms(now)
    line = waiting(tx.connection, tx.day, services=desk.serves)
    named = [ticket for ticket in line if is_number(ticket.number, keyed)]
    put_off = min((ticket for ticket in named if may_serve(ticket, desk)), key=lambda t: t.rank, default=None)
    chosen = choose(named, desk, queue_ms) or put_off
    if chosen is None:
        raise Refused(Refusal.NOT_FOUND, values={"number": keyed, "need": "number"})
    return record_call(tx, actor, now, chosen, desk, line, reason=BY_KEYPAD, answer=True)


def record_call(
    tx: Tx,
    actor: Actor,
    now: Now,
    chosen: Waiting,
    desk: Desk,
    here: Sequence[Waiting],
    *,
    reason: str | None = None,
    auto: bool = False,
    answer: bool = False,
) -> str:
    """Write the call with its explanation. ``here``: everyone who waits for a service of the desk."""
    data = {
        "number": chosen.number,
        "class": chosen.ticket_class,
        "clerk": counter_row(tx.connection, desk.counter).clerk,
        "chosen": reason is not None,
        "auto": auto,
        "mono_ms": int(now.mono_s * 1000) if auto else None,
        "why": _why(tx, now, chosen, desk, here, reason) | {"ready": auto},
    }
    about: Subject = {"ticket": chosen.id, "counter": desk.counter, "service": chosen.service}
    tx.record(Kind.CALLED, actor, now, **about, data=data, answer=answer)
    return chosen.id


def _why(tx: Tx, now: Now, chosen: Waiting, desk: Desk, here: Sequence[Waiting], reason: str | None) -> dict[str, Any]:
    """Why this ticket now, judged against all who wait at this moment; plain JSON."""
    queue_ms, connection = tx.queue_ms(now), tx.connection
    earlier = {"other_than": desk.serves, "issued_before_ms": chosen.issued_ms}
    elsewhere = waiting(connection, tx.day, **earlier, limit=NAMED + 1)  # type: ignore[arg-type]
    why = asdict(explain(chosen, [*here, *elsewhere[:NAMED]], desk, queue_ms))
    row = find_ticket(connection, chosen.id)
    assert row is not None, "a waiting ticket has a row"
    return why | {
        "class": row.ticket_class,
        "head_start_ms": row.head_start_ms,
        "issued_at_ms": row.issued_at_ms,
        "more_other_services": len(elsewhere) > NAMED,
        "reason": reason,
        "returned": row.returned,
        "deferred": row.deferred,
        "leg": row.leg,
    }


def settle(tx: Tx, now: Now) -> None:
    """Automatic calls, until no ready counter and a ticket that it may serve are left at the same time."""
    if not tx.office.rules.ready or tx.day is None:
        return
    while True:
        desks = [desk_of(tx, row) for row in _ready_rows(tx)]
        if not desks:
            return
        services = frozenset[str]().union(*(desk.serves for desk in desks))
        line = waiting(tx.connection, tx.day, services=services)
        found = choose_desk(desks, line, tx.queue_ms(now))
        if found is None:
            return
        desk, chosen = found
        here = [one for one in line if one.service in desk.serves]
        record_call(tx, SYSTEM, now, chosen, desk, here, auto=True)


def _ready_rows(tx: Tx) -> list[CounterRow]:
    return [row for row in counter_rows(tx.connection).values() if row.ready_ms is not None]


def recall(tx: Tx, actor: Actor, now: Now, row: TicketRow) -> None:
    """Call the same person again. Raises ``not_allowed`` after the last call, and too soon after one."""
    most = tx.office.rules.calls
    if row.calls >= most:
        allowed = tuple(m.value for m in (Move.START, Move.NO_SHOW, Move.REQUEUE, Move.TRANSFER))
        values = {"number": row.number, "state": row.state.value, "moves": ", ".join(allowed), "need": "calls_left"}
        raise Refused(Refusal.NOT_ALLOWED, values=values | {"n": most}, allowed=allowed)
    if (left_ms := until_next_call_ms(tx, now, row)) > 0:
        values = {"number": row.number, "state": row.state.value, "moves": "", "need": "recall_soon"}
        raise Refused(Refusal.NOT_ALLOWED, values=values | {"seconds": seconds(left_ms)}, allowed=_ways_on(row))
    times = row.calls + 1
    data = {
        "number": row.number,
        "class": row.ticket_class,
        "times": times,
        "kind": "last" if times == most else "recall",
    }
    about: Subject = {"ticket": row.id, "counter": row.counter, "service": row.service}
    tx.record(Kind.RECALLED, actor, now, **about, data=data, answer=True)


def until_next_call_ms(tx: Tx, now: Now, row: TicketRow) -> int:
    """How long the called ticket must be given to come: ms until it may be called again or be marked absent."""
    call = last_call(tx.connection, row.id)
    shown_ms, spoken_ms = heard(tx.connection, call)
    return next_call_ms(call.queue_ms, shown_ms, spoken_ms, tx.office.rules.call_gap_s) - tx.queue_ms(now)


def seconds(ms: int) -> int:
    """Whole seconds of a wait, rounded up, so that waiting them is enough."""
    return -(-ms // 1000)


def acknowledge(tx: Tx, actor: Actor, now: Now, counter: str) -> bool:
    """Somebody at the counter pressed something: an automatic call there is acknowledged. Returns whether one was."""
    the_counter(tx, counter)
    if actor.role not in (Role.CLERK, Role.STATION, Role.MANAGER):
        raise Refused(Refusal.FORBIDDEN)
    taken = open_ticket(tx.connection, counter)
    call = None if taken is None else last_call(tx.connection, taken.id)
    if call is None or not call.auto or call.acknowledged:
        return False
    tx.record(Kind.CALL_ACKNOWLEDGED, actor, now, ticket=call.ticket, counter=counter, data={"call": call.id})
    return True


def seen(tx: Tx, actor: Actor, now: Now, call: str, ask: Seen) -> None:
    """A display showed (and spoke) a call. The same news again changes nothing. Raises ``not_found``."""
    row = tx.connection.execute(select(t.call).where(t.call.c.id == call)).first()
    if row is None:
        raise Refused(Refusal.NOT_FOUND, values={"call": call})
    try:
        shown_at_ms = from_time(ask.shown_at)
    except ValueError:
        raise missing("shown_at") from None
    known = tx.connection.execute(select(t.seen).where(t.seen.c.call == call, t.seen.c.station == ask.station)).first()
    spoken = ask.spoken or (None if known is None else known.spoken)
    if known is not None and (known.shown_at_ms, known.spoken) == (shown_at_ms, spoken):
        return
    data = {"call": call, "station": ask.station, "shown_at_ms": shown_at_ms, "spoken": spoken}
    tx.record(Kind.CALL_SEEN, actor, now, ticket=row.ticket, counter=row.counter, data=data)
