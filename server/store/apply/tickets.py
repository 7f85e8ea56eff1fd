"""Facts of the moves of a ticket between its issue and its end, and of what is noted about it."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, update
from sqlalchemy import select as sql_select

from server.domain.ticket import State
from server.store import tables as t
from server.store.apply.rows import Apply, add, announce, begin_leg, change_leg, change_one, change_ticket, end_leg
from server.store.facts import Fact, Kind

_NOT_PUT_OFF = {"callable_from_ms": 0, "behind_next": False}


def _call(connection: Connection, fact: Fact) -> None:
    data, c = fact.data, t.ticket.c
    change_ticket(
        connection,
        fact,
        (State.WAITING,),
        state=State.CALLED.value,
        counter=fact.counter,
        calls=1,
        requeued=False,
        **_NOT_PUT_OFF,
        called_at_ms=func.coalesce(c.called_at_ms, fact.at_ms),
        called_ms=func.coalesce(c.called_ms, fact.queue_ms),
    )
    _let_put_off_follow(connection, fact)
    _busy(connection, fact)
    marks = {"called_at_ms": fact.at_ms, "called_ms": fact.queue_ms}
    change_leg(connection, fact, counter=fact.counter, clerk=data["clerk"], **marks)
    announce(
        connection,
        fact,
        "call",
        number=data["number"],
        ticket_class=data["class"],
        service=fact.service,
        chosen=data["chosen"],
        auto=data["auto"],
        mono_ms=data["mono_ms"],
        why=data["why"],
    )


def _let_put_off_follow(connection: Connection, fact: Fact) -> None:
    """A ticket of this service was called: those that were put off have let the next one go first."""
    c = t.ticket.c
    waiting = (c.day == fact.day, c.state == State.WAITING.value, c.service == fact.service, c.behind_next)
    connection.execute(update(t.ticket).where(*waiting).values(behind_next=False))


def _busy(connection: Connection, fact: Fact) -> None:
    """A counter with an open ticket is not ready for another."""
    there = t.counter_state.c.counter == fact.counter
    connection.execute(update(t.counter_state).where(there).values(ready_ms=None, ready_ended=None))


def _recall(connection: Connection, fact: Fact) -> None:
    data = fact.data
    change_ticket(connection, fact, (State.CALLED,), calls=data["times"])
    shown = {"number": data["number"], "ticket_class": data["class"], "service": fact.service}
    announce(connection, fact, data["kind"], times=data["times"], acknowledged=True, **shown)


def _start(connection: Connection, fact: Fact) -> None:
    change_ticket(connection, fact, (State.CALLED,), state=State.SERVING.value, pin=None)
    change_leg(connection, fact, started_at_ms=fact.at_ms, started_ms=fact.queue_ms)


def _finish(connection: Connection, fact: Fact) -> None:
    change_ticket(connection, fact, (State.SERVING,), state=State.SERVED.value, outcome=fact.data["outcome"])
    end_leg(connection, fact, "finished", fact.data["outcome"])


def _send_on(connection: Connection, fact: Fact) -> None:
    """Served here, and on to the next. Journals from before a ticket could be sent to one counter have no pin."""
    end_leg(connection, fact, "finished", fact.data["outcome"])
    target = {"service": fact.service, "procedure": fact.data["procedure"], "pin": fact.data.get("pin")}
    _to_line(connection, fact, (State.SERVING,), **target)


def _transfer(connection: Connection, fact: Fact) -> None:
    if fact.data["from"] != State.HELD:
        end_leg(connection, fact, "transferred")
    target = {"service": fact.service, "procedure": fact.data["procedure"], "pin": fact.data["pin"]}
    _to_line(connection, fact, (State(fact.data["from"]),), **target)


def _to_line(connection: Connection, fact: Fact, sources: Iterable[State], **values: Any) -> None:
    """Back to waiting with a new leg."""
    base = _NOT_PUT_OFF | {
        "pin": None,
        "due_ms": None,
        "due_at_ms": None,
        "hold_reason": None,
        "counter": None,
        "calls": 0,
    }
    change_ticket(connection, fact, sources, state=State.WAITING.value, **(base | values))
    begin_leg(connection, fact)


def _miss(connection: Connection, fact: Fact) -> None:
    change_ticket(connection, fact, (State.CALLED,), state=State.NO_SHOW.value, reason=fact.data["reason"], pin=None)
    end_leg(connection, fact, "no_show")


def _return(connection: Connection, fact: Fact) -> None:
    _to_line(connection, fact, (State.NO_SHOW,), rank_key=fact.data["key"], returned=True, reason=None)


def _requeue(connection: Connection, fact: Fact) -> None:
    """Back to the line with its key. Journals from before a ticket could be put off have no word of when."""
    back = {"state": State.WAITING.value, "counter": None, "calls": 0, "requeued": True}
    from_ms = fact.data.get("callable_from_ms")
    put_off = _NOT_PUT_OFF if from_ms is None else {"callable_from_ms": from_ms, "behind_next": True}
    change_ticket(connection, fact, (State.CALLED,), **back, **put_off)
    change_leg(connection, fact, counter=None, clerk=None, called_at_ms=None, called_ms=None)


def _hold(connection: Connection, fact: Fact) -> None:
    due = {name: fact.data[name] for name in ("due_ms", "due_at_ms")}
    change_ticket(connection, fact, (State.SERVING,), state=State.HELD.value, hold_reason=fact.data["reason"], **due)
    end_leg(connection, fact, "held")


def _resume(connection: Connection, fact: Fact) -> None:
    held = {"due_ms": None, "due_at_ms": None, "hold_reason": None}
    change_ticket(connection, fact, (State.HELD,), state=State.SERVING.value, **held)
    _busy(connection, fact)
    where = {"counter": fact.counter, "clerk": fact.data["clerk"]}
    begin_leg(connection, fact, started_at_ms=fact.at_ms, started_ms=fact.queue_ms, **where)


def _release(connection: Connection, fact: Fact) -> None:
    _to_line(connection, fact, (State.HELD,), pin=fact.data["pin"])


def _defer(connection: Connection, fact: Fact) -> None:
    change_ticket(connection, fact, (State.WAITING,), rank_key=fact.data["key"], deferred=True)


def _reclassify(connection: Connection, fact: Fact) -> None:
    changed = {"ticket_class": fact.data["class"], "head_start_ms": fact.data["head_start_ms"]}
    change_ticket(connection, fact, (State.WAITING, State.CALLED), rank_key=fact.data["key"], **changed)


def _reopen(connection: Connection, fact: Fact) -> None:
    change_ticket(connection, fact, (State.SERVED,), state=State.SERVING.value, outcome=None)
    _busy(connection, fact)
    last = sql_select(t.ticket.c.leg).where(t.ticket.c.id == fact.ticket).scalar_subquery()
    again = {"finished_at_ms": None, "finished_ms": None, "ended": None, "ended_ms": None, "outcome": None}
    change_one(connection, fact, t.leg, (t.leg.c.ticket == fact.ticket, t.leg.c.n == last), **again)


def _unpin(connection: Connection, fact: Fact) -> None:
    change_ticket(connection, fact, (State.WAITING,), pin=None)


def _print(connection: Connection, fact: Fact) -> None:
    proven = {f"print_{name}": fact.data[name] for name in ("state", "proof", "station")}
    change_ticket(connection, fact, State, print_seen_at_ms=None, **proven)


def _note_dossier(connection: Connection, fact: Fact) -> None:
    """The code itself is not in the journal; readers of the ticket hear that it changed."""
    change_ticket(connection, fact, State)


def _rate(connection: Connection, fact: Fact) -> None:
    row = {"ticket": fact.ticket, "day": fact.day, "counter": fact.counter, "at_ms": fact.at_ms}
    add(connection, t.rating, level=fact.data["level"], **row)


MOVES: Mapping[Kind, Apply] = {
    Kind.CALLED: _call,
    Kind.RECALLED: _recall,
    Kind.STARTED: _start,
    Kind.FINISHED: _finish,
    Kind.SENT_ON: _send_on,
    Kind.MISSED: _miss,
    Kind.RETURNED: _return,
    Kind.REQUEUED: _requeue,
    Kind.HELD: _hold,
    Kind.RESUMED: _resume,
    Kind.RELEASED: _release,
    Kind.TRANSFERRED: _transfer,
    Kind.DEFERRED: _defer,
    Kind.RECLASSIFIED: _reclassify,
    Kind.REOPENED: _reopen,
    Kind.UNPINNED: _unpin,
    Kind.PRINTED: _print,
    Kind.DOSSIER_NOTED: _note_dossier,
    Kind.RATED: _rate,
}
