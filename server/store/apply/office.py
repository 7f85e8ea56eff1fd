"""The fact that fills the office's tables."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, insert, select, update

from server.domain.facts import (
    ClerkNamed,
    Fact,
    OfficeLoaded,
)
from server.domain.permissions import Role
from server.domain.queue.counter import CounterState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, insert_row
from server.store.entry import JournalEntry


def _load_office(connection: Connection, entry: JournalEntry, fact: OfficeLoaded) -> None:
    rows_by_table = {
        t.office: fact.offices,
        t.service: fact.services,
        t.clerk: fact.clerks,
        t.counter: fact.counters,
        t.counter_service: fact.counter_services,
        t.procedure: fact.procedures,
        t.calendar: fact.calendar,
    }
    for table, rows in rows_by_table.items():
        if rows:
            connection.execute(insert(table), [dict(row) for row in rows])
    for row in fact.counters:
        state = {"counter": row["id"], "state": CounterState.CLOSED.value}
        insert_row(connection, t.counter_state, since_at_ms=entry.at_ms, since_ms=entry.queue_ms, **state)


def _name_clerk(connection: Connection, entry: JournalEntry, fact: ClerkNamed) -> None:
    if connection.execute(select(t.clerk.c.id).where(t.clerk.c.id == fact.clerk)).first() is None:
        pos = connection.execute(select(func.coalesce(func.max(t.clerk.c.pos) + 1, 0))).scalar_one()
        insert_row(connection, t.clerk, id=fact.clerk, pos=pos, role=Role.CLERK.value, services=None)
    connection.execute(update(t.office).values(rev=t.office.c.rev + 1))


OFFICE: Mapping[type[Fact], ApplyFact] = {
    OfficeLoaded: _load_office,
    ClerkNamed: _name_clerk,
}
