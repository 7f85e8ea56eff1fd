"""The fact of a new ticket, and what is counted of it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, update

from server.domain.ticket import State
from server.store import tables as t
from server.store.apply.rows import Apply, add, change_one
from server.store.facts import Fact, Kind


def _issue(connection: Connection, fact: Fact) -> None:
    data = fact.data
    _next_number(connection, fact)
    _count_issue(connection, fact)
    add(
        connection,
        t.ticket,
        id=fact.ticket,
        office=data["office"],
        day=fact.day,
        prefix=data["prefix"],
        seq=data["seq"],
        number=data["number"],
        rev=1,
        state=State.WAITING.value,
        service=fact.service,
        procedure=data["procedure"],
        ticket_class=data["class"],
        head_start_ms=data["head_start_ms"],
        rank_key=data["key"],
        issue_seq=fact.seq,
        station=data["station"],
        issued_at_ms=fact.at_ms,
        issued_ms=fact.queue_ms,
        callable_from_ms=0,
        boot_id=fact.boot_id,
        calls=0,
        leg=1,
        behind_next=False,
        deferred=False,
        requeued=False,
        returned=False,
        changed_at_ms=fact.at_ms,
        changed_ms=fact.queue_ms,
        **_slip_to_come(data),
    )
    first = {"ticket": fact.ticket, "n": 1, "service": fact.service, "procedure": data["procedure"]}
    clock = {"began_ms": fact.queue_ms, "boot_id": fact.boot_id, "across_boots": False}
    add(connection, t.leg, **(first | clock))


def _slip_to_come(data: Mapping[str, Any]) -> Mapping[str, str]:
    """What is known of a slip before its station says how it went: that it wanted to print one. Journals from before
    stations said so have no such word."""
    return {"print_state": "pending", "print_station": data["station"]} if data.get("slip") else {}


def _next_number(connection: Connection, fact: Fact) -> None:
    """The series goes on by exactly one, or the fact is wrong."""
    data, s = fact.data, t.series
    if data["seq"] == 1:
        first = {"office": data["office"], "day": fact.day, "prefix": data["prefix"], "last": 1}
        add(connection, s, **first)
        return
    key = (s.c.office == data["office"], s.c.day == fact.day, s.c.prefix == data["prefix"])
    change_one(connection, fact, s, (*key, s.c.last == data["seq"] - 1), last=data["seq"])


def _count_issue(connection: Connection, fact: Fact) -> None:
    i = t.issued
    key = {"day": fact.day, "service": fact.service, "half": fact.data["half"]}
    counted = update(i).where(*(i.c[name] == value for name, value in key.items())).values(count=i.c["count"] + 1)
    if connection.execute(counted).rowcount == 0:
        add(connection, i, **(key | {"count": 1}))


ISSUING: Mapping[Kind, Apply] = {
    Kind.ISSUED: _issue,
}
