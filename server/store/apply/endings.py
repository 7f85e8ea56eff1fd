"""Facts that end a ticket before it was served, one by one and all of a day at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, update

from server.domain.ticket import State
from server.store import tables as t
from server.store.apply.rows import Apply, Inconsistent, change_ticket, end_leg
from server.store.facts import Fact, Kind

_DONE = {"due_ms": None, "due_at_ms": None, "hold_reason": None, "pin": None}


def _cancel(connection: Connection, fact: Fact) -> None:
    source = State(fact.data["from"])
    gone = {"state": State.CANCELLED.value, "reason": fact.data["reason"]} | _DONE
    change_ticket(connection, fact, (source,), **gone)
    if source in (State.WAITING, State.CALLED):
        end_leg(connection, fact, "cancelled")


def _expire(connection: Connection, fact: Fact) -> None:
    source = State(fact.data["from"])
    change_ticket(connection, fact, (source,), state=State.EXPIRED.value, counter=None, **_DONE)
    if source in (State.WAITING, State.CALLED):
        end_leg(connection, fact, "expired")


def expire_all(connection: Connection, facts: Sequence[Fact]) -> None:
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


ENDINGS: Mapping[Kind, Apply] = {
    Kind.CANCELLED: _cancel,
    Kind.EXPIRED: _expire,
}
