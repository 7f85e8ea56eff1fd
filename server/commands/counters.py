"""Counters: open, paused, closed; who sits there; ready for the next by itself; and "next"."""

from config.clock import Now
from server.commands.asking import Answer, once, the_counter, the_day
from server.commands.calling import call_next_ticket, call_number, need_free, need_open, settle
from server.domain.errors import Refusal, Refused
from server.domain.ticket import Role, State
from server.store.facts import SYSTEM, Actor, Kind, Subject
from server.store.journal import Tx
from server.store.queries import CounterRow, counter_row, counter_rows, open_ticket, pinned, tickets_of
from server.wire.messages import CallNext, SetCounterState, SetReady, SignIn, from_time

_AT_COUNTER = (Role.CLERK, Role.STATION, Role.MANAGER)
AWAY = "away"
LONGEST_PAUSE_MS = 31 * 24 * 3_600_000
ANNOUNCED = {("open", "paused"): "pause", ("paused", "open"): "resume"}


def call_next(tx: Tx, actor: Actor, now: Now, counter: str, ask: CallNext) -> Answer:
    """The next ticket for a counter, or none, which makes it ready.

    With a number it is that ticket, out of order. From a keypad it opens a closed counter with its default clerk.
    Raises ``open_ticket``, ``counter_closed``, ``day_closed``, and ``not_found`` for a number that does not wait
    for this counter.
    """
    the_counter(tx, counter)
    _need(actor)
    return once(tx, actor, now, ask, counter, lambda: _call_next(tx, actor, now, counter, ask.number))


def _call_next(tx: Tx, actor: Actor, now: Now, counter: str, number: str | None) -> Answer:
    the_day(tx)
    row = counter_row(tx.connection, counter)
    if row.state != "open" and actor.role is Role.STATION:
        open_counter(tx, actor, now, row)
    if tx.office.rules.next_finishes:
        _finish_open(tx, actor, now, counter)
    need_free(tx, counter)
    row = need_open(tx, counter)
    if number is not None:
        ticket: str | None = call_number(tx, actor, now, row, number)
    else:
        ticket = call_next_ticket(tx, actor, now, row, answer=True)
    if ticket is None and tx.office.rules.ready and row.ready_ms is None:
        tx.record(Kind.COUNTER_READY, actor, now, counter=counter, answer=True)
    settle(tx, now)
    return Answer(ticket, counter)


def _finish_open(tx: Tx, actor: Actor, now: Now, counter: str) -> None:
    """With the setting ``next_finishes``, "next" ends what is being served with its service's default outcome."""
    taken = open_ticket(tx.connection, counter)
    if taken is not None and taken.state is State.SERVING:
        data = {"number": taken.number, "outcome": tx.office.services[taken.service].outcome}
        about: Subject = {"ticket": taken.id, "counter": counter, "service": taken.service}
        tx.record(Kind.FINISHED, actor, now, **about, data=data)


def set_state(tx: Tx, actor: Actor, now: Now, counter: str, ask: SetCounterState) -> Answer:
    """Open, pause or close a counter. Pausing keeps the open ticket; closing asks for none (``open_ticket``)."""
    the_counter(tx, counter)
    _need(actor)
    until_ms = None if ask.until is None else _pause_end_ms(now, ask.until)

    def run() -> Answer:
        row = counter_row(tx.connection, counter)
        if ask.state == "open":
            open_counter(tx, actor, now, row)
        elif ask.state == "closed":
            close_counter(tx, actor, now, row)
        elif (row.state, row.reason, row.until_at_ms) != ("paused", ask.reason, until_ms):
            change_state(tx, actor, now, row, "paused", reason=ask.reason, until_at_ms=until_ms)
        settle(tx, now)
        return Answer(counter=counter)

    return once(tx, actor, now, ask, counter, run)


def _pause_end_ms(now: Now, until: str) -> int:
    """When a pause is said to end. Raises ``bad_request`` for a moment that nobody can mean."""
    until_ms = from_time(until)
    if not now.wall_ms - 24 * 3_600_000 <= until_ms <= now.wall_ms + LONGEST_PAUSE_MS:
        raise Refused(Refusal.BAD_REQUEST, values={"detail": until, "need": "until"})
    return until_ms


def open_counter(tx: Tx, actor: Actor, now: Now, row: CounterRow) -> None:
    """Open it; where nobody is signed in, the default clerk is, unless at another counter."""
    clerk = tx.office.counters[row.counter].clerk
    if row.clerk is None and clerk is not None and _counter_of(tx, clerk) is None:
        tx.record(Kind.COUNTER_CLERK, actor, now, counter=row.counter, data={"clerk": clerk})
    if row.state != "open":
        change_state(tx, actor, now, row, "open")


