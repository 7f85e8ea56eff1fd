"""Facts of counters, and of calls that a display showed or spoke."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete

from server.store import tables as t
from server.store.apply.rows import Apply, add, announce, change_one
from server.store.facts import Fact, Kind


def _acknowledge(connection: Connection, fact: Fact) -> None:
    change_one(connection, fact, t.call, (t.call.c.id == fact.data["call"],), acknowledged=True)


def _see(connection: Connection, fact: Fact) -> None:
    key = {"call": fact.data["call"], "station": fact.data["station"]}
    connection.execute(delete(t.seen).where(*(t.seen.c[name] == value for name, value in key.items())))
    shown = {"shown_at_ms": fact.data["shown_at_ms"], "spoken": fact.data["spoken"]}
    add(connection, t.seen, **(key | shown))


def _counter(connection: Connection, fact: Fact, **values: Any) -> None:
    change_one(connection, fact, t.counter_state, (t.counter_state.c.counter == fact.counter,), **values)


def _set_state(connection: Connection, fact: Fact) -> None:
    data = fact.data
    since = {"since_at_ms": fact.at_ms, "since_ms": fact.queue_ms}
    ready = {} if data["state"] == "open" else {"ready_ms": None, "ready_ended": None}
    reason = {"reason": data["reason"], "until_at_ms": data["until_at_ms"]}
    _counter(connection, fact, state=data["state"], **reason, **since, **ready)
    if data["announce"] is not None:
        announce(connection, fact, data["announce"])


def _set_clerk(connection: Connection, fact: Fact) -> None:
    _counter(connection, fact, clerk=fact.data["clerk"])


def _set_ready(connection: Connection, fact: Fact) -> None:
    _counter(connection, fact, ready_ms=fact.queue_ms, ready_ended=None)


def _end_ready(connection: Connection, fact: Fact) -> None:
    _counter(connection, fact, ready_ms=None, ready_ended=fact.data["reason"])


COUNTERS: Mapping[Kind, Apply] = {
    Kind.CALL_ACKNOWLEDGED: _acknowledge,
    Kind.CALL_SEEN: _see,
    Kind.COUNTER_STATE: _set_state,
    Kind.COUNTER_CLERK: _set_clerk,
    Kind.COUNTER_READY: _set_ready,
    Kind.COUNTER_UNREADY: _end_ready,
}
