"""The facts that fill and change the office's tables."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from server.domain.facts import (
    ClerkNamed,
    Fact,
    OfficeChanged,
    OfficeChangePlanned,
    OfficeChangeWithdrawn,
    OfficeLoaded,
)
from server.domain.office_changes import Edit, Part, Row
from server.domain.permissions import Role
from server.domain.queue.counter import CounterState
from server.store import schema as t
from server.store.apply.rows import ApplyFact, Inconsistent, insert_row, update_one_row
from server.store.entry import JournalEntry

TABLES: Mapping[Part, tuple[Table, str]] = {
    Part.SERVICE: (t.service, "id"),
    Part.COUNTER: (t.counter, "id"),
    Part.CLERK: (t.clerk, "id"),
    Part.PROCEDURE: (t.procedure, "code"),
    Part.NOTICE: (t.notice, "id"),
}
"""The table of each kind of part that has a row for each, with the column of its id."""
IN_DETAILS: Mapping[Part, str] = {Part.GROUP: "groups", Part.ROSTER: "roster"}
"""The field of the office's details with the list of each kind of part that has no table."""


def _load_office(connection: Connection, entry: JournalEntry, fact: OfficeLoaded) -> None:
    rows_by_table = {
        t.office: fact.offices,
        t.service: fact.services,
        t.clerk: fact.clerks,
        t.counter: fact.counters,
        t.counter_service: fact.counter_services,
        t.procedure: fact.procedures,
        t.calendar: fact.calendar,
        t.notice: fact.notices or (),
    }
    for table, rows in rows_by_table.items():
        if rows:
            defaults: dict[str, Any] = {"details": {}} if "details" in table.c else {}
            connection.execute(insert(table), [defaults | dict(row) for row in rows])
    for row in fact.counters:
        _close_new_counter(connection, entry, row["id"])


def _close_new_counter(connection: Connection, entry: JournalEntry, counter: str) -> None:
    state = {"counter": counter, "state": CounterState.CLOSED.value}
    insert_row(connection, t.counter_state, since_at_ms=entry.at_ms, since_ms=entry.queue_ms, **state)


def _name_clerk(connection: Connection, entry: JournalEntry, fact: ClerkNamed) -> None:
    if connection.execute(select(t.clerk.c.id).where(t.clerk.c.id == fact.clerk)).first() is None:
        insert_row(
            connection,
            t.clerk,
            id=fact.clerk,
            pos=_next_pos(connection, t.clerk),
            role=Role.CLERK.value,
            services=None,
        )
    _next_revision(connection)


def _next_pos(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.pos) + 1, 0))).scalar_one())


def _next_revision(connection: Connection) -> None:
    connection.execute(update(t.office).values(rev=t.office.c.rev + 1))


def _change_office(connection: Connection, entry: JournalEntry, fact: OfficeChanged) -> None:
    for edit in sorted((Edit.from_data(edit) for edit in fact.edits), key=_rank):
        _apply_edit(connection, entry, edit)
    _next_revision(connection)
    if fact.planned:
        update_one_row(connection, entry, t.office_change, {"id": fact.change}, state="done", done_seq=entry.seq)
    else:
        _insert_change(connection, entry, fact, state="done", date=None, done_seq=entry.seq)


def _plan_change(connection: Connection, entry: JournalEntry, fact: OfficeChangePlanned) -> None:
    _insert_change(connection, entry, fact, state="planned", date=fact.date, done_seq=None)


def _withdraw_change(connection: Connection, entry: JournalEntry, fact: OfficeChangeWithdrawn) -> None:
    state = "impossible" if fact.impossible else "withdrawn"
    update_one_row(connection, entry, t.office_change, {"id": fact.change, "state": "planned"}, state=state)


def _insert_change(
    connection: Connection, entry: JournalEntry, fact: OfficeChanged | OfficeChangePlanned, **values: Any
) -> None:
    insert_row(
        connection,
        t.office_change,
        id=fact.change,
        seq=entry.seq,
        at_ms=entry.at_ms,
        by_role=entry.actor_role,
        by=entry.actor_id,
        edits=[dict(edit) for edit in fact.edits],
        undoes=fact.undoes,
        **values,
    )


def _rank(edit: Edit) -> int:
    """Return the place of an edit among those of its change.

    Rows come before others that refer to them, and orders after the rows that they name.
    """
    if edit.part is Part.ORDER:
        return 3
    is_added = edit.before is None
    return {Part.SERVICE: 0, Part.CLERK: 1}.get(edit.part, 2) if is_added else 2


def _apply_edit(connection: Connection, entry: JournalEntry, edit: Edit) -> None:
    """Change the rows of one part. Raises :class:`Inconsistent` when it is not there."""
    if edit.part is Part.OFFICE:
        _change_row(connection, entry, t.office, {}, _required(entry, edit))
    elif edit.part in IN_DETAILS:
        _change_in_details(connection, entry, edit)
    elif edit.part is Part.ORDER and edit.id == Part.GROUP.value:
        _order_groups(connection, _required(entry, edit)["ids"])
    elif edit.part in (Part.HOURS, Part.RULES):
        _change_json(connection, edit.part.value, _required(entry, edit))
    elif edit.part is Part.ORDER:
        _change_order(connection, Part(edit.id), _required(entry, edit)["ids"])
    elif edit.part is Part.DATE:
        _change_date(connection, entry, edit)
    else:
        _change_listed(connection, entry, edit)


