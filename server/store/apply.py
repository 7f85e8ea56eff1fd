"""From a fact to table rows: the one way in which tables change, used live and by replay alike.

A function per kind of fact, in one table at the end. It reads nothing but the fact and the rows it changes,
so that the same journal always gives the same rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, func, insert, update
from sqlalchemy import select as sql_select

from server.domain.ticket import State
from server.store import tables as t
from server.store.facts import Fact, Kind

Apply = Callable[[Connection, Fact], None]


class Inconsistent(Exception):
    """A fact does not fit the rows it is about: a fault of the program, or a journal that was altered."""


def apply(connection: Connection, fact: Fact) -> None:
    """Bring the tables to where ``fact`` says they are."""
    APPLY[fact.kind](connection, fact)
    if fact.request_id is not None:
        _remember(connection, fact)


def apply_all(connection: Connection, facts: Sequence[Fact]) -> None:
    """Apply facts of one kind that no request waits for; the same as one after the other, and quicker."""
    if facts and facts[0].kind is Kind.EXPIRED:
        _expire_all(connection, facts)
    else:
        for fact in facts:
            apply(connection, fact)


# --- how rows change --------------------------------------------------------------------------------------


def _add(connection: Connection, table: Table, **values: Any) -> None:
    """A new row. As parameters, not as ``values()``: building a statement costs more than running it."""
    connection.execute(insert(table), values)


def _one(connection: Connection, fact: Fact, table: Table, where: Iterable[ColumnElement[bool]], **values: Any) -> None:
    changed = connection.execute(update(table).where(*where).values(**values)).rowcount
    if changed != 1:
        raise Inconsistent(f"{fact.kind} ({fact.seq}) fits {changed} rows of {table.name}")


def _ticket(connection: Connection, fact: Fact, sources: Iterable[State], **values: Any) -> None:
    """Change the fact's ticket, which must be in one of ``sources``."""
    where = (t.ticket.c.id == fact.ticket, t.ticket.c.state.in_([state.value for state in sources]))
    moved = {"changed_at_ms": fact.at_ms, "changed_ms": fact.queue_ms} if "state" in values else {}
    _one(connection, fact, t.ticket, where, rev=t.ticket.c.rev + 1, **moved, **values)


def _leg(connection: Connection, fact: Fact, **values: Any) -> None:
    """Change the open leg of the fact's ticket; a leg marked in two boots says so."""
    crossed = t.leg.c.across_boots | (t.leg.c.boot_id != fact.boot_id)
    where = (t.leg.c.ticket == fact.ticket, t.leg.c.ended_ms.is_(None))
    _one(connection, fact, t.leg, where, across_boots=crossed, **values)


def _end_leg(connection: Connection, fact: Fact, how: str, outcome: str | None = None) -> None:
    """End the open leg; where it was being served, its service ends too."""
    served = t.leg.c.started_ms.is_not(None)
    where = (t.leg.c.ticket == fact.ticket, t.leg.c.ended_ms.is_(None), served)
    finish = update(t.leg).where(*where).values(finished_at_ms=fact.at_ms, finished_ms=fact.queue_ms)
    connection.execute(finish)
    _leg(connection, fact, ended=how, ended_ms=fact.queue_ms, outcome=outcome)


def _begin_leg(connection: Connection, fact: Fact, **values: Any) -> None:
    """Open the next leg of the fact's ticket, at the ticket's service."""
    row = connection.execute(
        sql_select(t.ticket.c.leg, t.ticket.c.service, t.ticket.c.procedure).where(t.ticket.c.id == fact.ticket)
    ).one()
    connection.execute(update(t.ticket).where(t.ticket.c.id == fact.ticket).values(leg=row.leg + 1))
    _add(
        connection,
        t.leg,
        ticket=fact.ticket,
        n=row.leg + 1,
        service=row.service,
        procedure=row.procedure,
        began_ms=fact.queue_ms,
        boot_id=fact.boot_id,
        across_boots=False,
        **values,
    )


def _remember(connection: Connection, fact: Fact) -> None:
    _add(
        connection,
        t.request,
        caller=f"{fact.actor_role}:{fact.actor_id}",
        request_id=fact.request_id,
        hash=fact.request_hash,
        day=fact.day,
        ticket=fact.ticket,
        counter=fact.counter,
        job=fact.data.get("job"),
        seq=fact.seq,
    )


