"""Facts of a ticket between issue and end: its moves, prints, ratings and dossier."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from server.domain.facts import (
    Fact,
    TicketCalled,
    TicketDeferred,
    TicketDossierNoted,
    TicketFinished,
    TicketHeld,
    TicketMissed,
    TicketNoted,
    TicketPrinted,
    TicketProcedureChanged,
    TicketRated,
    TicketRecalled,
    TicketReclassified,
    TicketRejoined,
    TicketReleased,
    TicketReopened,
    TicketRequeued,
    TicketResumed,
    TicketReturned,
    TicketSentOn,
    TicketStarted,
    TicketTransferred,
    TicketUnpinned,
)
from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.apply.rows import (
    ApplyFact,
    begin_leg,
    change_leg,
    change_ticket,
    end_leg,
    insert_call,
    insert_row,
    update_one_row,
    update_rows,
)
from server.store.entry import JournalEntry
from server.store.statement import Statement

_NOT_PUT_OFF = {"callable_from_ms": 0, "behind_next": False}
"""The columns of a ticket that no clerk has put off."""


def _call(connection: Connection, entry: JournalEntry, fact: TicketCalled) -> None:
    call_times = {"called_at_ms": entry.at_ms, "called_ms": entry.queue_ms}
    change_ticket(
        connection,
        entry,
        (TicketState.WAITING,),
        call_times,
        state=TicketState.CALLED.value,
        counter=entry.counter,
        calls=1,
        requeued=False,
        **_NOT_PUT_OFF,
    )
    _end_put_off_of_service(connection, entry)
    _end_readiness(connection, entry)
    change_leg(connection, entry, counter=entry.counter, clerk=fact.clerk, **call_times)
    insert_call(
        connection,
        entry,
        "call",
        number=fact.number,
        ticket_class=fact.ticket_class,
        service=entry.service,
        chosen=fact.chosen,
        auto=fact.auto,
        mono_ms=fact.mono_ms,
    )


def _end_put_off_of_service(connection: Connection, entry: JournalEntry) -> None:
    """Let put-off tickets of the service be called in order again, after this call."""
    _END_PUT_OFF.execute(connection, of_day=entry.day, of_service=entry.service)


_END_PUT_OFF = Statement(
    update(t.ticket)
    .where(
        t.ticket.c.day == bindparam("of_day"),
        t.TICKET_IS_RESTRICTED,
        t.ticket.c.service == bindparam("of_service"),
        t.ticket.c.behind_next,
    )
    .values(behind_next=False)
)


def _end_readiness(connection: Connection, entry: JournalEntry) -> None:
    """End the counter's readiness, because it has an open ticket now."""
    update_rows(connection, t.counter_state, {"counter": entry.counter}, ready_ms=None, ready_ended=None)


def _recall(connection: Connection, entry: JournalEntry, fact: TicketRecalled) -> None:
    change_ticket(connection, entry, (TicketState.CALLED,), calls=fact.times)
    call_values = {"number": fact.number, "ticket_class": fact.ticket_class, "service": entry.service}
    # ``fact.call`` is the kind of the call. Acknowledged from the start: a person at the counter called again.
    insert_call(connection, entry, fact.call, times=fact.times, acknowledged=True, **call_values)


def _start(connection: Connection, entry: JournalEntry, fact: TicketStarted) -> None:
    unpinned = {"pin": None, "pin_clerk": None}
    change_ticket(connection, entry, (TicketState.CALLED,), state=TicketState.SERVING.value, **unpinned)
    change_leg(connection, entry, started_at_ms=entry.at_ms, started_ms=entry.queue_ms)


def _finish(connection: Connection, entry: JournalEntry, fact: TicketFinished) -> None:
    change_ticket(connection, entry, (TicketState.SERVING,), state=TicketState.SERVED.value, outcome=fact.outcome)
    end_leg(connection, entry, "finished", fact.outcome)


def _send_on(connection: Connection, entry: JournalEntry, fact: TicketSentOn) -> None:
    """Finish at this counter, and queue the ticket again. Facts of older releases have no ``pin``."""
    end_leg(connection, entry, "finished", fact.outcome)
    _queue_again(connection, entry, (TicketState.SERVING,), **_target(entry, fact))