def _required(entry: JournalEntry, edit: Edit) -> Row:
    """Return the new fields of a part that is never removed."""
    if edit.after is None:
        raise Inconsistent(f"{entry.kind} ({entry.seq}) removes {edit.part.value} {edit.id}")
    return edit.after


def _change_json(connection: Connection, column: str, fields: Row) -> None:
    """Change some fields of a JSON column of the office."""
    (value,) = connection.execute(select(t.office.c[column])).one()
    connection.execute(update(t.office).values({column: {**value, **fields}}))


def _change_order(connection: Connection, part: Part, ids: list[str]) -> None:
    """Number the rows in the order of ``ids``.

    Rows that it does not name come last, in the order that they have.
    """
    table, id_column = TABLES[part]
    present = connection.execute(select(table.c[id_column]).order_by(table.c.pos)).scalars().all()
    named = [id_ for id_ in ids if id_ in present]
    for pos, id_ in enumerate([*named, *(id_ for id_ in present if id_ not in ids)]):
        connection.execute(update(table).where(table.c[id_column] == id_).values(pos=pos))


def _change_in_details(connection: Connection, entry: JournalEntry, edit: Edit) -> None:
    """Add, change or remove a part that has no table. Raises :class:`Inconsistent` when it is not there."""
    name = IN_DETAILS[edit.part]
    rows = {row["id"]: row for row in _listed(connection, name)}
    if (edit.id in rows) is (edit.before is None):
        raise Inconsistent(f"{entry.kind} ({entry.seq}): {edit.part.value} {edit.id}")
    if edit.after is None:
        del rows[edit.id]
    else:
        rows[edit.id] = {"id": edit.id, **rows.get(edit.id, {}), **edit.after}
    _store_list(connection, name, list(rows.values()))


def _order_groups(connection: Connection, ids: list[str]) -> None:
    """Store the groups in the order of ``ids``, those that it does not name last."""
    name, positions = IN_DETAILS[Part.GROUP], {id_: position for position, id_ in enumerate(ids)}
    groups = sorted(_listed(connection, name), key=lambda group: positions.get(group["id"], len(positions)))
    _store_list(connection, name, groups)


def _listed(connection: Connection, name: str) -> list[dict[str, Any]]:
    (details,) = connection.execute(select(t.office.c.details)).one()
    return list(details.get(name, ()))


def _store_list(connection: Connection, name: str, rows: list[dict[str, Any]]) -> None:
    """Store a list among the office's fields without a column."""
    (details,) = connection.execute(select(t.office.c.details)).one()
    connection.execute(update(t.office).values(details={**details, name: rows}))


def _change_date(connection: Connection, entry: JournalEntry, edit: Edit) -> None:
    row = t.calendar.c.date == edit.id
    if edit.before is None:
        connection.execute(insert(t.calendar).values(date=edit.id, **_required(entry, edit)))
    elif edit.after is None:
        connection.execute(delete(t.calendar).where(row))
    else:
        _change_row(connection, entry, t.calendar, {"date": edit.id}, edit.after)


def _change_listed(connection: Connection, entry: JournalEntry, edit: Edit) -> None:
    """Add, change or remove a part that has a row of a table. A removed one must be referred to by no row."""
    table, id_column = TABLES[edit.part]
    key = {id_column: edit.id}
    services = None if edit.after is None or edit.part is not Part.COUNTER else edit.after.get("services")
    if edit.after is None:
        connection.execute(delete(table).where(table.c[id_column] == edit.id))
        return
    fields = {name: value for name, value in edit.after.items() if services is None or name != "services"}
    if edit.before is None:
        columns, details = _split(table, fields)
        insert_row(connection, table, **key, pos=_next_pos(connection, table), **columns, details=details)
        if edit.part is Part.COUNTER:
            _close_new_counter(connection, entry, edit.id)
    elif fields:
        _change_row(connection, entry, table, key, fields)
    if services is not None:
        _change_services(connection, edit.id, services)


def _change_row(connection: Connection, entry: JournalEntry, table: Table, key: Row, fields: Row) -> None:
    """Change some fields of one row, those without a column in its details."""
    columns, details = _split(table, fields)
    if details:
        conditions = [table.c[name] == value for name, value in key.items()]
        old = connection.execute(select(table.c.details).where(*conditions)).scalar_one_or_none()
        columns["details"] = {**(old or {}), **details}
    update_one_row(connection, entry, table, key, **columns)


def _split(table: Table, fields: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields that have a column, and the others."""
    columns = {name: value for name, value in fields.items() if name in table.c}
    return columns, {name: value for name, value in fields.items() if name not in table.c}


def _change_services(connection: Connection, counter: str, services: list[str]) -> None:
    connection.execute(delete(t.counter_service).where(t.counter_service.c.counter == counter))
    rows = [{"counter": counter, "service": service, "pos": pos} for pos, service in enumerate(services)]
    if rows:
        connection.execute(insert(t.counter_service), rows)


OFFICE: Mapping[type[Fact], ApplyFact] = {
    OfficeLoaded: _load_office,
    ClerkNamed: _name_clerk,
    OfficeChanged: _change_office,
    OfficeChangePlanned: _plan_change,
    OfficeChangeWithdrawn: _withdraw_change,
}
