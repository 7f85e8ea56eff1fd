"""Changes of rows that several kinds of facts need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, func, insert, select, update

from server.domain.queue.ticket import TicketState
from server.store import schema as t
from server.store.entry import JournalEntry
from server.store.errors import StoreError
from server.store.schema.base import Ms
from server.store.statement import Statement

ApplyFact = Callable[[Connection, JournalEntry, Any], None]
"""Applies a fact of one class (third argument), which the journal entry (second argument) holds."""


class Inconsistent(StoreError):
    """A fact does not fit the rows that it changes.

    The program has an error, or the journal was altered.
    """


def insert_row(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row."""
    _insert_statement(table, tuple(values)).execute(connection, **values)


@cache
def _insert_statement(table: Table, columns: Sequence[str]) -> Statement[Any]:
    return Statement(insert(table).values({name: bindparam(name) for name in columns}).inline())


def update_rows(connection: Connection, table: Table, where: Mapping[str, Any], **values: Any) -> int:
    """Set ``values`` in the rows whose columns have the values of ``where``; return their number."""
    conditions = {f"{_OLD}{name}": value for name, value in where.items()}
    return _update_statement(table, tuple(where), tuple(values)).execute(connection, **conditions, **values)


_OLD = "old_"
"""The prefix of the parameters of conditions: a column may be in a condition and be set too."""


@cache
def _update_statement(table: Table, where: Sequence[str], columns: Sequence[str]) -> Statement[Any]:
    conditions = (table.c[name] == bindparam(f"{_OLD}{name}") for name in where)
    return Statement(update(table).where(*conditions).values({name: bindparam(name) for name in columns}))


def update_one_row(
    connection: Connection, entry: JournalEntry, table: Table, where: Mapping[str, Any], **values: Any
) -> None:
    """Update exactly one row. Raises :class:`Inconsistent` when ``where`` fits none or several."""
    _require_one(update_rows(connection, table, where, **values), entry, table)


def _require_one(changed: int, entry: JournalEntry, table: Table) -> None:
    if changed != 1:
        raise Inconsistent(f"{entry.kind} ({entry.seq}) fits {changed} rows of {table.name}")


def change_ticket(
    connection: Connection,
    entry: JournalEntry,
    sources: Iterable[TicketState],
    if_unset: Mapping[str, Any] = {},
    /,
    **values: Any,
) -> None:
    """Change the fact's ticket, which must be in one of the states ``sources`` before.

    ``if_unset``: values for columns that keep the first value they get.
    """
    if "state" in values:
        values |= {"changed_at_ms": entry.at_ms, "changed_ms": entry.queue_ms}
    of_ticket = {"of_ticket": entry.ticket, "sources": [state.value for state in sources]}
    statement = _ticket_statement(tuple(values), tuple(if_unset))
    _require_one(statement.execute(connection, **of_ticket, **values, **if_unset), entry, t.ticket)


@cache
def _ticket_statement(columns: Sequence[str], if_unset: Sequence[str]) -> Statement[Any]:
    c = t.ticket.c
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    values |= {name: func.coalesce(c[name], bindparam(name, type_=c[name].type)) for name in if_unset}
    of_ticket = (c.id == bindparam("of_ticket"), c.state.in_(bindparam("sources", expanding=True)))
    return Statement(update(t.ticket).where(*of_ticket).values(rev=c.rev + 1, **values))


def change_leg(connection: Connection, entry: JournalEntry, **values: Any) -> None:
    """Change the open leg of the fact's ticket; mark it if it spans two boots."""
    of_leg = {"of_ticket": entry.ticket, "entry_boot": entry.boot_id}
    _require_one(_leg_statement(tuple(values)).execute(connection, **of_leg, **values), entry, t.leg)


@cache
def _leg_statement(columns: Sequence[str]) -> Statement[Any]:
    across_boots = t.leg.c.across_boots | (t.leg.c.boot_id != bindparam("entry_boot"))
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return Statement(update(t.leg).where(*_OPEN_LEG).values(across_boots=across_boots, **values))


_OPEN_LEG = (t.leg.c.ticket == bindparam("of_ticket"), t.leg.c.ended_ms.is_(None))


def end_leg(connection: Connection, entry: JournalEntry, how: str, outcome: str | None = None) -> None:
    """End the open leg, and its service if it was being served. ``how``: the value of ``leg.ended``."""
    end = {"at_ms": entry.at_ms, "queue_ms": entry.queue_ms, "ended": how, "outcome": outcome}
    changed = _END_LEG.execute(connection, of_ticket=entry.ticket, entry_boot=entry.boot_id, **end)
    _require_one(changed, entry, t.leg)


def _end_leg_statement() -> Statement[Any]:
    c, queue_ms = t.leg.c, bindparam("queue_ms", type_=Ms)
    was_started = c.started_ms.is_not(None)
    ended = update(t.leg).values(
        finished_at_ms=case((was_started, bindparam("at_ms", type_=Ms)), else_=c.finished_at_ms),
        finished_ms=case((was_started, queue_ms), else_=c.finished_ms),
        across_boots=c.across_boots | (c.boot_id != bindparam("entry_boot")),
        ended=bindparam("ended"),
        ended_ms=queue_ms,
        outcome=bindparam("outcome"),
    )
    return Statement(ended.where(*_OPEN_LEG))


_END_LEG = _end_leg_statement()


def begin_leg(connection: Connection, entry: JournalEntry, **values: Any) -> None:
    """Open the next leg of the fact's ticket, at the ticket's service."""
    row = _NEWEST_LEG.first(connection, of_ticket=entry.ticket)
    assert row is not None, "the ticket of a fact that was applied has a row"
    leg, service, procedure = row
    update_rows(connection, t.ticket, {"id": entry.ticket}, leg=leg + 1)
    insert_row(
        connection,
        t.leg,
        ticket=entry.ticket,
        n=leg + 1,
        service=service,
        procedure=procedure,
        began_ms=entry.queue_ms,
        boot_id=entry.boot_id,
        across_boots=False,
        **values,
    )


_NEWEST_LEG = Statement(
    select(t.ticket.c.leg, t.ticket.c.service, t.ticket.c.procedure).where(t.ticket.c.id == bindparam("of_ticket"))
)


def insert_call(connection: Connection, entry: JournalEntry, kind: str, **values: Any) -> None:
    """Insert a call of a ticket, or an announcement, for the displays of the hall.

    ``server.store.schema.counters`` explains ``kind`` and the other columns.
    """
    row: dict[str, Any] = {
        "id": f"k-{entry.seq}",
        "seq": entry.seq,
        "day": entry.day,
        "kind": kind,
        "times": 1,
        "ticket": entry.ticket,
        "counter": entry.counter,
        "at_ms": entry.at_ms,
        "queue_ms": entry.queue_ms,
        "chosen": False,
        "auto": False,
        "acknowledged": False,
        "boot_id": entry.boot_id,
    }
    insert_row(connection, t.call, **(row | values))
