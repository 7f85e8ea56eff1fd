"""The state of counters."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from server.domain.queue.counter import CounterState
from server.store import schema as t
from server.store.statement import Statement


@dataclass(frozen=True, slots=True)
class CounterRow:
    """A counter's state now.

    ``since_at_ms`` (UTC ms) and ``since_ms`` (queue time): since when it is in ``state``. Of a pause: ``reason`` (a
    clerk's text, or the code away or no_answer) and ``until_at_ms`` (the announced end, UTC ms), each None where not
    given. ``clerk``: the id of the clerk who is signed in, or None. ``ready_ms``: since when it is ready for an
    automatic call (queue time), else None. ``ready_ended``: why its readiness ended without a call: asked (by the
    clerk), time (it was ready for too long), away (the clerk has left); None in every other case.
    """

    counter: str
    state: CounterState
    reason: str | None
    until_at_ms: int | None
    since_at_ms: int
    since_ms: int
    clerk: str | None
    ready_ms: int | None
    ready_ended: str | None


_ALL = Statement(select(t.counter_state), CounterRow)
_ONE = Statement(select(t.counter_state).where(t.counter_state.c.counter == bindparam("counter")), CounterRow)
_READY = Statement(select(t.counter_state).where(t.counter_state.c.ready_ms.is_not(None)), CounterRow)
_OF_CLERK = Statement(select(t.counter_state).where(t.counter_state.c.clerk == bindparam("clerk")), CounterRow)


def counter_rows(connection: Connection) -> dict[str, CounterRow]:
    """Return the state of every counter by its id."""
    return {row.counter: row for row in _ALL.all(connection)}


def counter_row(connection: Connection, counter: str) -> CounterRow:
    """Return one counter's state. Raises ``LookupError`` for an unknown one."""
    row = _ONE.first(connection, counter=counter)
    if row is None:
        raise LookupError(counter)
    return row


def ready_counters(connection: Connection) -> list[CounterRow]:
    """Return the counters that are ready for the next ticket."""
    return _READY.all(connection)


def counter_of_clerk(connection: Connection, clerk: str) -> CounterRow | None:
    """Return the counter at which a clerk is signed in; None where at none."""
    return _OF_CLERK.first(connection, clerk=clerk)
