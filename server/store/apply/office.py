"""The fact that fills the office's tables."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert

from server.store import tables as t
from server.store.apply.rows import Apply, add
from server.store.facts import Fact, Kind


def _load_office(connection: Connection, fact: Fact) -> None:
    """Fill the office's tables; each list of the fact holds whole rows."""
    for table in (t.office, t.service, t.clerk, t.counter, t.counter_service, t.procedure, t.calendar):
        rows: list[Mapping[str, Any]] = fact.data[table.name]
        if rows:
            connection.execute(insert(table), [dict(row) for row in rows])
    for row in fact.data["counter"]:
        state = {"counter": row["id"], "state": "closed", "since_at_ms": fact.at_ms, "since_ms": fact.queue_ms}
        add(connection, t.counter_state, **state)


OFFICE: Mapping[Kind, Apply] = {
    Kind.OFFICE_LOADED: _load_office,
}