def close_counter(tx: Tx, actor: Actor, now: Now, row: CounterRow) -> None:
    """Close it: what it held goes back to the line, what was pinned to it is free for others."""
    need_free(tx, row.counter)
    if row.state != "closed":
        change_state(tx, actor, now, row, "closed")
    for held in tickets_of(tx.connection, tx.day, (State.HELD,), counter=row.counter):
        about: Subject = {"ticket": held.id, "counter": row.counter, "service": held.service}
        tx.record(Kind.RELEASED, SYSTEM, now, **about, data={"number": held.number, "pin": None, "reason": "closed"})
    unpin(tx, now, row.counter)


def unpin(tx: Tx, now: Now, counter: str) -> None:
    """End all pins to a counter."""
    for ticket in pinned(tx.connection, tx.day, counter):
        tx.record(Kind.UNPINNED, SYSTEM, now, ticket=ticket.id, counter=counter)


def change_state(
    tx: Tx,
    actor: Actor,
    now: Now,
    row: CounterRow,
    state: str,
    *,
    reason: str | None = None,
    until_at_ms: int | None = None,
) -> None:
    """Write the change; readiness ends with it, and screens hear of a pause and its end."""
    announce = ANNOUNCED.get((row.state, state))
    data = {"state": state, "reason": reason, "until_at_ms": until_at_ms, "announce": announce}
    tx.record(Kind.COUNTER_STATE, actor, now, counter=row.counter, data=data)


def sign_in(tx: Tx, actor: Actor, now: Now, counter: str, ask: SignIn) -> Answer:
    """Sit down at a counter, or leave it (``clerk`` None). Who changes counter leaves the old one.

    Raises ``open_ticket`` while a ticket is open at a counter that is left or taken over.
    """
    the_counter(tx, counter)
    _need(actor)
    if ask.clerk is not None and ask.clerk not in tx.office.clerks:
        raise Refused(Refusal.NOT_FOUND, values={"clerk": ask.clerk})

    def run() -> Answer:
        row = counter_row(tx.connection, counter)
        if row.clerk != ask.clerk:
            need_free(tx, counter)
            old = None if ask.clerk is None else _counter_of(tx, ask.clerk)
            if old is not None:
                _leave(tx, actor, now, old)
            if ask.clerk is None:
                _leave(tx, actor, now, row)
            else:
                tx.record(Kind.COUNTER_CLERK, actor, now, counter=counter, data={"clerk": ask.clerk}, answer=True)
            settle(tx, now)
        return Answer(counter=counter)

    return once(tx, actor, now, ask, counter, run)


def _leave(tx: Tx, actor: Actor, now: Now, row: CounterRow) -> None:
    """Nobody sits there any more: it closes, or pauses while tickets are held for it."""
    need_free(tx, row.counter)
    if row.state == "open" and tickets_of(tx.connection, tx.day, (State.HELD,), counter=row.counter):
        change_state(tx, actor, now, row, "paused", reason=AWAY)
    elif row.state == "open":
        close_counter(tx, actor, now, row)
    tx.record(Kind.COUNTER_CLERK, actor, now, counter=row.counter, data={"clerk": None})


def set_ready(tx: Tx, actor: Actor, now: Now, counter: str, ask: SetReady) -> Answer:
    """Ready for the next ticket by itself, or not. Raises ``counter_closed``, ``open_ticket``, ``not_allowed``."""
    the_counter(tx, counter)
    _need(actor)

    def run() -> Answer:
        row = counter_row(tx.connection, counter)
        if ask.ready and row.ready_ms is None:
            the_day(tx)
            if not tx.office.rules.ready:
                raise Refused(Refusal.NOT_ALLOWED, values={"need": "ready_off"})
            need_free(tx, counter)
            need_open(tx, counter)
            tx.record(Kind.COUNTER_READY, actor, now, counter=counter, answer=True)
            settle(tx, now)
        elif not ask.ready and row.ready_ms is not None:
            end_ready(tx, actor, now, counter, "asked", answer=True)
        return Answer(counter=counter)

    return once(tx, actor, now, ask, counter, run)


def end_ready(tx: Tx, actor: Actor, now: Now, counter: str, reason: str, *, answer: bool = False) -> None:
    """Readiness ends. ``reason``: asked, time or away."""
    tx.record(Kind.COUNTER_UNREADY, actor, now, counter=counter, data={"reason": reason}, answer=answer)


def _counter_of(tx: Tx, clerk: str) -> CounterRow | None:
    return next((row for row in counter_rows(tx.connection).values() if row.clerk == clerk), None)


def _need(actor: Actor) -> None:
    if actor.role not in _AT_COUNTER:
        raise Refused(Refusal.FORBIDDEN)