def _transfer(connection: Connection, entry: JournalEntry, fact: TicketTransferred) -> None:
    if fact.source is not TicketState.HELD:
        end_leg(connection, entry, "transferred")
    _queue_again(connection, entry, (fact.source,), **_target(entry, fact))


def _target(entry: JournalEntry, fact: TicketSentOn | TicketTransferred) -> dict[str, Any]:
    """Return the columns of a ticket that was sent: where, by whom, and where next."""
    pins = {"pin": fact.pin, "pin_clerk": fact.pin_clerk}
    errand = {"stops": fact.stops, "sender": fact.sender}
    return {"service": entry.service, "procedure": fact.procedure, **pins, **errand}


def _queue_again(connection: Connection, entry: JournalEntry, sources: Iterable[TicketState], **values: Any) -> None:
    """Put the ticket back into the queue, with a new leg."""
    cleared = _NOT_PUT_OFF | {
        "pin": None,
        "pin_clerk": None,
        "due_ms": None,
        "due_at_ms": None,
        "hold_reason": None,
        "counter": None,
        "calls": 0,
    }
    change_ticket(connection, entry, sources, state=TicketState.WAITING.value, **(cleared | values))
    begin_leg(connection, entry)


def _miss(connection: Connection, entry: JournalEntry, fact: TicketMissed) -> None:
    pins = {"pin": fact.pin, "pin_clerk": fact.pin_clerk}
    missed = {"state": TicketState.NO_SHOW.value, "reason": fact.reason, **pins}
    change_ticket(connection, entry, (TicketState.CALLED,), **missed)
    end_leg(connection, entry, "no_show")


def _return(connection: Connection, entry: JournalEntry, fact: TicketReturned) -> None:
    returned = {"rank_key": fact.key, "returned": True, "reason": None, "pin": fact.pin, "pin_clerk": fact.pin_clerk}
    _queue_again(connection, entry, (TicketState.NO_SHOW,), **returned)


def _requeue(connection: Connection, entry: JournalEntry, fact: TicketRequeued) -> None:
    """Put the ticket back into the queue with its old sort key."""
    waiting = {"state": TicketState.WAITING.value, "counter": None, "calls": 0, "requeued": True}
    callable_from_ms = fact.callable_from_ms
    put_off = _NOT_PUT_OFF if callable_from_ms is None else {"callable_from_ms": callable_from_ms, "behind_next": True}
    change_ticket(connection, entry, (TicketState.CALLED,), **waiting, **put_off)
    change_leg(connection, entry, counter=None, clerk=None, called_at_ms=None, called_ms=None)


def _hold(connection: Connection, entry: JournalEntry, fact: TicketHeld) -> None:
    due = {"due_ms": fact.due_ms, "due_at_ms": fact.due_at_ms}
    change_ticket(
        connection, entry, (TicketState.SERVING,), state=TicketState.HELD.value, hold_reason=fact.reason, **due
    )
    end_leg(connection, entry, "held")


def _resume(connection: Connection, entry: JournalEntry, fact: TicketResumed) -> None:
    held = {"due_ms": None, "due_at_ms": None, "hold_reason": None}
    change_ticket(connection, entry, (TicketState.HELD,), state=TicketState.SERVING.value, **held)
    _end_readiness(connection, entry)
    where = {"counter": entry.counter, "clerk": fact.clerk}
    begin_leg(connection, entry, started_at_ms=entry.at_ms, started_ms=entry.queue_ms, **where)


def _release(connection: Connection, entry: JournalEntry, fact: TicketReleased) -> None:
    _queue_again(connection, entry, (TicketState.HELD,), pin=fact.pin)


def _defer(connection: Connection, entry: JournalEntry, fact: TicketDeferred) -> None:
    change_ticket(connection, entry, (TicketState.WAITING,), rank_key=fact.key, deferred=True)


