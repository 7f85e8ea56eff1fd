"""How one fact changes the rows of a table: the steps that several kinds of facts share."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, update
from sqlalchemy import select as sql_select

from server.domain.ticket import State
from server.store import tables as t
from server.store.facts import Fact

Apply = Callable[[Connection, Fact], None]


class Inconsistent(Exception):
    """A fact does not fit the rows it is about: a fault of the program, or a journal that was altered."""


def add(connection: Connection, table: Table, **values: Any) -> None:
    """A new row. As parameters, not as ``values()``: building a statement costs more than running it."""
    connection.execute(insert(table), values)


def change_one(
    connection: Connection, fact: Fact, table: Table, where: Iterable[ColumnElement[bool]], **values: Any
) -> None:
    changed = connection.execute(update(table).where(*where).values(**values)).rowcount
    if changed != 1:
        raise Inconsistent(f"{fact.kind} ({fact.seq}) fits {changed} rows of {table.name}")


def change_ticket(connection: Connection, fact: Fact, sources: Iterable[State], **values: Any) -> None:
    """Change the fact's ticket, which must be in one of ``sources``."""
    where = (t.ticket.c.id == fact.ticket, t.ticket.c.state.in_([state.value for state in sources]))
    moved = {"changed_at_ms": fact.at_ms, "changed_ms": fact.queue_ms} if "state" in values else {}
    change_one(connection, fact, t.ticket, where, rev=t.ticket.c.rev + 1, **moved, **values)


def change_leg(connection: Connection, fact: Fact, **values: Any) -> None:
    """Change the open leg of the fact's ticket; a leg marked in two boots says so."""
    crossed = t.leg.c.across_boots | (t.leg.c.boot_id != fact.boot_id)
    where = (t.leg.c.ticket == fact.ticket, t.leg.c.ended_ms.is_(None))
    change_one(connection, fact, t.leg, where, across_boots=crossed, **values)


def end_leg(connection: Connection, fact: Fact, how: str, outcome: str | None = None) -> None:
    """End the open leg; where it was being served, its service ends too."""
    served = t.leg.c.started_ms.is_not(None)
    where = (t.leg.c.ticket == fact.ticket, t.leg.c.ended_ms.is_(None), served)
    finish = update(t.leg).where(*where).values(finished_at_ms=fact.at_ms, finished_ms=fact.queue_ms)
    connection.execute(finish)
    change_leg(connection, fact, ended=how, ended_ms=fact.queue_ms, outcome=outcome)


def begin_leg(connection: Connection, fact: Fact, **values: Any) -> None:
    """Open the next leg of the fact's ticket, at the ticket's service."""
    row = connection.execute(
        sql_select(t.ticket.c.leg, t.ticket.c.service, t.ticket.c.procedure).where(t.ticket.c.id == fact.ticket)
    ).one()
    connection.execute(update(t.ticket).where(t.ticket.c.id == fact.ticket).values(leg=row.leg + 1))
    add(
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


def announce(connection: Connection, fact: Fact, kind: str, **values: Any) -> None:
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
    add(connection, t.call, **(row | values))