def _announce(connection: Connection, fact: Fact, kind: str, **values: Any) -> None:
    row: dict[str, Any] = {
        "id": f"k-{fact.seq}",
        "seq": fact.seq,
        "day": fact.day,
        "kind": kind,
        "times": 1,
        "ticket": fact.ticket,
        "counter": fact.counter,
        "at_ms": fact.at_ms,
        "queue_ms": fact.queue_ms,
        "chosen": False,
        "auto": False,
        "acknowledged": False,
        "boot_id": fact.boot_id,
    }
    _add(connection, t.call, **(row | values))


# --- server, office, day ----------------------------------------------------------------------------------


def _nothing(_connection: Connection, _fact: Fact) -> None:
    """The fact stands for itself in the journal."""


def _base_clock(connection: Connection, fact: Fact) -> None:
    """From here queue time runs on by boot time. A boot also judges the wall clock."""
    before = connection.execute(sql_select(t.queue_clock.c.doubt, t.queue_clock.c.sure_ms)).first()
    judged = {"doubt": None, "sure_ms": None} if before is None else dict(before._mapping)
    connection.execute(delete(t.queue_clock))
    base = {"id": 1, "boot_id": fact.boot_id, "boot_ms": fact.boot_ms, "queue_ms": fact.data["queue_ms"]}
    _add(connection, t.queue_clock, **(base | judged))
    if fact.kind is Kind.BOOTED:
        _judge_clock(connection, fact)


def _judge_clock(connection: Connection, fact: Fact) -> None:
    """Whether the wall clock is believed from here on. Journals from before it was judged say nothing of it."""
    judged = {"doubt": fact.data.get("doubt"), "sure_ms": fact.data.get("sure_ms")}
    connection.execute(update(t.queue_clock).values(**judged))


def _load_office(connection: Connection, fact: Fact) -> None:
    """Fill the office's tables; each list of the fact holds whole rows."""
    for table in (t.office, t.service, t.clerk, t.counter, t.counter_service, t.procedure, t.calendar):
        rows: list[Mapping[str, Any]] = fact.data[table.name]
        if rows:
            connection.execute(insert(table), [dict(row) for row in rows])
    for row in fact.data["counter"]:
        state = {"counter": row["id"], "state": "closed", "since_at_ms": fact.at_ms, "since_ms": fact.queue_ms}
        _add(connection, t.counter_state, **state)


def _open_day(connection: Connection, fact: Fact) -> None:
    _add(
        connection,
        t.day,
        id=_day_of(fact),
        date=fact.data["date"],
        seq=fact.seq,
        goes_on=fact.data.get("goes_on"),
        office=fact.data["office"],
        state="open",
        opened_at_ms=fact.at_ms,
        opened_ms=fact.data["queue_ms"],
    )
    if fact.data.get("goes_on") is not None:
        _carry_over(connection, fact.data["goes_on"], _day_of(fact))
    _base_clock(connection, fact)


def _day_of(fact: Fact) -> str:
    """The day that a fact of days is about. Journals from before days had an id name it by its date."""
    return str(fact.data.get("day", fact.data["date"]))


def _carry_over(connection: Connection, old: str, new: str) -> None:
    """Let the day ``new`` go on where ``old`` ended: its series, and everyone who is not done with."""
    for table in (t.series, t.issued, t.day_service):
        for row in connection.execute(sql_select(table).where(table.c.day == old)).all():
            _add(connection, table, **(dict(row._mapping) | {"day": new}))
    not_done = (State.WAITING, State.CALLED, State.SERVING, State.HELD, State.NO_SHOW)
    kept = t.ticket.c.state.in_([state.value for state in not_done])
    connection.execute(update(t.ticket).where(t.ticket.c.day == old, kept).values(day=new))
    for table in (t.call, t.help_call, t.job):
        connection.execute(update(table).where(table.c.day == old).values(day=new))


def _close_day(connection: Connection, fact: Fact) -> None:
    counts = {name: fact.data[name] for name in ("served", "expired", "unrecorded")}
    where = (t.day.c.id == _day_of(fact), t.day.c.state == "open")
    _one(connection, fact, t.day, where, state="closed", closed_at_ms=fact.at_ms, **counts)
    if fact.data.get("carried"):
        return  # another one goes on at once: its people, work and requests live on
    old = (t.request.c.day != _day_of(fact)) | t.request.c.day.is_(None)
    connection.execute(delete(t.request).where(old))
    dropped = update(t.job).where(t.job.c.state == "open", t.job.c.ticket.is_not(None))
    connection.execute(dropped.values(state="dropped", done_at_ms=fact.at_ms))