def _reclassify(connection: Connection, entry: JournalEntry, fact: TicketReclassified) -> None:
    changed = {"ticket_class": fact.ticket_class, "head_start_ms": fact.head_start_ms}
    change_ticket(connection, entry, (TicketState.WAITING, TicketState.CALLED), rank_key=fact.key, **changed)


def _change_procedure(connection: Connection, entry: JournalEntry, fact: TicketProcedureChanged) -> None:
    """Correct the ticket and its legs of this errand.

    So reports count the right procedure. A leg that was finished keeps its own: it was for the other one.
    """
    unfinished = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.HELD)
    change_ticket(connection, entry, unfinished, procedure=fact.procedure)
    errand = {"of_ticket": entry.ticket, "of_service": entry.service, "before": fact.before}
    _CORRECT_LEGS.execute(connection, **errand, procedure=fact.procedure)


_CORRECT_LEGS = Statement(
    update(t.leg)
    .where(
        t.leg.c.ticket == bindparam("of_ticket"),
        t.leg.c.service == bindparam("of_service"),
        t.leg.c.procedure.is_not_distinct_from(bindparam("before")),
        t.leg.c.ended.is_distinct_from("finished"),
    )
    .values(procedure=bindparam("procedure"))
)


def _reopen(connection: Connection, entry: JournalEntry, fact: TicketReopened) -> None:
    change_ticket(connection, entry, (TicketState.SERVED,), state=TicketState.SERVING.value, outcome=None)
    _end_readiness(connection, entry)
    last_leg = _LAST_LEG.value(connection, ticket=entry.ticket)
    not_finished = {"finished_at_ms": None, "finished_ms": None, "ended": None, "ended_ms": None, "outcome": None}
    update_one_row(connection, entry, t.leg, {"ticket": entry.ticket, "n": last_leg}, **not_finished)


_LAST_LEG = Statement(select(t.ticket.c.leg).where(t.ticket.c.id == bindparam("ticket")))


def _rejoin(connection: Connection, entry: JournalEntry, fact: TicketRejoined) -> None:
    _queue_again(connection, entry, (TicketState.SERVED,), outcome=None, stops=None, sender=None)


def _unpin(connection: Connection, entry: JournalEntry, fact: TicketUnpinned) -> None:
    change_ticket(connection, entry, (TicketState.WAITING,), pin=None, pin_clerk=None)


def _print(connection: Connection, entry: JournalEntry, fact: TicketPrinted) -> None:
    # A dismissal of the slip (``print_seen_at_ms``) was about an earlier report.
    print_report = {"print_state": fact.state, "print_proof": fact.proof, "print_station": fact.station}
    change_ticket(connection, entry, TicketState, print_seen_at_ms=None, **print_report)


def _note(connection: Connection, entry: JournalEntry, fact: TicketDossierNoted | TicketNoted) -> None:
    """Increase the ticket's revision, so that pages read the new code or note.

    The text itself is not in the journal.
    """
    change_ticket(connection, entry, TicketState)


def _rate(connection: Connection, entry: JournalEntry, fact: TicketRated) -> None:
    row = {"ticket": entry.ticket, "day": entry.day, "counter": entry.counter, "at_ms": entry.at_ms}
    insert_row(connection, t.rating, level=fact.level, **row)


MOVES: Mapping[type[Fact], ApplyFact] = {
    TicketCalled: _call,
    TicketRecalled: _recall,
    TicketStarted: _start,
    TicketFinished: _finish,
    TicketSentOn: _send_on,
    TicketMissed: _miss,
    TicketReturned: _return,
    TicketRequeued: _requeue,
    TicketHeld: _hold,
    TicketResumed: _resume,
    TicketReleased: _release,
    TicketTransferred: _transfer,
    TicketDeferred: _defer,
    TicketReclassified: _reclassify,
    TicketProcedureChanged: _change_procedure,
    TicketReopened: _reopen,
    TicketRejoined: _rejoin,
    TicketUnpinned: _unpin,
    TicketPrinted: _print,
    TicketDossierNoted: _note,
    TicketNoted: _note,
    TicketRated: _rate,
}
