"""Put waiting tickets directly into the tables of a hall, many at once."""

from collections.abc import Sequence

from core_hall import Hall
from sqlalchemy import Connection, insert

from server.domain.queue.choice import Waiting
from server.store import schema as t
from server.store.queries import find_ticket

FIRST_SEQ = 5_000
"""The running number of the first one: behind those that a test issues."""


def insert_waiting(connection: Connection, like: str, tickets: Sequence[Waiting]) -> None:
    """Insert tickets with a leg each. All other columns are as those of the ticket ``like``."""
    template = find_ticket(connection, like)
    assert template is not None
    base = {column.name: getattr(template, column.name) for column in t.ticket.columns}
    rows = [base | _columns(ticket, FIRST_SEQ + place) for place, ticket in enumerate(tickets)]
    legs = [
        {"ticket": ticket.id, "n": 1, "service": ticket.service, "began_ms": ticket.issued_ms,
         "boot_id": template.boot_id, "across_boots": False}
        for ticket in tickets
    ]  # fmt: skip
    if rows:
        connection.execute(insert(t.ticket), rows)
        connection.execute(insert(t.leg), legs)


def _columns(ticket: Waiting, seq: int) -> dict[str, object]:
    return {
        "id": ticket.id,
        "number": ticket.number,
        "seq": seq,
        "issue_seq": ticket.seq,
        "service": ticket.service,
        "rank_key": ticket.key,
        "issued_ms": ticket.issued_ms,
        "ticket_class": ticket.ticket_class,
        "pin": ticket.pin,
        "callable_from_ms": ticket.callable_from_ms,
        "behind_next": ticket.behind_next,
        "state": "waiting",
    }


def crowd(hall: Hall, services: Sequence[str], count: int) -> list[Waiting]:
    """Insert ``count`` more waiting tickets, for these services in turn; return them.

    They were issued just before the first ticket of the test: their sequences are negative.
    """
    like = hall.issue(services[0])
    came_ms = [like.issued_ms - count + place for place in range(count)]
    tickets = [
        Waiting(f"w-{place}", f"W{place}", place - count, services[place % len(services)], came, came, "ordinary")
        for place, came in enumerate(came_ms)
    ]
    hall.ask(lambda tx, now: insert_waiting(tx.connection, like.id, tickets))
    return tickets