def _reopen_day(connection: Connection, fact: Fact) -> None:
    where = (t.day.c.id == _day_of(fact), t.day.c.state == "closed")
    counts = {"served": None, "expired": None, "unrecorded": None}
    _one(connection, fact, t.day, where, state="open", closed_at_ms=None, **counts)


def _date_day(connection: Connection, fact: Fact) -> None:
    """The day's date was corrected; ``fresh``: what it had continued was of another date, and counts no more."""
    key, data = _day_of(fact), fact.data
    corrected = {"date": data["date"], "opened_at_ms": data["opened_at_ms"]}
    _one(connection, fact, t.day, (t.day.c.id == key,), **corrected)
    if not data["fresh"]:
        return
    connection.execute(delete(t.day_service).where(t.day_service.c.day == key))
    i = t.issued
    before = sql_select(t.day.c.goes_on).where(t.day.c.id == key).scalar_subquery()
    for row in connection.execute(sql_select(i).where(i.c.day == before)).all():
        where = (i.c.day == key, i.c.service == row.service, i.c.half == row.half)
        connection.execute(update(i).where(*where).values(count=i.c["count"] - row._mapping["count"]))


def _change_hours(connection: Connection, fact: Fact) -> None:
    connection.execute(delete(t.hours))
    row = {name: fact.data[name] for name in ("office", "opening", "services")}
    _add(connection, t.hours, at_ms=fact.at_ms, **row)
    if fact.data["announce"] is not None:
        _announce(connection, fact, fact.data["announce"])


def _stop_service(connection: Connection, fact: Fact) -> None:
    _set_stopped(connection, fact, stopped=True)


def _resume_service(connection: Connection, fact: Fact) -> None:
    _set_stopped(connection, fact, stopped=False)


def _set_stopped(connection: Connection, fact: Fact, *, stopped: bool) -> None:
    where = (t.day_service.c.day == fact.day, t.day_service.c.service == fact.service)
    connection.execute(delete(t.day_service).where(*where))
    row = {"day": fact.day, "service": fact.service, "stopped": stopped, "at_ms": fact.at_ms}
    _add(connection, t.day_service, **row, reason=fact.data.get("reason"))


# --- tickets ----------------------------------------------------------------------------------------------


def _issue(connection: Connection, fact: Fact) -> None:
    data = fact.data
    _next_number(connection, fact)
    _count_issue(connection, fact)
    _add(
        connection,
        t.ticket,
        id=fact.ticket,
        office=data["office"],
        day=fact.day,
        prefix=data["prefix"],
        seq=data["seq"],
        number=data["number"],
        rev=1,
        state=State.WAITING.value,
        service=fact.service,
        procedure=data["procedure"],
        ticket_class=data["class"],
        head_start_ms=data["head_start_ms"],
        rank_key=data["key"],
        issue_seq=fact.seq,
        station=data["station"],
        issued_at_ms=fact.at_ms,
        issued_ms=fact.queue_ms,
        callable_from_ms=0,
        boot_id=fact.boot_id,
        calls=0,
        leg=1,
        behind_next=False,
        deferred=False,
        requeued=False,
        returned=False,
        changed_at_ms=fact.at_ms,
        changed_ms=fact.queue_ms,
        **_slip_to_come(data),
    )
    first = {"ticket": fact.ticket, "n": 1, "service": fact.service, "procedure": data["procedure"]}
    clock = {"began_ms": fact.queue_ms, "boot_id": fact.boot_id, "across_boots": False}
    _add(connection, t.leg, **(first | clock))


def _slip_to_come(data: Mapping[str, Any]) -> Mapping[str, str]:
    """What is known of a slip before its station says how it went: that it wanted to print one. Journals from before
    stations said so have no such word."""
    return {"print_state": "pending", "print_station": data["station"]} if data.get("slip") else {}


