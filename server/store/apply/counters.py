"""Facts of counters, and of calls that a display showed or spoke."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete

from server.domain.facts import (
    CallAcknowledged,
    CallSeen,
    CounterClerkChanged,
    CounterReady,
    CounterServicesToday,
    CounterStateChanged,
    CounterUnready,
    Fact,
)
from server.domain.queue.counter import CounterState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, insert_call, insert_row, update_one_row, update_rows
from server.store.entry import JournalEntry


def _acknowledge(connection: Connection, entry: JournalEntry, fact: CallAcknowledged) -> None:
    update_one_row(connection, entry, t.call, {"id": fact.call}, acknowledged=True)


def _store_call_report(connection: Connection, entry: JournalEntry, fact: CallSeen) -> None:
    """Store a display's report about a call in place of its earlier one."""
    key = {"call": fact.call, "station": fact.station}
    report = {"shown_at_ms": fact.shown_at_ms, "spoken": fact.spoken}
    if update_rows(connection, t.seen, key, **report) == 0:
        insert_row(connection, t.seen, **key, **report)


def _update_counter(connection: Connection, entry: JournalEntry, **values: Any) -> None:
    update_one_row(connection, entry, t.counter_state, {"counter": entry.counter}, **values)


def _set_state(connection: Connection, entry: JournalEntry, fact: CounterStateChanged) -> None:
    since = {"since_at_ms": entry.at_ms, "since_ms": entry.queue_ms}
    not_ready = {} if fact.state is CounterState.OPEN else {"ready_ms": None, "ready_ended": None}
    reason = {"reason": fact.reason, "until_at_ms": fact.until_at_ms}
    _update_counter(connection, entry, state=fact.state.value, **reason, **since, **not_ready)
    if fact.announce is not None:
        insert_call(connection, entry, fact.announce)


def _set_clerk(connection: Connection, entry: JournalEntry, fact: CounterClerkChanged) -> None:
    _update_counter(connection, entry, clerk=fact.clerk)


def _set_ready(connection: Connection, entry: JournalEntry, fact: CounterReady) -> None:
    _update_counter(connection, entry, ready_ms=entry.queue_ms, ready_ended=None)


def _end_ready(connection: Connection, entry: JournalEntry, fact: CounterUnready) -> None:
    _update_counter(connection, entry, ready_ms=None, ready_ended=fact.reason)


def _set_services_today(connection: Connection, entry: JournalEntry, fact: CounterServicesToday) -> None:
    """Store how the counter's services differ on this day, in place of an earlier difference."""
    today = t.counter_today
    connection.execute(delete(today).where(today.c.day == entry.day, today.c.counter == fact.counter))
    lists = {"added": list(fact.added), "taken": list(fact.taken), "any_clerk": list(fact.any_clerk)}
    insert_row(connection, today, day=entry.day, counter=fact.counter, seq=entry.seq, **lists)


COUNTERS: Mapping[type[Fact], ApplyFact] = {
    CallAcknowledged: _acknowledge,
    CallSeen: _store_call_report,
    CounterStateChanged: _set_state,
    CounterClerkChanged: _set_clerk,
    CounterReady: _set_ready,
    CounterUnready: _end_ready,
    CounterServicesToday: _set_services_today,
}