def _next_number(connection: Connection, fact: Fact) -> None:
    """The series goes on by exactly one, or the fact is wrong."""
    data, s = fact.data, t.series
    if data["seq"] == 1:
        first = {"office": data["office"], "day": fact.day, "prefix": data["prefix"], "last": 1}
        _add(connection, s, **first)
        return
    key = (s.c.office == data["office"], s.c.day == fact.day, s.c.prefix == data["prefix"])
    _one(connection, fact, s, (*key, s.c.last == data["seq"] - 1), last=data["seq"])


def _count_issue(connection: Connection, fact: Fact) -> None:
    i = t.issued
    key = {"day": fact.day, "service": fact.service, "half": fact.data["half"]}
    counted = update(i).where(*(i.c[name] == value for name, value in key.items())).values(count=i.c["count"] + 1)
    if connection.execute(counted).rowcount == 0:
        _add(connection, i, **(key | {"count": 1}))


_NOT_PUT_OFF = {"callable_from_ms": 0, "behind_next": False}


def _call(connection: Connection, fact: Fact) -> None:
    data, c = fact.data, t.ticket.c
    _ticket(
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
    _leg(connection, fact, counter=fact.counter, clerk=data["clerk"], **marks)
    _announce(
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
    _ticket(connection, fact, (State.CALLED,), calls=data["times"])
    shown = {"number": data["number"], "ticket_class": data["class"], "service": fact.service}
    _announce(connection, fact, data["kind"], times=data["times"], acknowledged=True, **shown)


def _start(connection: Connection, fact: Fact) -> None:
    _ticket(connection, fact, (State.CALLED,), state=State.SERVING.value, pin=None)
    _leg(connection, fact, started_at_ms=fact.at_ms, started_ms=fact.queue_ms)


def _finish(connection: Connection, fact: Fact) -> None:
    _ticket(connection, fact, (State.SERVING,), state=State.SERVED.value, outcome=fact.data["outcome"])
    _end_leg(connection, fact, "finished", fact.data["outcome"])


def _send_on(connection: Connection, fact: Fact) -> None:
    _end_leg(connection, fact, "finished", fact.data["outcome"])
    """Journals from before a ticket could be sent on to one counter only have no pin."""
    target = {"service": fact.service, "procedure": fact.data["procedure"], "pin": fact.data.get("pin")}
    _to_line(connection, fact, (State.SERVING,), **target)


def _transfer(connection: Connection, fact: Fact) -> None:
    if fact.data["from"] != State.HELD:
        _end_leg(connection, fact, "transferred")
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
    _ticket(connection, fact, sources, state=State.WAITING.value, **(base | values))
    _begin_leg(connection, fact)


def _miss(connection: Connection, fact: Fact) -> None:
    _ticket(connection, fact, (State.CALLED,), state=State.NO_SHOW.value, reason=fact.data["reason"], pin=None)
    _end_leg(connection, fact, "no_show")


def _return(connection: Connection, fact: Fact) -> None:
    _to_line(connection, fact, (State.NO_SHOW,), rank_key=fact.data["key"], returned=True, reason=None)


def _requeue(connection: Connection, fact: Fact) -> None:
    """Back to the line with its key. Journals from before a ticket could be put off have no word of when."""
    back = {"state": State.WAITING.value, "counter": None, "calls": 0, "requeued": True}
    from_ms = fact.data.get("callable_from_ms")
    put_off = _NOT_PUT_OFF if from_ms is None else {"callable_from_ms": from_ms, "behind_next": True}
    _ticket(connection, fact, (State.CALLED,), **back, **put_off)
    _leg(connection, fact, counter=None, clerk=None, called_at_ms=None, called_ms=None)


def _hold(connection: Connection, fact: Fact) -> None:
    due = {name: fact.data[name] for name in ("due_ms", "due_at_ms")}
    _ticket(connection, fact, (State.SERVING,), state=State.HELD.value, hold_reason=fact.data["reason"], **due)
    _end_leg(connection, fact, "held")


def _resume(connection: Connection, fact: Fact) -> None:
    held = {"due_ms": None, "due_at_ms": None, "hold_reason": None}
    _ticket(connection, fact, (State.HELD,), state=State.SERVING.value, **held)
    _busy(connection, fact)
    where = {"counter": fact.counter, "clerk": fact.data["clerk"]}
    _begin_leg(connection, fact, started_at_ms=fact.at_ms, started_ms=fact.queue_ms, **where)


def _release(connection: Connection, fact: Fact) -> None:
    _to_line(connection, fact, (State.HELD,), pin=fact.data["pin"])


def _defer(connection: Connection, fact: Fact) -> None:
    _ticket(connection, fact, (State.WAITING,), rank_key=fact.data["key"], deferred=True)


def _reclassify(connection: Connection, fact: Fact) -> None:
    changed = {"ticket_class": fact.data["class"], "head_start_ms": fact.data["head_start_ms"]}
    _ticket(connection, fact, (State.WAITING, State.CALLED), rank_key=fact.data["key"], **changed)


def _reopen(connection: Connection, fact: Fact) -> None:
    _ticket(connection, fact, (State.SERVED,), state=State.SERVING.value, outcome=None)
    _busy(connection, fact)
    last = sql_select(t.ticket.c.leg).where(t.ticket.c.id == fact.ticket).scalar_subquery()
    again = {"finished_at_ms": None, "finished_ms": None, "ended": None, "ended_ms": None, "outcome": None}
    _one(connection, fact, t.leg, (t.leg.c.ticket == fact.ticket, t.leg.c.n == last), **again)


_DONE = {"due_ms": None, "due_at_ms": None, "hold_reason": None, "pin": None}


def _cancel(connection: Connection, fact: Fact) -> None:
    source = State(fact.data["from"])
    gone = {"state": State.CANCELLED.value, "reason": fact.data["reason"]} | _DONE
    _ticket(connection, fact, (source,), **gone)
    if source in (State.WAITING, State.CALLED):
        _end_leg(connection, fact, "cancelled")


def _expire(connection: Connection, fact: Fact) -> None:
    source = State(fact.data["from"])
    _ticket(connection, fact, (source,), state=State.EXPIRED.value, counter=None, **_DONE)
    if source in (State.WAITING, State.CALLED):
        _end_leg(connection, fact, "expired")


def _expire_all(connection: Connection, facts: Sequence[Fact]) -> None:
    """As ``_expire`` for each: a hall that closes may have thousands waiting."""
    c, leg = t.ticket.c, t.leg.c
    changes = [
        {"of": fact.ticket, "from": fact.data["from"], "at": fact.at_ms, "queue": fact.queue_ms, "boot": fact.boot_id}
        for fact in facts
    ]
    moved: dict[str, Any] = {"changed_at_ms": bindparam("at"), "changed_ms": bindparam("queue")}
    expired = {"state": State.EXPIRED.value, "counter": None, "rev": c.rev + 1} | moved | _DONE
    of_fact = (c.id == bindparam("of"), c.state == bindparam("from"))
    changed = connection.execute(update(t.ticket).where(*of_fact).values(**expired), changes).rowcount
    if changed != len(facts):
        raise Inconsistent(f"{len(facts)} tickets expire from {facts[0].seq} on, {changed} fit")
    still = (leg.ticket == bindparam("of"), leg.ended_ms.is_(None))
    crossed = leg.across_boots | (leg.boot_id != bindparam("boot"))
    ended: dict[str, Any] = {
        "ended": "expired",
        "ended_ms": bindparam("queue"),
        "outcome": None,
        "across_boots": crossed,
    }
    in_line = [change for change in changes if change["from"] in (State.WAITING, State.CALLED)]
    if in_line and connection.execute(update(t.leg).where(*still).values(**ended), in_line).rowcount != len(in_line):
        raise Inconsistent(f"the legs of tickets that expire from {facts[0].seq} on are not all open")


def _unpin(connection: Connection, fact: Fact) -> None:
    _ticket(connection, fact, (State.WAITING,), pin=None)


def _print(connection: Connection, fact: Fact) -> None:
    proven = {f"print_{name}": fact.data[name] for name in ("state", "proof", "station")}
    _ticket(connection, fact, State, print_seen_at_ms=None, **proven)


def _note_dossier(connection: Connection, fact: Fact) -> None:
    """The code itself is not in the journal; readers of the ticket hear that it changed."""
    _ticket(connection, fact, State)


def _rate(connection: Connection, fact: Fact) -> None:
    row = {"ticket": fact.ticket, "day": fact.day, "counter": fact.counter, "at_ms": fact.at_ms}
    _add(connection, t.rating, level=fact.data["level"], **row)


# --- counters, calls, jobs ----------------------------------------------------------------------------------


def _acknowledge(connection: Connection, fact: Fact) -> None:
    _one(connection, fact, t.call, (t.call.c.id == fact.data["call"],), acknowledged=True)


def _see(connection: Connection, fact: Fact) -> None:
    key = {"call": fact.data["call"], "station": fact.data["station"]}
    connection.execute(delete(t.seen).where(*(t.seen.c[name] == value for name, value in key.items())))
    shown = {"shown_at_ms": fact.data["shown_at_ms"], "spoken": fact.data["spoken"]}
    _add(connection, t.seen, **(key | shown))


def _counter(connection: Connection, fact: Fact, **values: Any) -> None:
    _one(connection, fact, t.counter_state, (t.counter_state.c.counter == fact.counter,), **values)


def _set_state(connection: Connection, fact: Fact) -> None:
    data = fact.data
    since = {"since_at_ms": fact.at_ms, "since_ms": fact.queue_ms}
    ready = {} if data["state"] == "open" else {"ready_ms": None, "ready_ended": None}
    reason = {"reason": data["reason"], "until_at_ms": data["until_at_ms"]}
    _counter(connection, fact, state=data["state"], **reason, **since, **ready)
    if data["announce"] is not None:
        _announce(connection, fact, data["announce"])


def _set_clerk(connection: Connection, fact: Fact) -> None:
    _counter(connection, fact, clerk=fact.data["clerk"])


def _set_ready(connection: Connection, fact: Fact) -> None:
    _counter(connection, fact, ready_ms=fact.queue_ms, ready_ended=None)


def _end_ready(connection: Connection, fact: Fact) -> None:
    _counter(connection, fact, ready_ms=None, ready_ended=fact.data["reason"])


def _make_job(connection: Connection, fact: Fact) -> None:
    row = {name: fact.data[name] for name in ("station", "kind", "mark")}
    key = {"id": fact.data["job"], "seq": fact.seq, "day": fact.day, "ticket": fact.ticket}
    _add(connection, t.job, state="open", made_at_ms=fact.at_ms, **key, **row)
    if row["kind"] == "seen":
        _ticket(connection, fact, State, print_seen_at_ms=fact.at_ms)


def _do_job(connection: Connection, fact: Fact) -> None:
    done = {"state": fact.data["state"], "proof": fact.data["proof"], "done_at_ms": fact.at_ms}
    _one(connection, fact, t.job, (t.job.c.id == fact.data["job"],), **done)


def _ask_help(connection: Connection, fact: Fact) -> None:
    row = {"id": fact.data["help"], "day": fact.day, "station": fact.data["station"], "at_ms": fact.at_ms}
    _add(connection, t.help_call, **row)


def _take_help(connection: Connection, fact: Fact) -> None:
    taken = {"taken_at_ms": fact.at_ms, "taken_by": fact.actor_id}
    _one(connection, fact, t.help_call, (t.help_call.c.id == fact.data["help"],), **taken)


APPLY: Mapping[Kind, Apply] = {
    Kind.BOOTED: _base_clock,
    Kind.CLOCK_STEPPED: _judge_clock,
    Kind.CLOCK_JUDGED: _judge_clock,
    Kind.OFFICE_LOADED: _load_office,
    Kind.REQUEST_ANSWERED: _nothing,
    Kind.DAY_OPENED: _open_day,
    Kind.DAY_CLOSED: _close_day,
    Kind.DAY_REOPENED: _reopen_day,
    Kind.DAY_DATED: _date_day,
    Kind.HOURS_CHANGED: _change_hours,
    Kind.SERVICE_STOPPED: _stop_service,
    Kind.SERVICE_RESUMED: _resume_service,
    Kind.ISSUED: _issue,
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
    Kind.CANCELLED: _cancel,
    Kind.EXPIRED: _expire,
    Kind.UNPINNED: _unpin,
    Kind.PRINTED: _print,
    Kind.DOSSIER_NOTED: _note_dossier,
    Kind.RATED: _rate,
    Kind.CALL_ACKNOWLEDGED: _acknowledge,
    Kind.CALL_SEEN: _see,
    Kind.COUNTER_STATE: _set_state,
    Kind.COUNTER_CLERK: _set_clerk,
    Kind.COUNTER_READY: _set_ready,
    Kind.COUNTER_UNREADY: _end_ready,
    Kind.JOB_MADE: _make_job,
    Kind.JOB_DONE: _do_job,
    Kind.HELP_ASKED: _ask_help,
    Kind.HELP_TAKEN: _take_help,
}
